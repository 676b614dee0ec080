#include "backup/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "accounts/account_repository.h"
#include "backup/file_copy.h"
#include "base/version.h"
#include "doctor/expected_schema.h"
#include "doctor/table_repository.h"
#include "ledger/ledger_view.h"
#include "store/sqlite/sqlite_snapshot.h"
#include "vault/after_list.h"
#include "vault/durable_file.h"
#include "vault/object_store.h"

namespace tutela::backup {
namespace {

constexpr std::int64_t kPageRows = 1'000;
constexpr std::size_t kFileListBytesMax = std::size_t{1} << 30;

// The folder while it is not whole; goes with all in it unless it was given its name.
class Unfinished {
 public:
  static Result<Unfinished> make(const std::filesystem::path& target) {
    auto parent = target.parent_path();
    if (parent.empty()) parent = ".";
    const auto path =
        parent / (std::string(vault::kTemporaryPrefix) + target.filename().string() + "-" + std::to_string(::getpid()));
    if (::mkdir(path.c_str(), 0700) != 0)
      return fail(ErrorCode::unavailable, "backup.target_unwritable", ::strerrorname_np(errno));
    return Unfinished(path);
  }
  Unfinished(Unfinished&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Unfinished& operator=(Unfinished&&) = delete;
  ~Unfinished() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

  Result<> finish(const std::filesystem::path& target) {
    TUTELA_TRY(vault::sync_folder(path_));
    // rename(2) would take the place of an empty folder.
    struct stat facts{};
    if (::lstat(target.c_str(), &facts) == 0) return fail(ErrorCode::conflict, "backup.target_exists");
    if (::rename(path_.c_str(), target.c_str()) != 0)
      return fail(ErrorCode::unavailable, "backup.target_unwritable", ::strerrorname_np(errno));
    path_.clear();
    return vault::sync_folder(target.parent_path());
  }

 private:
  explicit Unfinished(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

Result<std::optional<AfterPosition>> position_of(const Source& source) {
  const auto list =
      vault::read_after_list(source.after_list, source.keys.signing_key().public_key(), vault::ListEnd::as_a_crash_left);
  if (!list && list.error().code == ErrorCode::not_found) return std::nullopt;
  if (!list) return std::unexpected(list.error());
  return AfterPosition{list->lines, list->head};
}

// Whether the node, as it is now, still has this object: otherwise it was destroyed while the backup ran.
Result<bool> is_named_now(const Source& source, const doctor::NamedObject& object) {
  const auto ask = [&](store::Reader& reader) { return doctor::names_object(reader, object); };
  if (source.server != nullptr) return store::in_snapshot<bool>(*source.server, ask);
  TUTELA_ASSIGN(const auto store, store::open_sqlite_read_only(source.database, store::Beside::a_writer));
  return in_snapshot<bool>(*store, ask);
}

class BackupRun {
 public:
  BackupRun(const Source& source, const std::filesystem::path& folder) : source_(source), folder_(folder) {}

  Result<Manifest> run(Time now) {
    Manifest manifest{};
    manifest.program = kProgramVersion;
    manifest.taken_at = now;
    // Before the snapshot: what the list holds up to here was done before it, or is done again by who restores.
    TUTELA_ASSIGN(manifest.after, position_of(source_));
    const auto database = folder_ / kDatabaseName;
    TUTELA_TRY(source_.server != nullptr ? store::copy_rows_to_sqlite(*source_.server, database, source_.steps)
                                         : store::copy_sqlite(source_.database, database));
    TUTELA_TRY(keep(std::string(kDatabaseName), digest_file(folder_ / kDatabaseName)));
    TUTELA_TRY(keep(std::string(kSettingsName), copy_durably(source_.settings, folder_ / kSettingsName)));
    TUTELA_TRY(vault::make_private_folder(folder_ / kObjectsName));
    TUTELA_ASSIGN(const auto copy, store::open_sqlite_read_only(folder_ / kDatabaseName, store::Beside::nobody));
    TUTELA_TRY(copy->read([&](store::Reader& reader) -> Result<> {
      TUTELA_ASSIGN(manifest.schema, doctor::check_schema_is_ours(reader, source_.steps));
      TUTELA_ASSIGN(const auto node, accounts::find_node(reader));
      manifest.node = node.name;
      TUTELA_ASSIGN(const auto note, ledger::latest_checkpoint(reader));
      TUTELA_ASSIGN(manifest.checkpoint, ledger::open_checkpoint(note, source_.keys.key_chain()));
      return objects(reader);
    }));
    TUTELA_TRY(vault::sync_folder(folder_ / kObjectsName));
    std::ranges::sort(files_, {}, &FileFacts::path);
    const auto list = encode_file_list(files_);
    manifest.files = files_.size();
    for (const auto& file : files_) manifest.bytes += file.bytes;
    manifest.file_list = crypto::sha256(as_bytes(list));
    TUTELA_TRY(vault::write_durably(folder_ / kFileListName, as_bytes(list), vault::IfExists::keep));
    const auto note = sign_manifest(manifest, source_.keys.signing_key());
    TUTELA_TRY(vault::write_durably(folder_ / kManifestName, as_bytes(note), vault::IfExists::keep));
    return manifest;
  }

 private:
  Result<> keep(const std::string& path, const Result<CopiedFile>& copied) {
    if (!copied) return std::unexpected(copied.error());
    files_.push_back({path, copied->bytes, copied->digest});
    return {};
  }

  Result<> objects(store::Reader& reader) {
    TUTELA_ASSIGN(const auto names, vault::ObjectStore::open(source_.objects, source_.keys.lookup_key()));
    Bytes after(16, 0);
    for (;;) {
      TUTELA_ASSIGN(const auto page, doctor::objects_after(reader, after, kPageRows));
      for (const auto& object : page) {
        const auto name = names.file_name(object.name);
        const auto copied = copy_durably(source_.objects / name, folder_ / kObjectsName / name);
        if (!copied && copied.error().reason == Reason("backup.no_file")) {
          std::error_code ignored;
          std::filesystem::remove(folder_ / kObjectsName / name, ignored);
          TUTELA_ASSIGN(const bool lost, is_named_now(source_, object));
          if (lost) return fail(ErrorCode::not_found, "backup.object_missing", name);
          continue;
        }
        TUTELA_TRY(keep(std::string(kObjectsName) + "/" + name, copied));
      }
      if (page.size() < static_cast<std::size_t>(kPageRows)) return {};
      after = page.back().owner;
    }
  }

  const Source& source_;
  const std::filesystem::path& folder_;
  std::vector<FileFacts> files_;
};

Result<std::string> read_text(const std::filesystem::path& path, std::size_t bytes_max) {
  auto bytes = vault::read_file(path, bytes_max);
  if (!bytes) return std::unexpected(bytes.error());
  return std::string(as_text(*bytes));
}

Result<> compare(const FileFacts& expected, const Result<CopiedFile>& found) {
  if (!found && found.error().reason == Reason("backup.no_file"))
    return fail(ErrorCode::corrupt, "backup.incomplete", expected.path);
  if (!found) return std::unexpected(found.error());
  if (found->bytes < expected.bytes) return fail(ErrorCode::corrupt, "backup.incomplete", expected.path);
  if (found->bytes != expected.bytes || found->digest != expected.digest)
    return fail(ErrorCode::corrupt, "backup.changed", expected.path);
  return {};
}

Result<> check_no_surplus(const std::filesystem::path& folder, const std::vector<FileFacts>& files) {
  std::set<std::string> known{std::string(kManifestName), std::string(kFileListName), std::string(kObjectsName)};
  for (const auto& file : files) known.insert(file.path);
  std::error_code error;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder, error); !error && entry != std::filesystem::end(entry);
       entry.increment(error))
    if (!known.contains(std::filesystem::relative(entry->path(), folder).string()))
      return fail(ErrorCode::corrupt, "backup.surplus_file");
  if (error) return fail(ErrorCode::unavailable, "vault.io", "backup");
  return {};
}

}  // namespace

Result<Taken> take_backup(const Source& source, const std::filesystem::path& target, Time now) {
  struct stat facts{};
  if (target.filename().empty()) return fail(ErrorCode::invalid, "backup.bad_target");
  if (::lstat(target.c_str(), &facts) == 0) return fail(ErrorCode::conflict, "backup.target_exists");
  TUTELA_ASSIGN(auto unfinished, Unfinished::make(target));
  TUTELA_ASSIGN(auto manifest, BackupRun(source, unfinished.path()).run(now));
  TUTELA_TRY(unfinished.finish(target));
  return Taken{std::move(manifest)};
}

Result<Verified> verify_backup(const std::filesystem::path& folder, const vault::KeyStore& keys,
                               std::span<const store::Migration> steps) {
  const auto note = read_text(folder / kManifestName, ledger::kNoteBytesMax);
  if (!note && note.error().code == ErrorCode::not_found) return fail(ErrorCode::not_found, "backup.not_a_backup");
  if (!note) return std::unexpected(note.error());
  TUTELA_ASSIGN(auto manifest, open_manifest(*note, keys.key_chain()));
  if (manifest.schema > steps.back().version)
    return fail(ErrorCode::unsupported, "store.newer_schema", "schema " + std::to_string(manifest.schema));
  const auto list = read_text(folder / kFileListName, kFileListBytesMax);
  if (!list && list.error().code == ErrorCode::not_found)
    return fail(ErrorCode::corrupt, "backup.incomplete", std::string(kFileListName));
  if (!list) return std::unexpected(list.error());
  if (crypto::sha256(as_bytes(*list)) != manifest.file_list)
    return fail(ErrorCode::corrupt, "backup.changed", std::string(kFileListName));
  TUTELA_ASSIGN(auto files, parse_file_list(*list));
  for (const auto& file : files) TUTELA_TRY(compare(file, digest_file(folder / file.path)));
  TUTELA_TRY(check_no_surplus(folder, files));
  TUTELA_ASSIGN(const auto store, store::open_sqlite_read_only(folder / kDatabaseName, store::Beside::nobody));
  TUTELA_TRY(store->read([&](store::Reader& reader) -> Result<> {
    TUTELA_TRY(doctor::check_schema_is_ours(reader, steps));
    TUTELA_ASSIGN(const auto latest, ledger::latest_checkpoint(reader));
    TUTELA_ASSIGN(const auto checkpoint, ledger::open_checkpoint(latest, keys.key_chain()));
    if (checkpoint != manifest.checkpoint) return fail(ErrorCode::corrupt, "backup.other_checkpoint");
    return {};
  }));
  return Verified{std::move(manifest), std::move(files)};
}

Result<> lay_out(const std::filesystem::path& folder, const Verified& verified, const Places& places) {
  TUTELA_TRY(vault::make_private_folder(places.objects));
  const std::string objects = std::string(kObjectsName) + "/";
  for (const auto& file : verified.files) {
    const bool is_object = file.path.starts_with(objects);
    const auto to = is_object                    ? places.objects / file.path.substr(objects.size())
                    : file.path == kDatabaseName ? places.database
                                                 : places.settings;
    TUTELA_TRY(compare(file, copy_durably(folder / file.path, to)));
  }
  return vault::sync_folder(places.objects);
}

Result<> check_list_reaches(std::string_view list, const Manifest& manifest) {
  if (!manifest.after) return {};
  for (std::uint64_t line = 1; !list.empty(); ++line) {
    const auto end = list.find('\n');
    if (line == manifest.after->lines) {
      if (crypto::sha256(as_bytes(list.substr(0, end))) == manifest.after->head) return {};
      break;
    }
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return fail(ErrorCode::conflict, "restore.older_list");
}

}  // namespace tutela::backup
