#include "backup/manifest.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/signed_note.h"

namespace tutela::backup {
namespace {

crypto::KeyPair key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return crypto::KeyPair::from_seed(crypto::SigningSeed::make(random));
}

Manifest example() {
  Manifest manifest{};
  manifest.node = "node.test";
  manifest.program = "0.1.0";
  manifest.schema = 6;
  manifest.taken_at = from_unix_ms(1'795'348'800'123);
  manifest.checkpoint = {{"node.test", 2}, 17, {}};
  manifest.checkpoint.root.fill(7);
  manifest.files = 3;
  manifest.bytes = 4096;
  manifest.file_list.fill(9);
  manifest.after = AfterPosition{5, {}};
  return manifest;
}

TEST(Manifest, ComesBackAsItWasSigned) {
  const auto key = key_of(1);
  auto manifest = example();
  EXPECT_EQ(open_manifest(sign_manifest(manifest, key), key.public_key()).value(), manifest);
  manifest.after.reset();
  EXPECT_EQ(open_manifest(sign_manifest(manifest, key), key.public_key()).value(), manifest);
}

TEST(Manifest, NoByteOfItIsFree) {
  const auto key = key_of(1);
  const auto note = sign_manifest(example(), key);
  for (std::size_t at = 0; at < note.size(); ++at) {
    auto changed = note;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(open_manifest(changed, key.public_key())) << "byte " << at;
  }
}

TEST(Manifest, OfAnotherNodeIsToldApart) {
  const auto note = sign_manifest(example(), key_of(1));
  EXPECT_EQ(open_manifest(note, key_of(2).public_key()).error().reason, Reason("backup.other_node"));
}

TEST(Manifest, SignedButOfAnotherFormIsRefused) {
  const auto key = key_of(1);
  for (const auto* text : {"tutela/backup/v2\n", "tutela/backup/v1\nnode node.test\n"})
    EXPECT_EQ(open_manifest(ledger::sign_note(text, "node.test/backup", key), key.public_key()).error().reason,
              Reason("backup.bad_manifest"));
}

TEST(FileList, ComesBackAndNamesNothingOutsideTheFolder) {
  std::vector<FileFacts> files{{"objects/0a", 1, {}}, {"tutela.sqlite", 2, {}}};
  const auto text = encode_file_list(files);
  EXPECT_EQ(parse_file_list(text).value(), files);
  EXPECT_TRUE(parse_file_list("").value().empty());
  for (const auto* path : {"../a", "a/../b", "/etc/passwd", "a//b", "a/", "", ".", "a b", "a\tb"}) {
    files = {{path, 1, {}}};
    EXPECT_FALSE(parse_file_list(encode_file_list(files))) << path;
  }
  EXPECT_FALSE(parse_file_list(text + text)) << "a file twice";
  EXPECT_FALSE(parse_file_list(text.substr(0, text.size() - 1))) << "a cut list";
}

}  // namespace
}  // namespace tutela::backup
