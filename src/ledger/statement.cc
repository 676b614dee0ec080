#include "ledger/statement.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tutela::ledger {
namespace {

constexpr std::string_view kFormatLine = "tutela/statement/v1";

std::unexpected<Error> bad_statement(std::string place) {
  return fail(ErrorCode::invalid, "excerpt.bad_statement", std::move(place));
}

bool is_about(std::string_view text) {
  return !text.empty() && text.size() <= kAboutBytesMax && is_key_name(text) && text.find('/') != std::string_view::npos;
}

// Takes the next line without its newline; none when the text ends before one.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// The rest of a line that begins with `word` and a space.
std::optional<std::string_view> take_value(std::string_view& text, std::string_view word) {
  const auto line = take_line(text);
  if (!line || !line->starts_with(word) || line->size() <= word.size() || (*line)[word.size()] != ' ') return std::nullopt;
  return line->substr(word.size() + 1);
}

std::optional<Hash> parse_hex_hash(std::string_view text) {
  const auto bytes = decode_hex(text);
  Hash hash;
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::string one_line(const Checkpoint& checkpoint) {
  auto text = encode_checkpoint(checkpoint);
  text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Result<Checkpoint> parse_one_line(std::string_view line) {
  std::string text(line);
  std::replace(text.begin(), text.end(), ' ', '\n');
  return parse_checkpoint(text + "\n");
}

}  // namespace

std::string encode_statement(const Statement& statement) {
  TUTELA_CHECK(is_about(statement.about));
  std::string text(kFormatLine);
  text += "\nabout " + statement.about;
  text += "\nsubject " + encode_hex(statement.subject);
  text += "\nentries " + std::to_string(statement.entries);
  text += "\nhead " + encode_hex(statement.head) + "\n";
  for (const auto& checkpoint : statement.checkpoints) text += "checkpoint " + one_line(checkpoint) + "\n";
  return text;
}

Result<Statement> parse_statement(std::string_view text) {
  if (take_line(text) != kFormatLine) return bad_statement("format");
  const auto about = take_value(text, "about");
  if (!about || !is_about(*about)) return bad_statement("about");
  const auto subject = parse_hex_hash(take_value(text, "subject").value_or(""));
  if (!subject) return bad_statement("subject");
  const auto entries = parse_decimal(take_value(text, "entries").value_or(""));
  if (!entries || *entries == 0) return bad_statement("entries");
  const auto head = parse_hex_hash(take_value(text, "head").value_or(""));
  if (!head) return bad_statement("head");
  Statement statement{std::string(*about), *subject, *entries, *head, {}};
  while (!text.empty()) {
    const auto checkpoint = parse_one_line(take_value(text, "checkpoint").value_or(""));
    if (!checkpoint || statement.checkpoints.size() == kEpochsMax) return bad_statement("checkpoint");
    // Epochs ascend from 1; the numbers between say nothing.
    const auto& [name, epoch] = checkpoint->origin;
    const bool in_order = statement.checkpoints.empty()
                              ? epoch == 1
                              : name == statement.checkpoints[0].origin.name && epoch > statement.checkpoints.back().origin.epoch;
    if (!in_order || checkpoint->size == 0) return bad_statement("checkpoint");
    statement.checkpoints.push_back(*checkpoint);
  }
  if (statement.checkpoints.empty()) return bad_statement("checkpoint");
  return statement;
}

std::string encode_opening_payload(const OpeningPayload& payload) {
  const auto before = payload.previous ? "\"" + one_line(*payload.previous) + "\"" : "null";
  const auto follows = payload.follows + 1 == payload.epoch ? "" : R"(,"follows":)" + std::to_string(payload.follows);
  return R"({"epoch":)" + std::to_string(payload.epoch) + follows + R"(,"previous":)" + before + "}";
}

Result<OpeningPayload> parse_opening_payload(std::string_view text) {
  const auto bad = [] { return fail(ErrorCode::invalid, "excerpt.bad_opening"); };
  constexpr std::string_view kHead = R"({"epoch":)";
  constexpr std::string_view kFollows = R"(,"follows":)";
  constexpr std::string_view kMiddle = R"(,"previous":)";
  const auto middle = text.find(kMiddle);
  if (!text.starts_with(kHead) || middle == std::string_view::npos || middle < kHead.size() || !text.ends_with('}')) return bad();
  auto numbers = text.substr(kHead.size(), middle - kHead.size());
  const auto split = numbers.find(kFollows);
  const auto epoch = parse_decimal(numbers.substr(0, split));
  if (!epoch || *epoch == 0 || *epoch > kEpochMax) return bad();
  OpeningPayload payload{*epoch, *epoch - 1, std::nullopt};
  if (split != std::string_view::npos) {
    const auto follows = parse_decimal(numbers.substr(split + kFollows.size()));
    if (!follows) return bad();
    payload.follows = *follows;
  }
  auto value = text.substr(middle + kMiddle.size());
  value.remove_suffix(1);
  if (value != "null") {
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return bad();
    const auto previous = parse_one_line(value.substr(1, value.size() - 2));
    if (!previous) return bad();
    payload.previous = *previous;
  }
  if (payload.follows >= payload.epoch || encode_opening_payload(payload) != text) return bad();
  return payload;
}

}  // namespace tutela::ledger
