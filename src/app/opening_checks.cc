#include "app/opening_checks.h"

#include "app/beside_database.h"
#include "doctor/expected_schema.h"
#include "doctor/table_repository.h"
#include "ledger/key_chain.h"
#include "line/schema_steps.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_snapshot.h"

namespace tutela::app {
namespace {

Result<> check_is_there(const std::filesystem::path& part) {
  std::error_code error;
  if (!std::filesystem::exists(part, error))
    return fail(ErrorCode::corrupt, "node.half_copied", "data/" + part.filename().string());
  return {};
}

}  // namespace

Result<> check_before_opening(const DataFolder& folder, const vault::KeyStore& keys, const Opening& opening) {
  TUTELA_TRY(check_is_there(folder.database()));
  TUTELA_TRY(check_is_there(folder.objects()));
  TUTELA_ASSIGN(const auto remembered, read_remembered(folder, opening.beside));
  TUTELA_ASSIGN(const auto store, store::open_sqlite_read_only(folder.database(), store::Beside::a_writer));
  return store->read([&](store::Reader& reader) -> Result<> {
    TUTELA_TRY(doctor::check_schema_is_ours(reader, line::schema_steps()));
    return check_what_is_known(reader, remembered, keys, opening);
  });
}

Result<> check_what_is_known(store::Reader& reader, const Remembered& remembered, const vault::KeyStore& keys,
                             const Opening& opening) {
  TUTELA_TRY(check_ledger_is_ours(reader, keys));
  TUTELA_TRY(check_remembered(remembered, keys, reader));
  if (opening.clock_was_ahead || opening.beside == BesideFiles::of_a_restore) return {};
  return check_clock(reader, SystemClock().now());
}

Result<std::unique_ptr<store::Store>> open_checked(const DataFolder& folder, const Config& config, const vault::KeyStore& keys,
                                                   const Opening& opening) {
  if (config.store.postgresql.empty()) TUTELA_TRY(check_before_opening(folder, keys, opening));
  TUTELA_TRY(check_is_there(folder.objects()));
  TUTELA_ASSIGN(const auto remembered, read_remembered(folder, opening.beside));
  TUTELA_ASSIGN(auto store, open_database(folder, config));
  TUTELA_ASSIGN(const auto before, store::find_schema(*store));
  if (!before.is_ours) return fail(ErrorCode::corrupt, "node.half_copied", "database");
  if (store->backend() != "sqlite")
    TUTELA_TRY(store->read([&](store::Reader& reader) { return check_what_is_known(reader, remembered, keys, opening); }));
  const auto steps = line::schema_steps();
  TUTELA_TRY(store::migrate(*store, steps));
  // What could not be asked of the columns of an earlier release.
  if (before.version != steps.back().version)
    TUTELA_TRY(store->read([&](store::Reader& reader) { return check_remembered(remembered, keys, reader); }));
  return store;
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

Result<> check_clock(store::Reader& reader, Time now) {
  TUTELA_ASSIGN(const auto newest, doctor::newest_checkpoint(reader));
  if (!newest || newest->signed_at <= now + kClockBehindMax) return {};
  const auto behind = std::chrono::duration_cast<std::chrono::minutes>(newest->signed_at - now).count();
  return fail(ErrorCode::unavailable, "node.clock_behind", std::to_string(behind) + " minutes");
}

}  // namespace tutela::app
