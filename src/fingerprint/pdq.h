#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "fingerprint/pdq_hash.h"
#include "media/rgb_view.h"

// PDQ (Facebook, 2019: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm"), bit for bit as the C++ reference
// computes it. Two conventions, which differ by up to 24 of 256 bits on the same photograph and are therefore never mixed:
//
//   pdq             the picture at full size, float luma
//   pdq_nearest512  first reduced (or stretched) to 512 x 512 by nearest neighbour when a side exceeds 512, as the C++ tool does
//
// The pixels are hashed as stored: no orientation is applied. Pictures with one channel are hashed on their values.
// Below 5 pixels on a side the hash is zero with quality 0.
namespace tutela::fingerprint {

PdqFingerprint pdq(const media::RgbView& picture);
PdqFingerprint pdq_nearest512(const media::RgbView& picture);

// pdq of the picture and of its seven turns and flips, derived from one transform: original, rotate90, rotate180, rotate270, flipX,
// flipY, flipPlus1, flipMinus1. They approximate the hash of the turned picture. For a 64 x 64 picture `original` is not pdq(): the
// reference filters here and copies there.
std::array<PdqHash, 8> pdq_dihedral(const media::RgbView& picture);

// The implementations of the inner loops; all give the same bits (tests run every one that the machine has).
enum class PdqKernel : std::uint8_t { baseline, avx2, avx512 };
std::string_view to_word(PdqKernel kernel);
bool is_supported(PdqKernel kernel);
PdqKernel best_kernel();

// One picture row by row, so that it never has to be in memory as a whole: about 200 floats of state a column.
//
//   PdqStream stream(width, height);
//   for (y …) stream.push_rgbx(row);
//   PdqFingerprint fingerprint = stream.finish();
class PdqStream {
 public:
  enum class Shortcut64 : std::uint8_t { copy, filter };  // what happens to a 64 x 64 picture

  PdqStream(std::uint32_t width, std::uint32_t height, PdqKernel kernel = best_kernel(), Shortcut64 shortcut = Shortcut64::copy);
  ~PdqStream();
  PdqStream(PdqStream&&) noexcept;
  PdqStream& operator=(PdqStream&&) noexcept;

  // The next row, from the top: exactly `width` pixels of red, green, blue and a byte that is ignored.
  void push_rgbx(BytesView row);
  // The next row: exactly `width` values.
  void push_grey(BytesView row);

  // After exactly `height` rows, once.
  PdqFingerprint finish();
  std::array<PdqHash, 8> finish_dihedral();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tutela::fingerprint
