#pragma once

#include <cstddef>
#include <cstdint>

// The inner loops of PDQ's blur, as plain data and functions, so that each kernel is one translation unit.
//
// The reference blurs the whole picture four times: every row, every column, every row, every column, each a running sum whose
// float operations happen in a fixed order. That order fixes each row and each column on its own, but not how rows and columns
// interleave. So the picture is taken in blocks of 16 rows, and each block is swept once from left to right, 16 columns a step:
//
//   16 rows of luma ─ transpose ─► one vector = one column of 16 rows ─► first box along the row (16 rows at once)
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

// A ring of columns of 16 rows each: the power of two of columns that holds a window and the step that is being worked on.
constexpr std::uint32_t column_ring_size(std::uint32_t window) {
  std::uint32_t size = 2 * kBlockRows;
  while (size < window + 2 * kBlockRows) size *= 2;
  return size;
}

// All pointers are to 64-byte boundaries.
struct Sweep {
  std::uint32_t columns = 0;
  std::uint32_t window = 0;  // of the box along a row, 1..columns

  // The block: 16 rows of `columns` values. Unused rows, and what follows a row up to a multiple of 16, hold anything finite.
  const float* luma = nullptr;
  std::uint32_t luma_stride = 0;
  bool has_luma = false;  // false: the picture has ended and only the column steps run

  // First box down the columns, by chunks of 16 columns.
  float* ring = nullptr;  // [chunk][slot][16]
  float* sums = nullptr;  // [chunk][16]
  int slots = 0;          // a multiple of 16, so that a block's rows lie side by side
  int first_slot = 0;
  ColumnStep steps[kBlockRows];
  int step_count = 0;
  int output_count = 0;
  bool steady = false;  // all 16 rows are added, dropped and given out in order, each over the same count

  const std::uint32_t* selected_columns = nullptr;  // 64, ascending
  float* row_rings = nullptr;                       // 2 x column_ring_size(window) x 16: the columns inside each row box's window
  float* output = nullptr;                          // [output row of this block][64]: the selected columns
};

// Pixels to luma. The reference computes 0.299 R + 0.587 G + 0.114 B in float; `luma_of_rgbx_in_double` computes it in double and
// rounds once.
struct PdqFunctions {
  void (*luma_of_rgbx)(const std::uint8_t* rgbx, std::size_t pixels, float* luma);
  void (*luma_of_rgbx_in_double)(const std::uint8_t* rgbx, std::size_t pixels, float* luma);
  void (*luma_of_grey)(const std::uint8_t* values, std::size_t pixels, float* luma);
  void (*sweep)(const Sweep& sweep);
};

extern const PdqFunctions kPdqBaseline;
#if defined(__x86_64__)
extern const PdqFunctions kPdqAvx2;
extern const PdqFunctions kPdqAvx512;
#endif

}  // namespace tutela::fingerprint
