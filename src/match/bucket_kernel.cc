#include "match/bucket_kernel.h"

#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tutela::match {
namespace {

std::size_t scan_portable(const std::uint16_t* values, std::size_t count, std::uint16_t query, unsigned bits_max,
                          std::uint32_t* positions) {
  std::size_t found = 0;
  for (std::size_t position = 0; position < count; ++position) {
    const auto differing = static_cast<unsigned>(std::popcount(static_cast<std::uint16_t>(values[position] ^ query)));
    // Written always, kept only if it counts: whether it does is too irregular for a branch.
    positions[found] = static_cast<std::uint32_t>(position);
    found += differing <= bits_max ? 1U : 0U;
  }
  return found;
}

#if defined(__x86_64__)

// Both nibbles of every byte are looked up, and the two bytes of a value added (Mula, Kurz, Lemire 2018).
[[gnu::target("avx2")]] std::size_t scan_avx2(const std::uint16_t* values, std::size_t count, std::uint16_t query,
                                              unsigned bits_max, std::uint32_t* positions) {
  constexpr std::size_t kLanes = 16;
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low_nibble = _mm256_set1_epi8(0x0f);
  const __m256i one = _mm256_set1_epi8(1);
  const __m256i needle = _mm256_set1_epi16(static_cast<short>(query));
  const __m256i limit = _mm256_set1_epi16(static_cast<short>(bits_max));
  std::size_t found = 0;
  for (std::size_t position = 0; position < count; position += kLanes) {
    const __m256i value = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + position));
    const __m256i differing = _mm256_xor_si256(value, needle);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(differing, low_nibble));
    const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(differing, 4), low_nibble));
    const __m256i sums = _mm256_maddubs_epi16(_mm256_add_epi8(low, high), one);
    // Two bits a value: both set where it differs in more than the limit.
    auto within = ~static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpgt_epi16(sums, limit)));
    if (count - position < kLanes) within &= (1U << (2 * (count - position))) - 1U;
    while (within != 0) [[unlikely]] {
      const auto lane = static_cast<unsigned>(std::countr_zero(within)) / 2;
      positions[found++] = static_cast<std::uint32_t>(position) + lane;
      within &= ~(3U << (2 * lane));
    }
  }
  return found;
}

[[gnu::target("avx512f,avx512bw,avx512bitalg")]] std::size_t scan_avx512(const std::uint16_t* values, std::size_t count,
                                                                         std::uint16_t query, unsigned bits_max,
                                                                         std::uint32_t* positions) {
  constexpr std::size_t kLanes = 32;
  const __m512i needle = _mm512_set1_epi16(static_cast<short>(query));
  const __m512i limit = _mm512_set1_epi16(static_cast<short>(bits_max));
  std::size_t found = 0;
  for (std::size_t position = 0; position < count; position += kLanes) {
    const __m512i value = _mm512_loadu_si512(values + position);
    std::uint32_t within = _mm512_cmple_epu16_mask(_mm512_popcnt_epi16(_mm512_xor_si512(value, needle)), limit);
    if (count - position < kLanes) within &= (std::uint32_t{1} << (count - position)) - 1U;
    while (within != 0) [[unlikely]] {
      positions[found++] = static_cast<std::uint32_t>(position) + static_cast<std::uint32_t>(std::countr_zero(within));
      within &= within - 1;
    }
  }
  return found;
}

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512bitalg") != 0;
}

#endif

bool always() { return true; }

constexpr std::array kKernels = {
    BucketKernel{"portable", always, scan_portable},
#if defined(__x86_64__)
    BucketKernel{"avx2", has_avx2, scan_avx2},
    BucketKernel{"avx512_bitalg", has_avx512, scan_avx512},
#endif
};

}  // namespace

std::span<const BucketKernel> bucket_kernels() { return kKernels; }

const BucketKernel& best_bucket_kernel() {
  const BucketKernel* best = &kKernels.front();
  for (const BucketKernel& kernel : kKernels)
    if (kernel.is_supported()) best = &kernel;
  return *best;
}

}  // namespace tutela::match
