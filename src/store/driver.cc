#include "store/driver.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

namespace tutela::store::driver {
namespace {

constexpr std::size_t kPlaceBytesMax = 48;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The next word of `sql`, which is advanced behind it; empty at the end.
std::string_view next_word(std::string_view& sql) {
  const auto begin = std::find_if(sql.begin(), sql.end(), is_word);
  const auto end = std::find_if_not(begin, sql.end(), is_word);
  const std::string_view word(begin, end);
  sql = std::string_view(end, sql.end());
  return word;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

// Strict UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF) without NUL.
bool is_storable_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t offset) { return static_cast<std::uint8_t>(text[i + offset]); };
    const std::uint8_t first = at(0);
    if (first == 0) return false;
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((at(k) & 0xC0) != 0x80) return false;
    const std::uint8_t second = at(1);
    if (first == 0xE0 && second < 0xA0) return false;
    if (first == 0xED && second > 0x9F) return false;
    if (first == 0xF0 && second < 0x90) return false;
    if (first == 0xF4 && second > 0x8F) return false;
    i += length;
  }
  return true;
}

}  // namespace

std::string statement_place(std::string_view sql) {
  static constexpr std::array<std::string_view, 5> kBeforeTable{"INTO", "FROM", "UPDATE", "TABLE", "ON"};
  std::string_view rest = sql;
  const std::string verb = upper(next_word(rest));
  rest = sql;
  std::string place = verb;
  for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (std::find(kBeforeTable.begin(), kBeforeTable.end(), upper(word)) == kBeforeTable.end()) continue;
    place += ' ';
    place += next_word(rest);
    break;
  }
  if (place.size() > kPlaceBytesMax) place.resize(kPlaceBytesMax);
  return place;
}

Result<> check_parameters(std::string_view sql, std::span<const Value> parameters) {
  for (const auto& parameter : parameters) {
    const auto* text = std::get_if<std::string>(&parameter.variant());
    if (text != nullptr && !is_storable_text(*text)) return fail(ErrorCode::invalid, "store.bad_text", statement_place(sql));
  }
  return {};
}

bool is_worth_rerunning(const Error& error) {
  return error.code == ErrorCode::conflict &&
         (error.reason == Reason("store.row_changed") || error.reason == Reason("store.serialization_failure"));
}

void News::tell() {
  {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  told_.notify_all();
}

std::int64_t News::wait(std::int64_t seen, std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  told_.wait_for(lock, at_most, [&] { return count_ != seen; });
  return count_;
}

}  // namespace tutela::store::driver
