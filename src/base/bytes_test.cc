#include "base/bytes.h"

#include <gtest/gtest.h>

namespace tutela {
namespace {

TEST(Bytes, HexRoundTripsAndRefusesUpperCase) {
  const Bytes bytes{0x00, 0x7f, 0xff};
  EXPECT_EQ(encode_hex(bytes), "007fff");
  EXPECT_EQ(decode_hex("007fff").value(), bytes);
  for (const char* bad : {"0", "FF", "0g", " 0"}) EXPECT_FALSE(decode_hex(bad)) << bad;
}

TEST(Bytes, Base64MatchesRfc4648Vectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(encode_base64(as_bytes(plain)), text);
    EXPECT_EQ(decode_base64(text).value(), to_bytes(plain));
  }
}

TEST(Bytes, Base64IsCanonicalOnly) {
  for (const char* bad : {"Zg=", "Zg", "Zh==", "Zm9=", "=m9v", "Zm9v=", "Zg==Zg==", "Zm 9"})
    EXPECT_FALSE(decode_base64(bad)) << bad;
}

TEST(Bytes, IntegersAreBigEndian) {
  Bytes out;
  append_u16(out, 0x0102);
  append_u32(out, 0x03040506);
  append_u64(out, 0x0708090a0b0c0d0eULL);
  append_prefixed(out, as_bytes("x"));
  EXPECT_EQ(encode_hex(out), "0102030405060708090a0b0c0d0e0000000178");
}

}  // namespace
}  // namespace tutela
