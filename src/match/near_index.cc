#include "match/near_index.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/check.h"
#include "match/near_plan.h"

namespace tutela::match {
namespace {

// Costs in tenths of a nanosecond, from bench/match.cc at 10^6 to 10^8 rows; mostly waiting for memory.
constexpr std::uint64_t kProbeCost = 500;      // finding a bucket
constexpr std::uint64_t kRowCost = 8;          // passing over a row of a bucket
constexpr std::uint64_t kCandidateCost = 600;  // finding a row's number and comparing its code
constexpr std::uint64_t kScannedRowCost = 12;  // the plain scan
// Segments smaller than this are scanned: the tables' 4 MB would cost more than they save.
constexpr std::size_t kRowsIndexedMin = 16'384;
// How many lines of buckets are asked for before they are used.
constexpr std::size_t kLinesAhead = 96;
constexpr std::size_t kCandidatesAhead = 16;

struct Probe {
  std::uint32_t size;
  std::uint16_t bucket;
  std::uint8_t table;
  std::uint8_t beside_bits_max;
};

// Positions found in one probe's bucket.
struct Found {
  std::uint32_t probe;
  std::uint32_t first;
  std::uint32_t count;
};

}  // namespace

struct NearScratch {
  std::vector<Probe> probes;
  std::vector<Found> found;
  std::vector<std::uint32_t> positions;
  std::vector<std::uint32_t> rows;
};

void NearScratchDeleter::operator()(NearScratch* scratch) const { delete scratch; }
NearScratchPointer make_near_scratch() { return NearScratchPointer(new NearScratch); }

namespace {

// How unevenly the rows are spread by each word: the size of the bucket that a row is in, summed over a sample of the rows.
std::array<double, kWordsPerCode> unevenness(const CodesView& codes, std::size_t first_row, std::size_t end_row) {
  constexpr std::size_t kSampleMax = 1U << 18U;
  const std::size_t step = std::max<std::size_t>(1, (end_row - first_row) / kSampleMax);
  std::array<double, kWordsPerCode> sums{};
  std::vector<std::uint32_t> sizes(NearTable::kBuckets);
  for (std::size_t word = 0; word < kWordsPerCode; ++word) {
    std::ranges::fill(sizes, 0);
    for (std::size_t row = first_row; row < end_row; row += step) ++sizes[word_of(codes[row], word)];
    for (const std::uint32_t size : sizes) sums[word] += static_cast<double>(size) * size;
  }
  return sums;
}

// The tables stand in a ring; the last one keeps 12 bits, so that a code of ten million costs less than 100 bytes.
NearTable::Words words_of(const std::array<std::size_t, kTablesPerSegment>& words, std::size_t part) {
  const bool is_last = part + 1 == kTablesPerSegment;
  return {words[part], words[(part + 1) % kTablesPerSegment],
          is_last ? NearTable::Beside::twelve_bits : NearTable::Beside::whole};
}

}  // namespace

std::shared_ptr<const NearSegment> NearSegment::build(const CodesView& codes, std::size_t first_row, std::size_t end_row) {
  NearSegmentBuilder builder(codes, first_row, end_row);
  for (std::size_t part = 0; part < builder.part_count(); ++part) builder.build(part);
  return builder.finish();
}

NearSegmentBuilder::NearSegmentBuilder(const CodesView& codes, std::size_t first_row, std::size_t end_row)
    : codes_(codes), segment_(std::make_shared<NearSegment>()) {
  TUTELA_CHECK(first_row <= end_row && end_row <= codes.size());
  segment_->first_row_ = first_row;
  segment_->end_row_ = end_row;
  if (end_row - first_row < kRowsIndexedMin) return;
  // Every word has a table. The one whose buckets tell rows apart least comes last, and keeps least of the word beside.
  const auto uneven = unevenness(codes, first_row, end_row);
  const auto last = static_cast<std::size_t>(std::ranges::max_element(uneven) - uneven.begin());
  for (std::size_t table = 0; table < kTablesPerSegment; ++table)
    segment_->words_[table] = (last + 1 + table) % kTablesPerSegment;
  segment_->tables_.resize(kTablesPerSegment);
}

void NearSegmentBuilder::build(std::size_t part) {
  segment_->tables_[part] = std::make_shared<const NearTable>(
      NearTable::build(codes_, segment_->first_row_, segment_->end_row_, words_of(segment_->words_, part)));
}

std::shared_ptr<const NearSegment> NearSegment::with_table(const NearSegment& segment, const CodesView& codes, std::size_t part,
                                                           std::size_t end_row) {
  TUTELA_CHECK(part < segment.part_count() && end_row >= segment.end_row_ && end_row <= codes.size());
  auto grown = std::make_shared<NearSegment>(segment);
  grown->tables_[part] =
      std::make_shared<const NearTable>(NearTable::build(codes, segment.first_row_, end_row, words_of(segment.words_, part)));
  grown->end_row_ = std::ranges::min(grown->tables_, {}, &NearTable::end_row)->end_row();
  return grown;
}

std::size_t NearSegment::bytes() const {
  return std::transform_reduce(tables_.begin(), tables_.end(), std::size_t{0}, std::plus<>(),
                               [](const auto& table) { return table->bytes(); });
}

// One question to one segment.
class NearSearch {
 public:
  enum class Costs : std::uint8_t { at_most_a_scan, whatever };

  NearSearch(const NearSegment& segment, const CodesView& codes, Costs costs, const HammingKernel& kernel,
             const BucketKernel& bucket_kernel, NearScratch& scratch)
      : segment_(segment), codes_(codes), costs_(costs), kernel_(kernel), bucket_kernel_(bucket_kernel), scratch_(scratch) {}

  // False, with `hits` as before, where a scan is cheaper.
  bool find(const Bits256& query, std::uint32_t distance_bits_max, std::vector<HammingHit>& hits) {
    if (segment_.tables_.empty() || distance_bits_max > kDistanceBitsIndexedMax) return false;
    for (std::size_t table = 0; table < kTablesPerSegment; ++table) words_[table] = word_of(query, segment_.words_[table]);
    if (!plan(distance_bits_max)) return false;
    if (!collect()) return false;
    const std::size_t hits_before = hits.size();
    compare(query, distance_bits_max, hits);
    // A row may stand in the buckets of several tables.
    const auto fresh = hits.begin() + static_cast<std::ptrdiff_t>(hits_before);
    std::sort(fresh, hits.end(), [](const HammingHit& left, const HammingHit& right) { return left.row < right.row; });
    hits.erase(std::unique(fresh, hits.end()), hits.end());
    return true;
  }

 private:
  std::size_t rows() const { return segment_.end_row_ - segment_.first_row_; }

  void add_probe(std::size_t table, std::uint16_t bucket, std::uint32_t size, unsigned beside_bits_max) {
    if (size == 0) return;
    scratch_.probes.push_back({size, bucket, static_cast<std::uint8_t>(table), static_cast<std::uint8_t>(beside_bits_max)});
  }

  // Which buckets to look into. False when there is too much in them.
  bool plan(std::uint32_t distance_bits_max) {
    // Each size is a line of memory: what was looked up for the costs is kept for the probes.
    constexpr std::size_t kOneBitOff = 16;
    const auto one_bit_off = masks_of(1);
    std::array<std::array<std::uint32_t, 1 + kOneBitOff>, kTablesPerSegment> sizes;
    std::array<RadiusCosts, kTablesPerSegment> costs;
    for (std::size_t table = 0; table < kTablesPerSegment; ++table) {
      const NearTable& in = *segment_.tables_[table];
      sizes[table][0] = in.size(words_[table]);
      std::uint64_t near = 0;
      for (std::size_t bit = 0; bit < kOneBitOff; ++bit) {
        sizes[table][1 + bit] = in.size(static_cast<std::uint16_t>(words_[table] ^ one_bit_off[bit]));
        near += sizes[table][1 + bit];
      }
      // What lies further away is not counted but taken to be as full.
      const std::uint64_t mean_cost = kProbeCost + near * kRowCost / kOneBitOff;
      costs[table] = {kProbeCost + sizes[table][0] * kRowCost, kOneBitOff * mean_cost, 120 * mean_cost, 560 * mean_cost};
    }
    const Radii radii = choose_radii(costs, distance_bits_max);
    scratch_.probes.clear();
    for (std::size_t table = 0; table < kTablesPerSegment; ++table) {
      std::size_t known = 0;
      for (int differing = 0; differing <= radii[table]; ++differing)
        for (const std::uint16_t mask : masks_of(differing)) {
          const auto bucket = static_cast<std::uint16_t>(words_[table] ^ mask);
          const std::uint32_t size = differing <= 1 ? sizes[table][known++] : segment_.tables_[table]->size(bucket);
          add_probe(table, bucket, size, beside_bits_max(radii, table, differing));
        }
    }
    std::uint64_t cost = kProbeCost * scratch_.probes.size();
    for (const Probe& probe : scratch_.probes) cost += probe.size * kRowCost;
    return costs_ == Costs::whatever || cost < kScannedRowCost * rows();
  }

  // The rows of those buckets whose word beside is near enough. False when there are too many of them.
  bool collect() {
    const auto& probes = scratch_.probes;
    auto& positions = scratch_.positions;
    const auto candidates_max = rows() * kScannedRowCost / kCandidateCost / 4 + 1024;
    scratch_.found.clear();
    std::size_t used = 0;
    std::size_t asked = 0;  // probes whose lines were asked for, and how many lines of them were not used yet
    std::size_t lines_ahead = 0;
    for (std::size_t index = 0; index < probes.size(); ++index) {
      for (; asked < probes.size() && lines_ahead < kLinesAhead; ++asked)
        lines_ahead += table_of(probes[asked]).prefetch(probes[asked].bucket);
      const Probe& probe = probes[index];
      lines_ahead -= table_of(probe).lines(probe.bucket);
      if (positions.size() < used + probe.size + kBucketPadding) positions.resize(2 * (used + probe.size + kBucketPadding));
      const std::uint16_t beside = words_[(probe.table + std::size_t{1}) % kTablesPerSegment];
      const std::size_t count =
          table_of(probe).scan(probe.bucket, beside, probe.beside_bits_max, bucket_kernel_, positions.data() + used);
      if (count == 0) continue;
      scratch_.found.push_back(
          {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(used), static_cast<std::uint32_t>(count)});
      for (std::size_t one = 0; one < std::min<std::size_t>(count, kCandidatesAhead); ++one)
        table_of(probe).prefetch_rows(probe.bucket, positions[used + one]);
      used += count;
      if (used > candidates_max && costs_ != Costs::whatever) return false;
    }
    return true;
  }

  const NearTable& table_of(const Probe& probe) const { return *segment_.tables_[probe.table]; }

  void compare(const Bits256& query, std::uint32_t distance_bits_max, std::vector<HammingHit>& hits) {
    auto& rows = scratch_.rows;
    rows.clear();
    for (const Found& found : scratch_.found) {
      const Probe& probe = scratch_.probes[found.probe];
      const std::size_t before = rows.size();
      table_of(probe).append_rows(probe.bucket, std::span(scratch_.positions).subspan(found.first, found.count), rows);
      for (std::size_t one = before; one < std::min(rows.size(), before + kCandidatesAhead); ++one)
        __builtin_prefetch(&codes_[rows[one]]);
    }
    for (std::size_t one = 0; one < rows.size(); ++one) {
      if (one + kCandidatesAhead < rows.size()) __builtin_prefetch(&codes_[rows[one + kCandidatesAhead]]);
      // A table that was built later than the others knows more rows.
      if (rows[one] >= segment_.end_row_) continue;
      const std::uint32_t distance = kernel_.distance(codes_[rows[one]], query);
      if (distance <= distance_bits_max) hits.push_back({rows[one], distance});
    }
  }

  const NearSegment& segment_;
  const CodesView& codes_;
  Costs costs_;
  const HammingKernel& kernel_;
  const BucketKernel& bucket_kernel_;
  NearScratch& scratch_;
  std::array<std::uint16_t, kTablesPerSegment> words_{};
};

NearIndex::NearIndex(CodesView codes, std::vector<std::shared_ptr<const NearSegment>> segments, const HammingKernel& kernel,
                     const BucketKernel& bucket_kernel)
    : codes_(std::move(codes)), segments_(std::move(segments)), kernel_(&kernel), bucket_kernel_(&bucket_kernel) {
  std::size_t row = 0;
  for (const auto& segment : segments_) {
    TUTELA_CHECK(segment->first_row() == row && segment->end_row() <= codes_.size());
    row = segment->end_row();
  }
  TUTELA_CHECK(kernel_->is_supported() && bucket_kernel_->is_supported());
}

std::size_t NearIndex::tail_rows() const { return codes_.size() - (segments_.empty() ? 0 : segments_.back()->end_row()); }

void NearIndex::find(const Bits256& query, std::uint32_t distance_bits_max, NearScratch& scratch,
                     std::vector<HammingHit>& hits) const {
  std::size_t scanned_from = 0;
  for (const auto& segment : segments_) {
    NearSearch search(*segment, codes_, NearSearch::Costs::at_most_a_scan, *kernel_, *bucket_kernel_, scratch);
    if (!search.find(query, distance_bits_max, hits))
      scan_codes(codes_.first(segment->end_row()), segment->first_row(), query, distance_bits_max, hits, *kernel_);
    scanned_from = segment->end_row();
  }
  scan_codes(codes_, scanned_from, query, distance_bits_max, hits, *kernel_);
}

void NearIndex::find_by_tables(const Bits256& query, std::uint32_t distance_bits_max, NearScratch& scratch,
                               std::vector<HammingHit>& hits) const {
  TUTELA_CHECK(distance_bits_max <= kDistanceBitsIndexedMax);
  for (const auto& segment : segments_) {
    if (segment->bytes() == 0)
      scan_codes(codes_.first(segment->end_row()), segment->first_row(), query, distance_bits_max, hits, *kernel_);
    else
      TUTELA_CHECK(NearSearch(*segment, codes_, NearSearch::Costs::whatever, *kernel_, *bucket_kernel_, scratch)
                       .find(query, distance_bits_max, hits));
  }
  scan_codes(codes_, codes_.size() - tail_rows(), query, distance_bits_max, hits, *kernel_);
}

}  // namespace tutela::match
