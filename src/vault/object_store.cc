#include "vault/object_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.h"
#include "crypto/sealing.h"
#include "vault/durable_file.h"

namespace tutela::vault {
namespace {

constexpr std::size_t kNameDigits = 32;

// Names are ours: anything else, such as a path, is a name that no object has.
bool is_object_name(std::string_view name) {
  return name.size() == kNameDigits &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string context_of(const std::string& name) { return "object/" + name; }

}  // namespace

Result<ObjectStore> ObjectStore::open(const std::filesystem::path& folder) {
  TUTELA_TRY(make_private_folder(folder));
  return ObjectStore(folder);
}

Result<std::string> ObjectStore::put(const RowKey& key, BytesView content, Random& random) {
  if (content.size() > limits::kMediaBytesMax) return fail(ErrorCode::limit, "vault.object_too_large");
  auto name = encode_hex(random.bytes<kNameDigits / 2>());
  TUTELA_TRY(write_durably(folder_ / name, crypto::seal(key, context_of(name), content, random), IfExists::keep));
  return name;
}

Result<Bytes> ObjectStore::get(const RowKey& key, const std::string& name) const {
  const auto missing = [] { return fail(ErrorCode::not_found, "vault.no_object"); };
  const auto corrupt = [] { return fail(ErrorCode::corrupt, "vault.corrupt_object"); };
  if (!is_object_name(name)) return missing();
  const auto sealed = read_file(folder_ / name, limits::kMediaBytesMax + crypto::kSealOverheadBytes);
  if (!sealed && sealed.error().code == ErrorCode::not_found) return missing();
  if (!sealed && sealed.error().code == ErrorCode::limit) return corrupt();
  if (!sealed) return std::unexpected(sealed.error());
  auto content = crypto::open_sealed(key, context_of(name), *sealed);
  if (!content) return corrupt();
  return content;
}

Result<> ObjectStore::remove(const std::string& name) {
  if (!is_object_name(name)) return {};
  if (::unlink((folder_ / name).c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
  return sync_folder(folder_);
}

Result<std::size_t> ObjectStore::remove_leftovers(Time before) {
  std::size_t removed = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator file(folder_, error), end; !error && file != end; file.increment(error)) {
    struct stat facts{};
    if (!file->path().filename().string().starts_with(kTemporaryPrefix) || ::stat(file->path().c_str(), &facts) != 0) continue;
    if (facts.st_mtim.tv_sec < to_unix_ms(before) / 1000 && ::unlink(file->path().c_str()) == 0) ++removed;
  }
  if (error) return fail(ErrorCode::unavailable, "vault.io");
  return removed;
}

}  // namespace tutela::vault
