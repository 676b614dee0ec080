#include "cli/scan_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "vault/durable_file.h"

namespace tutela::cli {
namespace {

constexpr std::size_t kNameBytesMax = 4096;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::unexpected<Error> cannot_write() { return fail(ErrorCode::unavailable, "scan.cannot_write"); }

struct Name {
  std::string text;
  bool is_folder;
};

// Sorted. Nothing if the folder cannot be read to its end.
std::optional<std::vector<Name>> names_in(const std::filesystem::path& folder) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (!open) return std::nullopt;
  std::vector<Name> names;
  errno = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view text = entry->d_name;
    if (text == "." || text == "..") continue;
    bool is_folder = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat facts{};
      is_folder = ::fstatat(::dirfd(open.get()), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
    }
    names.push_back({std::string(text), is_folder});
    errno = 0;
  }
  if (errno != 0) return std::nullopt;
  std::ranges::sort(names, {}, &Name::text);
  return names;
}

}  // namespace

Result<> walk_folder(const std::filesystem::path& folder, const std::function<Result<>(const std::string& path)>& visit) {
  struct Level {
    std::string prefix;  // "" or "a/b/"
    std::vector<Name> names;
    std::size_t next = 0;
  };
  auto top = names_in(folder);
  if (!top) return fail(ErrorCode::not_found, "scan.no_such_folder");
  std::vector<Level> levels;
  levels.push_back({"", *std::move(top)});
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.next == level.names.size()) {
      levels.pop_back();
      continue;
    }
    const Name& name = level.names[level.next++];
    const std::string path = level.prefix + name.text;
    if (name.is_folder) {
      if (auto names = names_in(folder / path)) {
        levels.push_back({path + "/", *std::move(names)});
        continue;
      }
    }
    TUTELA_TRY(visit(path));
  }
  return {};
}

Result<> read_manifest(const std::filesystem::path& manifest, Separator separator,
                       const std::function<Result<>(const std::string& path)>& visit) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(manifest.c_str(), "re"));
  if (!file) return fail(ErrorCode::not_found, "scan.no_such_manifest");
  std::string path;
  for (;;) {
    const int character = std::getc(file.get());
    if (character == EOF && std::ferror(file.get()) != 0) return fail(ErrorCode::unavailable, "scan.cannot_read");
    if (character != EOF && character != static_cast<char>(separator)) {
      if (path.size() >= kNameBytesMax) return fail(ErrorCode::limit, "scan.name_too_long");
      path += static_cast<char>(character);
      continue;
    }
    if (!path.empty()) TUTELA_TRY(visit(path));
    path.clear();
    if (character == EOF) return {};
  }
}

Result<WholeFile> WholeFile::create(const std::filesystem::path& path) {
  auto unfinished = path;
  unfinished += ".unfinished";
  const int descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  std::FILE* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (file == nullptr) return cannot_write();
  return WholeFile(path, file);
}

WholeFile::WholeFile(WholeFile&& other) noexcept : path_(std::move(other.path_)), file_(std::exchange(other.file_, nullptr)) {}

WholeFile::~WholeFile() {
  if (file_ != nullptr) std::fclose(file_);
}

Result<> WholeFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return cannot_write();
  return {};
}

Result<> WholeFile::finish() {
  auto unfinished = path_;
  unfinished += ".unfinished";
  const bool is_on_disk = std::fflush(file_) == 0 && ::fsync(::fileno(file_)) == 0;
  if (!is_on_disk || ::rename(unfinished.c_str(), path_.c_str()) != 0) return cannot_write();
  const auto folder = path_.parent_path();
  return vault::sync_folder(folder.empty() ? "." : folder);
}

}  // namespace tutela::cli
