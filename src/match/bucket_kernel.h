#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

// The inner loop of the near index: which of the 16-bit values of a bucket differ from the query's in few bits. Kernels are
// values with a name; all give the same positions in the same order (I4).
namespace tutela::match {

// Values that may be read, and are ignored, behind the last one of a table.
inline constexpr std::size_t kBucketPadding = 32;

struct BucketKernel {
  std::string_view name;
  bool (*is_supported)();  // by this processor
  // Writes the positions of those `count` values that differ from `query` in at most `bits_max` bits, ascending; returns how
  // many. `values` is readable for kBucketPadding values more, `positions` has room for `count` + kBucketPadding.
  std::size_t (*scan)(const std::uint16_t* values, std::size_t count, std::uint16_t query, unsigned bits_max,
                      std::uint32_t* positions);
};

// All that were compiled, slowest first: "portable", and on x86-64 "avx2", "avx512_bitalg".
std::span<const BucketKernel> bucket_kernels();
// The last one that this processor supports.
const BucketKernel& best_bucket_kernel();

}  // namespace tutela::match
