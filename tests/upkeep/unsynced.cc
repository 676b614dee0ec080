#include "upkeep/unsynced.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "base/check.h"

namespace tutela::test {
namespace {

std::pair<dev_t, ino_t> inode_of(const std::filesystem::path& path) {
  struct stat facts{};
  TUTELA_CHECK(::stat(path.c_str(), &facts) == 0);
  return {facts.st_dev, facts.st_ino};
}

std::pair<dev_t, ino_t> folder_of(const std::string& path) { return inode_of(std::filesystem::path(path).parent_path()); }

Bytes read_at(int descriptor, off_t offset, std::size_t bytes) {
  Bytes content(bytes);
  const auto got = ::pread(descriptor, content.data(), content.size(), offset);
  content.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return content;
}

void write_at(int descriptor, off_t offset, BytesView bytes) {
  TUTELA_CHECK(::pwrite(descriptor, bytes.data(), bytes.size(), offset) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

Unsynced::Unsynced(std::filesystem::path aside) : aside_(std::move(aside)) { std::filesystem::create_directories(aside_); }

Unsynced::File& Unsynced::file_of(int descriptor) {
  struct stat facts{};
  TUTELA_CHECK(::fstat(descriptor, &facts) == 0);
  const auto [at, is_new] = files_.try_emplace({facts.st_dev, facts.st_ino}, File{-1, {}});
  if (is_new) {
    const auto path = "/proc/self/fd/" + std::to_string(descriptor);
    at->second.descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    TUTELA_CHECK(at->second.descriptor >= 0);
  }
  return at->second;
}

void Unsynced::remember(int descriptor, off_t offset, std::optional<Bytes> bytes, std::size_t before_bytes) {
  File& file = file_of(descriptor);
  struct stat facts{};
  TUTELA_CHECK(::fstat(file.descriptor, &facts) == 0);
  file.changes.push_back({offset, std::move(bytes), read_at(file.descriptor, offset, before_bytes), facts.st_size});
}

void Unsynced::writes(int descriptor, off_t offset, BytesView bytes) {
  remember(descriptor, offset, Bytes(bytes.begin(), bytes.end()), bytes.size());
}

void Unsynced::truncates(int descriptor, off_t size) {
  struct stat facts{};
  TUTELA_CHECK(::fstat(descriptor, &facts) == 0);
  remember(descriptor, size, std::nullopt, static_cast<std::size_t>(std::max<off_t>(facts.st_size - size, 0)));
}

std::string Unsynced::next_aside() { return (aside_ / std::to_string(++asides_)).string(); }

std::string Unsynced::keep(const std::string& path) {
  auto kept = next_aside();
  return ::link(path.c_str(), kept.c_str()) == 0 ? kept : std::string();
}

void Unsynced::made(const std::string& path) { names_.push_back({Name::What::made, folder_of(path), path}); }

void Unsynced::renamed(const std::string& from, const std::string& to, const std::string& kept_of_to) {
  names_.push_back({Name::What::renamed, folder_of(to), to, from, kept_of_to});
}

void Unsynced::removed(const std::string& path, const std::string& kept) {
  if (!kept.empty()) names_.push_back({Name::What::removed, folder_of(path), path, {}, kept});
}

void Unsynced::synced(int descriptor) {
  struct stat facts{};
  TUTELA_CHECK(::fstat(descriptor, &facts) == 0);
  const Inode inode{facts.st_dev, facts.st_ino};
  if (S_ISDIR(facts.st_mode)) {
    std::erase_if(names_, [&](const Name& name) { return name.folder == inode; });
  } else if (const auto at = files_.find(inode); at != files_.end()) {
    at->second.changes.clear();
  }
}

void Unsynced::undo(const Name& name) {
  // A name that went on to a folder which was synced is no longer there to be lost.
  std::error_code gone;
  switch (name.what) {
    case Name::What::made:
      std::filesystem::rename(name.path, next_aside(), gone);
      break;
    case Name::What::renamed:
      std::filesystem::rename(name.path, name.from, gone);
      if (!name.kept.empty()) std::filesystem::rename(name.kept, name.path);
      break;
    case Name::What::removed:
      std::filesystem::rename(name.kept, name.path);
      break;
  }
}

// As it was before the first of its changes, and then each of them that the disk happened to write.
void Unsynced::restore(const File& file, std::uint64_t seed) {
  if (file.changes.empty()) return;
  for (auto change = file.changes.rbegin(); change != file.changes.rend(); ++change) {
    write_at(file.descriptor, change->offset, change->before);
    TUTELA_CHECK(::ftruncate(file.descriptor, change->size_before) == 0);
  }
  std::mt19937_64 random(seed);
  const bool loses_all = random() % 2 == 0;
  for (const auto& change : file.changes) {
    if (loses_all || random() % 2 == 0) continue;
    if (change.bytes) {
      write_at(file.descriptor, change.offset, *change.bytes);
    } else {
      TUTELA_CHECK(::ftruncate(file.descriptor, change.offset) == 0);
    }
  }
}

void Unsynced::cut(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto names_lost = random() % 2 == 0 ? names_.size() : random() % (names_.size() + 1);
  for (std::size_t lost = 0; lost < names_lost; ++lost) {
    undo(names_.back());
    names_.pop_back();
  }
  for (const auto& [inode, file] : files_) restore(file, random());
}

}  // namespace tutela::test
