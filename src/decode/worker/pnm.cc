#include <cstring>
#include <optional>

#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

// The header: numbers between white space, where '#' starts a comment that runs to the end of its line.
class Header {
 public:
  explicit Header(BytesView bytes) : bytes_(bytes) {}

  bool ended() const { return at_ == bytes_.size(); }
  std::size_t position() const { return at_; }

  // At most seven digits: more than any limit, less than any overflow.
  std::optional<std::uint32_t> number() {
    skip_space();
    std::uint32_t value = 0;
    std::size_t digits = 0;
    for (; !ended() && is_digit(bytes_[at_]); ++at_) {
      if (++digits > 7) return std::nullopt;
      value = value * 10 + (bytes_[at_] - std::uint32_t{'0'});
    }
    if (digits == 0) return std::nullopt;
    return value;
  }

  // Exactly one white space separates the header from the pixels.
  bool space() { return !ended() && is_space(bytes_[at_++]); }

 private:
  static bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }
  static bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  void skip_space() {
    for (; !ended(); ++at_) {
      if (bytes_[at_] == '#') {
        while (!ended() && bytes_[at_] != '\n') ++at_;
        if (ended()) return;
      } else if (!is_space(bytes_[at_])) {
        return;
      }
    }
  }

  BytesView bytes_;
  std::size_t at_ = 2;  // behind the magic number
};

}  // namespace

JobStatus decode_pnm(BytesView input, PictureSink& sink, FileFacts& facts) {
  if (input.size() < 3) return JobStatus::truncated;
  Header header(input);
  const auto width = header.number();
  const auto height = width ? header.number() : std::nullopt;
  const auto maximum = height ? header.number() : std::nullopt;
  if (!maximum) return header.ended() ? JobStatus::truncated : JobStatus::damaged;
  if (*width == 0 || *height == 0) return JobStatus::damaged;
  if (*maximum != 255) return JobStatus::unsupported_format;
  if (header.ended()) return JobStatus::truncated;
  if (!header.space()) return JobStatus::damaged;

  const bool grey = input[1] == '5';
  if (!sink.begin(*width, *height, grey ? Channels::grey : Channels::rgbx)) return JobStatus::too_many_pixels;
  const std::size_t row_bytes = std::size_t{grey ? 1U : 3U} * *width;
  const BytesView pixels = input.subspan(header.position());
  if (pixels.size() / row_bytes < *height) return JobStatus::truncated;
  const BytesView behind = pixels.subspan(row_bytes * *height);
  facts.has_more_pictures = behind.size() >= 2 && behind[0] == 'P' && behind[1] >= '1' && behind[1] <= '7';
  Bytes rgbx(grey ? 0 : std::size_t{4} * *width);
  for (std::size_t y = 0; y < *height; ++y) {
    const BytesView row = pixels.subspan(y * row_bytes, row_bytes);
    if (grey) {
      sink.push(row);
      continue;
    }
    for (std::size_t x = 0; x < *width; ++x) std::memcpy(rgbx.data() + 4 * x, row.data() + 3 * x, 3);
    sink.push(rgbx);
  }
  return JobStatus::decoded;
}

}  // namespace tutela::decode
