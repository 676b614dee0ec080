#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Known-material matching for other programs: link tutela::match, include this, and nothing else of Tutela shows.
//
//   auto list = tutela::KnownList::load("known.csv");
//   if (!list) return explain(list.error());
//   for (const auto& found : *list->ask("pdq", "f8f8…", 90)) act_on(found.entry, found.distance_bits);
//
// A list is what 'tutela bank export' writes (docs/banks.md): CSV, JSON lines or text. Answers are exact and complete, and the
// same that a node gives.
namespace tutela {

// Why something was refused: a stable word such as "list.bad_header", never a value.
struct MatchProblem {
  std::string reason;
};

struct Found {
  std::string entry;       // the list's reference, or "line 12"
  int distance_bits = 0;   // 0 for everything that is compared for equality
  int threshold_bits = 0;  // of the list; 0 likewise
  std::string why;         // "exact sha256", "pdq within 31"
};

// Immutable once loaded: any number of threads may ask it. Copies share it.
class KnownList {
 public:
  // Reads the whole list, about 200 bytes of memory a line. The format is told by the ending of the name: .csv, .jsonl, .txt.
  // `threshold_bits` 0..256: how many bits of two PDQ values may differ; 31 is usual.
  // list.no_such_file, list.not_a_file, list.cannot_open, list.unknown_format, list.bad_header, match.distance_out_of_range
  static std::expected<KnownList, MatchProblem> load(const std::string& path, int threshold_bits = 31);

  // Lines that could not be read, and are not asked.
  std::size_t refused_lines() const;

  // Every match, by ascending distance, then in the order of the list. `quality` of a PDQ value: below 50 nothing is compared and
  // the answer is question.quality_below_50; negative: not known, compared.
  // list.bad_algorithm, list.bad_length, list.bad_value, list.upper_case, question.quality_below_50, question.not_comparable (an
  // algorithm that is only carried)
  std::expected<std::vector<Found>, MatchProblem> ask(std::string_view algorithm, std::string_view value, int quality = -1) const;

 private:
  struct State;
  explicit KnownList(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace tutela
