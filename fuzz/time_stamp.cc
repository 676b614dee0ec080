#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/time_stamp.h"

// A reply of a time-stamp authority: refused with a reason, or from the one whose certificate stands here (the seed "granted"
// is).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  static const crypto::TimeStampTrust trust{
      "-----BEGIN CERTIFICATE-----\n"
      "MIIBfDCCASKgAwIBAgIUUV9xLq0a2eruxfiixZ949+gWh9EwCgYIKoZIzj0EAwIw\n"
      "GzEZMBcGA1UEAwwQU3RhbXBzIG9mIGEgdGVzdDAgFw0yNjExMjMyMzE4NDdaGA8y\n"
      "MTI2MTAzMDIzMTg0N1owGzEZMBcGA1UEAwwQU3RhbXBzIG9mIGEgdGVzdDBZMBMG\n"
      "ByqGSM49AgEGCCqGSM49AwEHA0IABKmW0m0+qVXkkVH9oe7crE4xyYo2+9lutuUo\n"
      "x3V1HfwyodHbQ8N/unWsmwYqQjtKU8C6Ekcht1IaxPVj++ime+ujQjBAMA8GA1Ud\n"
      "EwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBRbDjy207wTQfDH\n"
      "OV10Zz4Q++RyyTAKBggqhkjOPQQDAgNIADBFAiATu42OZFnFeXJAwsLN0oz4NItp\n"
      "LDrCU3DB44RX8tCNDAIhAJRP2qjZ/uRIVU0+uHwluwqpNzZuFpEaHQ320S5immhC\n"
      "-----END CERTIFICATE-----\n"};
  static const crypto::Sha256 imprint = crypto::sha256(as_bytes("node.test/tutela/epoch-1\n"));
  const BytesView bytes(data, size);
  if (const auto at = crypto::verify_time_stamp(bytes, imprint, trust)) TUTELA_CHECK(to_unix_ms(*at) > 0);
  // The bytes of a reply are no request, so they have no nonce to agree with.
  TUTELA_CHECK(!crypto::verify_time_stamp(bytes, imprint, trust, Bytes(bytes.begin(), bytes.end())));
  return 0;
}
