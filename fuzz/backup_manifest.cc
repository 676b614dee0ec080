#include <cstddef>
#include <cstdint>
#include <string>

#include "backup/manifest.h"
#include "base/check.h"
#include "ledger/signed_note.h"

namespace {

// A note of that text, signed by the node that its second line names: what stands behind the signature is reached.
std::string signed_by_its_node(std::string_view text, const tutela::crypto::KeyPair& key) {
  constexpr std::string_view kNode = "\nnode ";
  const auto begin = text.find(kNode);
  const auto name = begin == std::string_view::npos ? std::string_view() : text.substr(begin + kNode.size());
  const auto key_name = std::string(name.substr(0, name.find('\n'))) + "/backup";
  return tutela::ledger::encode_note(
      {std::string(text), key_name, tutela::ledger::note_key_hash(key_name, key.public_key()), key.sign(tutela::as_bytes(text))});
}

}  // namespace

// Both files of a backup: refused, or the same bytes when they are written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tutela::SeededRandom random(1);
  static const auto kKey = tutela::crypto::KeyPair::from_seed(tutela::crypto::SigningSeed::make(random));
  const auto text = tutela::as_text({data, size});
  const auto note = signed_by_its_node(text, kKey);
  if (const auto manifest = tutela::backup::open_manifest(note, kKey.public_key()))
    TUTELA_CHECK(tutela::backup::sign_manifest(*manifest, kKey) == note);
  if (const auto files = tutela::backup::parse_file_list(text)) TUTELA_CHECK(tutela::backup::encode_file_list(*files) == text);
  return 0;
}
