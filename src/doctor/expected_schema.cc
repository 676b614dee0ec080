#include "doctor/expected_schema.h"

#include <cstdlib>
#include <filesystem>

#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::doctor {
namespace {

class ScratchFolder {
 public:
  static Result<ScratchFolder> make() {
    std::error_code error;
    auto name = (std::filesystem::temp_directory_path(error) / "tutela-schema-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) return fail(ErrorCode::unavailable, "doctor.no_scratch_folder");
    return ScratchFolder(name);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// What `body` reads of an empty database after these steps.
template <class T, class Body>
Result<T> in_scratch(std::span<const store::Migration> steps, Body body) {
  TUTELA_ASSIGN(const auto folder, ScratchFolder::make());
  TUTELA_ASSIGN(const auto store, store::open_sqlite(folder.path() / "schema.sqlite"));
  TUTELA_TRY(store::migrate(*store, steps));
  return in_snapshot<T>(*store, body);
}

}  // namespace

Result<std::vector<SchemaRow>> schema_after(std::span<const store::Migration> steps) {
  return in_scratch<std::vector<SchemaRow>>(steps, schema_of_database);
}

Result<Catalogue> catalogue_of(store::Reader& reader, std::string_view backend) {
  TUTELA_ASSIGN(auto columns, columns_of_database(reader, backend));
  TUTELA_ASSIGN(auto indexes, indexes_of_database(reader, backend));
  return Catalogue{std::move(columns), std::move(indexes)};
}

Result<Catalogue> catalogue_after(std::span<const store::Migration> steps) {
  return in_scratch<Catalogue>(steps, [](store::Reader& reader) { return catalogue_of(reader, "sqlite"); });
}

Result<std::int64_t> check_schema_is_ours(store::Reader& reader, std::span<const store::Migration> steps) {
  const auto foreign = [](const std::string& what) { return fail(ErrorCode::corrupt, "store.foreign_schema", what); };
  TUTELA_ASSIGN(const auto found, schema_of_database(reader));
  const auto has_versions = [&] {
    for (const auto& row : found)
      if (row.what == "table schema_version") return true;
    return false;
  };
  if (!has_versions()) return foreign("table schema_version");
  TUTELA_ASSIGN(const auto version, last_schema_step(reader));
  if (version < 1) return foreign("table schema_version");
  if (version > steps.back().version)
    return fail(ErrorCode::unsupported, "store.newer_schema", "schema " + std::to_string(version));
  std::size_t count = 0;
  while (count < steps.size() && steps[count].version <= version) ++count;
  TUTELA_ASSIGN(const auto expected, schema_after(steps.first(count)));
  for (std::size_t at = 0; at < std::max(expected.size(), found.size()); ++at) {
    if (at >= found.size() || at >= expected.size()) return foreign(at >= found.size() ? expected[at].what : found[at].what);
    if (expected[at] != found[at]) return foreign(std::min(expected[at].what, found[at].what));
  }
  return version;
}

}  // namespace tutela::doctor
