#include "http/target.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "http/ascii.h"

namespace tutela::http {
namespace {

// Bytes that no client sends unescaped; taking them would let a log, a proxy and this server read three different targets.
bool is_forbidden(char c, std::string_view more) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7F || c == '"' || c == '<' || c == '>' || c == '#' || more.find(c) != std::string_view::npos;
}

Result<std::string> decode_segment(std::string_view segment) {
  if (segment.empty()) return fail(ErrorCode::not_found, "http.path_empty_segment");
  auto decoded = percent_decode(segment, Plus::is_plus);
  if (!decoded) return fail(ErrorCode::invalid, "http.target_malformed");
  if (*decoded == "." || *decoded == "..") return fail(ErrorCode::invalid, "http.path_dots");
  for (const char c : *decoded) {
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return fail(ErrorCode::invalid, "http.target_malformed");
  }
  return decoded;
}

Result<std::string> decode_path(std::string_view path) {
  for (const char c : path) {
    if (is_forbidden(c, "\\^`{|}[]")) return fail(ErrorCode::invalid, "http.target_malformed");
  }
  if (path == "/") return std::string("/");
  std::string decoded;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    TUTELA_ASSIGN(const std::string segment, decode_segment(path.substr(0, end)));
    decoded += '/';
    decoded += segment;
    path.remove_prefix(end);
  }
  return decoded;
}

Result<std::map<std::string, std::string>> decode_query(std::string_view query) {
  std::map<std::string, std::string> pairs;
  for (const char c : query) {
    if (is_forbidden(c, "")) return fail(ErrorCode::invalid, "http.target_malformed");
  }
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    auto key = percent_decode(pair.substr(0, equals), Plus::is_space);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), Plus::is_space);
    if (!key || !value || key->empty()) return fail(ErrorCode::invalid, "http.query_malformed");
    if (pairs.size() == limits::kQueryPairsMax) return fail(ErrorCode::limit, "http.query_too_many");
    if (!pairs.emplace(*std::move(key), *std::move(value)).second) return fail(ErrorCode::invalid, "http.query_repeated");
    if (end + 1 == query.size()) return fail(ErrorCode::invalid, "http.query_malformed");
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return pairs;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? ascii::hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? ascii::hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(ErrorCode::invalid, "http.escape_malformed");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::is_space) {
      c = ' ';
    }
    if (c == '\0') return fail(ErrorCode::invalid, "http.escape_malformed");
    decoded += c;
  }
  if (!is_utf8(as_bytes(decoded))) return fail(ErrorCode::invalid, "http.escape_malformed");
  return decoded;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (ascii::is_unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

Result<Target> parse_target(std::string_view target) {
  if (target.size() > limits::kTargetBytesMax) return fail(ErrorCode::limit, "http.target_too_long");
  if (!target.starts_with('/')) return fail(ErrorCode::invalid, "http.target_malformed");
  const auto question = std::min(target.find('?'), target.size());
  Target decoded;
  TUTELA_ASSIGN(decoded.path, decode_path(target.substr(0, question)));
  TUTELA_ASSIGN(decoded.query, decode_query(target.substr(std::min(question + 1, target.size()))));
  return decoded;
}

}  // namespace tutela::http
