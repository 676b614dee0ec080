#include "app/restore.h"

#include <unistd.h>

#include "app/beside_database.h"
#include "app/clock_reading.h"
#include "app/found_again.h"
#include "app/signing_change.h"
#include "app/store_copy.h"
#include "backup/backup.h"
#include "backup/file_copy.h"
#include "base/random.h"
#include "doctor/examination.h"
#include "ledger/cosignature.h"
#include "ledger/key_chain.h"
#include "ledger/ledger_repository.h"
#include "line/after_restore.h"
#include "line/retention.h"
#include "line/schema_steps.h"
#include "vault/after_list.h"
#include "vault/durable_file.h"

namespace tutela::app {
namespace {

// Keys are files in one folder and one below it; whatever else stands there is copied with them.
Result<> copy_keys(const std::filesystem::path& from, const std::filesystem::path& to) {
  TUTELA_TRY(vault::make_private_folder(to));
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(from, error); !error && entry != std::filesystem::end(entry);
       entry.increment(error)) {
    const auto target = to / entry->path().filename();
    if (entry->is_directory()) {
      TUTELA_TRY(copy_keys(entry->path(), target));
    } else {
      TUTELA_TRY(backup::copy_durably(entry->path(), target));
    }
  }
  if (error) return fail(ErrorCode::unavailable, "vault.io", "keys");
  return vault::sync_folder(to);
}

Result<> examine(const Node& node, const DataFolder& folder, std::uint64_t seed) {
  const auto& context = node.context();
  const auto steps = line::schema_steps();
  TUTELA_ASSIGN(const auto findings, doctor::examine({context.store, context.keys, folder.objects(), steps}, doctor::Depth::quick,
                                                     context.clock.now(), seed));
  if (findings.damages() == 0) return {};
  // Words of the program and ids of records only.
  std::string first;
  for (const auto& finding : findings.all())
    if (finding.grade == doctor::Grade::damage && first.empty())
      first = std::string(finding.what.text()) + ", " + finding.where + (finding.sample.empty() ? "" : ", " + finding.sample);
  return fail(ErrorCode::corrupt, "restore.damaged", first + ", sample_seed " + std::to_string(seed));
}

// How many entries the newest known checkpoint has beyond the backup's.
std::uint64_t entries_lost(const backup::Manifest& manifest, const std::optional<std::string>& last_known,
                           const ledger::KeyChain& keys) {
  if (!last_known) return 0;
  const auto known = ledger::open_checkpoint(*last_known, keys);
  // Of a later epoch nothing is left.
  if (known && known->origin.epoch > manifest.checkpoint.origin.epoch) return known->size;
  if (!known || known->origin != manifest.checkpoint.origin || known->size <= manifest.checkpoint.size) return 0;
  return known->size - manifest.checkpoint.size;
}

Result<vault::AfterListContent> read_since_list(const std::filesystem::path& path, const vault::KeyStore& keys) {
  TUTELA_ASSIGN(const auto text, vault::read_after_list_text(path));
  return parse_own_list(text, keys, vault::ListEnd::whole);
}

// That the node ends where its settings say, or where the operator says.
Result<> check_database(const RestoreRequest& request) {
  TUTELA_ASSIGN(const auto config, read_config({request.backup}));
  if (request.to) return check_postgres_is_empty(*request.to);
  if (!config.store.postgresql.empty()) return fail(ErrorCode::invalid, "restore.no_database");
  return {};
}

// The settings with another database; "" is SQLite in the folder.
Result<> point_to(const DataFolder& folder, const std::string& conninfo) {
  TUTELA_ASSIGN(auto config, read_config(folder));
  config.store.postgresql = conninfo;
  return vault::write_durably(folder.settings(), as_bytes(config_text(config)), vault::IfExists::replace);
}

Result<> move_to_postgres(const DataFolder& folder, const RestoreRequest& request) {
  TUTELA_TRY(copy_to_postgres(folder, *request.to, request.ask));
  for (const auto* ending : {"", ".lock", "-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(folder.database().string() + ending, ignored);
  }
  return point_to(folder, *request.to);
}

}  // namespace

Result<> check_target_is_empty(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return {};
  if (std::filesystem::is_directory(folder, error) && std::filesystem::is_empty(folder, error)) return {};
  return fail(ErrorCode::conflict, "restore.target_not_empty");
}

Result<Restored> restore_node(const RestoreRequest& request) {
  const auto& target = request.target;
  TUTELA_TRY(check_target_is_empty(target.root));
  if (request.since_list.empty()) return fail(ErrorCode::invalid, "restore.no_list");
  const auto steps = line::schema_steps();
  // Everything is proved before the target is touched.
  backup::Verified verified{};
  std::string list_text;
  std::vector<vault::AfterEntry> since;
  std::optional<std::string> last_known;  // without what others signed below it
  {
    TUTELA_ASSIGN(const auto keys, vault::KeyStore::open(request.keys, request.ask, vault::UnfinishedChange::allowed));
    auto proved = backup::verify_backup(request.backup, keys, steps);
    auto list = read_since_list(request.since_list, keys);
    // Said first: a backup of the next key looks to older keys like another node's.
    if (!list && list.error().reason == Reason("restore.older_keys")) return std::unexpected(list.error());
    if (!proved) return std::unexpected(proved.error());
    if (!list) return std::unexpected(list.error());
    verified = *std::move(proved);
    TUTELA_ASSIGN(list_text, vault::read_after_list_text(request.since_list));
    TUTELA_TRY(backup::check_list_reaches(list_text, verified.manifest));
    since = std::move(list->entries);
    if (request.last_known) {
      TUTELA_ASSIGN(auto cosigned, ledger::parse_cosigned_note(*request.last_known));
      TUTELA_TRY(ledger::open_checkpoint(cosigned.note, keys.key_chain()));
      last_known = std::move(cosigned.note);
    }
    TUTELA_TRY(check_database(request));
  }

  std::error_code error;
  std::filesystem::create_directories(target.data(), error);
  if (error) return fail(ErrorCode::unavailable, "node.folder_unwritable");
  std::filesystem::permissions(target.data(), std::filesystem::perms::owner_all, error);
  // The settings under another name until all is done: a folder without them is not a node.
  const DataFolder hidden{target.root, std::string(vault::kTemporaryPrefix) + "settings"};
  TUTELA_TRY(copy_keys(request.keys, target.keys()));
  TUTELA_TRY(backup::lay_out(request.backup, verified, {target.database(), target.objects(), hidden.settings()}));
  TUTELA_TRY(vault::write_durably(target.after_list(), as_bytes(list_text), vault::IfExists::keep));
  TUTELA_TRY(complete_signing_change(target, request.ask));
  if (request.to) TUTELA_TRY(point_to(hidden, ""));
  Restored restored{};
  {
    TUTELA_ASSIGN(const auto node,
                  Node::open(hidden, DecoderUse::none, {.ask = request.ask, .beside = BesideFiles::of_a_restore}));
    TUTELA_TRY(node->context().store.write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(ledger::end_copied_lease(tx));
      // Nothing is destroyed for 72 hours (I13).
      return line::note_restore(tx, read_clocks(node->clock()));
    }));
    restored.sample_seed = request.sample_seed.value_or(drawn_seed());
    TUTELA_TRY(examine(*node, target, restored.sample_seed));
    TUTELA_ASSIGN(restored.matches_tried, find_again(node->context(), restored.sample_seed));
    TUTELA_ASSIGN(restored.epoch, node->open_epoch(last_known));
    TUTELA_ASSIGN(const auto applied, line::apply_after_list(node->context(), since));
    restored.withdrawn = applied.withdrawn;
    restored.destroyed = applied.destroyed;
    restored.holds = applied.holds;
    TUTELA_TRY(node->sequence());
    restored.entries_lost = entries_lost(verified.manifest, last_known, node->context().keys.key_chain());
    node->banks().stop();
    TUTELA_TRY(node->stop_sequencing());
  }
  if (request.to) TUTELA_TRY(move_to_postgres(hidden, request));
  if (::rename(hidden.settings().c_str(), target.settings().c_str()) != 0)
    return fail(ErrorCode::unavailable, "node.folder_unwritable");
  TUTELA_TRY(vault::sync_folder(target.root));
  restored.manifest = std::move(verified.manifest);
  return restored;
}

}  // namespace tutela::app
