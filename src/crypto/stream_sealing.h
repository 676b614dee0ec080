#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

// Authenticated encryption of what is too large to hold twice: libsodium's secretstream (XChaCha20-Poly1305), chunk by chunk. A
// chunk opens only at its own place in its own stream, and a stream is whole only with its last chunk.
namespace tutela::crypto {

inline constexpr std::size_t kStreamHeaderBytes = 24;
inline constexpr std::size_t kStreamChunkOverheadBytes = 17;
using StreamHeader = std::array<std::uint8_t, kStreamHeaderBytes>;

enum class ChunkPlace : std::uint8_t { more_follow, last };

class StreamSealer {
 public:
  // The header is fresh entropy of libsodium's own; `context` is authenticated with every chunk.
  StreamSealer(std::span<const std::uint8_t, 32> key, std::string context);
  ~StreamSealer();
  StreamSealer(const StreamSealer&) = delete;
  StreamSealer& operator=(const StreamSealer&) = delete;

  const StreamHeader& header() const { return header_; }
  Bytes seal(BytesView chunk, ChunkPlace place);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::string context_;
  StreamHeader header_{};
};

class StreamOpener {
 public:
  // corrupt, "crypto.stream_broken".
  static Result<StreamOpener> begin(std::span<const std::uint8_t, 32> key, std::string context, const StreamHeader& header);
  StreamOpener(StreamOpener&&) noexcept;
  StreamOpener& operator=(StreamOpener&&) noexcept;
  ~StreamOpener();

  // `place` is what the caller sees from the file: whether bytes follow. corrupt, "crypto.stream_broken" (another key, context,
  // place or bytes; more or fewer chunks than were sealed). After an error it is used up.
  Result<Bytes> open(BytesView sealed, ChunkPlace place);

 private:
  struct State;
  StreamOpener(std::unique_ptr<State> state, std::string context);
  std::unique_ptr<State> state_;
  std::string context_;
};

}  // namespace tutela::crypto
