#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace tutela::crypto {

using Sha256 = std::array<std::uint8_t, 32>;
using Sha1 = std::array<std::uint8_t, 20>;
using Md5 = std::array<std::uint8_t, 16>;

Sha256 sha256(BytesView bytes);

// The same of bytes that come in pieces. After finish() it is used up.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void add(BytesView bytes);
  Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The three digests that lists of known material are keyed by. SHA-1 and MD5 identify, they secure nothing.
struct Digests {
  Sha256 sha256;
  Sha1 sha1;
  Md5 md5;
  friend bool operator==(const Digests&, const Digests&) = default;
};

// All three in one pass over the bytes (each block is in cache when the second and third read it).
Digests digests_of(BytesView bytes);

}  // namespace tutela::crypto
