#include "ledger/succession.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.h"
#include "base/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/signed_note.h"

namespace tutela::ledger {
namespace {

constexpr std::string_view kFormatLine = "tutela/succession/v1";
constexpr std::string_view kKeyNameEnd = "/succession";
constexpr std::size_t kTextLines = 7;

std::string key_name_of(const Succession& succession) { return succession.node + std::string(kKeyNameEnd); }

// Long enough that every origin and key name of the node is one, too.
bool is_node_name(std::string_view name) {
  return is_key_name(name) && is_key_name(encode_origin({std::string(name), UINT64_MAX})) &&
         name.size() + kKeyNameEnd.size() <= kKeyNameBytesMax;
}

std::string encode(const Succession& succession) {
  std::string text(kFormatLine);
  text += "\nnode " + succession.node;
  text += "\nnumber " + std::to_string(succession.number);
  text += "\nepoch " + std::to_string(succession.epoch);
  text += "\nold " + encode_base64(succession.old_key);
  text += "\nnext " + encode_base64(succession.next_key);
  text += "\ntime " + to_rfc3339(succession.at) + "\n";
  return text;
}

// Takes up to and with the next newline; empty when there is none.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const auto line = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return line;
}

std::string_view take_value(std::string_view& text, std::string_view word) {
  auto line = take_line(text);
  if (!line.starts_with(word) || line.size() < word.size() + 2 || line[word.size()] != ' ') return {};
  line.remove_suffix(1);
  return line.substr(word.size() + 1);
}

std::optional<crypto::PublicKey> parse_key(std::string_view text) {
  const auto bytes = decode_base64(text);
  crypto::PublicKey key;
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  std::ranges::copy(*bytes, key.begin());
  return key;
}

std::optional<Succession> parse_text(std::string_view text) {
  const auto whole = text;
  if (take_line(text) != std::string(kFormatLine) + "\n") return std::nullopt;
  const auto node = take_value(text, "node");
  const auto number = parse_decimal(take_value(text, "number"));
  const auto epoch = parse_decimal(take_value(text, "epoch"));
  const auto old_key = parse_key(take_value(text, "old"));
  const auto next_key = parse_key(take_value(text, "next"));
  const auto at = parse_rfc3339(take_value(text, "time"));
  if (!is_node_name(node) || !number || *number == 0 || !epoch || *epoch == 0 || !old_key || !next_key || !at)
    return std::nullopt;
  Succession succession{std::string(node), *number, *epoch, *old_key, *next_key, *at};
  // Written again it must be the same bytes, so that nothing in it is free.
  if (encode(succession) != whole) return std::nullopt;
  return succession;
}

bool is_signed(std::string_view text, std::string_view line, const std::string& key_name, const crypto::PublicKey& key) {
  const auto note = parse_note(std::string(text) + "\n" + std::string(line));
  return note && note->key_name == key_name && verify_note(*note, key);
}

// Text, blank line, two lines of signatures; all of them with their newlines.
struct Parts {
  std::string_view text;
  std::string_view by_old;
  std::string_view by_next;
};
Parts take_note(std::string_view& notes) {
  Parts parts;
  const auto begin = notes;
  std::size_t length = 0;
  for (std::size_t line = 0; line < kTextLines; ++line) length += take_line(notes).size();
  parts.text = begin.substr(0, length);
  if (!notes.starts_with('\n')) return {};
  notes.remove_prefix(1);
  parts.by_old = take_line(notes);
  // The next note begins here where a signature is missing.
  if (!notes.starts_with(kFormatLine)) parts.by_next = take_line(notes);
  return parts;
}

bool follows(const Succession& succession, const std::vector<Succession>& before) {
  if (succession.number != before.size() + 1) return false;
  if (before.empty()) return succession.epoch > 1 && succession.old_key != succession.next_key;
  const auto& last = before.back();
  // A key that returned would make two answers of whose turn it is.
  const bool was_there = succession.next_key == before.front().old_key ||
                         std::ranges::any_of(before, [&](const auto& one) { return one.next_key == succession.next_key; });
  return succession.node == last.node && succession.old_key == last.next_key && succession.epoch > last.epoch && !was_there;
}

}  // namespace

std::string sign_succession(const Succession& succession, const SuccessionKeys& keys) {
  TUTELA_CHECK(is_node_name(succession.node) && succession.number > 0 && succession.epoch > 0);
  TUTELA_CHECK(keys.old_key.public_key() == succession.old_key && keys.next_key.public_key() == succession.next_key);
  const auto text = encode(succession);
  const auto by_next = sign_note(text, key_name_of(succession), keys.next_key);
  return sign_note(text, key_name_of(succession), keys.old_key) + by_next.substr(text.size() + 1);
}

Result<std::vector<Succession>> parse_successions(std::string_view notes) {
  if (notes.size() > limits::kSuccessionsBytesMax) return fail(ErrorCode::limit, "succession.too_many");
  std::vector<Succession> chain;
  while (!notes.empty()) {
    const auto place = std::to_string(chain.size() + 1);
    if (chain.size() == limits::kSuccessionsMax) return fail(ErrorCode::limit, "succession.too_many");
    const auto parts = take_note(notes);
    auto succession = parse_text(parts.text);
    if (!succession) return fail(ErrorCode::invalid, "succession.malformed", place);
    const auto name = key_name_of(*succession);
    if (!is_signed(parts.text, parts.by_old, name, succession->old_key) ||
        !is_signed(parts.text, parts.by_next, name, succession->next_key))
      return fail(ErrorCode::corrupt, "succession.bad_signature", place);
    if (!follows(*succession, chain)) return fail(ErrorCode::corrupt, "succession.broken_chain", place);
    chain.push_back(*std::move(succession));
  }
  return chain;
}

std::vector<std::string> split_successions(std::string_view notes) {
  std::vector<std::string> split;
  while (!notes.empty()) {
    const auto begin = notes;
    const auto parts = take_note(notes);
    TUTELA_CHECK(!parts.text.empty() && !parts.by_next.empty());
    split.emplace_back(begin.substr(0, begin.size() - notes.size()));
  }
  return split;
}

}  // namespace tutela::ledger
