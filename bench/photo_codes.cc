#include "bench/photo_codes.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/random.h"
#include "decode/worker/decode_picture.h"
#include "fingerprint/pdq.h"

namespace tutela::bench {
namespace {

constexpr std::uint32_t kSide = 64;
// Codes are made in blocks with a seed each, so that the number of threads does not matter.
constexpr std::size_t kBlock = 1000;

struct Grey {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes values;
};

std::vector<Grey> photographs(Photographs which) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("/usr/share/backgrounds"))
    if (entry.is_regular_file() && (entry.path().extension() == ".jpg" || entry.path().extension() == ".png"))
      paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<Grey> pictures;
  for (std::size_t number = 0; number < paths.size(); ++number) {
    if ((number % 8 == 7) != (which == Photographs::held_out)) continue;
    std::ifstream file(paths[number], std::ios::binary);
    const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    media::JobStart job;
    job.pixels_max = limits::kMediaPixelsMax;
    job.side_px_max = limits::kMediaSideMax;
    job.preview_side_px_max = limits::kPreviewSideMax;
    Bytes rgb(std::size_t{3} * limits::kPreviewSideMax * limits::kPreviewSideMax);
    const auto decoded = decode::decode_picture(bytes, job, rgb);
    if (decoded.status != media::JobStatus::decoded) continue;
    Grey grey{decoded.preview_width, decoded.preview_height, {}};
    for (std::size_t pixel = 0; pixel < std::size_t{grey.width} * grey.height; ++pixel)
      grey.values.push_back(
          static_cast<std::uint8_t>((rgb[3 * pixel] * 299 + rgb[3 * pixel + 1] * 587 + rgb[3 * pixel + 2] * 114) / 1000));
    pictures.push_back(std::move(grey));
  }
  TUTELA_CHECK(!pictures.empty());
  return pictures;
}

double unit(SeededRandom& random) { return static_cast<double>(random.next() >> 11U) * 0x1p-53; }

// One version of one photograph.
Bytes varied(const Grey& picture, SeededRandom& random) {
  const double share = 0.35 + 0.65 * unit(random);
  const double width = share * picture.width;
  const double height = share * picture.height;
  const double left = unit(random) * (picture.width - width);
  const double top = unit(random) * (picture.height - height);
  const std::uint64_t turn = random.next() % 8;
  const double gamma = std::exp2(1.2 * (unit(random) - 0.5));
  const double gain = 0.8 + 0.4 * unit(random);
  const double noise = random.next() % 2 == 0 ? 0 : 24 * unit(random);
  const bool has_bar = random.next() % 4 == 0;
  const std::uint64_t bar_top = random.next() % kSide;
  const std::uint64_t bar_height = random.next() % (kSide / 4);
  const auto bar_value = static_cast<std::uint8_t>(random.next());
  std::array<std::uint8_t, 256> tone;
  for (std::size_t value = 0; value < 256; ++value)
    tone[value] =
        static_cast<std::uint8_t>(std::clamp(gain * 255 * std::pow(static_cast<double>(value) / 255, gamma), 0.0, 255.0));

  Bytes pixels(std::size_t{kSide} * kSide);
  for (std::uint32_t y = 0; y < kSide; ++y)
    for (std::uint32_t x = 0; x < kSide; ++x) {
      std::uint32_t u = (turn & 1U) != 0 ? kSide - 1 - x : x;
      std::uint32_t v = (turn & 2U) != 0 ? kSide - 1 - y : y;
      if ((turn & 4U) != 0) std::swap(u, v);
      const auto from_x = static_cast<std::size_t>(left + width * u / kSide);
      const auto from_y = static_cast<std::size_t>(top + height * v / kSide);
      double value = tone[picture.values[from_y * picture.width + from_x]];
      if (noise > 0) value += noise * (unit(random) - 0.5);
      if (has_bar && y >= bar_top && y < bar_top + bar_height) value = bar_value;
      pixels[std::size_t{y} * kSide + x] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  return pixels;
}

void make_block(const std::vector<Grey>& pictures, std::uint64_t seed, std::span<match::Bits256> codes) {
  SeededRandom random(seed);
  for (std::size_t made = 0; made < codes.size();) {
    const Bytes pixels = varied(pictures[random.next() % pictures.size()], random);
    fingerprint::PdqStream stream(kSide, kSide);
    for (std::size_t y = 0; y < kSide; ++y) stream.push_grey(BytesView(pixels).subspan(y * kSide, kSide));
    const auto fingerprint = stream.finish();
    if (fingerprint.quality < 50) continue;
    codes[made++] = match::bits_from(fingerprint.hash.to_bytes());
  }
}

}  // namespace

std::vector<match::Bits256> photo_codes(std::size_t count, Photographs which, std::uint64_t seed,
                                        const std::filesystem::path& folder) {
  const auto path =
      folder / fmt::format("photo-codes-{}-{}-{}.bin", which == Photographs::stored ? "stored" : "held-out", count, seed);
  std::vector<match::Bits256> codes(count);
  const auto bytes = static_cast<std::streamsize>(count * sizeof(match::Bits256));
  if (std::ifstream file(path, std::ios::binary); file.read(reinterpret_cast<char*>(codes.data()), bytes)) return codes;
  std::fprintf(stderr, "making %zu codes of photographs\n", count);
  const auto pictures = photographs(which);
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (unsigned thread = 0; thread < std::max(1U, std::thread::hardware_concurrency()); ++thread)
    threads.emplace_back([&] {
      for (std::size_t first = kBlock * next++; first < count; first = kBlock * next++)
        make_block(pictures, seed * 0x9e37'79b9'7f4a'7c15 + first,
                   std::span(codes).subspan(first, std::min(kBlock, count - first)));
    });
  threads.clear();
  std::filesystem::create_directories(folder);
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(codes.data()), bytes);
  return codes;
}

}  // namespace tutela::bench
