#include "app/opening_checks.h"

#include "doctor/expected_schema.h"
#include "doctor/table_repository.h"
#include "ledger/key_chain.h"
#include "line/schema_steps.h"
#include "store/sqlite/sqlite_snapshot.h"

namespace tutela::app {

Result<> check_before_opening(const DataFolder& folder, const vault::KeyStore& keys) {
  std::error_code error;
  for (const auto& part : {folder.database(), folder.objects()})
    if (!std::filesystem::exists(part, error))
      return fail(ErrorCode::corrupt, "node.half_copied", "data/" + part.filename().string());
  TUTELA_ASSIGN(const auto store, store::open_sqlite_read_only(folder.database(), store::Beside::a_writer));
  return store->read([&](store::Reader& reader) -> Result<> {
    TUTELA_TRY(doctor::check_schema_is_ours(reader, line::schema_steps()));
    return check_ledger_is_ours(reader, keys);
  });
}

Result<> check_ledger_is_ours(store::Reader& reader, const vault::KeyStore& keys) {
  TUTELA_ASSIGN(const auto newest, doctor::newest_checkpoint(reader));
  if (!newest) return fail(ErrorCode::corrupt, "node.half_copied", "ledger");
  const auto checkpoint = ledger::open_checkpoint(newest->note, keys.key_chain());
  if (!checkpoint &&
      (checkpoint.error().reason == Reason("note.wrong_key") || checkpoint.error().reason == Reason("succession.other_node")))
    return fail(ErrorCode::corrupt, "node.other_keys");
  TUTELA_TRY(checkpoint);
  return {};
}

Result<> check_clock(store::Store& store, Time now) {
  TUTELA_ASSIGN(const auto newest, in_snapshot<std::optional<doctor::NewestCheckpoint>>(store, doctor::newest_checkpoint));
  if (!newest || newest->signed_at <= now + kClockBehindMax) return {};
  const auto behind = std::chrono::duration_cast<std::chrono::minutes>(newest->signed_at - now).count();
  return fail(ErrorCode::conflict, "node.clock_behind", std::to_string(behind) + " minutes");
}

}  // namespace tutela::app
