#include "vault/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tutela::vault {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::unexpected<Error> failed(int code) {
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  const char* name = ::strerrorname_np(code);
  const std::string place = name == nullptr ? "errno" : name;
  if (full) return fail(ErrorCode::limit, "vault.disk_full", place);
  return fail(ErrorCode::unavailable, "vault.io", place);
}

Result<> write_all(int descriptor, BytesView content) {
  while (!content.empty()) {
    const auto written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(errno);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

// Distinct in this process by a counter, between processes by the pid.
std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  static std::atomic<std::uint64_t> counter = 0;
  return path.parent_path() / (std::string(kTemporaryPrefix) + std::to_string(::getpid()) + "-" + std::to_string(++counter));
}

Result<> give_name(const std::filesystem::path& temporary, const std::filesystem::path& path, IfExists if_exists) {
  if (if_exists == IfExists::replace) {
    if (::rename(temporary.c_str(), path.c_str()) != 0) return failed(errno);
    return {};
  }
  // link(2) refuses an existing name, also when two processes race.
  if (::link(temporary.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return fail(ErrorCode::conflict, "vault.file_exists");
    return failed(errno);
  }
  ::unlink(temporary.c_str());
  return {};
}

}  // namespace

Result<> write_durably(const std::filesystem::path& path, BytesView content, IfExists if_exists) {
  TUTELA_ASSIGN(auto writer, DurableWriter::open(path));
  TUTELA_TRY(writer.write(content));
  return writer.finish(if_exists);
}

DurableWriter::DurableWriter(std::filesystem::path path, std::filesystem::path temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

DurableWriter::DurableWriter(DurableWriter&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)), descriptor_(std::exchange(other.descriptor_, -1)) {
  other.temporary_.clear();
}

DurableWriter::~DurableWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<DurableWriter> DurableWriter::open(const std::filesystem::path& path) {
  auto temporary = temporary_beside(path);
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return failed(errno);
  return DurableWriter(path, std::move(temporary), descriptor);
}

Result<> DurableWriter::write(BytesView content) { return write_all(descriptor_, content); }

Result<> DurableWriter::finish(IfExists if_exists) {
  // Some file systems report a full disk only on close.
  if (::fsync(descriptor_) != 0) return failed(errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) return failed(errno);
  TUTELA_TRY(give_name(temporary_, path_, if_exists));
  temporary_.clear();
  return sync_folder(path_.parent_path());
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0 && errno == ENOENT) return fail(ErrorCode::not_found, "vault.no_file");
  if (file.get() < 0) return failed(errno);
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return failed(errno);
  if (static_cast<std::uint64_t>(facts.st_size) > bytes_max) return fail(ErrorCode::limit, "vault.file_too_large");
  Bytes content(static_cast<std::size_t>(facts.st_size));
  std::size_t filled = 0;
  while (filled < content.size()) {
    const auto got = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

Result<> make_private_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno != EEXIST) return failed(errno);
    return {};
  }
  return sync_folder(path.parent_path());
}

Result<> sync_folder(const std::filesystem::path& path) {
  const Descriptor folder(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed(errno);
  return {};
}

}  // namespace tutela::vault
