#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "fingerprint/pdq.h"
#include "media/decoder_wire.h"

namespace tutela::decode {

enum class Channels : std::uint8_t { grey = 1, rgbx = 4 };  // bytes a pixel

// Reduces a picture to its preview as the rows come: every source pixel counts in exactly one pixel of the preview, which is the
// mean.
class PreviewSink {
 public:
  // `pixels` receives 3 bytes a pixel and must outlive the sink. `preview` is at most `picture` on both sides.
  PreviewSink(media::PictureSize picture, media::PictureSize preview, std::span<std::uint8_t> pixels);
  void push(BytesView row, Channels channels);

 private:
  void finish_row();

  media::PictureSize picture_;
  media::PictureSize preview_;
  std::span<std::uint8_t> pixels_;
  std::vector<std::uint32_t> first_column_;  // of each preview column, and one past the last
  std::vector<std::uint32_t> sums_;
  std::uint32_t read_ = 0;
  std::uint32_t rows_in_sum_ = 0;
  std::uint32_t row_ = 0;
};

// What every format's decoder feeds: first the size, then the rows from the top. Nothing keeps the whole picture.
class PictureSink {
 public:
  PictureSink(const media::JobStart& job, std::span<std::uint8_t> preview_pixels) : job_(job), preview_pixels_(preview_pixels) {}

  // Whether a picture of this size is within the job's limits, and not empty.
  bool allows(std::uint32_t width, std::uint32_t height) const;
  const media::JobStart& limits() const { return job_; }

  // False: larger than the job allows, and nothing may follow. Must be asked before anything of the picture's size is allocated.
  bool begin(std::uint32_t width, std::uint32_t height, Channels channels);
  void push(BytesView row);
  // After the last row: size, fingerprints and preview size into the answer.
  void finish(media::JobResult& result);

  std::size_t row_bytes() const { return std::size_t{size_.width} * static_cast<std::size_t>(channels_); }

 private:
  const media::JobStart& job_;
  std::span<std::uint8_t> preview_pixels_;
  media::PictureSize size_;
  media::PictureSize preview_size_;
  fingerprint::PdqKernel kernel_ = fingerprint::PdqKernel::baseline;
  Channels channels_ = Channels::rgbx;
  std::optional<fingerprint::PicturePdqStream> pdq_;
  std::optional<PreviewSink> preview_;
};

}  // namespace tutela::decode
