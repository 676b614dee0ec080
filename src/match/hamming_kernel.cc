#include "match/hamming_kernel.h"

#include <bit>
#include <cstring>

#include "base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Each kernel walks the rows from the first to the last and reports them in that order, so that hits come out sorted without a
// sort. They differ only in how many bits one instruction counts. Instruction sets beyond the baseline are enabled function by
// function: the rest of the program must run on any processor.
namespace tutela::match {
namespace {

std::uint32_t distance_of(const Bits256& left, const Bits256& right) {
  std::uint32_t distance = 0;
  for (std::size_t word = 0; word < left.size(); ++word)
    distance += static_cast<std::uint32_t>(std::popcount(left[word] ^ right[word]));
  return distance;
}

// Appends the rows `first + lane` whose bit is set in `within`.
template <class Distances>
[[gnu::always_inline]] inline void append_hits(std::size_t first, unsigned within, const Distances& distances,
                                               std::vector<HammingHit>& hits) {
  while (within != 0) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(within));
    hits.push_back({static_cast<std::uint32_t>(first + lane), static_cast<std::uint32_t>(distances[lane])});
    within &= within - 1;
  }
}

// The rows from `row` on that do not fill a register.
void scan_rest(std::span<const Bits256> rows, std::size_t row, std::uint32_t first_row, const Bits256& query,
               std::uint32_t distance_bits_max, std::vector<HammingHit>& hits) {
  for (; row < rows.size(); ++row)
    if (const std::uint32_t distance = distance_of(rows[row], query); distance <= distance_bits_max)
      hits.push_back({first_row + static_cast<std::uint32_t>(row), distance});
}

std::string_view scan_portable(std::span<const Bits256> rows, std::uint32_t first_row, const Bits256& query,
                               std::uint32_t distance_bits_max, std::vector<HammingHit>& hits) {
  scan_rest(rows, 0, first_row, query, distance_bits_max, hits);
  return "portable";
}

#if defined(__x86_64__)

[[gnu::target("popcnt")]] std::uint32_t distance_popcnt(const Bits256& left, const Bits256& right) {
  return static_cast<std::uint32_t>(_mm_popcnt_u64(left[0] ^ right[0]) + _mm_popcnt_u64(left[1] ^ right[1]) +
                                    _mm_popcnt_u64(left[2] ^ right[2]) + _mm_popcnt_u64(left[3] ^ right[3]));
}

[[gnu::target("popcnt")]] std::string_view scan_popcnt(std::span<const Bits256> rows, std::uint32_t first_row,
                                                       const Bits256& query, std::uint32_t distance_bits_max,
                                                       std::vector<HammingHit>& hits) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::uint32_t distance = distance_popcnt(rows[row], query);
    if (distance <= distance_bits_max) [[unlikely]]
      hits.push_back({first_row + static_cast<std::uint32_t>(row), distance});
  }
  return "popcnt";
}

// Counts bits by looking up both nibbles of every byte (Mula, Kurz, Lemire 2018), eight rows at a time: each row's counts are
// summed to four numbers below 65, which three rounds of interleaving and adding bring into one lane a row.
[[gnu::target("avx2")]] std::string_view scan_avx2(std::span<const Bits256> rows, std::uint32_t first_row, const Bits256& query,
                                                   std::uint32_t distance_bits_max, std::vector<HammingHit>& hits) {
  constexpr std::size_t kRows = 8;
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low_nibble = _mm256_set1_epi8(0x0f);
  const __m256i needle = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query.data()));
  const __m256i limit = _mm256_set1_epi32(static_cast<int>(distance_bits_max));
  std::size_t row = 0;
  for (; row + kRows <= rows.size(); row += kRows) {
    __m256i sums[kRows];  // of 64 bits each, below 65
#pragma GCC unroll 8
    for (std::size_t lane = 0; lane < kRows; ++lane) {
      const __m256i code = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[row + lane].data()));
      const __m256i differing = _mm256_xor_si256(code, needle);
      const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(differing, low_nibble));
      const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(differing, 4), low_nibble));
      sums[lane] = _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
    }
    // Two rows into one register: the even one in the low halves of the 64-bit lanes, the odd one in the high halves.
    __m256i pairs[kRows / 2];
#pragma GCC unroll 8
    for (std::size_t pair = 0; pair < kRows / 2; ++pair)
      pairs[pair] = _mm256_or_si256(sums[2 * pair], _mm256_slli_epi64(sums[2 * pair + 1], 32));
    // Rows 0 1 0 1 | 0 1 0 1 and 2 3 2 3 | 2 3 2 3 to 0 1 2 3 | 0 1 2 3, likewise 4 to 7, and then both halves.
    const __m256i four = _mm256_add_epi32(_mm256_unpacklo_epi64(pairs[0], pairs[1]), _mm256_unpackhi_epi64(pairs[0], pairs[1]));
    const __m256i more = _mm256_add_epi32(_mm256_unpacklo_epi64(pairs[2], pairs[3]), _mm256_unpackhi_epi64(pairs[2], pairs[3]));
    const __m256i distances =
        _mm256_add_epi32(_mm256_permute2x128_si256(four, more, 0x20), _mm256_permute2x128_si256(four, more, 0x31));
    const auto beyond = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(distances, limit))));
    if (beyond != 0xff) [[unlikely]] {
      std::array<std::uint32_t, kRows> each;
      std::memcpy(each.data(), &distances, sizeof(each));
      append_hits(first_row + row, ~beyond & 0xffU, each, hits);
    }
  }
  scan_rest(rows, row, first_row, query, distance_bits_max, hits);
  return "avx2";
}

[[gnu::target("avx512f,avx512vl,avx512vpopcntdq")]] std::string_view scan_avx512(std::span<const Bits256> rows,
                                                                                 std::uint32_t first_row, const Bits256& query,
                                                                                 std::uint32_t distance_bits_max,
                                                                                 std::vector<HammingHit>& hits) {
  constexpr std::size_t kRows = 4;
  const __m256i needle = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query.data()));
  const __m256i limit = _mm256_set1_epi64x(static_cast<long long>(distance_bits_max));
  std::size_t row = 0;
  for (; row + kRows <= rows.size(); row += kRows) {
    __m256i sums[kRows];
#pragma GCC unroll 8
    for (std::size_t lane = 0; lane < kRows; ++lane) {
      const __m256i code = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[row + lane].data()));
      sums[lane] = _mm256_popcnt_epi64(_mm256_xor_si256(code, needle));
    }
    const __m256i two = _mm256_add_epi64(_mm256_unpacklo_epi64(sums[0], sums[1]), _mm256_unpackhi_epi64(sums[0], sums[1]));
    const __m256i more = _mm256_add_epi64(_mm256_unpacklo_epi64(sums[2], sums[3]), _mm256_unpackhi_epi64(sums[2], sums[3]));
    const __m256i distances =
        _mm256_add_epi64(_mm256_permute2x128_si256(two, more, 0x20), _mm256_permute2x128_si256(two, more, 0x31));
    const unsigned within = _mm256_cmple_epu64_mask(distances, limit);
    if (within != 0) [[unlikely]] {
      std::array<std::uint64_t, kRows> each;
      std::memcpy(each.data(), &distances, sizeof(each));
      append_hits(first_row + row, within, each, hits);
    }
  }
  scan_rest(rows, row, first_row, query, distance_bits_max, hits);
  return "avx512_vpopcntdq";
}

bool has_popcnt() { return __builtin_cpu_supports("popcnt") != 0; }
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512vpopcntdq") != 0;
}

#endif

bool always() { return true; }

constexpr std::array kKernels = {
    HammingKernel{"portable", always, scan_portable, distance_of},
#if defined(__x86_64__)
    HammingKernel{"popcnt", has_popcnt, scan_popcnt, distance_popcnt},
    HammingKernel{"avx2", has_avx2, scan_avx2, distance_popcnt},
    HammingKernel{"avx512_vpopcntdq", has_avx512, scan_avx512, distance_popcnt},
#endif
};

}  // namespace

Bits256 bits_from(BytesView value) {
  Bits256 bits;
  TUTELA_CHECK(value.size() == sizeof(bits));
  std::memcpy(bits.data(), value.data(), sizeof(bits));
  return bits;
}

int hamming_distance(const Bits256& left, const Bits256& right) { return static_cast<int>(distance_of(left, right)); }

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
