#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

// Files that are whole or absent, whatever crashes when.
namespace tutela::vault {

enum class IfExists : std::uint8_t { replace, keep };

// Writes `content` to a temporary file beside `path` (0600), fsyncs it, gives it its name and fsyncs the folder. With
// IfExists::keep an existing file stays as it is and the answer is conflict, "vault.file_exists". On an error nothing is left
// behind. limit, "vault.disk_full"; unavailable, "vault.io" with the errno's name.
Result<> write_durably(const std::filesystem::path& path, BytesView content, IfExists if_exists);

// The same for content that comes in pieces: written to the temporary file as it comes, named by finish(). Destroyed before that,
// it leaves nothing behind.
class DurableWriter {
 public:
  static Result<DurableWriter> open(const std::filesystem::path& path);
  DurableWriter(DurableWriter&& other) noexcept;
  DurableWriter& operator=(DurableWriter&&) = delete;
  ~DurableWriter();
  Result<> write(BytesView content);
  // As write_durably. At most once.
  Result<> finish(IfExists if_exists);

 private:
  DurableWriter(std::filesystem::path path, std::filesystem::path temporary, int descriptor);
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_;
};

// not_found, "vault.no_file"; limit, "vault.file_too_large"; unavailable, "vault.io".
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// 0700; existing is fine. unavailable, "vault.io".
Result<> make_private_folder(const std::filesystem::path& path);

Result<> sync_folder(const std::filesystem::path& path);

// Temporary files carry this beginning, so that leftovers of a crash can be told.
inline constexpr std::string_view kTemporaryPrefix = ".unfinished-";

}  // namespace tutela::vault
