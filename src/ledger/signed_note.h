#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/signature.h"

// Signed notes (C2SP signed-note): text, blank line, one signature line "— NAME base64(key hash[4] ‖ Ed25519 signature)". Ours
// carry exactly one signature, so that no byte of a note is free.
namespace tutela::ledger {

inline constexpr std::size_t kNoteBytesMax = 64 * 1024;
inline constexpr std::size_t kKeyNameBytesMax = 200;

// Letters, digits and "._-/" only, 1..200 bytes.
bool is_key_name(std::string_view name);

struct Note {
  std::string text;  // ends in a newline
  std::string key_name;
  std::array<std::uint8_t, 4> key_hash;
  crypto::Signature signature;
};

// SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), first four bytes.
std::array<std::uint8_t, 4> note_key_hash(std::string_view key_name, const crypto::PublicKey& key);

// `text` must end in a newline, have no blank line and no byte below 0x20 besides newlines; otherwise a bug.
std::string sign_note(std::string_view text, const std::string& key_name, const crypto::KeyPair& key);

// Strict: one form only. invalid, "note.malformed"; limit, "note.too_large".
Result<Note> parse_note(std::string_view bytes);
std::string encode_note(const Note& note);

// corrupt, "note.wrong_key" (another key's hash) or "note.bad_signature".
Result<> verify_note(const Note& note, const crypto::PublicKey& key);

}  // namespace tutela::ledger
