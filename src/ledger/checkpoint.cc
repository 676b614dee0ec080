#include "ledger/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tutela::ledger {
namespace {

constexpr std::string_view kEpochMark = "/epoch-";

std::unexpected<Error> malformed() { return fail(ErrorCode::invalid, "checkpoint.malformed"); }

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::string encode_origin(const Origin& origin) { return origin.name + std::string(kEpochMark) + std::to_string(origin.epoch); }

Result<Origin> parse_origin(std::string_view text) {
  const auto mark = text.rfind(kEpochMark);
  if (mark == std::string_view::npos || !is_key_name(text)) return malformed();
  const auto epoch = parse_decimal(text.substr(mark + kEpochMark.size()));
  if (mark == 0 || !epoch || *epoch == 0 || *epoch > kEpochMax) return malformed();
  return Origin{std::string(text.substr(0, mark)), *epoch};
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  return encode_origin(checkpoint.origin) + "\n" + std::to_string(checkpoint.size) + "\n" + encode_base64(checkpoint.root) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  std::array<std::string_view, 3> lines;
  for (auto& line : lines) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return malformed();
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) return malformed();
  TUTELA_ASSIGN(auto origin, parse_origin(lines[0]));
  const auto size = parse_decimal(lines[1]);
  const auto root = decode_base64(lines[2]);
  Checkpoint checkpoint{std::move(origin), size.value_or(0), {}};
  if (!size || !root || root->size() != checkpoint.root.size()) return malformed();
  std::copy(root->begin(), root->end(), checkpoint.root.begin());
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::KeyPair& key) {
  return sign_note(encode_checkpoint(checkpoint), encode_origin(checkpoint.origin), key);
}

}  // namespace tutela::ledger
