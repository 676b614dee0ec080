#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

// The inner loop of near matching: every row within a Hamming distance of a 256-bit query. Kernels are values with a name; all
// give the same hits in the same order (I4).
namespace tutela::match {

using Bits256 = std::array<std::uint64_t, 4>;

// 32 bytes, any fixed byte order: the distance does not depend on it.
Bits256 bits_from(BytesView value);
int hamming_distance(const Bits256& left, const Bits256& right);

struct HammingHit {
  std::uint32_t row;
  std::uint32_t distance_bits;
  friend bool operator==(const HammingHit&, const HammingHit&) = default;
};

struct HammingKernel {
  std::string_view name;
  bool (*is_supported)();  // by this processor
  // Appends the hits by ascending row, the first of `rows` having the number `first_row`; returns the name of the code that ran.
  std::string_view (*scan)(std::span<const Bits256> rows, std::uint32_t first_row, const Bits256& query,
                           std::uint32_t distance_bits_max, std::vector<HammingHit>& hits);
  std::uint32_t (*distance)(const Bits256& left, const Bits256& right);
};

// All that were compiled, slowest first: "portable", and on x86-64 "popcnt", "avx2", "avx512_vpopcntdq".
std::span<const HammingKernel> hamming_kernels();
// The last one that this processor supports.
const HammingKernel& best_hamming_kernel();
// not_found, "match.unknown_kernel"; unsupported, "match.kernel_not_supported".
Result<const HammingKernel*> find_hamming_kernel(std::string_view name);

}  // namespace tutela::match
