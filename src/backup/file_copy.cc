#include "backup/file_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tutela::backup {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

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
  if (code == ENOENT) return fail(ErrorCode::not_found, "backup.no_file");
  if (code == EEXIST) return fail(ErrorCode::conflict, "vault.file_exists");
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) return fail(ErrorCode::limit, "vault.disk_full");
  const char* name = ::strerrorname_np(code);
  return fail(ErrorCode::unavailable, "vault.io", name == nullptr ? "errno" : name);
}

// Hands the file's bytes to `sink` piece by piece.
Result<CopiedFile> read_pieces(const std::filesystem::path& from, const std::function<Result<>(BytesView)>& sink) {
  const Descriptor file(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0) return failed(errno);
  crypto::Sha256Stream digest;
  CopiedFile copied;
  Bytes piece(kPieceBytes);
  for (;;) {
    const auto got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) break;
    const BytesView view(piece.data(), static_cast<std::size_t>(got));
    digest.add(view);
    copied.bytes += view.size();
    TUTELA_TRY(sink(view));
  }
  copied.digest = digest.finish();
  return copied;
}

}  // namespace

Result<CopiedFile> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Descriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) return failed(errno);
  TUTELA_ASSIGN(const auto copied, read_pieces(from, [&](BytesView piece) -> Result<> {
                  while (!piece.empty()) {
                    const auto written = ::write(file.get(), piece.data(), piece.size());
                    if (written < 0 && errno == EINTR) continue;
                    if (written < 0) return failed(errno);
                    piece = piece.subspan(static_cast<std::size_t>(written));
                  }
                  return {};
                }));
  if (::fsync(file.get()) != 0) return failed(errno);
  return copied;
}

Result<CopiedFile> digest_file(const std::filesystem::path& path) {
  return read_pieces(path, [](BytesView) -> Result<> { return {}; });
}

}  // namespace tutela::backup
