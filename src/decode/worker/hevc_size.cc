#include "decode/worker/hevc_size.h"

#include <algorithm>

namespace tutela::decode {
namespace {

// The bits of a unit's payload. The two bytes 0 0 are followed by a 3 that does not count wherever a start code could be seen.
class Bits {
 public:
  explicit Bits(BytesView unit) {
    unsigned zeros = 0;
    for (const std::uint8_t byte : unit.first(std::min(unit.size(), kBytesMax))) {
      if (zeros >= 2 && byte == 3) {
        zeros = 0;
        continue;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      payload_.push_back(byte);
    }
  }

  bool ended() const { return at_ > 8 * payload_.size(); }
  void skip(std::size_t bits) { at_ += bits; }

  std::uint32_t read(std::size_t bits) {
    std::uint32_t value = 0;
    for (; bits > 0; --bits, ++at_) {
      const std::uint32_t bit = at_ / 8 < payload_.size() ? payload_[at_ / 8] >> (7 - at_ % 8) & 1U : 0;
      value = value << 1 | bit;
    }
    return value;
  }

  // ue(v): as many zeros as bits follow the one.
  std::uint32_t read_exp_golomb() {
    std::size_t zeros = 0;
    while (!ended() && zeros < 24 && read(1) == 0) ++zeros;
    return (1U << zeros) - 1 + read(zeros);
  }

 private:
  static constexpr std::size_t kBytesMax = 256;  // the size stands within the first hundred

  Bytes payload_;
  std::size_t at_ = 0;
};

void skip_profiles(Bits& bits, std::uint32_t sublayers) {
  constexpr std::size_t profile_bits = 88;
  constexpr std::size_t level_bits = 8;
  bits.skip(profile_bits + level_bits);
  std::size_t skipped = 0;
  for (std::uint32_t i = 0; i < sublayers; ++i) {
    if (bits.read(1) != 0) skipped += profile_bits;
    if (bits.read(1) != 0) skipped += level_bits;
  }
  if (sublayers > 0) bits.skip(std::size_t{2} * (8 - sublayers));
  bits.skip(skipped);
}

}  // namespace

std::optional<HevcUnit> hevc_unit(BytesView unit) {
  if (unit.size() < 2) return std::nullopt;
  return HevcUnit{.type = static_cast<std::uint8_t>(unit[0] >> 1 & 0x3F),
                  .layer = static_cast<std::uint8_t>((unit[0] & 1) << 5 | unit[1] >> 3)};
}

std::optional<media::PictureSize> hevc_size(BytesView unit) {
  Bits bits(unit);
  bits.skip(16 + 4);  // the unit's header, the video parameter set's number
  const std::uint32_t sublayers = bits.read(3);
  bits.skip(1);
  if (sublayers > 6) return std::nullopt;
  skip_profiles(bits, sublayers);
  bits.read_exp_golomb();  // its own number
  const std::uint32_t chroma = bits.read_exp_golomb();
  if (chroma > 3) return std::nullopt;
  if (chroma == 3) bits.skip(1);
  media::PictureSize size;
  size.width = bits.read_exp_golomb();
  size.height = bits.read_exp_golomb();
  if (bits.ended() || size.width == 0 || size.height == 0) return std::nullopt;
  return size;
}

}  // namespace tutela::decode
