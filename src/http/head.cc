#include "http/head.h"

#include <array>
#include <charconv>

#include "http/ascii.h"

namespace tutela::http {
namespace {

// Fields that are lists or that intermediaries may repeat. All others are singular here: one sender, one meaning.
constexpr std::array<std::string_view, 16> kRepeatable{
    "accept",    "accept-encoding", "accept-language", "cache-control",   "connection",
    "forwarded", "if-match",        "if-none-match",   "pragma",          "te",
    "trailer",   "tracestate",      "upgrade",         "x-forwarded-for", "via",
    "warning"};

Result<Method> parse_method(std::string_view word) {
  for (const auto method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_}) {
    if (word == to_string(method)) return method;
  }
  if (!ascii::is_token(word)) return fail(ErrorCode::invalid, "http.request_line_malformed");
  return fail(ErrorCode::unsupported, "http.method_unknown");
}

struct RequestLine {
  Method method;
  std::string_view target;
  int minor_version;
};

Result<RequestLine> parse_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return fail(ErrorCode::invalid, "http.request_line_malformed");
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (target.find(' ') != std::string_view::npos) return fail(ErrorCode::invalid, "http.request_line_malformed");
  if (version.size() != 8 || !version.starts_with("HTTP/")) return fail(ErrorCode::invalid, "http.request_line_malformed");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return fail(ErrorCode::unsupported, "http.version_unknown");
  TUTELA_ASSIGN(const auto method, parse_method(line.substr(0, first)));
  if (target.size() > limits::kTargetBytesMax) return fail(ErrorCode::limit, "http.target_too_long");
  if (!target.starts_with('/')) return fail(ErrorCode::invalid, "http.target_not_origin_form");
  return RequestLine{method, target, version.back() - '0'};
}

Result<> add_field(std::string_view line, Headers& headers) {
  if (line.starts_with(' ') || line.starts_with('\t')) return fail(ErrorCode::invalid, "http.header_folded");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !ascii::is_token(line.substr(0, colon)))
    return fail(ErrorCode::invalid, "http.header_malformed");
  const auto name = line.substr(0, colon);
  const auto value = ascii::trim(line.substr(colon + 1));
  const auto [found, inserted] = headers.try_emplace(std::string(name), value);
  if (inserted) return {};
  const auto lower = ascii::to_lower(name);
  if (lower == "host") return fail(ErrorCode::invalid, "http.host_repeated");
  if (std::ranges::find(kRepeatable, lower) == kRepeatable.end()) return fail(ErrorCode::invalid, "http.header_repeated");
  found->second += ", ";
  found->second += value;
  return {};
}

// The host of "name", "name:port", "192.0.2.1:80" or "[2001:db8::1]:80", in lower case.
Result<std::string> parse_host(std::string_view value) {
  std::string_view name = value;
  std::string_view port;
  if (value.starts_with('[')) {
    const auto end = value.find(']');
    if (end == std::string_view::npos) return fail(ErrorCode::invalid, "http.host_malformed");
    name = value.substr(0, end + 1);
    port = value.substr(end + 1);
    const auto inner = name.substr(1, name.size() - 2);
    const bool hex_groups = std::ranges::all_of(inner, [](char c) { return ascii::hex_value(c) >= 0 || c == ':' || c == '.'; });
    if (inner.empty() || !hex_groups) return fail(ErrorCode::invalid, "http.host_malformed");
  } else {
    const auto colon = value.find(':');
    if (colon != std::string_view::npos) {
      name = value.substr(0, colon);
      port = value.substr(colon);
    }
    const bool name_characters =
        std::ranges::all_of(name, [](char c) { return ascii::is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
    if (name.empty() || name.size() > 253 || !name_characters) return fail(ErrorCode::invalid, "http.host_malformed");
  }
  if (!port.empty()) {
    const auto digits = port.substr(1);
    if (port.front() != ':' || digits.empty() || digits.size() > 5 || !std::ranges::all_of(digits, ascii::is_digit)) {
      return fail(ErrorCode::invalid, "http.host_malformed");
    }
  }
  return ascii::to_lower(name);
}

Result<std::uint64_t> parse_content_length(std::string_view value) {
  // 15 digits cannot overflow and are far above any limit here.
  if (value.empty() || value.size() > 15 || !std::ranges::all_of(value, ascii::is_digit)) {
    return fail(ErrorCode::invalid, "http.content_length_malformed");
  }
  std::uint64_t length = 0;
  std::from_chars(value.data(), value.data() + value.size(), length);
  return length;
}

bool list_has(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (ascii::to_lower(ascii::trim(list.substr(0, comma))) == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// Where the body ends: the question on which two servers must never differ.
Result<> read_framing(int minor_version, Head& head) {
  const auto length = head.headers.find("Content-Length");
  const auto coding = head.headers.find("Transfer-Encoding");
  if (coding != head.headers.end()) {
    if (length != head.headers.end()) return fail(ErrorCode::invalid, "http.two_framings");
    if (minor_version == 0) return fail(ErrorCode::invalid, "http.transfer_encoding_in_1_0");
    if (ascii::to_lower(coding->second) != "chunked") return fail(ErrorCode::unsupported, "http.transfer_coding_unknown");
    head.chunked = true;
  }
  if (length != head.headers.end()) {
    TUTELA_ASSIGN(head.content_length, parse_content_length(length->second));
  }
  return {};
}

}  // namespace

Result<std::size_t> find_head_end(std::string_view received) {
  const auto searched = received.substr(0, limits::kHeaderBytesMax);
  const auto empty_line = searched.find("\r\n\r\n");
  const auto head = searched.substr(0, empty_line == std::string_view::npos ? empty_line : empty_line + 4);
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto byte = static_cast<unsigned char>(head[i]);
    const bool line_end =
        head[i] == '\r' ? i + 1 == head.size() || head[i + 1] == '\n' : head[i] == '\n' && i > 0 && head[i - 1] == '\r';
    if ((byte < 0x20 && byte != '\t' && !line_end) || byte == 0x7F) return fail(ErrorCode::invalid, "http.control_character");
  }
  if (empty_line != std::string_view::npos) return head.size();
  if (received.size() >= limits::kHeaderBytesMax) {
    const bool in_request_line = received.find('\n') == std::string_view::npos;
    if (in_request_line) return fail(ErrorCode::limit, "http.target_too_long");
    return fail(ErrorCode::limit, "http.header_too_large");
  }
  return 0;
}

Result<Head> parse_head(std::string_view block) {
  if (block.size() > limits::kHeaderBytesMax) return fail(ErrorCode::limit, "http.header_too_large");
  if (!block.ends_with("\r\n\r\n")) return fail(ErrorCode::invalid, "http.header_malformed");
  block.remove_suffix(2);

  std::optional<RequestLine> request_line;
  Head head{};
  std::size_t fields = 0;
  while (!block.empty()) {
    const auto end = block.find("\r\n");
    const auto line = block.substr(0, end);
    // After the split a control character is a bare CR, a bare LF or something that no field may hold.
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\t') || byte == 0x7F) return fail(ErrorCode::invalid, "http.control_character");
    }
    if (!request_line) {
      TUTELA_ASSIGN(request_line, parse_request_line(line));
    } else {
      if (++fields > limits::kHeaderFieldsMax) return fail(ErrorCode::limit, "http.too_many_headers");
      TUTELA_TRY(add_field(line, head.headers));
    }
    block.remove_prefix(end + 2);
  }
  if (!request_line) return fail(ErrorCode::invalid, "http.request_line_malformed");
  head.method = request_line->method;
  head.target = request_line->target;

  const auto host = head.headers.find("Host");
  if (host == head.headers.end()) return fail(ErrorCode::invalid, "http.host_missing");
  TUTELA_ASSIGN(head.host, parse_host(host->second));
  TUTELA_TRY(read_framing(request_line->minor_version, head));

  const auto connection = head.headers.find("Connection");
  head.keep_alive =
      request_line->minor_version == 1 && (connection == head.headers.end() || !list_has(connection->second, "close"));
  if (const auto expect = head.headers.find("Expect"); expect != head.headers.end()) {
    if (ascii::to_lower(expect->second) != "100-continue") return fail(ErrorCode::unsupported, "http.expectation_unknown");
    head.expect_continue = request_line->minor_version == 1;
  }
  return head;
}

}  // namespace tutela::http
