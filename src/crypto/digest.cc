#include "crypto/digest.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"

namespace tutela::crypto {
namespace {

// One running digest. OpenSSL fails here only without memory or without its default provider, and nothing sensible can follow.
template <std::size_t N>
class Running {
 public:
  explicit Running(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
    TUTELA_CHECK(context_ && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1);
  }
  void add(BytesView bytes) { TUTELA_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  std::array<std::uint8_t, N> finish() {
    std::array<std::uint8_t, N> digest;
    unsigned int length = 0;
    TUTELA_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1 && length == N);
    return digest;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

constexpr std::size_t kBlockBytes = 16 * 1024;  // stays in the first-level cache for all three

}  // namespace

Sha256 sha256(BytesView bytes) {
  Running<32> running(EVP_sha256());
  running.add(bytes);
  return running.finish();
}

struct Sha256Stream::State {
  Running<32> running{EVP_sha256()};
};
Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::~Sha256Stream() = default;
void Sha256Stream::add(BytesView bytes) { state_->running.add(bytes); }
Sha256 Sha256Stream::finish() { return state_->running.finish(); }

Digests digests_of(BytesView bytes) {
  Running<32> sha256(EVP_sha256());
  Running<20> sha1(EVP_sha1());
  Running<16> md5(EVP_md5());
  while (!bytes.empty()) {
    const BytesView block = bytes.first(std::min(bytes.size(), kBlockBytes));
    sha256.add(block);
    sha1.add(block);
    md5.add(block);
    bytes = bytes.subspan(block.size());
  }
  return {sha256.finish(), sha1.finish(), md5.finish()};
}

}  // namespace tutela::crypto
