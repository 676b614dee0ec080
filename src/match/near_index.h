#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "match/bucket_kernel.h"
#include "match/code_pages.h"
#include "match/near_table.h"

// Exact search within a Hamming distance, much faster than a scan (docs/adr/0008-near-index.md).
namespace tutela::match {

// An index finds distances up to this; what is asked for more is scanned.
inline constexpr std::uint32_t kDistanceBitsIndexedMax = 31;

// Tables over the rows [first_row, end_row). Never changes.
class NearSegment {
 public:
  // `codes` holds at least `end_row` rows. Cost: about 0.3 us a row, one core; 65 bytes a row beside the codes' 32, and 8 more
  // while it works.
  static std::shared_ptr<const NearSegment> build(const CodesView& codes, std::size_t first_row, std::size_t end_row);

  // The same with one table built anew over rows up to `end_row`, sharing the others. The segment reaches to where all its tables
  // do: after kTablesPerSegment of these, each in the place of the one before, a segment has grown, and never were there more
  // than one table too many in memory. `part` below part_count().
  static std::shared_ptr<const NearSegment> with_table(const NearSegment& segment, const CodesView& codes, std::size_t part,
                                                       std::size_t end_row);
  // How many tables it has: kTablesPerSegment, or 0 where a scan is cheaper.
  std::size_t part_count() const { return tables_.size(); }

  std::size_t first_row() const { return first_row_; }
  std::size_t end_row() const { return end_row_; }
  std::size_t bytes() const;

 private:
  friend class NearSearch;
  friend class NearSegmentBuilder;
  std::size_t first_row_ = 0;
  std::size_t end_row_ = 0;
  std::array<std::size_t, kWordsPerCode> words_{};        // of the code, in the order of the tables
  std::vector<std::shared_ptr<const NearTable>> tables_;  // none where a scan is cheaper
};

// The same in parts, which may be built at once by as many threads.
class NearSegmentBuilder {
 public:
  NearSegmentBuilder(const CodesView& codes, std::size_t first_row, std::size_t end_row);
  std::size_t part_count() const { return segment_->tables_.size(); }
  // Each part once, on any thread.
  void build(std::size_t part);
  // After all parts.
  std::shared_ptr<const NearSegment> finish() { return std::move(segment_); }

 private:
  CodesView codes_;
  std::shared_ptr<NearSegment> segment_;
};

// What one search needs to remember for the next; one a thread. Saves allocations, decides nothing.
struct NearScratch;
struct NearScratchDeleter {
  void operator()(NearScratch* scratch) const;
};
using NearScratchPointer = std::unique_ptr<NearScratch, NearScratchDeleter>;
NearScratchPointer make_near_scratch();

// Segments over the first rows, one after the other without a gap, and a tail that is scanned. A value: copying it copies
// pointers. Any number of threads may search it.
class NearIndex {
 public:
  NearIndex() = default;
  // `segments` ascending and adjoining from row 0. `codes` at least as long as they reach.
  NearIndex(CodesView codes, std::vector<std::shared_ptr<const NearSegment>> segments,
            const HammingKernel& kernel = best_hamming_kernel(), const BucketKernel& bucket_kernel = best_bucket_kernel());

  // Appends every row within the distance, each once, by ascending row; exact, complete, and the same for every kernel, every way
  // of cutting the rows into segments and every order of questions (I4). Where the tables would cost more than a scan (many equal
  // codes, few rows, a distance above kDistanceBitsIndexedMax) it scans.
  // Cost on one core: about 70 us at 10^7 evenly spread rows, 1.2 ns a row where it scans.
  void find(const Bits256& query, std::uint32_t distance_bits_max, NearScratch& scratch, std::vector<HammingHit>& hits) const;

  // The same by the tables alone wherever there are some, whatever it costs: for tests and measurements.
  // The distance is at most kDistanceBitsIndexedMax.
  void find_by_tables(const Bits256& query, std::uint32_t distance_bits_max, NearScratch& scratch,
                      std::vector<HammingHit>& hits) const;

  const CodesView& codes() const { return codes_; }
  const std::vector<std::shared_ptr<const NearSegment>>& segments() const { return segments_; }
  // Rows that no segment covers.
  std::size_t tail_rows() const;

 private:
  CodesView codes_;
  std::vector<std::shared_ptr<const NearSegment>> segments_;
  const HammingKernel* kernel_ = &best_hamming_kernel();
  const BucketKernel* bucket_kernel_ = &best_bucket_kernel();
};

}  // namespace tutela::match
