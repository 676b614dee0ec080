// PDQ of pixels in memory and of JPEG files, and the digests, beside Meta's C++ where a checkout of it is there. bench/README.md
// says what is measured and how.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "base/check.h"
#include "crypto/digest.h"
#include "decode/decoder_broker.h"
#include "decode/worker/decode_picture.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"
#include "photographs.h"
#include "table.h"

namespace tutela::bench {
namespace {

using fingerprint::PdqConvention;
using fingerprint::PdqConventions;
using fingerprint::PdqKernel;

constexpr int kTurns = 3;  // of ours and the peer's, one after the other

const std::string kFolder = TUTELA_BINARY_DIR "/bench-pdq";

double processor_ms() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

// Meta's code in a process of its own (peers/meta_pdq.cc), asked a line at a time.
class Peer {
 public:
  struct Answer {
    double time = 0;
    std::string hash;
    double processor_ms = 0;
  };

  // Absent where no checkout was named when this was built.
  static std::optional<Peer> start() {
#if defined(TUTELA_BENCH_META_PDQ)
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0) return std::nullopt;
    const pid_t process = fork();
    if (process == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      for (const int end : {in[0], in[1], out[0], out[1]}) close(end);
      execl(TUTELA_BENCH_META_PDQ, "meta_pdq", nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    if (process < 0) return std::nullopt;
    return Peer(fdopen(in[1], "w"), fdopen(out[0], "r"));
#else
    return std::nullopt;
#endif
  }

  Answer ask(const std::string& question) {
    std::fprintf(to_, "%s\n", question.c_str());
    std::fflush(to_);
    char line[256] = {};
    TUTELA_CHECK(std::fgets(line, sizeof line, from_) != nullptr);
    Answer answer;
    std::istringstream(line) >> answer.time >> answer.hash >> answer.processor_ms;
    return answer;
  }

 private:
  Peer(std::FILE* to, std::FILE* from) : to_(to), from_(from) {}
  std::FILE* to_;  // closed when this process ends, which ends the other
  std::FILE* from_;
};

std::string peer_name(const std::optional<Peer>& peer) { return peer ? "meta-cpp" : ""; }
std::string note_of(const std::optional<Peer>& peer, const std::string& with_peer) {
  return peer ? with_peer : "peer not there: TUTELA_BENCH_THREATEXCHANGE names no checkout";
}

struct CoreSize {
  const char* name;
  std::uint32_t width;
  std::uint32_t height;
  int rounds;
  int peer_rounds;
};

// Ours makes its buffers anew for every picture; the peer's are made once.
double core_ms(BytesView rgbx, const CoreSize& size, const fingerprint::PdqStream::Settings& settings, std::string& hash) {
  std::vector<double> times;
  for (int round = 0; round < size.rounds; ++round) {
    const double begin = processor_ms();
    fingerprint::PdqStream stream(size.width, size.height, settings);
    for (std::size_t y = 0; y < size.height; ++y) stream.push_rgbx(rgbx.subspan(4 * y * size.width, std::size_t{4} * size.width));
    hash = stream.finish().hash.to_hex();
    times.push_back(processor_ms() - begin);
  }
  return median(times);
}

void compare_core(Table& table, std::optional<Peer>& peer, const CoreSize& size) {
  const fingerprint::DrawnPicture picture({.seed = 1, .width = size.width, .height = size.height, .shapes = 8, .noise = 9});
  const std::string path = kFolder + "/" + size.name + ".ppm";
  std::ofstream(path, std::ios::binary) << as_text(picture.to_pnm());
  Bytes rgbx(std::size_t{4} * size.width * size.height);
  for (std::size_t i = 0; i < rgbx.size() / 4; ++i)
    for (std::size_t c = 0; c < 3; ++c) rgbx[4 * i + c] = picture.rgb()[3 * i + c];

  std::vector<double> peer_times;
  std::string peer_hash, hash;
  const std::string question = "core " + std::to_string(size.peer_rounds) + " " + path;
  std::vector<std::vector<double>> times(fingerprint::kPdqKernels.size() + 1);
  for (int turn = 0; turn < kTurns; ++turn) {
    if (peer) {
      const Peer::Answer answer = peer->ask(question);
      peer_times.push_back(answer.time);
      peer_hash = answer.hash;
    }
    for (std::size_t i = 0; i < fingerprint::kPdqKernels.size(); ++i) {
      if (!is_supported(fingerprint::kPdqKernels[i])) continue;
      times[i].push_back(core_ms(rgbx, size, {.kernel = fingerprint::kPdqKernels[i]}, hash));
      TUTELA_CHECK(!peer || hash == peer_hash);  // a comparison of different results would say nothing
    }
    times.back().push_back(core_ms(rgbx, size, {.luma = fingerprint::PdqStream::Luma::in_double}, hash));
  }
  const std::optional<double> peer_ms = peer ? std::optional(median(peer_times)) : std::nullopt;
  const auto add = [&](const std::string& suffix, double value, const std::string& note) {
    table.add({.name = std::string(size.name) + suffix,
               .peer = peer_name(peer),
               .tutela = value,
               .peer_value = peer_ms,
               .unit = "ms",
               .note = note});
  };
  for (const PdqKernel kernel : fingerprint::kPdqKernels) {
    const auto& of_kernel = times[static_cast<std::size_t>(kernel)];
    if (of_kernel.empty()) continue;
    const std::string word(to_word(kernel));
    if (kernel == fingerprint::best_kernel())
      add("", median(of_kernel), note_of(peer, "kernel " + word + ", equal hashes"));
    else
      add("-" + word, median(of_kernel), "");
  }
  add("-pytx", median(times.back()), "luma in double; the peer's in float");
}

struct FileRun {
  const char* suffix;
  PdqConventions conventions;
};
const FileRun kFileRuns[] = {{"-nearest512", {PdqConvention::nearest512}},
                             {"-both", {PdqConvention::full, PdqConvention::nearest512}},
                             {"-all-three", {PdqConvention::full, PdqConvention::nearest512, PdqConvention::pytx}}};

// All photographs once, by `callers` threads through the sandboxed decoder: photographs a second of wall time.
double files_per_second(decode::Decoder& decoder, const std::vector<Photograph>& photographs, PdqConventions conventions,
                        unsigned callers, std::vector<std::string>& hashes) {
  hashes.assign(photographs.size(), "");
  std::atomic<std::size_t> next = 0;
  const auto begin = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < photographs.size(); at = next++) {
          const auto decoded = decoder.decode(photographs[at].file, {.conventions = conventions});
          TUTELA_CHECK(decoded.has_value());
          hashes[at] = decoded->pdq_nearest512.hash.to_hex();
        }
      });
    }
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(photographs.size()) / wall.count();
}

// The decoder's own function in this process, without sandbox and wire: milliseconds of processor time a photograph.
double file_processor_ms(const std::vector<Photograph>& photographs, PdqConventions conventions) {
  media::JobStart job;
  job.pixels_max = limits::kMediaPixelsMax;
  job.side_px_max = limits::kMediaSideMax;
  job.pdq_conventions = conventions.bits();
  const double begin = processor_ms();
  for (const Photograph& photograph : photographs)
    TUTELA_CHECK(decode::decode_picture(photograph.file, job, {}).status == media::JobStatus::decoded);
  return (processor_ms() - begin) / static_cast<double>(photographs.size());
}

struct PeerFiles {
  double per_second = 0;
  double processor_ms = 0;
  std::vector<std::string> hashes;
};

PeerFiles ask_files(Peer& peer, const std::vector<Photograph>& photographs) {
  PeerFiles answer;
  double seconds = 0;
  for (const Photograph& photograph : photographs) {
    const Peer::Answer file = peer.ask("file " + photograph.path);
    seconds += file.time;
    answer.processor_ms += file.processor_ms / static_cast<double>(photographs.size());
    answer.hashes.push_back(file.hash);
  }
  answer.per_second = static_cast<double>(photographs.size()) / seconds;
  return answer;
}

// One convention at a time beside the peer, in turns, so that what else the machine does falls on both.
void compare_run(Table& table, std::optional<Peer>& peer, decode::Decoder& decoder, const std::vector<Photograph>& photographs,
                 const std::string& name, const FileRun& run) {
  const unsigned callers_max = std::clamp(std::thread::hardware_concurrency(), 1U, 2U);
  std::vector<double> one, all, processor, peer_speed, peer_processor;
  std::vector<std::string> hashes;
  for (int turn = 0; turn < kTurns; ++turn) {
    one.push_back(files_per_second(decoder, photographs, run.conventions, 1, hashes));
    all.push_back(files_per_second(decoder, photographs, run.conventions, callers_max, hashes));
    processor.push_back(file_processor_ms(photographs, run.conventions));
    if (!peer) continue;
    const PeerFiles theirs = ask_files(*peer, photographs);
    TUTELA_CHECK(theirs.hashes == hashes);  // a comparison of different results would say nothing
    peer_speed.push_back(theirs.per_second);
    peer_processor.push_back(theirs.processor_ms);
  }
  const auto of_peer = [&](const std::vector<double>& values) { return peer ? std::optional(median(values)) : std::nullopt; };
  const std::string callers = std::to_string(callers_max) + " at a time";
  table.add({.name = name + run.suffix,
             .peer = peer_name(peer),
             .tutela = median(all),
             .peer_value = of_peer(peer_speed),
             .unit = "/s",
             .better = Better::higher,
             .note = note_of(peer, "wall; ours sandboxed, " + callers + "; peer one thread, nearest512")});
  table.add({.name = name + run.suffix + "-one-caller",
             .peer = peer_name(peer),
             .tutela = median(one),
             .peer_value = of_peer(peer_speed),
             .unit = "/s",
             .better = Better::higher,
             .note = "wall; ours sandboxed, one at a time"});
  table.add({.name = name + run.suffix + "-processor",
             .peer = peer_name(peer),
             .tutela = median(processor),
             .peer_value = of_peer(peer_processor),
             .unit = "ms",
             .note = "processor time a photograph, without the sandbox"});
}

void compare_files(Table& table, std::optional<Peer>& peer, const std::string& name, std::uint64_t pixels) {
  const auto photographs = photographs_of_about(pixels, kFolder + "/" + name);
  const auto decoder = decode::open_decoder({.program = TUTELA_BINARY_DIR "/tutela-decoder", .jobs_max = 2});
  if (photographs.empty() || !decoder) {
    const char* missing = photographs.empty() ? "no photographs: ./dev setup installs them" : "no sandbox on this machine";
    table.add({.name = name, .unit = "/s", .better = Better::higher, .note = missing});
    return;
  }
  for (const FileRun& run : kFileRuns) compare_run(table, peer, **decoder, photographs, name, run);
}

void measure_sandbox(Table& table) {
  const auto decoder = decode::open_decoder({.program = TUTELA_BINARY_DIR "/tutela-decoder"});
  if (!decoder) return;
  const Bytes file = fingerprint::DrawnPicture({.seed = 1, .width = 64, .height = 64, .shapes = 3}).to_pnm();
  std::vector<double> times;
  for (int round = 0; round < 500; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    TUTELA_CHECK((*decoder)->decode(file, {}).has_value());
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  table.add(
      {.name = "sandbox-smallest-job", .tutela = median(times), .unit = "ms", .note = "a process of its own for 64 x 64 pixels"});
}

void measure_digests(Table& table) {
  const Bytes bytes(std::size_t{16} << 20, 0x5A);
  std::vector<double> once, thrice;
  for (int turn = 0; turn < 5; ++turn) {
    const double begin = processor_ms();
    TUTELA_CHECK(crypto::digests_of(bytes).md5[0] + 1 > 0);
    const double between = processor_ms();
    TUTELA_CHECK(crypto::sha256(bytes)[0] + 1 > 0);
    once.push_back(between - begin);
    thrice.push_back(processor_ms() - between);
  }
  const double mib = 16 * 1e3;
  table.add({.name = "digests-md5-sha1-sha256",
             .tutela = mib / median(once),
             .unit = "MiB/s",
             .better = Better::higher,
             .note = "one pass over 16 MiB; SHA-256 alone " + std::to_string(static_cast<int>(mib / median(thrice))) + " MiB/s"});
}

int run(const Options& options) {
  std::filesystem::create_directories(kFolder);
  Table table(options);
  std::optional<Peer> peer = Peer::start();
  table.heading("PDQ of pixels in memory, one thread, processor time");
  compare_core(table, peer, {.name = "pdq-core-512", .width = 512, .height = 512, .rounds = 401, .peer_rounds = 101});
  compare_core(table, peer, {.name = "pdq-full-1mp", .width = 1280, .height = 800, .rounds = 101, .peer_rounds = 15});
  compare_core(table, peer, {.name = "pdq-full-9mp", .width = 4096, .height = 2304, .rounds = 11, .peer_rounds = 3});
  table.heading("JPEG file to fingerprints, photographs a second of wall time");
  compare_files(table, peer, "jpeg-1mp", 1'000'000);
  compare_files(table, peer, "jpeg-5mp", 5'000'000);
  table.heading("What stands around it");
  measure_sandbox(table);
  measure_digests(table);
  return 0;
}

}  // namespace
}  // namespace tutela::bench

int main(int argc, char** argv) {
  const auto options = tutela::bench::parse_options(argc, argv);
  return options ? tutela::bench::run(*options) : 2;
}
