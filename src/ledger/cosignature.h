#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "crypto/signature.h"
#include "ledger/checkpoint.h"

// What others sign of our checkpoints (C2SP tlog-cosignature v1, Ed25519) and the words of the protocol by which a witness is
// asked (C2SP tlog-witness).
namespace tutela::ledger {

// Printable ASCII without space and plus sign, 1..200 bytes: what a signed note lets a key be called.
bool is_witness_name(std::string_view name);

// Who cosigns: written "NAME+hex8+base64(0x04 ‖ public key)".
struct WitnessKey {
  std::string name;
  crypto::PublicKey key;
  friend bool operator==(const WitnessKey&, const WitnessKey&) = default;
};
std::string encode_witness_key(const WitnessKey& key);
// One form only, the eight hex digits must fit. invalid, "witness.bad_key".
Result<WitnessKey> parse_witness_key(std::string_view text);
// SHA-256(name ‖ 0x0A ‖ 0x04 ‖ public key), first four bytes.
std::array<std::uint8_t, 4> cosignature_key_hash(const WitnessKey& key);

// A signature line of a note: "— NAME base64(key hash ‖ signature)". `signature` of any type and length but empty.
struct SignatureLine {
  std::string name;
  std::array<std::uint8_t, 4> key_hash;
  Bytes signature;
};
std::string encode_signature_line(const SignatureLine& line);  // with its newline
// 1 to limits::kCosignaturesMax lines and nothing else. invalid, "witness.malformed"; limit, "witness.too_large".
Result<std::vector<SignatureLine>> parse_signature_lines(std::string_view text);

// The bytes that a cosignature signs: "cosignature/v1", the time, the checkpoint's text.
std::string cosigned_text(std::string_view checkpoint_text, std::int64_t unix_seconds);
// The line of a witness that signed at that second.
SignatureLine cosignature_line(const WitnessKey& witness, std::int64_t unix_seconds, const crypto::Signature& signature);

// When the witness says it signed this text. nullopt when the line is of somebody else. corrupt, "witness.bad_cosignature".
Result<std::optional<Time>> verify_cosignature(const SignatureLine& line, std::string_view checkpoint_text,
                                               const WitnessKey& witness);

inline constexpr std::size_t kCosignedNoteBytesMax = kNoteBytesMax + limits::kWitnessAnswerBytesMax;
// A published checkpoint: the node's own note, which stands for itself, and what others signed below it.
struct CosignedNote {
  std::string note;  // as parse_note takes it
  std::vector<SignatureLine> others;
};
std::string encode_cosigned_note(const CosignedNote& cosigned);
// The first signature line is the node's. As parse_note and parse_signature_lines.
Result<CosignedNote> parse_cosigned_note(std::string_view bytes);

// The body of add-checkpoint.
struct AddCheckpoint {
  std::uint64_t old_size;
  std::vector<Hash> proof;  // at most 63; empty for old_size 0
  std::string note;
};
std::string encode_add_checkpoint(const AddCheckpoint& request);
// invalid, "witness.malformed". What a witness reads; the other half of the protocol, so that both are held to one text.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// A hash a line in base64, at most 63, each line with its newline. invalid, "witness.malformed".
Result<std::vector<Hash>> parse_proof_lines(std::string_view text);

// The body of 409: the size that the witness holds. invalid, "witness.malformed".
Result<std::uint64_t> parse_size_body(std::string_view body);

}  // namespace tutela::ledger
