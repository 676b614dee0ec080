#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "lists/line_reader.h"
#include "match/list_line.h"
#include "match/match_index.h"

// Lists as files: opened, digested, and laid out for search without a node.
namespace tutela::lists {

// A file descriptor with an owner.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File();
  File(File&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  File& operator=(File&&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// A regular file. not_found, "list.no_such_file"; invalid, "list.not_a_file"; denied, "list.cannot_open".
Result<File> open_list(const std::filesystem::path& path);

// By the ending of its name: .csv, .jsonl (.ndjson), .txt. invalid, "list.unknown_format".
Result<match::ListFormat> format_of(const std::filesystem::path& path);

// SHA-256 of the whole file, read in pieces. unavailable, "list.cannot_read".
Result<crypto::Sha256> digest_of(const File& file);

struct ListIndex {
  match::MatchIndex index;
  // The list's own name of an entry of the index: its reference, or "line 12".
  std::vector<std::string> names;  // by entry_number()
  std::size_t refused = 0;         // lines that could not be read
  crypto::Sha256 digest;           // of the file
};
// One `match` bank of the list's lines in that order; refused lines are passed over and counted.
// invalid, "list.bad_header", "match.distance_out_of_range"; as open_list(). Cost: the whole list in memory, laid out for search.
Result<ListIndex> load_list(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max);

// The id of an entry says its place in the list: 0 for the first that could be read.
EntryId entry_of_number(std::uint64_t number);
std::uint64_t entry_number(const EntryId& entry);

}  // namespace tutela::lists
