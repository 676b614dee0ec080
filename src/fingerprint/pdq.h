#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "fingerprint/pdq_convention.h"
#include "fingerprint/pdq_hash.h"
#include "media/rgb_view.h"

// PDQ (Facebook, 2019: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm"), bit for bit as the C++
// reference computes it. Three conventions, which differ by up to 24 of 256 bits on the same photograph and are therefore never
// mixed:
//
//   pdq             the picture at full size, luma in float
//   pdq_nearest512  first reduced (or stretched) to 512 x 512 by nearest neighbour when a side exceeds 512, as the C++ tool does
//   pdq_pytx        the picture at full size, luma in double and rounded once, as python-threatexchange and HMA compute it
//
// The pixels are hashed as stored: no orientation is applied. Pictures with one channel are hashed on their values (for these
// pdq_pytx is pdq). Below 5 pixels on a side the hash is zero with quality 0.
namespace tutela::fingerprint {

PdqFingerprint pdq(const media::RgbView& picture);
PdqFingerprint pdq_nearest512(const media::RgbView& picture);
PdqFingerprint pdq_pytx(const media::RgbView& picture);

// pdq of the picture and of its seven turns and flips, derived from one transform: original, rotate90, rotate180, rotate270,
// flipX, flipY, flipPlus1, flipMinus1. They approximate the hash of the turned picture. For a 64 x 64 picture `original` is not
// pdq(): the reference filters here and copies there.
DihedralHashes pdq_dihedral(const media::RgbView& picture);

// The implementations of the inner loops, slowest first; all give the same bits (tests run every one that the machine has).
enum class PdqKernel : std::uint8_t { baseline, avx2, avx512 };
inline constexpr std::array kPdqKernels = {PdqKernel::baseline, PdqKernel::avx2, PdqKernel::avx512};
std::string_view to_word(PdqKernel kernel);  // "baseline", "avx2", "avx512"
// not_found, "pdq.unknown_kernel".
Result<PdqKernel> parse_pdq_kernel(std::string_view word);
// By this processor.
bool is_supported(PdqKernel kernel);
PdqKernel best_kernel();

// One picture row by row, so that it never has to be in memory as a whole: its state is about height / 128 + 48 floats
// a column.
//
//   PdqStream stream(width, height);
//   for (y …) stream.push_rgbx(row);
//   PdqFingerprint fingerprint = stream.finish();
class PdqStream {
 public:
  enum class Shortcut64 : std::uint8_t { copy, filter };  // what happens to a 64 x 64 picture
  enum class Luma : std::uint8_t { in_float, in_double };
  struct Settings {
    PdqKernel kernel = best_kernel();
    Luma luma = Luma::in_float;
    Shortcut64 shortcut = Shortcut64::copy;
  };

  PdqStream(std::uint32_t width, std::uint32_t height, const Settings& settings);
  PdqStream(std::uint32_t width, std::uint32_t height) : PdqStream(width, height, Settings()) {}
  ~PdqStream();
  PdqStream(PdqStream&&) noexcept;
  PdqStream& operator=(PdqStream&&) noexcept;

  // The next row, from the top: exactly `width` pixels of red, green, blue and a byte that is ignored.
  void push_rgbx(BytesView row);
  // The next row: exactly `width` values.
  void push_grey(BytesView row);

  // After exactly `height` rows, once.
  struct Finished {
    PdqFingerprint fingerprint;
    DihedralHashes dihedral;  // of the same reduced picture: its first is the fingerprint's hash
  };
  PdqFingerprint finish();
  Finished finish_with_dihedral();

 private:
  class State;
  std::unique_ptr<State> state_;
};

// Which pixels of a picture make its 512 x 512 reduction: column x * width / 512, row y * height / 512.
class Nearest512 {
 public:
  static constexpr std::uint32_t kSide = 512;
  static bool applies_to(std::uint32_t width, std::uint32_t height) { return width > kSide || height > kSide; }

  Nearest512(std::uint32_t width, std::uint32_t height);
  const std::array<std::uint32_t, kSide>& columns() const { return columns_; }
  // How often row y of the picture stands in the reduction: 0 or 1, more when the picture is stretched.
  std::uint32_t copies_of(std::uint32_t y) const;

 private:
  std::uint32_t height_;
  std::array<std::uint32_t, kSide> columns_;
};

// What one picture was asked for. A convention that was not asked for is zero with quality 0, dihedral hashes are all zero.
struct PicturePdq {
  PdqFingerprint pdq;
  PdqFingerprint pdq_nearest512;
  PdqFingerprint pdq_pytx;
  DihedralHashes pdq_dihedral;
  DihedralHashes pdq_nearest512_dihedral;
};

// All conventions from one pass over the rows, pushed as to a PdqStream. `full` and `pytx` cost a pass each, `nearest512` a small
// fixed one above 512 pixels on a side and nothing beside `full` below.
class PicturePdqStream {
 public:
  struct Settings {
    PdqConventions conventions = {PdqConvention::full, PdqConvention::nearest512, PdqConvention::pytx};
    PdqForms forms = PdqForms::as_stored;
    PdqKernel kernel = best_kernel();
  };

  PicturePdqStream(std::uint32_t width, std::uint32_t height, const Settings& settings);
  void push_rgbx(BytesView row);
  void push_grey(BytesView row);
  PicturePdq finish();

 private:
  template <std::size_t kBytes, class Push>
  void push_nearest(BytesView row, Push push);

  Settings settings_;
  bool reduces_;  // a side exceeds 512, so that nearest512 is not full
  std::optional<PdqStream> full_;
  std::optional<PdqStream> pytx_;
  std::optional<Nearest512> nearest_;
  std::optional<PdqStream> reduced_;
  std::uint32_t read_ = 0;
};

}  // namespace tutela::fingerprint
