#pragma once

#include <cstdint>

// The inner loop of PDQ's blur, as plain data and functions, so that each kernel is one translation unit.
//
// The reference blurs the whole picture four times: every row, every column, every row, every column, each a running sum whose
// float operations happen in a fixed order. That order fixes each row and each column on its own, but not how rows and columns
// interleave. So the picture is taken in blocks of 16 rows, and each block is swept once from left to right:
//
//   16 rows of pixels ─ transpose ─► luma, one vector = one column of 16 rows ─► first box along the row (16 rows at once)
//     ─ transpose back ─► first box down the columns (16 columns at once; it needs the last `window` rows: `ring`)
//     ─ transpose ─► second box along the row, of which only the 64 columns that survive decimation are ever divided
//
// The second box down the columns then has 64 columns left, and the caller does it. Every sum sees exactly the reference's
// operations in the reference's order; what is saved is memory traffic and divisions nobody looks at.
namespace tutela::fingerprint {

inline constexpr int kBlockRows = 16;
inline constexpr int kDecimated = 64;

// One operation on a column's running sum: add a row, drop a row, and give out the mean, each optional.
struct ColumnStep {
  int added_slot = -1;
  int dropped_slot = -1;
  int output_lane = -1;
  float count = 0;
};

struct Sweep {
  std::uint32_t columns = 0;
  std::uint32_t window = 0;  // of the box along a row, 1..columns

  // The block: 16 rows of `columns` pixels, one 32-bit word each: red, green << 8, blue << 16, or a grey value. Unused rows hold
  // anything.
  const std::uint32_t* pixels = nullptr;
  std::uint32_t pixels_stride = 0;
  bool has_pixels = false;  // false: the picture has ended and only the column steps run
  bool grey = false;

  // First box down the columns, by chunks of 16 columns.
  float* ring = nullptr;  // [chunk][slot][16]
  float* sums = nullptr;  // [chunk][16]
  int slots = 0;          // a multiple of 16, so that a block's rows lie side by side
  int first_slot = 0;
  ColumnStep steps[kBlockRows];
  int step_count = 0;
  int output_count = 0;

  const std::uint32_t* selected_columns = nullptr;  // 64, ascending
  float* history = nullptr;                         // 2 x history_size x 16: the columns inside each row box's window
  std::uint32_t history_size = 0;                   // power of two above `window`
  float* output = nullptr;                          // [64][16]: selected column, output row of this block
};

void sweep_baseline(const Sweep& sweep);
#if defined(__x86_64__)
void sweep_avx2(const Sweep& sweep);
#endif

}  // namespace tutela::fingerprint
