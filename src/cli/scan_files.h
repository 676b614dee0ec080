#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "crypto/digest.h"

namespace tutela::cli {

// Everything under a folder but the folders themselves, by the bytes of its name within each folder: always in the same order,
// whatever the disk says. Links are named and not followed. A folder that cannot be read is named itself. Paths are relative to
// `folder`. Memory: the names of one folder on each level. not_found, "scan.no_such_folder"; what `visit` returns.
Result<> walk_folder(const std::filesystem::path& folder, const std::function<Result<>(const std::string& path)>& visit);

enum class Separator : char { line = '\n', nul = '\0' };
// The entries of a manifest, one in memory at a time; empty ones are passed over. not_found, "scan.no_such_manifest"; limit,
// "scan.name_too_long" (4096 bytes); unavailable, "scan.cannot_read".
Result<> read_manifest(const std::filesystem::path& manifest, Separator separator,
                       const std::function<Result<>(const std::string& path)>& visit);

// A file that has its name only when it is whole: written beside it, synced, renamed, the folder synced. Readable by its owner.
class WholeFile {
 public:
  // unavailable, "scan.cannot_write".
  static Result<WholeFile> create(const std::filesystem::path& path);
  ~WholeFile();
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  Result<> write(std::string_view text);
  Result<> finish();

 private:
  WholeFile(std::filesystem::path path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::filesystem::path path_;
  std::FILE* file_;
};

}  // namespace tutela::cli
