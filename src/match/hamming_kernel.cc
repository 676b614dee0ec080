#include "match/hamming_kernel.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Each kernel walks the blocks from the first to the last and reports a block's rows in ascending order, so that hits come out
// sorted without a sort. They differ only in how many rows one instruction counts. Instruction sets beyond the baseline are
// enabled function by function: the rest of the program must run on any processor.
namespace tutela::match {
namespace {

constexpr std::size_t kRows = HammingRows::kRowsPerBlock;

// How many rows of the block at `index` are real: the padding of the last block must not match.
std::size_t real_rows(const HammingRows& rows, std::size_t index) { return std::min(kRows, rows.size() - index * kRows); }

// Appends the rows of a block whose bit is set in `within`.
template <class Distances>
void append_hits(std::size_t block, unsigned within, const Distances& distances, std::vector<HammingHit>& hits) {
  while (within != 0) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(within));
    hits.push_back({static_cast<std::uint32_t>(block * kRows + lane), static_cast<std::uint32_t>(distances[lane])});
    within &= within - 1;
  }
}

constexpr unsigned mask_of(std::size_t rows) { return (1U << rows) - 1U; }

std::string_view scan_portable(const HammingRows& rows, const Bits256& query, std::uint32_t distance_bits_max,
                               std::vector<HammingHit>& hits) {
  const auto blocks = rows.blocks();
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    std::array<std::uint32_t, kRows> distances{};
    for (std::size_t word = 0; word < query.size(); ++word)
      for (std::size_t lane = 0; lane < kRows; ++lane)
        distances[lane] += static_cast<std::uint32_t>(std::popcount(blocks[block].words[word * kRows + lane] ^ query[word]));
    unsigned within = 0;
    for (std::size_t lane = 0; lane < kRows; ++lane)
      if (distances[lane] <= distance_bits_max) within |= 1U << lane;
    append_hits(block, within & mask_of(real_rows(rows, block)), distances, hits);
  }
  return "portable";
}

#if defined(__x86_64__)

[[gnu::target("popcnt")]] std::string_view scan_popcnt(const HammingRows& rows, const Bits256& query,
                                                       std::uint32_t distance_bits_max, std::vector<HammingHit>& hits) {
  const auto blocks = rows.blocks();
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    std::array<std::uint32_t, kRows> distances;
    unsigned within = 0;
    for (std::size_t lane = 0; lane < kRows; ++lane) {
      const auto& words = blocks[block].words;
      distances[lane] = static_cast<std::uint32_t>(
          _mm_popcnt_u64(words[lane] ^ query[0]) + _mm_popcnt_u64(words[kRows + lane] ^ query[1]) +
          _mm_popcnt_u64(words[2 * kRows + lane] ^ query[2]) + _mm_popcnt_u64(words[3 * kRows + lane] ^ query[3]));
      within |= (distances[lane] <= distance_bits_max ? 1U : 0U) << lane;
    }
    append_hits(block, within & mask_of(real_rows(rows, block)), distances, hits);
  }
  return "popcnt";
}

// Counts bits by looking up both nibbles of every byte (Mula, Kurz, Lemire 2018). A byte holds at most 4 x 8 = 32 after the four
// words of a row, so the bytes are added up across words and summed to 64 bits only once.
[[gnu::target("avx2")]] std::string_view scan_avx2(const HammingRows& rows, const Bits256& query, std::uint32_t distance_bits_max,
                                                   std::vector<HammingHit>& hits) {
  constexpr std::size_t kLanes = 4;
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low_nibble = _mm256_set1_epi8(0x0f);
  const __m256i limit = _mm256_set1_epi64x(static_cast<long long>(distance_bits_max));
  __m256i needle[4];
  for (std::size_t word = 0; word < query.size(); ++word)
    needle[word] = _mm256_set1_epi64x(std::bit_cast<long long>(query[word]));

  const auto blocks = rows.blocks();
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    __m256i sums[2];
    unsigned within = 0;
    for (std::size_t half = 0; half < 2; ++half) {
      __m256i bytes = _mm256_setzero_si256();
      for (std::size_t word = 0; word < query.size(); ++word) {
        const auto* place = &blocks[block].words[word * kRows + half * kLanes];
        const __m256i row = _mm256_load_si256(reinterpret_cast<const __m256i*>(place));
        const __m256i differing = _mm256_xor_si256(row, needle[word]);
        const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(differing, low_nibble));
        const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(differing, 4), low_nibble));
        bytes = _mm256_add_epi8(bytes, _mm256_add_epi8(low, high));
      }
      sums[half] = _mm256_sad_epu8(bytes, _mm256_setzero_si256());
      const auto beyond = static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(sums[half], limit))));
      within |= (~beyond & mask_of(kLanes)) << (half * kLanes);
    }
    within &= mask_of(real_rows(rows, block));
    if (within != 0) [[unlikely]] {
      std::array<std::uint64_t, kRows> distances;
      std::memcpy(distances.data(), sums, sizeof(distances));
      append_hits(block, within, distances, hits);
    }
  }
  return "avx2";
}

[[gnu::target("avx512f,avx512vpopcntdq")]] std::string_view scan_avx512(const HammingRows& rows, const Bits256& query,
                                                                        std::uint32_t distance_bits_max,
                                                                        std::vector<HammingHit>& hits) {
  const __m512i limit = _mm512_set1_epi64(static_cast<long long>(distance_bits_max));
  __m512i needle[4];
  for (std::size_t word = 0; word < query.size(); ++word) needle[word] = _mm512_set1_epi64(std::bit_cast<long long>(query[word]));

  const auto blocks = rows.blocks();
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    __m512i sums = _mm512_setzero_si512();
    for (std::size_t word = 0; word < query.size(); ++word) {
      const __m512i row = _mm512_load_si512(&blocks[block].words[word * kRows]);
      sums = _mm512_add_epi64(sums, _mm512_popcnt_epi64(_mm512_xor_si512(row, needle[word])));
    }
    unsigned within = _mm512_cmple_epu64_mask(sums, limit);
    within &= mask_of(real_rows(rows, block));
    if (within != 0) [[unlikely]] {
      alignas(64) std::array<std::uint64_t, kRows> distances;
      _mm512_store_si512(distances.data(), sums);
      append_hits(block, within, distances, hits);
    }
  }
  return "avx512_vpopcntdq";
}

bool has_popcnt() { return __builtin_cpu_supports("popcnt") != 0; }
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
bool has_avx512() { return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vpopcntdq") != 0; }

#endif

bool always() { return true; }

constexpr std::array kKernels = {
    HammingKernel{"portable", always, scan_portable},
#if defined(__x86_64__)
    HammingKernel{"popcnt", has_popcnt, scan_popcnt},
    HammingKernel{"avx2", has_avx2, scan_avx2},
    HammingKernel{"avx512_vpopcntdq", has_avx512, scan_avx512},
#endif
};

}  // namespace

Bits256 bits_from(BytesView value) {
  Bits256 bits;
  TUTELA_CHECK(value.size() == sizeof(bits));
  std::memcpy(bits.data(), value.data(), sizeof(bits));
  return bits;
}

int hamming_distance(const Bits256& left, const Bits256& right) {
  int distance = 0;
  for (std::size_t word = 0; word < left.size(); ++word) distance += std::popcount(left[word] ^ right[word]);
  return distance;
}

void HammingRows::append(const Bits256& row) {
  if (rows_ % kRowsPerBlock == 0) blocks_.emplace_back();
  for (std::size_t word = 0; word < row.size(); ++word)
    blocks_.back().words[word * kRowsPerBlock + rows_ % kRowsPerBlock] = row[word];
  ++rows_;
}

void HammingRows::reserve(std::size_t rows) { blocks_.reserve((rows + kRowsPerBlock - 1) / kRowsPerBlock); }

Bits256 HammingRows::row(std::size_t index) const {
  TUTELA_CHECK(index < rows_);
  Bits256 row;
  const auto& words = blocks_[index / kRowsPerBlock].words;
  for (std::size_t word = 0; word < row.size(); ++word) row[word] = words[word * kRowsPerBlock + index % kRowsPerBlock];
  return row;
}

std::span<const HammingKernel> hamming_kernels() { return kKernels; }

const HammingKernel& best_hamming_kernel() {
  const HammingKernel* best = &kKernels.front();
  for (const HammingKernel& kernel : kKernels)
    if (kernel.is_supported()) best = &kernel;
  return *best;
}

Result<const HammingKernel*> find_hamming_kernel(std::string_view name) {
  for (const HammingKernel& kernel : kKernels) {
    if (kernel.name != name) continue;
    if (!kernel.is_supported()) return fail(ErrorCode::unsupported, "match.kernel_not_supported");
    return &kernel;
  }
  return fail(ErrorCode::not_found, "match.unknown_kernel");
}

}  // namespace tutela::match
