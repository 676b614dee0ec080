#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/time_stamp.h"

// A reply of a time-stamp authority. None of these was signed by the one whose certificate stands here, so none may pass.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  static const crypto::TimeStampTrust trust{
      "-----BEGIN CERTIFICATE-----\n"
      "@ROOT@"
      "-----END CERTIFICATE-----\n"};
  static const crypto::Sha256 imprint = crypto::sha256(as_bytes("node.test/tutela/epoch-1\n"));
  const BytesView bytes(data, size);
  TUTELA_CHECK(!crypto::verify_time_stamp(bytes, imprint, trust));
  TUTELA_CHECK(!crypto::verify_time_stamp(bytes, imprint, trust, Bytes(bytes.begin(), bytes.end())));
  return 0;
}
