#include "app/beside_database.h"

#include <fmt/format.h>

#include "doctor/table_repository.h"
#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"
#include "ledger/ledger_repository.h"
#include "ledger/ledger_view.h"
#include "line/after_entries.h"
#include "line/after_restore.h"
#include "line/schema_steps.h"
#include "vault/after_list.h"
#include "vault/durable_file.h"

namespace tutela::app {
namespace {

Result<ledger::Checkpoint> parse(const std::string& text) {
  const auto note = ledger::parse_note(text);
  const auto checkpoint = note ? ledger::parse_checkpoint(note->text) : std::unexpected(note.error());
  if (!checkpoint) return fail(ErrorCode::corrupt, "ledger.head_damaged");
  return checkpoint;
}

Result<std::optional<std::string>> if_there(Result<std::string> text, bool may_be_missing) {
  if (text) return *std::move(text);
  if (may_be_missing && text.error().code == ErrorCode::not_found) return std::nullopt;
  return std::unexpected(std::move(text).error());
}

// Why the database does not hold that note. The keys are asked here only.
Result<> explain(const std::string& text, const ledger::Checkpoint& known, const ledger::Checkpoint& newest,
                 const std::optional<std::string>& of_that_size, const vault::KeyStore& keys) {
  if (known.origin.name != newest.origin.name) return fail(ErrorCode::corrupt, "ledger.head_of_another_node");
  const auto opened = ledger::open_checkpoint(text, keys.key_chain());
  // The keys were put back together with the database, and know nothing of the next one.
  if (!opened && opened.error().reason == Reason("note.wrong_key")) return fail(ErrorCode::conflict, "restore.older_keys");
  if (!opened) return fail(ErrorCode::corrupt, "ledger.head_damaged");
  // A restore opened a later epoch elsewhere, and its first leaf says what was cut off.
  if (newest.origin.epoch > known.origin.epoch) return {};
  if (of_that_size) return fail(ErrorCode::corrupt, "ledger.forked");
  return fail(
      ErrorCode::conflict, "ledger.older_than_known",
      fmt::format("epoch {} size {}, known: epoch {} size {}", newest.origin.epoch, newest.size, known.origin.epoch, known.size));
}

}  // namespace

Result<std::string> read_ledger_head(const DataFolder& folder) {
  const auto bytes = vault::read_file(folder.ledger_head(), ledger::kNoteBytesMax);
  if (bytes) return std::string(as_text(*bytes));
  if (bytes.error().code == ErrorCode::not_found) return fail(ErrorCode::not_found, "ledger.head_missing");
  if (bytes.error().code == ErrorCode::limit) return fail(ErrorCode::corrupt, "ledger.head_damaged");
  return std::unexpected(bytes.error());
}

Result<> check_known_head(const std::string& known, const vault::KeyStore& keys, store::Reader& reader) {
  TUTELA_ASSIGN(const auto checkpoint, parse(known));
  TUTELA_ASSIGN(const auto same_size, ledger::find_checkpoint(reader, checkpoint.origin.epoch, checkpoint.size));
  if (same_size == known) return {};
  TUTELA_ASSIGN(const auto newest, doctor::newest_checkpoint(reader));
  if (!newest) return fail(ErrorCode::corrupt, "node.half_copied", "ledger");
  TUTELA_ASSIGN(const auto held, parse(newest->note));
  return explain(known, checkpoint, held, same_size, keys);
}

Result<Remembered> read_remembered(const DataFolder& folder, BesideFiles files) {
  Remembered remembered;
  TUTELA_ASSIGN(remembered.head, if_there(read_ledger_head(folder), files != BesideFiles::required));
  // In a restore it is what comes next.
  if (files == BesideFiles::of_a_restore) return remembered;
  TUTELA_ASSIGN(remembered.list,
                if_there(vault::read_after_list_text(folder.after_list()), files == BesideFiles::made_if_missing));
  return remembered;
}

Result<> check_remembered(const Remembered& remembered, const vault::KeyStore& keys, store::Reader& reader) {
  if (remembered.head) TUTELA_TRY(check_known_head(*remembered.head, keys, reader));
  if (!remembered.list) return {};
  TUTELA_ASSIGN(const auto list, parse_own_list(*remembered.list, keys, vault::ListEnd::as_a_crash_left));
  TUTELA_TRY(line::check_keys_know_list(keys, list.entries));
  TUTELA_ASSIGN(const auto step, doctor::last_schema_step(reader));
  if (step != line::schema_steps().back().version) return {};
  return line::check_list_is_applied(keys, reader, list.entries);
}

Result<vault::AfterListContent> parse_own_list(const std::string& text, const vault::KeyStore& keys, vault::ListEnd end) {
  auto list = vault::parse_after_list(text, keys.signing_key().public_key(), end);
  if (list && !keys.key_chain().holds(list->last_key)) return fail(ErrorCode::conflict, "restore.older_keys");
  if (list || list.error().reason != Reason("after_list.wrong_key")) return list;
  for (const auto& succession : keys.key_chain().successions())
    if (vault::parse_after_list(text, succession.old_key, end)) return fail(ErrorCode::conflict, "restore.older_list");
  return list;
}

Result<KnownHead> KnownHead::read(const DataFolder& folder) {
  KnownHead known(folder);
  TUTELA_ASSIGN(auto note, if_there(read_ledger_head(folder), true));
  if (note) known.note_ = *std::move(note);
  return known;
}

Result<> KnownHead::check(const vault::KeyStore& keys, store::Store& store) const {
  if (!is_known()) return {};
  return store.read([&](store::Reader& reader) { return check_known_head(note_, keys, reader); });
}

Result<> KnownHead::keep(const vault::KeyStore& keys, store::Store& store) {
  TUTELA_ASSIGN(auto newest, in_snapshot<std::string>(store, ledger::latest_checkpoint));
  if (newest == note_) return {};
  if (!is_known()) return put(std::move(newest));
  // While the list is held no other process of this folder moves the one or the other.
  TUTELA_ASSIGN(auto list, vault::AfterListWriter::open(folder_.after_list()));
  TUTELA_ASSIGN(newest, extend(list, keys, store));
  return put(std::move(newest));
}

Result<> KnownHead::put(std::string note) {
  TUTELA_TRY(vault::write_durably(folder_.ledger_head(), as_bytes(note), vault::IfExists::replace));
  note_ = std::move(note);
  return {};
}

Result<std::string> KnownHead::extend(vault::AfterListWriter& list, const vault::KeyStore& keys, store::Store& store) const {
  TUTELA_ASSIGN(const auto text, read_ledger_head(folder_));
  TUTELA_ASSIGN(const auto known, parse(text));
  std::string newest;
  std::vector<vault::AfterEntry> entries;
  TUTELA_TRY(store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(newest, ledger::latest_checkpoint(reader));
    TUTELA_ASSIGN(entries, line::after_entries(reader, {known.origin.epoch, known.size}));
    return {};
  }));
  TUTELA_TRY(list.append(keys.signing_key(), entries));
  return newest;
}

}  // namespace tutela::app
