#include "crypto/stream_sealing.h"

#include <sodium.h>

#include "base/check.h"

namespace tutela::crypto {
namespace {

static_assert(kStreamHeaderBytes == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kStreamChunkOverheadBytes == crypto_secretstream_xchacha20poly1305_ABYTES);

unsigned char tag_of(ChunkPlace place) {
  return place == ChunkPlace::last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                   : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
}

std::unexpected<Error> broken() { return fail(ErrorCode::corrupt, "crypto.stream_broken"); }

}  // namespace

struct StreamSealer::State {
  ~State() { ::sodium_memzero(&stream, sizeof stream); }
  crypto_secretstream_xchacha20poly1305_state stream;
};

StreamSealer::StreamSealer(std::span<const std::uint8_t, 32> key, std::string context)
    : state_(std::make_unique<State>()), context_(std::move(context)) {
  TUTELA_CHECK(::crypto_secretstream_xchacha20poly1305_init_push(&state_->stream, header_.data(), key.data()) == 0);
}
StreamSealer::~StreamSealer() = default;

Bytes StreamSealer::seal(BytesView chunk, ChunkPlace place) {
  Bytes sealed(chunk.size() + kStreamChunkOverheadBytes);
  const auto aad = as_bytes(context_);
  unsigned long long written = 0;
  TUTELA_CHECK(::crypto_secretstream_xchacha20poly1305_push(&state_->stream, sealed.data(), &written, chunk.data(), chunk.size(),
                                                            aad.data(), aad.size(), tag_of(place)) == 0);
  TUTELA_CHECK(written == sealed.size());
  return sealed;
}

struct StreamOpener::State {
  ~State() { ::sodium_memzero(&stream, sizeof stream); }
  crypto_secretstream_xchacha20poly1305_state stream;
};

StreamOpener::StreamOpener(std::unique_ptr<State> state, std::string context)
    : state_(std::move(state)), context_(std::move(context)) {}
StreamOpener::StreamOpener(StreamOpener&&) noexcept = default;
StreamOpener& StreamOpener::operator=(StreamOpener&&) noexcept = default;
StreamOpener::~StreamOpener() = default;

Result<StreamOpener> StreamOpener::begin(std::span<const std::uint8_t, 32> key, std::string context, const StreamHeader& header) {
  auto state = std::make_unique<State>();
  if (::crypto_secretstream_xchacha20poly1305_init_pull(&state->stream, header.data(), key.data()) != 0) return broken();
  return StreamOpener(std::move(state), std::move(context));
}

Result<Bytes> StreamOpener::open(BytesView sealed, ChunkPlace place) {
  if (sealed.size() < kStreamChunkOverheadBytes) return broken();
  Bytes chunk(sealed.size() - kStreamChunkOverheadBytes + 1);  // one spare byte, so that the pointer is never null
  const auto aad = as_bytes(context_);
  unsigned long long written = 0;
  unsigned char tag = 0;
  if (::crypto_secretstream_xchacha20poly1305_pull(&state_->stream, chunk.data(), &written, &tag, sealed.data(), sealed.size(),
                                                   aad.data(), aad.size()) != 0 ||
      tag != tag_of(place))
    return broken();
  chunk.resize(static_cast<std::size_t>(written));
  return chunk;
}

}  // namespace tutela::crypto
