// PDQ by size and kernel, and photographs a second from file bytes to digests and both fingerprints: in this process, and through
// the sandboxed decoder as the server does it. The photographs are those of Debian's mate-backgrounds.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "crypto/digest.h"
#include "decode/decoder_broker.h"
#include "decode/worker/decode_picture.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"

namespace tutela {
namespace {

void pdq_by_size(benchmark::State& state) {
  const auto kernel = static_cast<fingerprint::PdqKernel>(state.range(2));
  if (!fingerprint::is_supported(kernel)) return state.SkipWithError("this machine does not have the kernel");
  const auto width = static_cast<std::uint32_t>(state.range(0));
  const auto height = static_cast<std::uint32_t>(state.range(1));
  const fingerprint::DrawnPicture picture({.seed = 1, .width = width, .height = height, .shapes = 8, .noise = 9});
  Bytes rgbx(std::size_t{4} * width * height);
  for (std::size_t i = 0; i < std::size_t{width} * height; ++i)
    for (std::size_t c = 0; c < 3; ++c) rgbx[4 * i + c] = picture.rgb()[3 * i + c];
  for (auto _ : state) {
    fingerprint::PdqStream stream(width, height, {.kernel = kernel});
    for (std::size_t y = 0; y < height; ++y) stream.push_rgbx(BytesView(rgbx).subspan(4 * y * width, std::size_t{4} * width));
    benchmark::DoNotOptimize(stream.finish());
  }
  state.SetLabel(std::string(to_word(kernel)));
  state.counters["seconds_per_gigapixel"] = benchmark::Counter(static_cast<double>(state.iterations()) * width * height * 1e-9,
                                                               benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(pdq_by_size)
    ->ArgsProduct({{512}, {512}, {0, 1, 2}})
    ->ArgsProduct({{1280}, {800}, {0, 1, 2}})
    ->ArgsProduct({{4096}, {2304}, {0, 1, 2}});

const std::vector<Bytes>& photographs() {
  static const std::vector<Bytes> loaded = [] {
    std::vector<Bytes> files;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/share/backgrounds/mate/nature")) {
      std::ifstream file(entry.path(), std::ios::binary);
      files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return files;
  }();
  return loaded;
}

void photographs_in_process(benchmark::State& state) {
  media::JobStart job;
  job.pixels_max = limits::kMediaPixelsMax;
  job.side_px_max = limits::kMediaSideMax;
  for (auto _ : state)
    for (const Bytes& file : photographs()) benchmark::DoNotOptimize(decode::decode_picture(file, job, {}));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(photographs().size()));
}
BENCHMARK(photographs_in_process)->Unit(benchmark::kMillisecond);

void photographs_through_the_sandbox(benchmark::State& state) {
  const auto callers = static_cast<std::uint32_t>(state.range(0));
  const auto decoder = decode::open_decoder({.program = TUTELA_BINARY_DIR "/tutela-decoder", .jobs_max = callers});
  if (!decoder) return state.SkipWithError("no sandbox");
  for (auto _ : state) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < photographs().size(); at = next++) {
          benchmark::DoNotOptimize(crypto::digests_of(photographs()[at]));
          benchmark::DoNotOptimize((*decoder)->decode(photographs()[at], {}));
        }
      });
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(photographs().size()));
}
BENCHMARK(photographs_through_the_sandbox)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void smallest_job_through_the_sandbox(benchmark::State& state) {
  const auto decoder = decode::open_decoder({.program = TUTELA_BINARY_DIR "/tutela-decoder"});
  if (!decoder) return state.SkipWithError("no sandbox");
  const Bytes file = fingerprint::DrawnPicture({.seed = 1, .width = 64, .height = 64, .shapes = 3}).to_pnm();
  for (auto _ : state) benchmark::DoNotOptimize((*decoder)->decode(file, {}));
}
BENCHMARK(smallest_job_through_the_sandbox)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace tutela
