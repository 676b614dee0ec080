#include "vault/folder_seal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "vault/durable_file.h"
#include "vault/field_sealing.h"
#include "vault/key_store.h"

namespace tutela::vault {
namespace {

namespace fs = std::filesystem;
using Secret = Sensitive<std::string>;

// What one guess costs is not what is tested.
constexpr crypto::PassphraseCost kCheap{1, 8};

class FolderSealTest : public testing::Test {
 public:
  FolderSealTest() {
    std::string name = (fs::temp_directory_path() / "tutela-seal-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    auto keys = KeyStore::create(folder / "keys", random).value();
    public_key = keys.signing_key().public_key();
    wrapped = new_row_key(keys, march, random).value().wrapped;
  }
  ~FolderSealTest() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

 protected:
  static AskSecret saying(const std::string& words) {
    return [words](SealKind) -> Result<Secret> { return Secret(words); };
  }
  Result<> seal(SealKind kind, const std::string& old_words, const std::string& words) {
    return KeyStore::seal_folder(folder / "keys", kind, saying(old_words), Secret(words), random, kCheap);
  }
  Result<KeyStore> open(const std::string& words) { return KeyStore::open(folder / "keys", saying(words)); }
  std::map<std::string, Bytes> files() const {
    std::map<std::string, Bytes> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "keys"))
      if (entry.is_regular_file()) all[entry.path().string()] = read_file(entry.path(), 10'000).value();
    return all;
  }
  bool opens(const std::string& words) {
    const auto keys = open(words);
    return keys && keys->signing_key().public_key() == public_key && keys->unwrap_key(wrapped);
  }

  SeededRandom random{77};
  const DestructionClass march{RecordClass::report, std::chrono::year{2027} / 3};
  fs::path folder;
  crypto::PublicKey public_key{};
  Bytes wrapped;
};

TEST_F(FolderSealTest, ASealedFolderOpensWithItsPassphraseOnly) {
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  EXPECT_EQ(seal_kind(folder / "keys").value(), SealKind::passphrase);
  EXPECT_TRUE(opens("a long passphrase"));
  EXPECT_EQ(open("a wrong passphrase").error().reason, Reason("keys.wrong_secret"));
  EXPECT_EQ(open("").error().reason, Reason("keys.wrong_secret"));
  EXPECT_EQ(KeyStore::open(folder / "keys").error().reason, Reason("keys.secret_needed"));
  const auto facts = KeyStore::examine(folder / "keys").value();
  EXPECT_EQ(facts.sealed_files, 4U);
  EXPECT_EQ(facts.readable_files, 0U);
  EXPECT_EQ(facts.classes, 1U);
}

TEST_F(FolderSealTest, AWrongPassphraseChangesNothing) {
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  const auto before = files();
  EXPECT_EQ(seal(SealKind::passphrase, "not that passphrase", "another passphrase").error().reason, Reason("keys.wrong_secret"));
  EXPECT_EQ(seal(SealKind::none, "not that passphrase", "").error().reason, Reason("keys.wrong_secret"));
  EXPECT_EQ(seal(SealKind::passphrase, "a long passphrase", "short").error().reason, Reason("keys.passphrase_length"));
  EXPECT_EQ(files(), before);
}

TEST_F(FolderSealTest, APassphraseIsChangedAndTakenAway) {
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  ASSERT_TRUE(seal(SealKind::passphrase, "a long passphrase", "another passphrase"));
  EXPECT_FALSE(opens("a long passphrase"));
  EXPECT_TRUE(opens("another passphrase"));
  ASSERT_TRUE(seal(SealKind::none, "another passphrase", ""));
  EXPECT_TRUE(KeyStore::open(folder / "keys"));
  EXPECT_EQ(KeyStore::examine(folder / "keys").value().readable_files, 4U);
  EXPECT_FALSE(fs::exists(folder / "keys" / "seal"));
}

TEST_F(FolderSealTest, ACommandsKeySealsAsWell) {
  const auto key = encode_base64(Bytes(32, 9));
  ASSERT_TRUE(seal(SealKind::command, "", key + "\n"));
  EXPECT_EQ(seal_kind(folder / "keys").value(), SealKind::command);
  EXPECT_TRUE(opens(key));
  EXPECT_FALSE(opens(encode_base64(Bytes(32, 8))));
  EXPECT_EQ(open("no base64").error().reason, Reason("keys.wrong_secret"));
  EXPECT_EQ(seal(SealKind::command, key, "too short").error().reason, Reason("keys.bad_secret"));
}

TEST_F(FolderSealTest, ClassKeysMadeLaterAreSealedToo) {
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  auto keys = open("a long passphrase").value();
  const DestructionClass april{RecordClass::report, std::chrono::year{2027} / 4};
  const auto later = new_row_key(keys, april, random).value().wrapped;
  EXPECT_EQ(KeyStore::examine(folder / "keys").value().readable_files, 0U);
  EXPECT_TRUE(open("a long passphrase").value().unwrap_key(later));
}

TEST_F(FolderSealTest, WithoutItsSealASealedFolderIsLostAndSaysSo) {
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  fs::remove(folder / "keys" / "seal");
  EXPECT_EQ(KeyStore::open(folder / "keys").error().reason, Reason("keys.seal_missing"));
}

// A crash after any file: what opens opens with the old secret or the new, and the same call completes it.
TEST_F(FolderSealTest, ASealingThatCrashedIsCompleted) {
  const auto readable = files();
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  const auto sealed = files();
  for (const auto& [path, content] : readable) {
    for (const auto& [other_path, other_content] : sealed)
      ASSERT_TRUE(write_durably(other_path, other_content, IfExists::replace));
    ASSERT_TRUE(write_durably(path, content, IfExists::replace));
    EXPECT_TRUE(opens("a long passphrase")) << path;
    EXPECT_EQ(KeyStore::examine(folder / "keys").value().readable_files, 1U);
    ASSERT_TRUE(seal(SealKind::passphrase, "a long passphrase", "a long passphrase"));
    EXPECT_EQ(KeyStore::examine(folder / "keys").value().readable_files, 0U);
    EXPECT_TRUE(opens("a long passphrase"));
  }
}

TEST_F(FolderSealTest, ADamagedSealIsRefused) {
  ASSERT_TRUE(seal(SealKind::passphrase, "", "a long passphrase"));
  const auto path = folder / "keys" / "seal";
  const std::string genuine(as_text(read_file(path, 10'000).value()));
  for (const std::string& text :
       {std::string(), std::string("tutela-seal-v1\n"), std::string("tutela-seal-v1 none x\n"),
        genuine.substr(0, genuine.size() - 1), "x" + genuine, genuine + "x",
        std::string("tutela-seal-v1 passphrase 99 8 AAAAAAAAAAAAAAAAAAAAAA== QUJD\n"),
        std::string("tutela-seal-v1 passphrase 1 99999999 AAAAAAAAAAAAAAAAAAAAAA== QUJD\n"), std::string(5'000, 'a')}) {
    ASSERT_TRUE(write_durably(path, as_bytes(text), IfExists::replace));
    const auto opened = open("a long passphrase");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt) << text.substr(0, 40);
  }
}

// docs/operating/keys.md: what each key is worth once it is lost.
TEST_F(FolderSealTest, WhatOpensAndWhatNoLongerDoesWhenAKeyIsLost) {
  const DestructionClass april{RecordClass::report, std::chrono::year{2027} / 4};
  auto keys = KeyStore::open(folder / "keys").value();
  const auto other = new_row_key(keys, april, random).value().wrapped;
  const auto sealed = seal_text(keys.unwrap_key(wrapped).value(), {"report.sealed_text", Bytes{1}}, "words", random);
  const auto pseudonym = crypto::keyed_hash(keys.subject_key(), "item", {});
  const auto receipt = crypto::keyed_hash(keys.lookup_key(), "receipt", {});
  // A class's key: its month is lost, everything else opens.
  fs::rename(folder / "keys" / "class" / "report-2027-03.key", folder / "saved");
  {
    const auto without = KeyStore::open(folder / "keys").value();
    EXPECT_EQ(without.unwrap_key(wrapped).error().reason, Reason("vault.key_destroyed"));
    EXPECT_TRUE(without.unwrap_key(other));
  }
  // Put back from a copy, it opens again.
  fs::rename(folder / "saved", folder / "keys" / "class" / "report-2027-03.key");
  EXPECT_EQ(
      open_text(KeyStore::open(folder / "keys").value().unwrap_key(wrapped).value(), {"report.sealed_text", Bytes{1}}, sealed)
          .value(),
      "words");
  // Any of the three of the node: it does not start, and no key is made in its place.
  for (const auto* name : {"signing.key", "subject.key", "lookup.key"}) {
    fs::rename(folder / "keys" / name, folder / "saved");
    const auto opened = KeyStore::open(folder / "keys");
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::not_found) << name;
    fs::rename(folder / "saved", folder / "keys" / name);
  }
  // A new lookup key: texts open, but no receipt, address or object is found again. A new subject key: other pseudonyms.
  fs::rename(folder / "keys" / "lookup.key", folder / "old-lookup");
  fs::rename(folder / "keys" / "subject.key", folder / "old-subject");
  fs::rename(folder / "keys" / "signing.key", folder / "old-signing");
  const auto renewed = KeyStore::create(folder / "keys", random).value();
  EXPECT_TRUE(renewed.unwrap_key(wrapped));
  EXPECT_NE(crypto::keyed_hash(renewed.lookup_key(), "receipt", {}), receipt);
  EXPECT_NE(crypto::keyed_hash(renewed.subject_key(), "item", {}), pseudonym);
  EXPECT_NE(renewed.signing_key().public_key(), public_key);
}

}  // namespace
}  // namespace tutela::vault
