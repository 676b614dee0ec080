#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "match/answer.h"
#include "match/bank.h"
#include "match/code_pages.h"

namespace tutela::match {

// Banks, laid out for search. Built once, never changed, so any number of threads may search it without a lock; a change of a
// bank makes a new index. Withdrawn entries, carried algorithms, PDQ values of low quality and everything but proving digests of
// `safe` banks are left out, so they cannot match by construction.
class MatchIndex {
 public:
  // invalid, "match.distance_out_of_range" (a bank's threshold outside 0..256); limit, "match.too_many_rows" (2^32 - 1 of one
  // algorithm). Cost: O(n log n); about 40 bytes a fingerprint. `kernel` must be supported by this processor; it lives as long as
  // the program.
  static Result<MatchIndex> build(std::span<const BankSnapshot> banks, const HammingKernel& kernel = best_hamming_kernel());

  // Every match of any of the fingerprints, complete and in order. Values that are not comparable are passed over.
  // Cost: a binary search for an equality, a scan of all rows of that convention for a distance (bench/match.cc).
  MatchAnswer find(std::span<const Fingerprint> queries) const;

  std::size_t entry_count() const { return entries_.size(); }
  // How many rows of that algorithm can be matched.
  std::size_t row_count(const Algorithm& algorithm) const;
  std::string_view kernel_name() const { return kernel_->name; }

 private:
  // What a match says about its entry; rows point here.
  struct EntryFacts {
    BankId bank;
    EntryId entry;
    BankPurpose purpose;
    EntryStatus status;
    EntrySource source;
    Act act;
    AgeBand age_band;
    int distance_bits_max;
  };
  // Values of one algorithm that are compared for equality: sorted, so a query is a binary search over flat memory.
  struct EqualityTable {
    Algorithm algorithm;
    std::size_t value_bytes;
    Bytes values;
    std::vector<std::uint32_t> entries;  // parallel to the values
  };
  struct DistanceTable {
    Algorithm algorithm;
    CodePages rows;
    std::vector<std::uint32_t> entries;   // parallel to the rows
    std::uint32_t distance_bits_max = 0;  // of all banks in it
  };

  explicit MatchIndex(const HammingKernel& kernel) : kernel_(&kernel) {}
  Match make_match(const EntryFacts& facts, const Algorithm& algorithm, int distance_bits) const;
  void find_equal(const EqualityTable& table, const Fingerprint& query, std::vector<Match>& found) const;
  void find_near(const DistanceTable& table, const Fingerprint& query, std::vector<Match>& found) const;

  const HammingKernel* kernel_;
  std::vector<EntryFacts> entries_;
  std::vector<EqualityTable> equality_;
  std::vector<DistanceTable> distance_;
};

}  // namespace tutela::match
