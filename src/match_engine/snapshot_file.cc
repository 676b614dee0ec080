#include "match_engine/snapshot_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "crypto/sealing.h"

namespace tutela::match_engine {
namespace {

static_assert(std::endian::native == std::endian::little, "the file holds numbers as they stand in memory");

constexpr std::string_view kMagic = "TUTELAMS";
constexpr std::string_view kUnfinished = ".unfinished-";
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHeadBytes = kMagic.size() + 2 * sizeof(std::uint32_t) + kSaltBytes;
constexpr std::size_t kSealedBytesMax = kSnapshotChunkBytes + crypto::kSealOverheadBytes;

std::unexpected<Error> failed(int code) {
  const char* name = ::strerrorname_np(code);
  const std::string place = name == nullptr ? "errno" : name;
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) return fail(ErrorCode::limit, "match.disk_full", place);
  return fail(ErrorCode::unavailable, "match.snapshot_io", place);
}

std::unexpected<Error> broken() { return fail(ErrorCode::corrupt, "match.snapshot_broken"); }
std::unexpected<Error> cut() { return fail(ErrorCode::corrupt, "match.snapshot_cut"); }

template <class Number>
void put(Bytes& out, Number number) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&number);
  out.insert(out.end(), bytes, bytes + sizeof number);
}

Result<> write_all(int file, BytesView bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

// How many bytes there were, at most out.size().
Result<std::size_t> read_up_to(int file, std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto got = ::read(file, out.data() + filled, out.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

// What crashed processes left behind.
void remove_leftovers(const std::filesystem::path& path) {
  const std::string prefix = path.filename().string() + std::string(kUnfinished);
  std::error_code error;
  for (std::filesystem::directory_iterator at(path.parent_path(), error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    pid_t writer = 0;
    const auto* const last = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + prefix.size(), last, writer);
    const bool is_ours = writer == ::getpid();
    if (parsed.ec == std::errc() && parsed.ptr == last && writer > 0 && (is_ours || (::kill(writer, 0) != 0 && errno == ESRCH)))
      ::unlink(at->path().c_str());
  }
}

std::string context_of(const Bytes& head, std::uint64_t chunk, bool is_last) {
  Bytes context = to_bytes("match.snapshot");
  append_bytes(context, head);
  put(context, chunk);
  put(context, static_cast<std::uint8_t>(is_last ? 1 : 0));
  return std::string(as_text(context));
}

}  // namespace

SnapshotWriter::SnapshotWriter(std::filesystem::path path, std::filesystem::path temporary, int file, const SnapshotKey& key,
                               Random& random)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(file), key_(&key), random_(&random) {}

SnapshotWriter::SnapshotWriter(SnapshotWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      file_(std::exchange(other.file_, -1)),
      key_(other.key_),
      random_(other.random_),
      head_(std::move(other.head_)),
      chunk_(std::move(other.chunk_)),
      chunks_(other.chunks_) {}

SnapshotWriter::~SnapshotWriter() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

Result<SnapshotWriter> SnapshotWriter::create(const std::filesystem::path& path, const SnapshotKey& key, Random& random) {
  remove_leftovers(path);
  auto temporary = path;
  temporary += std::string(kUnfinished) + std::to_string(::getpid());
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return failed(errno);
  SnapshotWriter writer(path, temporary, file, key, random);
  writer.head_ = to_bytes(kMagic);
  put(writer.head_, kSnapshotVersion);
  put(writer.head_, static_cast<std::uint32_t>(kSnapshotChunkBytes));
  append_bytes(writer.head_, random.bytes<kSaltBytes>());
  TUTELA_TRY(write_all(file, writer.head_));
  writer.chunk_.reserve(kSnapshotChunkBytes);
  return writer;
}

Result<> SnapshotWriter::write(BytesView bytes) {
  while (!bytes.empty()) {
    // A full chunk waits for what follows it, since the last one is marked.
    if (chunk_.size() == kSnapshotChunkBytes) TUTELA_TRY(flush(false));
    const auto part = bytes.first(std::min(bytes.size(), kSnapshotChunkBytes - chunk_.size()));
    append_bytes(chunk_, part);
    bytes = bytes.subspan(part.size());
  }
  return {};
}

Result<> SnapshotWriter::write_number(std::uint64_t number) {
  return write({reinterpret_cast<const std::uint8_t*>(&number), sizeof number});
}

Result<> SnapshotWriter::write_text(std::string_view text) {
  TUTELA_TRY(write_number(text.size()));
  return write(as_bytes(text));
}

Result<> SnapshotWriter::flush(bool is_last) {
  const Bytes sealed = crypto::seal(*key_, context_of(head_, chunks_++, is_last), chunk_, *random_);
  chunk_.clear();
  Bytes length;
  put(length, static_cast<std::uint32_t>(sealed.size()));
  TUTELA_TRY(write_all(file_, length));
  return write_all(file_, sealed);
}

Result<> SnapshotWriter::finish() {
  TUTELA_TRY(flush(true));
  if (::fsync(file_) != 0) return failed(errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed(errno);
  ::close(std::exchange(file_, -1));
  const auto folder = path_.parent_path();
  const int opened = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return failed(errno);
  const int synced = ::fsync(opened);
  const int code = errno;
  ::close(opened);
  if (synced != 0) return failed(code);
  return {};
}

SnapshotReader::SnapshotReader(SnapshotReader&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      key_(other.key_),
      head_(std::move(other.head_)),
      chunk_(std::move(other.chunk_)),
      used_(other.used_),
      chunks_(other.chunks_),
      is_last_(other.is_last_) {}

SnapshotReader::~SnapshotReader() {
  if (file_ >= 0) ::close(file_);
}

Result<SnapshotReader> SnapshotReader::open(const std::filesystem::path& path, const SnapshotKey& key) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return fail(ErrorCode::not_found, "match.no_snapshot");
  if (file < 0) return failed(errno);
  SnapshotReader reader(file, key);
  struct stat facts{};
  if (::fstat(file, &facts) != 0) return failed(errno);
  if ((facts.st_mode & 077) != 0) return fail(ErrorCode::denied, "match.snapshot_exposed");
  ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  reader.head_.resize(kHeadBytes);
  TUTELA_ASSIGN(const auto filled, read_up_to(file, reader.head_));
  if (!as_text(reader.head_).starts_with(kMagic)) return filled < kHeadBytes ? cut() : broken();
  if (filled < kHeadBytes) return cut();
  std::uint32_t version = 0;
  std::memcpy(&version, reader.head_.data() + kMagic.size(), sizeof version);
  if (version != kSnapshotVersion)
    return fail(ErrorCode::unsupported, "match.snapshot_version", "version " + std::to_string(version));
  TUTELA_TRY(reader.next_chunk());
  return reader;
}

Result<> SnapshotReader::next_chunk() {
  if (is_last_) return broken();
  std::uint32_t length = 0;
  TUTELA_ASSIGN(auto filled, read_up_to(file_, {reinterpret_cast<std::uint8_t*>(&length), sizeof length}));
  if (filled < sizeof length) return cut();
  if (length > kSealedBytesMax) return broken();
  Bytes sealed(length);
  TUTELA_ASSIGN(filled, read_up_to(file_, sealed));
  if (filled < length) return cut();
  // Full chunks are most often not the last.
  const bool seems_last = length < kSealedBytesMax;
  for (const bool is_last : {seems_last, !seems_last}) {
    auto opened = crypto::open_sealed(*key_, context_of(head_, chunks_, is_last), sealed);
    if (!opened) continue;
    chunk_ = *std::move(opened);
    used_ = 0;
    ++chunks_;
    is_last_ = is_last;
    return {};
  }
  return broken();
}

Result<> SnapshotReader::read(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (used_ == chunk_.size()) TUTELA_TRY(next_chunk());
    const std::size_t part = std::min(out.size(), chunk_.size() - used_);
    std::memcpy(out.data(), chunk_.data() + used_, part);
    used_ += part;
    out = out.subspan(part);
  }
  return {};
}

Result<std::uint64_t> SnapshotReader::read_number() {
  std::uint64_t number = 0;
  TUTELA_TRY(read({reinterpret_cast<std::uint8_t*>(&number), sizeof number}));
  return number;
}

Result<std::string> SnapshotReader::read_text(std::size_t bytes_max) {
  TUTELA_ASSIGN(const auto length, read_number());
  if (length > bytes_max) return broken();
  std::string text(static_cast<std::size_t>(length), '\0');
  TUTELA_TRY(read({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  return text;
}

Result<> SnapshotReader::finish() {
  std::uint8_t more = 0;
  TUTELA_ASSIGN(const auto filled, read_up_to(file_, {&more, 1}));
  // A cut between two chunks leaves a whole one that is not the last.
  if (!is_last_) return cut();
  if (used_ != chunk_.size() || filled != 0) return broken();
  return {};
}

}  // namespace tutela::match_engine
