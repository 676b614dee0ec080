#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

// What a power cut takes away: changes to files that no fsync has made durable yet.
//
// Bytes are durable after an fsync or fdatasync of their file, and a name after an fsync of the folder it stands in: what POSIX
// promises, which is less than most file systems keep. Of the rest a cut keeps what a disk may have written in its own order: any
// of the writes, and the first few of the changed names.
// Not safe for threads: whoever uses it holds one lock over what is told here and the call itself.
namespace tutela::test {

class Unsynced {
 public:
  // Where names that are lost or may come back are kept: on the same file system, outside of what is watched.
  explicit Unsynced(std::filesystem::path aside);

  // Before the call.
  void writes(int descriptor, off_t offset, BytesView bytes);
  void truncates(int descriptor, off_t size);
  // A second name of what stands at `path`, for when that name comes back; empty if nothing does.
  std::string keep(const std::string& path);

  // After the call succeeded.
  void made(const std::string& path);
  void renamed(const std::string& from, const std::string& to, const std::string& kept_of_to);
  void removed(const std::string& path, const std::string& kept);
  void synced(int descriptor);

  // Puts the files as they may be found after the cut. The same for the same seed and the same calls.
  void cut(std::uint64_t seed);

 private:
  using Inode = std::pair<dev_t, ino_t>;
  struct Change {
    off_t offset;
    std::optional<Bytes> bytes;  // absent: cut to `offset`
    Bytes before;                // what stood from `offset` on, as long as `bytes` or to the end
    off_t size_before;
  };
  struct File {
    int descriptor;  // our own, never closed: that would release the locks of others on the file
    std::vector<Change> changes;
  };
  struct Name {
    enum class What : std::uint8_t { made, renamed, removed } what;
    Inode folder;
    std::string path;
    std::string from = {};
    std::string kept = {};
  };

  File& file_of(int descriptor);
  void remember(int descriptor, off_t offset, std::optional<Bytes> bytes, std::size_t before_bytes);
  std::string next_aside();
  void undo(const Name& name);
  static void restore(const File& file, std::uint64_t seed);

  std::filesystem::path aside_;
  std::uint64_t asides_ = 0;
  std::map<Inode, File> files_;
  std::deque<Name> names_;
};

}  // namespace tutela::test
