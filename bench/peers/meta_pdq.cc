// Drives Meta's C++ implementation of PDQ (facebook/ThreatExchange, pdq/cpp), compiled from a checkout that is not part of this
// repository. One command a line on standard input, one answer a line:
//
//   core ROUNDS FILE.ppm      "MILLISECONDS HASH": the median processor time of luma and hash of pixels in memory, at full size
//   dihedral ROUNDS FILE.ppm  the same for its call that gives the eight forms
//   file FILE.jpg             "SECONDS HASH MILLISECONDS": wall and processor time of its own path from a file to a hash
#include <pdq/cpp/downscaling/downscaling.h>
#include <pdq/cpp/hashing/pdqhashing.h>
#include <pdq/cpp/io/pdqio.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace facebook::pdq::hashing;

namespace {

struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

Pixels read_ppm(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Pixels pixels;
  std::string magic;
  int maximum = 0;
  file >> magic >> pixels.width >> pixels.height >> maximum;
  file.get();
  pixels.rgb.resize(std::size_t{3} * pixels.width * pixels.height);
  file.read(reinterpret_cast<char*>(pixels.rgb.data()), static_cast<std::streamsize>(pixels.rgb.size()));
  return pixels;
}

double processor_ms() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

// The buffers are made once and reused, as its own comments advise.
void measure_core(bool dihedral, int rounds, const std::string& path) {
  Pixels p = read_ppm(path);
  const std::size_t count = std::size_t(p.width) * p.height;
  std::vector<float> luma(count), aside(count);
  static float b64[64][64], b16x64[16][64], b16[16][16], b16_aside[16][16];
  Hash256 hash, forms[8];
  int quality = 0;
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const double begin = processor_ms();
    facebook::pdq::downscaling::fillFloatLumaFromRGB(&p.rgb[0], &p.rgb[1], &p.rgb[2], p.height, p.width, 3 * p.width, 3,
                                                     luma.data());
    if (dihedral) {
      pdqDihedralHash256esFromFloatLuma(luma.data(), aside.data(), p.height, p.width, b64, b16x64, b16, b16_aside, &forms[0],
                                        &forms[1], &forms[2], &forms[3], &forms[4], &forms[5], &forms[6], &forms[7], quality);
      hash = forms[0];
    } else {
      pdqHash256FromFloatLuma(luma.data(), aside.data(), p.height, p.width, b64, b16x64, b16, hash, quality);
    }
    times.push_back(processor_ms() - begin);
  }
  std::sort(times.begin(), times.end());
  std::cout << times[times.size() / 2] << " " << hash.format() << std::endl;
}

void measure_file(const std::string& path) {
  Hash256 hash;
  int quality = 0, pixels = 0;
  float read_seconds = 0, hash_seconds = 0;
  const double processor_begin = processor_ms();
  const auto begin = std::chrono::steady_clock::now();
  const bool hashed = pdqHash256FromFile(path.c_str(), hash, quality, pixels, read_seconds, hash_seconds);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  std::cout << wall.count() << " " << (hashed ? hash.format() : "failed") << " " << processor_ms() - processor_begin << std::endl;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, path;
    int rounds = 0;
    words >> command;
    if (command == "file") {
      words >> path;
      measure_file(path);
    } else if (words >> rounds >> path) {
      measure_core(command == "dihedral", rounds, path);
    }
  }
  return 0;
}
