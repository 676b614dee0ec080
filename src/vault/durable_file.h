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

// not_found, "vault.no_file"; limit, "vault.file_too_large"; unavailable, "vault.io".
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// 0700; existing is fine. unavailable, "vault.io".
Result<> make_private_folder(const std::filesystem::path& path);

Result<> sync_folder(const std::filesystem::path& path);

// Temporary files carry this beginning, so that leftovers of a crash can be told.
inline constexpr std::string_view kTemporaryPrefix = ".unfinished-";

}  // namespace tutela::vault
