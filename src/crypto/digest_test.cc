#include "crypto/digest.h"

#include <gtest/gtest.h>

namespace tutela::crypto {
namespace {

TEST(Digest, KnownAnswers) {  // FIPS 180-4 and RFC 1321 examples
  const Digests abc = digests_of(as_bytes("abc"));
  EXPECT_EQ(encode_hex(abc.sha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(encode_hex(abc.sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(encode_hex(abc.md5), "900150983cd24fb0d6963f7d28e17f72");
  const Digests none = digests_of({});
  EXPECT_EQ(encode_hex(none.sha256), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(encode_hex(none.md5), "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(Digest, AMillionBytesInBlocks) {
  const Bytes million(1'000'000, 'a');
  const Digests digests = digests_of(million);
  EXPECT_EQ(encode_hex(digests.sha256), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(encode_hex(digests.sha1), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  EXPECT_EQ(digests.sha256, sha256(million));
}

}  // namespace
}  // namespace tutela::crypto
