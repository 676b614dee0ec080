#pragma once

#include <filesystem>
#include <functional>

#include "backup/manifest.h"

// Files of any size, copied and digested in pieces.
namespace tutela::backup {

struct CopiedFile {
  std::uint64_t bytes = 0;
  crypto::Sha256 digest{};
};

// Into a new file (0600), fsynced. not_found, "backup.no_file"; limit, "vault.disk_full"; unavailable, "vault.io"; conflict,
// "vault.file_exists".
Result<CopiedFile> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);
// not_found, "backup.no_file"; unavailable, "vault.io".
Result<CopiedFile> digest_file(const std::filesystem::path& path);

}  // namespace tutela::backup
