#include "vault/object_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/limits.h"
#include "vault/durable_file.h"

namespace tutela::vault {
namespace {

constexpr std::size_t kIdDigits = 32;
constexpr std::uint8_t kVersion = 2;  // 1 was an object sealed whole
constexpr std::size_t kHeadBytes = 1 + crypto::kStreamHeaderBytes;
constexpr std::size_t kSealedChunkBytes = kObjectChunkBytes + crypto::kStreamChunkOverheadBytes;

// Ids are ours: anything else, such as a path, is an id that no object has.
bool is_object_id(std::string_view id) {
  return id.size() == kIdDigits &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string context_of(const std::string& id) { return "object/" + id; }

std::unexpected<Error> corrupt() { return fail(ErrorCode::corrupt, "vault.corrupt_object"); }
std::unexpected<Error> missing() { return fail(ErrorCode::not_found, "vault.no_object"); }

// Content that sealed chunks of `sealed` bytes in all hold; nothing if no object has that size. Every chunk but the last is full,
// and only an empty object has an empty last one.
std::optional<std::size_t> content_bytes(std::size_t sealed) {
  const std::size_t chunks = (sealed + kSealedChunkBytes - 1) / kSealedChunkBytes;
  if (chunks == 0 || sealed < chunks * crypto::kStreamChunkOverheadBytes) return std::nullopt;
  const std::size_t content = sealed - chunks * crypto::kStreamChunkOverheadBytes;
  if (content > limits::kMediaBytesMax || (chunks > 1 && content <= (chunks - 1) * kObjectChunkBytes)) return std::nullopt;
  return content;
}

Result<> read_exactly(int descriptor, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto got = ::read(descriptor, out.data(), out.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::unavailable, "vault.io");
    if (got == 0) return corrupt();
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace

ObjectReader::ObjectReader(int descriptor, std::size_t sealed_left, std::size_t size_bytes, crypto::StreamOpener opener)
    : descriptor_(descriptor), sealed_left_(sealed_left), size_bytes_(size_bytes), opener_(std::move(opener)) {}

ObjectReader::ObjectReader(ObjectReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      sealed_left_(other.sealed_left_),
      size_bytes_(other.size_bytes_),
      opener_(std::move(other.opener_)) {}

ObjectReader::~ObjectReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::optional<Bytes>> ObjectReader::next() {
  if (sealed_left_ == 0) return std::nullopt;
  Bytes sealed(std::min(sealed_left_, kSealedChunkBytes));
  TUTELA_TRY(read_exactly(descriptor_, sealed));
  sealed_left_ -= sealed.size();
  auto chunk = opener_.open(sealed, sealed_left_ == 0 ? crypto::ChunkPlace::last : crypto::ChunkPlace::more_follow);
  if (!chunk) return corrupt();
  return std::optional(*std::move(chunk));
}

Result<ObjectStore> ObjectStore::open(const std::filesystem::path& folder, const crypto::LookupKey& lookup_key) {
  TUTELA_TRY(make_private_folder(folder));
  return ObjectStore(folder, lookup_key);
}

std::string ObjectStore::file_name(const std::string& id) const {
  if (!is_object_id(id)) return {};
  return encode_hex(BytesView(crypto::keyed_hash(*lookup_key_, "object.name", as_bytes(id))).first(kIdDigits / 2));
}

Result<std::string> ObjectStore::put(const RowKey& key, BytesView content, Random& random) {
  if (content.size() > limits::kMediaBytesMax) return fail(ErrorCode::limit, "vault.object_too_large");
  auto id = encode_hex(random.bytes<kIdDigits / 2>());
  crypto::StreamSealer sealer(key.reveal(), context_of(id));
  TUTELA_ASSIGN(auto writer, DurableWriter::open(folder_ / file_name(id)));
  Bytes head{kVersion};
  append_bytes(head, sealer.header());
  TUTELA_TRY(writer.write(head));
  do {
    const auto chunk = content.first(std::min(content.size(), kObjectChunkBytes));
    content = content.subspan(chunk.size());
    TUTELA_TRY(writer.write(sealer.seal(chunk, content.empty() ? crypto::ChunkPlace::last : crypto::ChunkPlace::more_follow)));
  } while (!content.empty());
  TUTELA_TRY(writer.finish(IfExists::keep));
  return id;
}

Result<ObjectReader> ObjectStore::read(const RowKey& key, const std::string& id) const {
  if (!is_object_id(id)) return missing();
  const int descriptor = ::open((folder_ / file_name(id)).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return errno == ENOENT ? missing() : fail(ErrorCode::unavailable, "vault.io");
  Bytes head(kHeadBytes);
  struct stat facts{};
  const bool has_size = ::fstat(descriptor, &facts) == 0 && static_cast<std::size_t>(facts.st_size) > kHeadBytes;
  const std::size_t sealed = has_size ? static_cast<std::size_t>(facts.st_size) - kHeadBytes : 0;
  const auto size = content_bytes(sealed);
  const auto filled = size ? read_exactly(descriptor, head) : corrupt();
  crypto::StreamHeader header;
  std::ranges::copy(BytesView(head).subspan(1), header.begin());
  auto opener = crypto::StreamOpener::begin(key.reveal(), context_of(id), header);
  if (!filled || head[0] != kVersion || !opener) {
    ::close(descriptor);
    return filled ? corrupt() : std::unexpected(filled.error());
  }
  return ObjectReader(descriptor, sealed, *size, *std::move(opener));
}

Result<Bytes> ObjectStore::get(const RowKey& key, const std::string& id) const {
  TUTELA_ASSIGN(auto reader, read(key, id));
  Bytes content;
  content.reserve(reader.size_bytes());
  for (;;) {
    TUTELA_ASSIGN(const auto chunk, reader.next());
    if (!chunk) return content;
    append_bytes(content, *chunk);
  }
}

Result<> ObjectStore::verify(const RowKey& key, const std::string& id) const {
  TUTELA_ASSIGN(auto reader, read(key, id));
  for (;;) {
    TUTELA_ASSIGN(const auto chunk, reader.next());
    if (!chunk) return {};
  }
}

Result<> ObjectStore::remove(const std::string& id) {
  if (!is_object_id(id)) return {};
  if (::unlink((folder_ / file_name(id)).c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
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
