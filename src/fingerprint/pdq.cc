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

DihedralHashes dihedral_of(const Spectrum& original) {
  DihedralHashes hashes;
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

const PdqFunctions& functions_of(PdqKernel kernel) {
  TUTELA_CHECK(is_supported(kernel));
#if defined(__x86_64__)
  if (kernel == PdqKernel::avx2) return kPdqAvx2;
  if (kernel == PdqKernel::avx512) return kPdqAvx512;
#endif
  return kPdqBaseline;
}

}  // namespace

std::string_view to_word(PdqKernel kernel) {
  switch (kernel) {
    case PdqKernel::avx2:
      return "avx2";
    case PdqKernel::avx512:
      return "avx512";
    case PdqKernel::baseline:
      break;
  }
  return "baseline";
}

Result<PdqKernel> parse_pdq_kernel(std::string_view word) {
  for (const PdqKernel kernel : kPdqKernels)
    if (to_word(kernel) == word) return kernel;
  return fail(ErrorCode::not_found, "pdq.unknown_kernel");
}

bool is_supported(PdqKernel kernel) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (kernel == PdqKernel::avx2) return avx2;
  if (kernel == PdqKernel::avx512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
  return kernel == PdqKernel::baseline;
}

PdqKernel best_kernel() {
  static const PdqKernel best =
      *std::find_if(kPdqKernels.rbegin(), kPdqKernels.rend(), [](PdqKernel kernel) { return is_supported(kernel); });
  return best;
}

// Where a picture stands between two rows. A column box gives out row r - lead when it has read row r, so the two column boxes
// lag behind the rows pushed; the last rows come out of `drain` when the picture has ended.
class PdqStream::State {
 public:
  State(std::uint32_t width, std::uint32_t height, const Settings& settings)
      : width_(width),
        height_(height),
        stride_((width + kBlockRows - 1) / kBlockRows * kBlockRows),
        copied_(settings.shortcut == Shortcut64::copy && width == kSize && height == kSize),
        window_(window_for(height)),
        lead_((window_ + 2) / 2 - 1),
        slots_((window_ + 2 * kBlockRows - 1) / kBlockRows * kBlockRows),
        functions_(functions_of(settings.kernel)),
        luma_of_rgbx_(settings.luma == Luma::in_double ? functions_.luma_of_rgbx_in_double : functions_.luma_of_rgbx),
        selected_columns_(decimation_of(width)),
        selected_rows_(decimation_of(height)),
        luma_(std::size_t{stride_} * kBlockRows),
        ring_(std::size_t{stride_} * slots_),
        sums_(stride_),
        row_rings_(std::size_t{2} * kBlockRows * column_ring_size(window_for(width))),
        output_(kSize * kBlockRows),
        second_ring_(std::size_t{window_ + 1} * kSize) {
    sweep_.columns = width;
    sweep_.window = window_for(width);
    sweep_.luma = luma_.data();
    sweep_.luma_stride = stride_;
    sweep_.ring = ring_.data();
    sweep_.sums = sums_.data();
    sweep_.slots = static_cast<int>(slots_);
    sweep_.selected_columns = selected_columns_.data();
    sweep_.row_rings = row_rings_.data();
    sweep_.output = output_.data();
  }

  void push_rgbx(BytesView row) {
    TUTELA_CHECK(row.size() == std::size_t{4} * width_);
    luma_of_rgbx_(row.data(), width_, next_row());
    take_row();
  }
  void push_grey(BytesView row) {
    TUTELA_CHECK(row.size() == width_);
    functions_.luma_of_grey(row.data(), width_, next_row());
    take_row();
  }

  const Reduced& reduced() {
    TUTELA_CHECK(read_ == height_ && !finished_);
    finished_ = true;
    if (!copied_) drain();
    return reduced_;
  }
  bool too_small() const { return width_ < kSideMin || height_ < kSideMin; }

 private:
  float* next_row() {
    TUTELA_CHECK(read_ < height_);
    return luma_.data() + std::size_t{stride_} * (read_ % kBlockRows);
  }

  void take_row() {
    if (copied_) std::copy_n(next_row(), kSize, reduced_[read_].begin());
    ++read_;
    if (!copied_ && (read_ % kBlockRows == 0 || read_ == height_)) sweep_rows();
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
    sweep_.steady = first >= window_ && sweep_.step_count == kBlockRows;
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

  void start_block(bool has_luma) {
    sweep_.has_luma = has_luma;
    sweep_.steady = false;
    sweep_.step_count = 0;
    sweep_.output_count = 0;
  }

  void run_block() {
    functions_.sweep(sweep_);
    for (int lane = 0; lane < sweep_.output_count; ++lane) take_second(output_.data() + static_cast<std::size_t>(lane) * kSize);
  }

  // Second box down the columns, over the 64 columns that are left.
  void take_second(const float* row) {
    float* kept = second_ring_.data() + std::size_t{second_read_ % (window_ + 1)} * kSize;
    for (std::size_t j = 0; j < kSize; ++j) {
      kept[j] = row[j];
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
  const std::uint32_t stride_;  // floats of a row in `luma_`: whole chunks
  const bool copied_;
  const std::uint32_t window_;  // of the boxes down the columns
  const std::uint32_t lead_;
  const std::uint32_t slots_;
  const PdqFunctions& functions_;
  void (*const luma_of_rgbx_)(const std::uint8_t*, std::size_t, float*);
  const std::array<std::uint32_t, kSize> selected_columns_;
  const std::array<std::uint32_t, kSize> selected_rows_;

  AlignedFloats luma_;
  AlignedFloats ring_;
  AlignedFloats sums_;
  AlignedFloats row_rings_;
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

PdqStream::PdqStream(std::uint32_t width, std::uint32_t height, const Settings& settings) {
  TUTELA_CHECK(width >= 1 && height >= 1);
  state_ = std::make_unique<State>(width, height, settings);
}
PdqStream::~PdqStream() = default;
PdqStream::PdqStream(PdqStream&&) noexcept = default;
PdqStream& PdqStream::operator=(PdqStream&&) noexcept = default;

void PdqStream::push_rgbx(BytesView row) { state_->push_rgbx(row); }
void PdqStream::push_grey(BytesView row) { state_->push_grey(row); }

PdqFingerprint PdqStream::finish() {
  const Reduced& reduced = state_->reduced();
  if (state_->too_small()) return {};
  return {hash_of(spectrum_of(reduced)), quality_of(reduced)};
}

PdqStream::Finished PdqStream::finish_with_dihedral() {
  const Reduced& reduced = state_->reduced();
  if (state_->too_small()) return {};
  const Spectrum spectrum = spectrum_of(reduced);
  Finished finished{.fingerprint = {{}, quality_of(reduced)}, .dihedral = dihedral_of(spectrum)};
  finished.fingerprint.hash = finished.dihedral[0];
  return finished;
}

Nearest512::Nearest512(std::uint32_t width, std::uint32_t height) : height_(height) {
  for (std::uint32_t x = 0; x < kSide; ++x) columns_[x] = static_cast<std::uint32_t>(std::uint64_t{x} * width / kSide);
}

std::uint32_t Nearest512::copies_of(std::uint32_t y) const {
  // Rows r of 512 with r * height / 512 == y are those from ceil(y * 512 / height) to before ceil((y + 1) * 512 / height).
  const auto first = [&](std::uint64_t row) { return (row * kSide + height_ - 1) / height_; };
  return static_cast<std::uint32_t>(first(y + std::uint64_t{1}) - first(y));
}

PicturePdqStream::PicturePdqStream(std::uint32_t width, std::uint32_t height, const Settings& settings)
    : settings_(settings), reduces_(Nearest512::applies_to(width, height)) {
  const auto asked = [&](PdqConvention convention) { return settings.conventions.contains(convention); };
  if (asked(PdqConvention::full) || (asked(PdqConvention::nearest512) && !reduces_))
    full_.emplace(width, height, PdqStream::Settings{.kernel = settings.kernel});
  if (asked(PdqConvention::pytx))
    pytx_.emplace(width, height, PdqStream::Settings{.kernel = settings.kernel, .luma = PdqStream::Luma::in_double});
  if (asked(PdqConvention::nearest512) && reduces_) {
    nearest_.emplace(width, height);
    reduced_.emplace(Nearest512::kSide, Nearest512::kSide, PdqStream::Settings{.kernel = settings.kernel});
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
  if (full_) full_->push_rgbx(row);
  if (pytx_) pytx_->push_rgbx(row);
  push_nearest<4>(row, [this](BytesView picked) { reduced_->push_rgbx(picked); });
}

void PicturePdqStream::push_grey(BytesView row) {
  if (full_) full_->push_grey(row);
  if (pytx_) pytx_->push_grey(row);
  push_nearest<1>(row, [this](BytesView picked) { reduced_->push_grey(picked); });
}

PicturePdq PicturePdqStream::finish() {
  const auto finish_stream = [&](PdqStream& stream) {
    return settings_.forms == PdqForms::dihedral ? stream.finish_with_dihedral() : PdqStream::Finished{stream.finish(), {}};
  };
  PicturePdq picture;
  const auto put_nearest = [&](const PdqStream::Finished& finished) {
    picture.pdq_nearest512 = finished.fingerprint;
    picture.pdq_nearest512_dihedral = finished.dihedral;
  };
  if (full_) {
    const PdqStream::Finished finished = finish_stream(*full_);
    if (settings_.conventions.contains(PdqConvention::full)) {
      picture.pdq = finished.fingerprint;
      picture.pdq_dihedral = finished.dihedral;
    }
    if (settings_.conventions.contains(PdqConvention::nearest512) && !reduces_) put_nearest(finished);
  }
  if (reduced_) put_nearest(finish_stream(*reduced_));
  if (pytx_) picture.pdq_pytx = pytx_->finish();
  return picture;
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
  PicturePdqStream stream(picture.width, picture.height, {.conventions = {PdqConvention::nearest512}});
  for_each_rgbx(picture, [&](BytesView row) { stream.push_rgbx(row); });
  return stream.finish().pdq_nearest512;
}

PdqFingerprint pdq_pytx(const media::RgbView& picture) {
  PdqStream stream(picture.width, picture.height, {.luma = PdqStream::Luma::in_double});
  for_each_rgbx(picture, [&](BytesView row) { stream.push_rgbx(row); });
  return stream.finish();
}

DihedralHashes pdq_dihedral(const media::RgbView& picture) {
  PdqStream stream(picture.width, picture.height, {.shortcut = PdqStream::Shortcut64::filter});
  for_each_rgbx(picture, [&](BytesView row) { stream.push_rgbx(row); });
  return stream.finish_with_dihedral().dihedral;
}

}  // namespace tutela::fingerprint
