#include "fingerprint/pdq.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <vector>

#include "base/check.h"
#include "fingerprint/dct_matrix.h"
#include "fingerprint/pdq_sweep.h"

namespace tutela::fingerprint {
namespace {

constexpr std::uint32_t kSideMin = 5;
constexpr std::size_t kSize = kDecimated;
constexpr std::size_t kFrequencies = 16;

using Reduced = std::array<std::array<float, kSize>, kSize>;
using Spectrum = std::array<std::array<float, kFrequencies>, kFrequencies>;

// Vectors of the kernels are loaded from these, so they are aligned.
class AlignedFloats {
 public:
  explicit AlignedFloats(std::size_t count)
      : floats_(static_cast<float*>(::operator new[](count * sizeof(float), std::align_val_t{64}))) {
    std::fill_n(floats_.get(), count, 0.0F);
  }
  float* data() { return floats_.get(); }

 private:
  struct Free {
    void operator()(float* floats) const { ::operator delete[](floats, std::align_val_t{64}); }
  };
  std::unique_ptr<float[], Free> floats_;
};

std::uint32_t window_for(std::uint32_t length) { return (length + 127) / 128; }

std::array<std::uint32_t, kSize> decimation_of(std::uint32_t length) {
  std::array<std::uint32_t, kSize> selected;
  for (std::size_t i = 0; i < kSize; ++i)
    selected[i] = static_cast<std::uint32_t>((static_cast<double>(i) + 0.5) * length / static_cast<double>(kSize));
  return selected;
}

// How much gradient the reduced picture has: 0..100.
int quality_of(const Reduced& a) {
  const auto step = [](float u, float v) { return std::abs(static_cast<int>(((u - v) * 100) / 255)); };
  int gradient = 0;
  for (std::size_t i = 0; i + 1 < kSize; ++i)
    for (std::size_t j = 0; j < kSize; ++j) gradient += step(a[i][j], a[i + 1][j]);
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t j = 0; j + 1 < kSize; ++j) gradient += step(a[i][j], a[i][j + 1]);
  return std::min(100, gradient / 90);
}

// The 16 x 16 lowest frequencies without the constant one. Each sum runs over k in order; the compiler may only widen over j.
Spectrum spectrum_of(const Reduced& a) {
  Spectrum result;
  alignas(64) float transposed[kSize][kFrequencies];
  for (std::size_t i = 0; i < kFrequencies; ++i)
    for (std::size_t k = 0; k < kSize; ++k) transposed[k][i] = kDctMatrix[i][k];
  for (std::size_t i = 0; i < kFrequencies; ++i) {
    alignas(64) float row[kSize] = {};
    for (std::size_t k = 0; k < kSize; ++k) {
      const float factor = kDctMatrix[i][k];
      for (std::size_t j = 0; j < kSize; ++j) row[j] += factor * a[k][j];
    }
    alignas(64) float sums[kFrequencies] = {};
    for (std::size_t k = 0; k < kSize; ++k) {
      const float factor = row[k];
      for (std::size_t j = 0; j < kFrequencies; ++j) sums[j] += factor * transposed[k][j];
    }
    std::copy_n(sums, kFrequencies, result[i].begin());
  }
  return result;
}

// Bit 16 i + j: whether the value lies above the lower median (the 128th smallest of 256).
PdqHash hash_of(const Spectrum& spectrum) {
  std::array<float, kFrequencies * kFrequencies> values;
  for (std::size_t i = 0; i < kFrequencies; ++i)
    std::copy(spectrum[i].begin(), spectrum[i].end(), values.data() + i * kFrequencies);
  auto sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + 127, sorted.end());
  const float median = sorted[127];
  PdqHash hash;
  for (std::size_t bit = 0; bit < values.size(); ++bit)
    if (values[bit] > median) hash.set_bit(static_cast<int>(bit));
  return hash;
}

std::array<PdqHash, 8> dihedral_of(const Spectrum& original) {
  std::array<PdqHash, 8> hashes;
  hashes[0] = hash_of(original);
  // A turn swaps rows and columns or not, and changes the sign where the test says so.
  const auto turned = [&](bool swapped, auto negative) {
    Spectrum spectrum;
    for (std::size_t i = 0; i < kFrequencies; ++i) {
      for (std::size_t j = 0; j < kFrequencies; ++j) {
        const float value = negative(i, j) ? -original[i][j] : original[i][j];
        (swapped ? spectrum[j][i] : spectrum[i][j]) = value;
      }
    }
    return hash_of(spectrum);
  };
  const auto row_even = [](std::size_t i, std::size_t) { return i % 2 == 0; };
  const auto column_even = [](std::size_t, std::size_t j) { return j % 2 == 0; };
  const auto sum_odd = [](std::size_t i, std::size_t j) { return (i + j) % 2 == 1; };
  const auto never = [](std::size_t, std::size_t) { return false; };
  hashes[1] = turned(true, column_even);
  hashes[2] = turned(false, sum_odd);
  hashes[3] = turned(true, row_even);
  hashes[4] = turned(false, row_even);
  hashes[5] = turned(false, column_even);
  hashes[6] = turned(true, never);
  hashes[7] = turned(true, sum_odd);
  return hashes;
}

using SweepFunction = void (*)(const Sweep&);
SweepFunction function_of(PdqKernel kernel) {
  TUTELA_CHECK(is_supported(kernel));
#if defined(__x86_64__)
  if (kernel == PdqKernel::avx2) return sweep_avx2;
#endif
  return sweep_baseline;
}

}  // namespace

std::string_view to_word(PdqKernel kernel) { return kernel == PdqKernel::avx2 ? "avx2" : "baseline"; }

bool is_supported(PdqKernel kernel) {
#if defined(__x86_64__)
  if (kernel == PdqKernel::avx2) return __builtin_cpu_supports("avx2");
#endif
  return kernel == PdqKernel::baseline;
}

PdqKernel best_kernel() { return is_supported(PdqKernel::avx2) ? PdqKernel::avx2 : PdqKernel::baseline; }

// Where a picture stands between two rows. A column box gives out row r - lead when it has read row r, so the two column boxes
// lag behind the rows pushed; the last rows come out of `drain` when the picture has ended.
class PdqStream::State {
 public:
  State(std::uint32_t width, std::uint32_t height, PdqKernel kernel, Shortcut64 shortcut)
      : width_(width),
        height_(height),
        stride_((width + kBlockRows - 1) / kBlockRows * kBlockRows),
        copied_(shortcut == Shortcut64::copy && width == kSize && height == kSize),
        window_(window_for(height)),
        lead_((window_ + 2) / 2 - 1),
        slots_((window_ + 2 * kBlockRows - 1) / kBlockRows * kBlockRows),
        sweep_function_(function_of(kernel)),
        selected_columns_(decimation_of(width)),
        selected_rows_(decimation_of(height)),
        pixels_(std::size_t{stride_} * kBlockRows),
        ring_(std::size_t{stride_} * slots_),
        sums_(stride_),
        history_(std::size_t{2} * kBlockRows * std::bit_ceil(window_for(width) + 1)),
        output_(kSize * kBlockRows),
        second_ring_(std::size_t{window_ + 1} * kSize) {
    sweep_.columns = width;
    sweep_.window = window_for(width);
    sweep_.pixels = pixels_.data();
    sweep_.pixels_stride = stride_;
    sweep_.ring = ring_.data();
    sweep_.sums = sums_.data();
    sweep_.slots = static_cast<int>(slots_);
    sweep_.selected_columns = selected_columns_.data();
    sweep_.history = history_.data();
    sweep_.history_size = std::bit_ceil(sweep_.window + 1);
    sweep_.output = output_.data();
  }

  template <class Fill>
  void push(bool grey, Fill fill) {
    TUTELA_CHECK(read_ < height_ && (read_ == 0 || grey == sweep_.grey));
    sweep_.grey = grey;
    std::uint32_t* row = pixels_.data() + std::size_t{stride_} * (read_ % kBlockRows);
    fill(row);
    if (copied_) copy_row(row);
    ++read_;
    if (!copied_ && (read_ % kBlockRows == 0 || read_ == height_)) sweep_rows();
  }

  const Reduced& reduced() {
    TUTELA_CHECK(read_ == height_ && !finished_);
    finished_ = true;
    if (!copied_) drain();
    return reduced_;
  }
  std::uint32_t width() const { return width_; }
  bool too_small() const { return width_ < kSideMin || height_ < kSideMin; }

 private:
  void copy_row(const std::uint32_t* row) {
    for (std::size_t x = 0; x < kSize; ++x) {
      const auto channel = [&](int shift) { return static_cast<float>(row[x] >> shift & 255); };
      reduced_[read_][x] = sweep_.grey ? channel(0) : 0.299F * channel(0) + 0.587F * channel(8) + 0.114F * channel(16);
    }
  }

  int slot_of(std::uint32_t row) const { return static_cast<int>(row % slots_); }

  void sweep_rows() {
    const std::uint32_t first = (read_ - 1) / kBlockRows * kBlockRows;
    start_block(true);
    sweep_.first_slot = slot_of(first);
    for (std::uint32_t row = first; row < read_; ++row) {
      ColumnStep step{.added_slot = slot_of(row)};
      if (row >= window_) step.dropped_slot = slot_of(row - window_);
      if (row >= lead_) step.output_lane = sweep_.output_count++;
      step.count = static_cast<float>(std::min(row + 1, window_));
      sweep_.steps[sweep_.step_count++] = step;
    }
    run_block();
  }

  // The reference's fourth phase: the window shrinks at the lower edge.
  void drain() {
    for (std::uint32_t done = 0; done < lead_;) {
      start_block(false);
      for (; done < lead_ && sweep_.step_count < kBlockRows; ++done) {
        sweep_.steps[sweep_.step_count++] = {.dropped_slot = slot_of(height_ - window_ + done),
                                             .output_lane = sweep_.output_count++,
                                             .count = static_cast<float>(window_ - 1 - done)};
      }
      run_block();
    }
    for (std::uint32_t done = 0; done < lead_; ++done) {
      drop_second(height_ - window_ + done);
      give_row(static_cast<float>(window_ - 1 - done));
    }
  }

  void start_block(bool has_pixels) {
    sweep_.has_pixels = has_pixels;
    sweep_.step_count = 0;
    sweep_.output_count = 0;
  }

  void run_block() {
    sweep_function_(sweep_);
    for (int lane = 0; lane < sweep_.output_count; ++lane) take_second(output_.data() + lane);
  }

  // Second box down the columns, over the 64 columns that are left. `column` is spaced by kBlockRows.
  void take_second(const float* column) {
    float* kept = second_ring_.data() + std::size_t{second_read_ % (window_ + 1)} * kSize;
    for (std::size_t j = 0; j < kSize; ++j) {
      kept[j] = column[j * kBlockRows];
      second_sums_[j] += kept[j];
    }
    if (second_read_ >= window_) drop_second(second_read_ - window_);
    ++second_read_;
    if (second_read_ > lead_) give_row(static_cast<float>(std::min(second_read_, window_)));
  }

  void drop_second(std::uint32_t row) {
    const float* old = second_ring_.data() + std::size_t{row % (window_ + 1)} * kSize;
    for (std::size_t j = 0; j < kSize; ++j) second_sums_[j] -= old[j];
  }

  void give_row(float count) {
    for (; next_row_ < kSize && selected_rows_[next_row_] == second_given_; ++next_row_)
      for (std::size_t j = 0; j < kSize; ++j) reduced_[next_row_][j] = second_sums_[j] / count;
    ++second_given_;
  }

  const std::uint32_t width_;
  const std::uint32_t height_;
  const std::uint32_t stride_;  // words of a row in `pixels_`: whole chunks
  const bool copied_;
  const std::uint32_t window_;  // of the boxes down the columns
  const std::uint32_t lead_;
  const std::uint32_t slots_;
  const SweepFunction sweep_function_;
  const std::array<std::uint32_t, kSize> selected_columns_;
  const std::array<std::uint32_t, kSize> selected_rows_;

  std::vector<std::uint32_t> pixels_;
  AlignedFloats ring_;
  AlignedFloats sums_;
  AlignedFloats history_;
  AlignedFloats output_;
  Sweep sweep_;

  AlignedFloats second_ring_;
  std::array<float, kSize> second_sums_ = {};
  std::uint32_t second_read_ = 0;
  std::uint32_t second_given_ = 0;
  std::size_t next_row_ = 0;

  std::uint32_t read_ = 0;
  bool finished_ = false;
  Reduced reduced_ = {};
};

PdqStream::PdqStream(std::uint32_t width, std::uint32_t height, PdqKernel kernel, Shortcut64 shortcut) {
  TUTELA_CHECK(width >= 1 && height >= 1);
  state_ = std::make_unique<State>(width, height, kernel, shortcut);
}
PdqStream::~PdqStream() = default;
PdqStream::PdqStream(PdqStream&&) noexcept = default;
PdqStream& PdqStream::operator=(PdqStream&&) noexcept = default;

void PdqStream::push_rgbx(BytesView row) {
  TUTELA_CHECK(row.size() == std::size_t{4} * state_->width());
  state_->push(false, [&](std::uint32_t* words) { std::memcpy(words, row.data(), row.size()); });
}

void PdqStream::push_grey(BytesView row) {
  TUTELA_CHECK(row.size() == state_->width());
  state_->push(true, [&](std::uint32_t* words) { std::copy(row.begin(), row.end(), words); });
}

PdqFingerprint PdqStream::finish() {
  const Reduced& reduced = state_->reduced();
  if (state_->too_small()) return {};
  return {hash_of(spectrum_of(reduced)), quality_of(reduced)};
}

std::array<PdqHash, 8> PdqStream::finish_dihedral() {
  const Reduced& reduced = state_->reduced();
  if (state_->too_small()) return {};
  return dihedral_of(spectrum_of(reduced));
}

Nearest512::Nearest512(std::uint32_t width, std::uint32_t height) : height_(height) {
  for (std::uint32_t x = 0; x < kSide; ++x) columns_[x] = static_cast<std::uint32_t>(std::uint64_t{x} * width / kSide);
}

std::uint32_t Nearest512::copies_of(std::uint32_t y) const {
  // Rows r of 512 with r * height / 512 == y are those from ceil(y * 512 / height) to before ceil((y + 1) * 512 / height).
  const auto first = [&](std::uint64_t row) { return (row * kSide + height_ - 1) / height_; };
  return static_cast<std::uint32_t>(first(y + std::uint64_t{1}) - first(y));
}

PicturePdqStream::PicturePdqStream(std::uint32_t width, std::uint32_t height, PdqKernel kernel) : full_(width, height, kernel) {
  if (Nearest512::applies_to(width, height)) {
    nearest_.emplace(width, height);
    reduced_.emplace(Nearest512::kSide, Nearest512::kSide, kernel);
  }
}

template <std::size_t kBytes, class Push>
void PicturePdqStream::push_nearest(BytesView row, Push push) {
  if (!nearest_) return;
  const std::uint32_t copies = nearest_->copies_of(read_++);
  if (copies == 0) return;
  std::array<std::uint8_t, Nearest512::kSide * kBytes> picked;
  for (std::size_t x = 0; x < Nearest512::kSide; ++x)
    std::memcpy(picked.data() + x * kBytes, row.data() + nearest_->columns()[x] * kBytes, kBytes);
  for (std::uint32_t i = 0; i < copies; ++i) push(BytesView(picked));
}

void PicturePdqStream::push_rgbx(BytesView row) {
  full_.push_rgbx(row);
  push_nearest<4>(row, [this](BytesView picked) { reduced_->push_rgbx(picked); });
}

void PicturePdqStream::push_grey(BytesView row) {
  full_.push_grey(row);
  push_nearest<1>(row, [this](BytesView picked) { reduced_->push_grey(picked); });
}

PicturePdq PicturePdqStream::finish() {
  const PdqFingerprint full = full_.finish();
  return {full, reduced_ ? reduced_->finish() : full};
}

namespace {

// Rows of a view with a fourth byte, which the streams want.
template <class Push>
void for_each_rgbx(const media::RgbView& picture, Push push) {
  Bytes rgbx(std::size_t{4} * picture.width);
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    const BytesView row = picture.row(y);
    for (std::size_t x = 0; x < picture.width; ++x) std::memcpy(rgbx.data() + 4 * x, row.data() + 3 * x, 3);
    push(BytesView(rgbx));
  }
}

}  // namespace

PdqFingerprint pdq(const media::RgbView& picture) {
  PdqStream stream(picture.width, picture.height);
  for_each_rgbx(picture, [&](BytesView row) { stream.push_rgbx(row); });
  return stream.finish();
}

PdqFingerprint pdq_nearest512(const media::RgbView& picture) {
  PicturePdqStream stream(picture.width, picture.height);
  for_each_rgbx(picture, [&](BytesView row) { stream.push_rgbx(row); });
  return stream.finish().pdq_nearest512;
}

std::array<PdqHash, 8> pdq_dihedral(const media::RgbView& picture) {
  PdqStream stream(picture.width, picture.height, best_kernel(), PdqStream::Shortcut64::filter);
  for_each_rgbx(picture, [&](BytesView row) { stream.push_rgbx(row); });
  return stream.finish_dihedral();
}

}  // namespace tutela::fingerprint
