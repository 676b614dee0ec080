#include "ledger/cosignature.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/digest.h"

namespace tutela::ledger {
namespace {

constexpr std::uint8_t kCosignatureV1 = 0x04;
constexpr std::string_view kDash = "\xE2\x80\x94 ";
constexpr std::size_t kSecondsBytes = 8;

std::unexpected<Error> malformed() { return fail(ErrorCode::invalid, "witness.malformed"); }

Bytes typed_key(const WitnessKey& key) {
  Bytes bytes{kCosignatureV1};
  append_bytes(bytes, key.key);
  return bytes;
}

// "— NAME base64" without newline.
Result<SignatureLine> parse_line(std::string_view text) {
  if (!text.starts_with(kDash)) return malformed();
  text.remove_prefix(kDash.size());
  const auto space = text.find(' ');
  if (space == std::string_view::npos || !is_witness_name(text.substr(0, space))) return malformed();
  const auto blob = decode_base64(text.substr(space + 1));
  SignatureLine line{std::string(text.substr(0, space)), {}, {}};
  if (!blob || blob->size() <= line.key_hash.size()) return malformed();
  std::copy_n(blob->begin(), line.key_hash.size(), line.key_hash.begin());
  line.signature.assign(blob->begin() + static_cast<std::ptrdiff_t>(line.key_hash.size()), blob->end());
  return line;
}

}  // namespace

bool is_witness_name(std::string_view name) {
  return !name.empty() && name.size() <= kKeyNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F && c != '+'; });
}

std::array<std::uint8_t, 4> cosignature_key_hash(const WitnessKey& key) {
  Bytes input = to_bytes(key.name);
  input.push_back('\n');
  append_bytes(input, typed_key(key));
  const auto digest = crypto::sha256(input);
  return {digest[0], digest[1], digest[2], digest[3]};
}

std::string encode_witness_key(const WitnessKey& key) {
  return key.name + "+" + encode_hex(cosignature_key_hash(key)) + "+" + encode_base64(typed_key(key));
}

Result<WitnessKey> parse_witness_key(std::string_view text) {
  const auto bad = [] { return fail(ErrorCode::invalid, "witness.bad_key"); };
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return bad();
  WitnessKey key{std::string(text.substr(0, first)), {}};
  // The key's base64 may hold a plus sign of its own, so only the first two divide.
  const auto bytes = decode_base64(text.substr(second + 1));
  if (!is_witness_name(key.name) || !bytes || bytes->size() != key.key.size() + 1 || (*bytes)[0] != kCosignatureV1) return bad();
  std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
  if (encode_witness_key(key) != text) return bad();
  return key;
}

std::string encode_signature_line(const SignatureLine& line) {
  Bytes blob(line.key_hash.begin(), line.key_hash.end());
  append_bytes(blob, line.signature);
  return std::string(kDash) + line.name + " " + encode_base64(blob) + "\n";
}

Result<std::vector<SignatureLine>> parse_signature_lines(std::string_view text) {
  if (text.size() > limits::kWitnessAnswerBytesMax) return fail(ErrorCode::limit, "witness.too_large");
  std::vector<SignatureLine> lines;
  if (text.empty()) return malformed();
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return malformed();
    if (lines.size() == limits::kCosignaturesMax) return fail(ErrorCode::limit, "witness.too_large");
    TUTELA_ASSIGN(auto line, parse_line(text.substr(0, end)));
    lines.push_back(std::move(line));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string cosigned_text(std::string_view checkpoint_text, std::int64_t unix_seconds) {
  return "cosignature/v1\ntime " + std::to_string(unix_seconds) + "\n" + std::string(checkpoint_text);
}

SignatureLine cosignature_line(const WitnessKey& witness, std::int64_t unix_seconds, const crypto::Signature& signature) {
  SignatureLine line{witness.name, cosignature_key_hash(witness), {}};
  append_u64(line.signature, static_cast<std::uint64_t>(unix_seconds));
  append_bytes(line.signature, signature);
  return line;
}

Result<std::optional<Time>> verify_cosignature(const SignatureLine& line, std::string_view checkpoint_text,
                                               const WitnessKey& witness) {
  if (line.name != witness.name || line.key_hash != cosignature_key_hash(witness)) return std::nullopt;
  const auto bad = [] { return fail(ErrorCode::corrupt, "witness.bad_cosignature"); };
  crypto::Signature signature;
  if (line.signature.size() != kSecondsBytes + signature.size()) return bad();
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < kSecondsBytes; ++i) seconds = seconds << 8 | line.signature[i];
  // Milliseconds of it must fit the clock's type.
  if (seconds > static_cast<std::uint64_t>(INT64_MAX) / 1000) return bad();
  std::copy(line.signature.begin() + kSecondsBytes, line.signature.end(), signature.begin());
  const auto at = static_cast<std::int64_t>(seconds);
  if (!crypto::verify_signature(witness.key, as_bytes(cosigned_text(checkpoint_text, at)), signature)) return bad();
  return from_unix_ms(at * 1000);
}

std::string encode_cosigned_note(const CosignedNote& cosigned) {
  std::string text = cosigned.note;
  for (const auto& line : cosigned.others) text += encode_signature_line(line);
  return text;
}

Result<CosignedNote> parse_cosigned_note(std::string_view bytes) {
  if (bytes.size() > kCosignedNoteBytesMax) return fail(ErrorCode::limit, "note.too_large");
  const auto blank = bytes.find("\n\n");
  const auto end = blank == std::string_view::npos ? blank : bytes.find('\n', blank + 2);
  if (end == std::string_view::npos) return fail(ErrorCode::invalid, "note.malformed");
  CosignedNote cosigned{std::string(bytes.substr(0, end + 1)), {}};
  TUTELA_TRY(parse_note(cosigned.note));
  if (end + 1 < bytes.size()) {
    TUTELA_ASSIGN(cosigned.others, parse_signature_lines(bytes.substr(end + 1)));
  }
  return cosigned;
}

std::string encode_add_checkpoint(const AddCheckpoint& request) {
  TUTELA_CHECK(request.proof.size() <= kProofHashesMax);
  std::string body = "old " + std::to_string(request.old_size) + "\n";
  for (const auto& hash : request.proof) body += encode_base64(hash) + "\n";
  return body + "\n" + request.note;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > limits::kAddCheckpointBytesMax) return fail(ErrorCode::limit, "witness.too_large");
  const auto blank = body.find("\n\n");
  if (blank == std::string_view::npos || !body.starts_with("old ")) return malformed();
  AddCheckpoint request{0, {}, std::string(body.substr(blank + 2))};
  auto lines = body.substr(4, blank - 3);
  const auto size = parse_decimal(lines.substr(0, lines.find('\n')));
  if (!size) return malformed();
  request.old_size = *size;
  lines.remove_prefix(lines.find('\n') + 1);
  TUTELA_ASSIGN(request.proof, parse_proof_lines(lines));
  return request;
}

Result<std::vector<Hash>> parse_proof_lines(std::string_view text) {
  std::vector<Hash> proof;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || proof.size() == kProofHashesMax) return malformed();
    const auto bytes = decode_base64(text.substr(0, end));
    Hash hash;
    if (!bytes || bytes->size() != hash.size()) return malformed();
    std::copy(bytes->begin(), bytes->end(), hash.begin());
    proof.push_back(hash);
    text.remove_prefix(end + 1);
  }
  return proof;
}

Result<std::uint64_t> parse_size_body(std::string_view body) {
  if (!body.ends_with('\n')) return malformed();
  const auto size = parse_decimal(body.substr(0, body.size() - 1));
  if (!size) return malformed();
  return *size;
}

}  // namespace tutela::ledger
