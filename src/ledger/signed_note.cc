#include "ledger/signed_note.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/digest.h"

namespace tutela::ledger {
namespace {

// The em dash of the format, in UTF-8.
constexpr std::string_view kDash = "\xE2\x80\x94 ";
constexpr std::uint8_t kEd25519 = 0x01;

std::unexpected<Error> malformed() { return fail(ErrorCode::invalid, "note.malformed"); }

bool is_note_text(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7F); });
  return printable && text.ends_with('\n') && !text.starts_with('\n') && text.find("\n\n") == std::string_view::npos;
}

}  // namespace

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kKeyNameBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '/';
  });
}

std::array<std::uint8_t, 4> note_key_hash(std::string_view key_name, const crypto::PublicKey& key) {
  Bytes input = to_bytes(key_name);
  input.push_back('\n');
  input.push_back(kEd25519);
  append_bytes(input, key);
  const auto digest = crypto::sha256(input);
  return {digest[0], digest[1], digest[2], digest[3]};
}

std::string sign_note(std::string_view text, const std::string& key_name, const crypto::KeyPair& key) {
  TUTELA_CHECK(is_note_text(text) && is_key_name(key_name));
  return encode_note({std::string(text), key_name, note_key_hash(key_name, key.public_key()), key.sign(as_bytes(text))});
}

std::string encode_note(const Note& note) {
  Bytes blob(note.key_hash.begin(), note.key_hash.end());
  append_bytes(blob, note.signature);
  return note.text + "\n" + std::string(kDash) + note.key_name + " " + encode_base64(blob) + "\n";
}

Result<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return fail(ErrorCode::limit, "note.too_large");
  const auto blank = bytes.find("\n\n");
  if (blank == std::string_view::npos) return malformed();
  const auto text = bytes.substr(0, blank + 1);
  auto line = bytes.substr(blank + 2);
  if (!is_note_text(text) || !line.starts_with(kDash) || !line.ends_with('\n')) return malformed();
  line = line.substr(kDash.size(), line.size() - kDash.size() - 1);
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return malformed();
  const auto blob = decode_base64(line.substr(space + 1));
  Note note{std::string(text), std::string(line.substr(0, space)), {}, {}};
  if (!blob || blob->size() != note.key_hash.size() + note.signature.size()) return malformed();
  std::copy_n(blob->begin(), note.key_hash.size(), note.key_hash.begin());
  std::copy(blob->begin() + note.key_hash.size(), blob->end(), note.signature.begin());
  return note;
}

Result<> verify_note(const Note& note, const crypto::PublicKey& key) {
  if (note.key_hash != note_key_hash(note.key_name, key)) return fail(ErrorCode::corrupt, "note.wrong_key");
  if (!crypto::verify_signature(key, as_bytes(note.text), note.signature)) return fail(ErrorCode::corrupt, "note.bad_signature");
  return {};
}

}  // namespace tutela::ledger
