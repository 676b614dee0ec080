#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/password.h"
#include "crypto/sealing.h"
#include "crypto/signature.h"

namespace tutela::crypto {
namespace {

using TestKey = SecretKey<32, struct TestPurpose>;

template <std::size_t N>
std::array<std::uint8_t, N> array_of(std::string_view hex) {
  const auto bytes = decode_hex(hex).value();
  std::array<std::uint8_t, N> out;
  EXPECT_EQ(bytes.size(), N);
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

TEST(Digest, Fips180Vector) {
  EXPECT_EQ(encode_hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(encode_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Mac, Rfc4231Case1) {
  // The RFC's key has 20 bytes; HMAC pads with zeros, so 32 bytes with 12 zeros at the end are the same key.
  const auto key = array_of<32>("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000");
  EXPECT_EQ(encode_hex(hmac_sha256(key, as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(Mac, ContextsDoNotRunIntoMessages) {
  SeededRandom random(1);
  const auto key = LookupKey::make(random);
  EXPECT_NE(keyed_hash(key, "receipt", as_bytes("abc")), keyed_hash(key, "receipta", as_bytes("bc")));
  EXPECT_NE(keyed_hash(key, "receipt", as_bytes("abc")), keyed_hash(key, "token", as_bytes("abc")));
  EXPECT_EQ(keyed_hash(key, "receipt", as_bytes("abc")), keyed_hash(key, "receipt", as_bytes("abc")));
}

TEST(Signature, Rfc8032Test2) {
  const auto seed =
      SigningSeed::from_bytes(array_of<32>("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")).value();
  const auto pair = KeyPair::from_seed(seed);
  EXPECT_EQ(encode_hex(pair.public_key()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Bytes message{0x72};
  const auto signature = pair.sign(message);
  EXPECT_EQ(encode_hex(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d"
            "291612bb0c00");
  EXPECT_TRUE(verify_signature(pair.public_key(), message, signature));
}

TEST(Signature, EveryFlippedByteIsRefused) {
  SeededRandom random(2);
  const auto pair = KeyPair::from_seed(SigningSeed::make(random));
  Bytes message = to_bytes("checkpoint");
  const auto signature = pair.sign(message);
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto flipped = signature;
    flipped[i] ^= 1;
    EXPECT_FALSE(verify_signature(pair.public_key(), message, flipped)) << i;
  }
  message[0] ^= 1;
  const auto refused = verify_signature(pair.public_key(), message, signature);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason("crypto.bad_signature"));
}

TEST(Sealing, OpensOnlyWhatWasSealedThere) {
  SeededRandom random(3);
  const auto key = TestKey::make(random);
  const auto other_key = TestKey::make(random);
  for (const std::string text : {"", "x", "a longer text of some words"}) {
    const auto sealed = seal(key, "report.sealed_text", as_bytes(text), random);
    EXPECT_EQ(sealed.size(), text.size() + kSealOverheadBytes);
    EXPECT_EQ(as_text(open_sealed(key, "report.sealed_text", sealed).value()), text);
    EXPECT_FALSE(open_sealed(other_key, "report.sealed_text", sealed));
    EXPECT_FALSE(open_sealed(key, "report.sealed_contact", sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      auto flipped = sealed;
      flipped[i] ^= 0x80;
      EXPECT_FALSE(open_sealed(key, "report.sealed_text", flipped)) << i;
      EXPECT_FALSE(open_sealed(key, "report.sealed_text", BytesView(sealed).first(i))) << i;
    }
  }
}

TEST(Sealing, TheSameTextSealsDifferentlyEachTime) {
  SeededRandom random(4);
  const auto key = TestKey::make(random);
  EXPECT_NE(seal(key, "c", as_bytes("text"), random), seal(key, "c", as_bytes("text"), random));
}

TEST(SecretKey, MovesOnlyAndWipes) {
  static_assert(!std::is_copy_constructible_v<TestKey> && !std::is_copy_assignable_v<TestKey>);
  static_assert(!std::is_convertible_v<LookupKey, SubjectKey> && !std::is_constructible_v<SubjectKey, const LookupKey&>);
  SeededRandom random(5);
  auto key = TestKey::make(random);
  const Bytes before(key.reveal().begin(), key.reveal().end());
  const auto moved = std::move(key);
  EXPECT_TRUE(constant_time_equal(moved.reveal(), before));
  EXPECT_TRUE(constant_time_equal(key.reveal(), Bytes(32)));  // NOLINT: the moved-from key is what is looked at
  EXPECT_EQ(TestKey::from_bytes(Bytes(31)).error().reason, Reason("crypto.bad_key_length"));
}

TEST(ConstantTimeEqual, ComparesLengthAndBytes) {
  EXPECT_TRUE(constant_time_equal({}, {}));
  EXPECT_TRUE(constant_time_equal(as_bytes("ab"), as_bytes("ab")));
  EXPECT_FALSE(constant_time_equal(as_bytes("ab"), as_bytes("aB")));
  EXPECT_FALSE(constant_time_equal(as_bytes("ab"), as_bytes("abc")));
}

TEST(Password, VerifiesAndRefuses) {
  const Sensitive<std::string> password(std::string("correct horse battery"));
  const auto hash = hash_password(password).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_TRUE(verify_password(password, hash));
  EXPECT_EQ(verify_password(Sensitive<std::string>(std::string("wrong horse battery")), hash).error().reason,
            Reason("password.wrong"));
  EXPECT_EQ(verify_password(password, "no hash").error().reason, Reason("password.malformed_hash"));
  EXPECT_EQ(verify_password(password, std::string(500, 'a')).error().reason, Reason("password.malformed_hash"));
  EXPECT_EQ(verify_password(Sensitive<std::string>(std::string(257, 'a')), hash).error().reason, Reason("password.wrong"));
  EXPECT_EQ(refuse_password(password).error().reason, Reason("password.wrong"));
  EXPECT_EQ(hash_password(Sensitive<std::string>(std::string("short"))).error().reason, Reason("password.length"));
}

TEST(Password, ManyAtOnceAllGetTheirTurn) {
  const Sensitive<std::string> password(std::string("correct horse battery"));
  const auto hash = hash_password(password).value();
  std::vector<std::thread> threads;
  std::atomic<int> verified = 0;
  for (int i = 0; i < 5; ++i) threads.emplace_back([&] { verified += verify_password(password, hash).has_value() ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(verified, 5);
}

}  // namespace
}  // namespace tutela::crypto
