#include "base/bytes.h"

#include "base/check.h"

namespace tutela {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int base64_value(char c) {
  const auto at = kBase64Digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

template <class Unsigned>
void append_big_endian(Bytes& out, Unsigned value) {
  for (int shift = static_cast<int>(sizeof(value)) * 8 - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace

BytesView as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string_view as_text(BytesView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Bytes to_bytes(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

std::string encode_hex(BytesView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

Result<Bytes> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorCode::invalid, "hex.malformed", "length");
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::invalid, "hex.malformed", "digit");
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string encode_base64(BytesView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t word = static_cast<std::uint32_t>(bytes[i]) << 16 |
                               (left > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0U) |
                               (left > 2 ? static_cast<std::uint32_t>(bytes[i + 2]) : 0U);
    text += kBase64Digits[word >> 18 & 63];
    text += kBase64Digits[word >> 12 & 63];
    text += left > 1 ? kBase64Digits[word >> 6 & 63] : '=';
    text += left > 2 ? kBase64Digits[word & 63] : '=';
  }
  return text;
}

Result<Bytes> decode_base64(std::string_view text) {
  const auto malformed = [] { return fail(ErrorCode::invalid, "base64.malformed"); };
  if (text.size() % 4 != 0) return malformed();
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const int padding = last ? (text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0) : 0;
    std::uint32_t word = 0;
    for (int k = 0; k < 4 - padding; ++k) {
      const int value = base64_value(text[i + static_cast<std::size_t>(k)]);
      if (value < 0) return malformed();
      word |= static_cast<std::uint32_t>(value) << (18 - 6 * k);
    }
    if ((padding == 1 && (word & 0xFF) != 0) || (padding == 2 && (word & 0xFFFF) != 0)) return malformed();
    bytes.push_back(static_cast<std::uint8_t>(word >> 16));
    if (padding < 2) bytes.push_back(static_cast<std::uint8_t>(word >> 8));
    if (padding < 1) bytes.push_back(static_cast<std::uint8_t>(word));
  }
  return bytes;
}

void append_u16(Bytes& out, std::uint16_t value) { append_big_endian(out, value); }
void append_u32(Bytes& out, std::uint32_t value) { append_big_endian(out, value); }
void append_u64(Bytes& out, std::uint64_t value) { append_big_endian(out, value); }
void append_bytes(Bytes& out, BytesView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_prefixed(Bytes& out, BytesView bytes) {
  TUTELA_CHECK(bytes.size() <= UINT32_MAX);
  append_u32(out, static_cast<std::uint32_t>(bytes.size()));
  append_bytes(out, bytes);
}

}  // namespace tutela
