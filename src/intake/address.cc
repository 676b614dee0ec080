#include "intake/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/limits.h"
#include "model/text.h"

// One pass over the parts in the order in which they stand: scheme, authority (user information, host, port), path, query.
// Whatever is not certain is refused, since a guess would make two addresses one.
namespace tutela::intake {
namespace {

constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kOnionLabelBytes = 56;  // version 3: rend-spec-v3, section 6

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 3986 section 2.3 and 3.3, 3.4.
bool is_unreserved(char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
bool may_stand_in_path_or_query(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](char c) { return lower(c); });
  return lowered;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  c = lower(c);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

void append_percent(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

// Percent-encoding as RFC 3986 section 6.2.2 normalises it.
Result<std::string> normalise_percent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t place = 0; place < text.size(); ++place) {
    const char c = text[place];
    if (c == '%') {
      const auto high = place + 2 < text.size() ? hex_digit(text[place + 1]) : std::nullopt;
      const auto low = place + 2 < text.size() ? hex_digit(text[place + 2]) : std::nullopt;
      if (!high || !low) return fail(ErrorCode::invalid, "address.bad_percent");
      const auto decoded = static_cast<char>(*high * 16 + *low);
      if (is_unreserved(decoded)) {
        out += decoded;
      } else {
        append_percent(out, decoded);
      }
      place += 2;
    } else if (may_stand_in_path_or_query(c)) {
      out += c;
    } else {
      append_percent(out, c);
    }
  }
  return out;
}

// RFC 3986 section 5.2.4, for a path that begins with '/'.
std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_in_folder = true;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    const bool is_last = end == path.size();
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != "." && !(is_last && segment.empty())) {
      kept.push_back(segment);
    }
    ends_in_folder = segment.empty() || segment == "." || segment == "..";
    start = end + 1;
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  if (ends_in_folder) out += '/';
  return out;
}

// A host of which the last label is a number is an IPv4 address or nothing (WHATWG URL, "ends in a number"): browsers read 127.1
// and 0x7f.1 as addresses, others as names.
bool looks_like_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  return label.starts_with("0x") && std::ranges::all_of(label.substr(2), [](char c) { return hex_digit(c).has_value(); });
}

bool is_dotted_quad(const std::string& host) {
  std::array<unsigned char, 4> bytes{};
  if (::inet_pton(AF_INET, host.c_str(), bytes.data()) != 1) return false;
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, bytes.data(), text.data(), static_cast<socklen_t>(text.size()));
  return host == text.data();
}

bool is_onion_label(std::string_view label) {
  return label.size() == kOnionLabelBytes &&
         std::ranges::all_of(label, [](char c) { return is_lower(c) || (c >= '2' && c <= '7'); });
}

struct Host {
  std::string text;
  bool is_onion = false;
};

Result<Host> parse_name(std::string_view text) {
  std::string host = lower(text);
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.size() > kHostBytesMax) return fail(ErrorCode::invalid, "address.bad_host");
  std::vector<std::string_view> labels;
  for (std::size_t start = 0; start <= host.size();) {
    const std::size_t end = std::min(host.find('.', start), host.size());
    const std::string_view label = std::string_view(host).substr(start, end - start);
    const auto may_stand = [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; };
    if (label.empty() || label.size() > kLabelBytesMax || !std::ranges::all_of(label, may_stand))
      return fail(ErrorCode::invalid, "address.bad_host");
    labels.push_back(label);
    start = end + 1;
  }
  if (looks_like_number(labels.back()) && !is_dotted_quad(host)) return fail(ErrorCode::invalid, "address.bad_host");
  const bool is_onion = labels.back() == "onion";
  if (is_onion && (labels.size() < 2 || !is_onion_label(labels[labels.size() - 2])))
    return fail(ErrorCode::invalid, "address.bad_onion");
  return Host{std::move(host), is_onion};
}

// `text` stands between the brackets. Written as RFC 5952 wants it, so that every spelling is one address.
Result<Host> parse_ipv6(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (text.find('\0') != std::string_view::npos || ::inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) != 1 ||
      ::inet_ntop(AF_INET6, bytes.data(), out.data(), static_cast<socklen_t>(out.size())) == nullptr)
    return fail(ErrorCode::invalid, "address.bad_host");
  return Host{"[" + std::string(out.data()) + "]", false};
}

Result<int> parse_port(std::string_view text, int port_default) {
  if (text.empty()) return port_default;
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (!std::ranges::all_of(text, is_digit) || error != std::errc{} || end != text.data() + text.size() || port < 1 ||
      port > 65'535)
    return fail(ErrorCode::invalid, "address.bad_port");
  return port;
}

struct Authority {
  Host host;
  int port;
};

Result<Authority> parse_authority(std::string_view text, int port_default) {
  if (text.find('@') != std::string_view::npos) return fail(ErrorCode::invalid, "address.userinfo");
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7e; }))
    return fail(ErrorCode::invalid, "address.host_not_ascii");
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return fail(ErrorCode::invalid, "address.bad_host");
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return fail(ErrorCode::invalid, "address.bad_host");
    TUTELA_ASSIGN(auto host, parse_ipv6(text.substr(1, end - 1)));
    TUTELA_ASSIGN(const int port, parse_port(rest.empty() ? rest : rest.substr(1), port_default));
    return Authority{std::move(host), port};
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  TUTELA_ASSIGN(auto host, parse_name(text.substr(0, colon)));
  TUTELA_ASSIGN(const int port, parse_port(colon < text.size() ? text.substr(colon + 1) : std::string_view{}, port_default));
  return Authority{std::move(host), port};
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  text = trim(text);
  if (text.empty()) return fail(ErrorCode::invalid, "address.empty");
  if (text.size() > limits::kAddressBytesMax) return fail(ErrorCode::limit, "address.too_long");
  if (!is_clean_text(text, Lines::one) || text.find_first_of(" \\") != std::string_view::npos)
    return fail(ErrorCode::invalid, "address.bad_character");

  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0 || text.find_first_of("/?#") < scheme_end)
    return fail(ErrorCode::invalid, "address.no_scheme");
  Address address;
  address.reported = text;
  address.scheme = lower(text.substr(0, scheme_end));
  if (address.scheme != "http" && address.scheme != "https") return fail(ErrorCode::unsupported, "address.scheme_not_supported");
  const int port_default = address.scheme == "https" ? 443 : 80;

  std::string_view rest = text.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  TUTELA_ASSIGN(auto authority, parse_authority(rest.substr(0, authority_end), port_default));
  address.host = std::move(authority.host.text);
  address.is_onion = authority.host.is_onion;
  address.port = authority.port;

  rest = rest.substr(authority_end);
  const std::size_t query_start = std::min(rest.find('?'), rest.size());
  TUTELA_ASSIGN(const std::string path, normalise_percent(rest.substr(0, query_start)));
  TUTELA_ASSIGN(const std::string query, normalise_percent(rest.substr(query_start)));

  address.canonical = address.scheme + "://" + address.host;
  if (address.port != port_default) address.canonical += ":" + std::to_string(address.port);
  address.canonical += path.empty() ? "/" : remove_dot_segments(path);
  address.canonical += query;
  if (address.canonical.size() > limits::kAddressBytesMax) return fail(ErrorCode::limit, "address.too_long");
  return address;
}

}  // namespace tutela::intake
