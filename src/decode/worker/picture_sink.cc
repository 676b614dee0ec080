#include "decode/worker/picture_sink.h"

#include <algorithm>

#include "base/check.h"

namespace tutela::decode {

using fingerprint::PdqKernel;

static_assert(media::kPdqConventionsMax == fingerprint::PdqConventions::kAllBits);
static_assert(media::kPdqFormsMax == static_cast<std::uint8_t>(fingerprint::PdqForms::dihedral));
static_assert(media::kPdqKernelMax == fingerprint::kPdqKernels.size());

PreviewSink::PreviewSink(media::PictureSize picture, media::PictureSize preview, std::span<std::uint8_t> pixels)
    : picture_(picture), preview_(preview), pixels_(pixels), sums_(std::size_t{3} * preview.width) {
  TUTELA_CHECK(preview.width >= 1 && preview.height >= 1 && preview.width <= picture.width && preview.height <= picture.height);
  TUTELA_CHECK(pixels.size() >= std::size_t{3} * preview.width * preview.height);
  first_column_.reserve(preview.width + 1);
  for (std::uint64_t x = 0; x <= preview.width; ++x)
    first_column_.push_back(static_cast<std::uint32_t>((x * picture.width + preview.width - 1) / preview.width));
}

void PreviewSink::push(BytesView row, Channels channels) {
  const std::size_t step = static_cast<std::size_t>(channels);
  for (std::size_t x = 0; x < preview_.width; ++x) {
    std::uint32_t red = 0, green = 0, blue = 0;
    for (std::size_t column = first_column_[x]; column < first_column_[x + 1]; ++column) {
      const std::uint8_t* pixel = row.data() + column * step;
      red += pixel[0];
      green += pixel[step == 1 ? 0 : 1];
      blue += pixel[step == 1 ? 0 : 2];
    }
    sums_[3 * x] += red;
    sums_[3 * x + 1] += green;
    sums_[3 * x + 2] += blue;
  }
  ++rows_in_sum_;
  ++read_;
  // The preview row ends where the next source row belongs to the next one.
  if (read_ == picture_.height || std::uint64_t{read_} * preview_.height / picture_.height != row_) finish_row();
}

void PreviewSink::finish_row() {
  std::uint8_t* out = pixels_.data() + std::size_t{3} * preview_.width * row_;
  for (std::size_t x = 0; x < preview_.width; ++x) {
    const std::uint32_t count = rows_in_sum_ * (first_column_[x + 1] - first_column_[x]);
    for (std::size_t c = 0; c < 3; ++c) out[3 * x + c] = static_cast<std::uint8_t>((sums_[3 * x + c] + count / 2) / count);
  }
  std::fill(sums_.begin(), sums_.end(), 0);
  rows_in_sum_ = 0;
  ++row_;
}

bool PictureSink::allows(std::uint32_t width, std::uint32_t height) const {
  return width != 0 && height != 0 && width <= job_.side_px_max && height <= job_.side_px_max &&
         std::uint64_t{width} * height <= job_.pixels_max;
}

bool PictureSink::begin(std::uint32_t width, std::uint32_t height, Channels channels) {
  if (!allows(width, height)) return false;
  size_ = {width, height};
  channels_ = channels;
  kernel_ = job_.pdq_kernel == 0 ? fingerprint::best_kernel() : fingerprint::kPdqKernels.at(job_.pdq_kernel - 1U);
  const fingerprint::PicturePdqStream::Settings settings{
      .conventions = fingerprint::PdqConventions::from_bits(job_.pdq_conventions),
      .forms = static_cast<fingerprint::PdqForms>(job_.pdq_forms),
      .kernel = kernel_};
  pdq_.emplace(width, height, settings);
  if (job_.preview_side_px_max != 0) {
    preview_size_ = media::preview_size_of(size_, job_.preview_side_px_max);
    preview_.emplace(size_, preview_size_, preview_pixels_);
  }
  return true;
}

void PictureSink::push(BytesView row) {
  if (channels_ == Channels::grey) {
    pdq_->push_grey(row);
  } else {
    pdq_->push_rgbx(row);
  }
  if (preview_) preview_->push(row, channels_);
}

void PictureSink::finish(media::JobResult& result) {
  const fingerprint::PicturePdq fingerprints = pdq_->finish();
  const auto quality = [](const fingerprint::PdqFingerprint& pdq) { return static_cast<std::uint8_t>(pdq.quality); };
  result.width = size_.width;
  result.height = size_.height;
  result.preview_width = preview_size_.width;
  result.preview_height = preview_size_.height;
  result.pdq = fingerprints.pdq.hash.to_bytes();
  result.pdq_quality = quality(fingerprints.pdq);
  result.pdq_nearest512 = fingerprints.pdq_nearest512.hash.to_bytes();
  result.pdq_nearest512_quality = quality(fingerprints.pdq_nearest512);
  result.pdq_pytx = fingerprints.pdq_pytx.hash.to_bytes();
  result.pdq_pytx_quality = quality(fingerprints.pdq_pytx);
  for (std::size_t form = 0; form < fingerprints.pdq_dihedral.size(); ++form) {
    result.pdq_dihedral[form] = fingerprints.pdq_dihedral[form].to_bytes();
    result.pdq_nearest512_dihedral[form] = fingerprints.pdq_nearest512_dihedral[form].to_bytes();
  }
  result.pdq_kernel = static_cast<std::uint8_t>(1 + static_cast<std::uint8_t>(kernel_));
}

}  // namespace tutela::decode
