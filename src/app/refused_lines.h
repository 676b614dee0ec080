#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "lists/list_file.h"

namespace tutela::app {

// The file beside a list that keeps the lines which could not be taken, each as one JSON object with its number and its reason;
// readable by its owner only. Opened before the command gives up root, since the node's user may not be able to reach it.
class RefusedLines {
 public:
  // denied, "list.cannot_write_refused" (also where something else has that name).
  static Result<RefusedLines> open(std::filesystem::path path);

  // Drops what stands behind that place, and goes on there. unavailable, "list.cannot_write_refused".
  Result<> cut_at(std::int64_t bytes);
  // Kept in memory until write().
  void add(const lists::LineReader::Line& line, const Error& error);
  // Returns how many bytes are on disk now that were not before. unavailable, "list.cannot_write_refused".
  Result<std::int64_t> write();

  // Removes the file if nothing stands in it. Where the node's user may not, it stays, empty.
  void discard_empty() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  RefusedLines(lists::File file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  lists::File file_;
  std::filesystem::path path_;
  std::string unwritten_;
};

}  // namespace tutela::app
