#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "lists/line_reader.h"
#include "match/list_line.h"
#include "match_engine/generation.h"

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

// What tells whether somebody wrote to the list while it was read.
struct FileState {
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};
FileState state_of(const File& file);

// SHA-256 of the whole file, read in pieces. unavailable, "list.cannot_read".
Result<crypto::Sha256> digest_of(const File& file);

// A list, laid out for search as a node's banks are. Never changes; any number of threads may ask it.
class ListIndex {
 public:
  // Of one `match` bank of the list's lines, in their order; lines that cannot be read are passed over and counted.
  // invalid, "list.bad_header", "match.distance_out_of_range" (0..256 bits); limit, "match.too_many_rows"; as open_list().
  // Cost: about 1 us and 200 bytes a line.
  static Result<ListIndex> load(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max);

  // Every match of any of the fingerprints, complete and in order (match::sort_matches).
  match::MatchAnswer find(std::span<const Fingerprint> questions) const;
  bool has(const Algorithm& algorithm) const;
  // The list's own name of an entry: its reference, or "line 12".
  const std::string& name_of(const EntryId& entry) const;
  std::size_t refused_lines() const { return refused_; }
  const match::NotCompared& not_compared() const { return not_compared_; }
  const crypto::Sha256& digest() const { return digest_; }  // of the file

 private:
  ListIndex() = default;
  std::shared_ptr<const match_engine::Generation> generation_;
  std::vector<std::string> names_;  // by entry_number()
  std::size_t refused_ = 0;
  match::NotCompared not_compared_;
  crypto::Sha256 digest_{};
};

// The id of an entry says its place in the list: 0 for the first that could be read.
EntryId entry_of_number(std::uint64_t number);
std::uint64_t entry_number(const EntryId& entry);

}  // namespace tutela::lists
