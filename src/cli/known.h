#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lists/list_file.h"
#include "match/answer.h"

namespace tutela::cli {

// What files and fingerprints are compared with: a list, or the banks of a node.
class Known {
 public:
  virtual ~Known() = default;
  // Complete and in order. Thread-safe. As match_engine::MatchEngine::find() where a node is asked.
  virtual Result<match::MatchAnswer> find(std::span<const Fingerprint> queries) const = 0;
  virtual std::string bank_name(const match::Match& match) const = 0;
  virtual std::string entry_name(const match::Match& match) const = 0;
  // Changes with what is known: equal digests give equal answers.
  virtual std::string digest() const = 0;
  // Whether anything stands in it under this algorithm.
  virtual bool has(const Algorithm& algorithm) const = 0;
  // What of it no question is compared with.
  virtual match::NotCompared not_compared() const = 0;
};

// As lists::ListIndex::load(). A list with lines that cannot be read is used without them, and `refused` says how many they are.
struct OpenedList {
  std::unique_ptr<Known> known;
  std::size_t refused;
};
Result<OpenedList> open_known_list(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max);

}  // namespace tutela::cli
