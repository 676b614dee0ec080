#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>

namespace tutela {

// Injected wherever entropy is needed, so that a seed reproduces a run (I11).
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out;
    fill(out);
    return out;
  }
};

// getrandom(2). Thread-safe; aborts if the kernel refuses, since nothing safe can follow.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// splitmix64 of a seed: for tests and drawn pictures, never for keys. Thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  std::uint64_t next();

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

// For what is drawn and may be asked to be drawn again: short enough to be typed.
std::uint64_t drawn_seed();

}  // namespace tutela
