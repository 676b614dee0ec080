#include "casework/indicator.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "model/text.h"
#include "model/words.h"

namespace tutela::casework {
namespace {

constexpr std::array kTypeWords{Word{IndicatorType::account, "account"},    Word{IndicatorType::email, "email"},
                                Word{IndicatorType::phone, "phone"},        Word{IndicatorType::ip_port_time, "ip_port_time"},
                                Word{IndicatorType::domain, "domain"},      Word{IndicatorType::url, "url"},
                                Word{IndicatorType::onion, "onion"},        Word{IndicatorType::payment_handle, "payment_handle"},
                                Word{IndicatorType::wallet, "wallet"},      Word{IndicatorType::group_id, "group_id"},
                                Word{IndicatorType::info_hash, "info_hash"}};

// Every normaliser answers the normal form or nothing.
using Normal = std::optional<std::string>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

template <class Predicate>
bool all_are(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool is_visible_ascii(std::string_view text) {
  return all_are(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

Normal normal_domain(std::string_view text) {
  std::string domain = lower(text);
  if (domain.ends_with('.')) domain.pop_back();
  if (domain.empty() || domain.size() > 253) return std::nullopt;
  std::size_t labels = 0;
  std::string_view last;
  for (std::size_t start = 0; start <= domain.size();) {
    const std::size_t end = std::min(domain.find('.', start), domain.size());
    last = std::string_view(domain).substr(start, end - start);
    if (last.empty() || last.size() > 63 || last.front() == '-' || last.back() == '-') return std::nullopt;
    if (!all_are(last, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; })) return std::nullopt;
    ++labels;
    start = end + 1;
  }
  if (labels < 2 || all_are(last, is_digit)) return std::nullopt;
  return domain;
}

// "203.0.113.7" or "2001:db8::1" in the form of RFC 5952.
Normal normal_address(const std::string& text, int family) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  if (::inet_ntop(family, bytes.data(), out.data(), static_cast<socklen_t>(out.size())) == nullptr) return std::nullopt;
  return std::string(out.data());
}

std::optional<int> read_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0' || !all_are(text, is_digit)) return std::nullopt;
  int port = 0;
  for (const char c : text) port = port * 10 + (c - '0');
  if (port > 65535) return std::nullopt;
  return port;
}

// Splits "[v6]:port" or "host:port" at the last colon; no port is an empty one.
struct HostPort {
  std::string host;
  bool bracketed;
  std::string_view port;
  bool has_port;
};
std::optional<HostPort> split_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    return HostPort{std::string(text.substr(1, close - 1)), true, rest.empty() ? rest : rest.substr(1), !rest.empty()};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return HostPort{std::string(text), false, {}, false};
  return HostPort{std::string(text.substr(0, colon)), false, text.substr(colon + 1), true};
}

// "name@service": the name as the service shows it, without a leading '@', the service as a domain.
Normal normal_at_service(std::string_view text) {
  if (text.starts_with('@')) text.remove_prefix(1);
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 128) return std::nullopt;
  const auto name = text.substr(0, at);
  if (name.find_first_of(" @") != std::string_view::npos) return std::nullopt;
  const auto service = normal_domain(text.substr(at + 1));
  if (!service) return std::nullopt;
  return std::string(name) + "@" + *service;
}

Normal normal_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return std::nullopt;
  const auto local = text.substr(0, at);
  constexpr std::string_view kOthers = "!#$%&'*+-/=?^_`{|}~.";
  const auto permitted = [&](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || kOthers.find(c) != std::string_view::npos;
  };
  if (!all_are(local, permitted) || local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
    return std::nullopt;
  const auto domain = normal_domain(text.substr(at + 1));
  if (!domain) return std::nullopt;
  return std::string(local) + "@" + *domain;
}

Normal normal_phone(std::string_view text) {
  if (!text.starts_with('+')) return std::nullopt;  // without a country code it is a guess
  std::string digits;
  for (const char c : text.substr(1)) {
    if (is_digit(c)) {
      digits += c;
    } else if (std::string_view(" .-()/").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (digits.size() < 7 || digits.size() > 15 || digits.front() == '0') return std::nullopt;
  return "+" + digits;
}

Normal normal_ip_port_time(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto parts = split_host_port(text.substr(0, at));
  const auto time = parse_rfc3339(text.substr(at + 1));
  if (!parts || !time) return std::nullopt;
  const auto port = read_port(parts->port);
  const auto address = normal_address(parts->host, parts->bracketed ? AF_INET6 : AF_INET);
  if (!port || !address) return std::nullopt;
  return (parts->bracketed ? "[" + *address + "]" : *address) + ":" + std::to_string(*port) + "@" + to_rfc3339(*time);
}

Normal normal_host(const HostPort& parts) {
  if (parts.bracketed) {
    const auto address = normal_address(parts.host, AF_INET6);
    if (!address) return std::nullopt;
    return "[" + *address + "]";
  }
  if (auto address = normal_address(parts.host, AF_INET)) return address;
  return normal_domain(parts.host);
}

// Upper-case hex digits in every %xx; nothing when one is cut off.
Normal normal_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '%') continue;
    if (text.size() - i < 3 || !is_hex(lower(text[i + 1])) || !is_hex(lower(text[i + 2]))) return std::nullopt;
    for (int k = 0; k < 2; ++k) {
      const char c = text[++i];
      out += is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return out;
}

Normal normal_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || !is_visible_ascii(text)) return std::nullopt;
  const std::string scheme = lower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  auto rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  const auto authority = rest.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return std::nullopt;  // credentials are not a place
  const auto parts = split_host_port(authority);
  if (!parts) return std::nullopt;
  const auto host = normal_host(*parts);
  if (!host) return std::nullopt;
  std::string out = scheme + "://" + *host;
  if (parts->has_port && !parts->port.empty()) {
    const auto port = read_port(parts->port);
    if (!port) return std::nullopt;
    if (*port != (scheme == "http" ? 80 : 443)) out += ":" + std::to_string(*port);
  }
  auto tail = normal_percent(rest.substr(end));
  if (!tail) return std::nullopt;
  if (!tail->starts_with('/')) out += '/';
  return out + *tail;
}

Normal normal_onion(std::string_view text) {
  std::string name = lower(text);
  const bool shape =
      name.size() == 62 && name.ends_with(".onion") && name[55] == 'd';  // the version byte 3 ends every name in 'd'
  const auto base32 = [](char c) { return is_lower(c) || (c >= '2' && c <= '7'); };
  if (!shape || !all_are(std::string_view(name).substr(0, 56), base32)) return std::nullopt;
  return name;
}

bool is_base58(std::string_view text) {
  return all_are(text, [](char c) {
    return (is_digit(c) && c != '0') || (is_upper(c) && c != 'I' && c != 'O') || (is_lower(c) && c != 'l');
  });
}

// SegWit addresses (BIP 173) are of one case; the normal form is the lower one.
Normal normal_bech32(std::string_view text, std::string_view prefix) {
  const bool mixed = std::any_of(text.begin(), text.end(), is_lower) && std::any_of(text.begin(), text.end(), is_upper);
  std::string name = lower(text);
  if (mixed || !name.starts_with(prefix) || name.size() < 14 || name.size() > 90) return std::nullopt;
  constexpr std::string_view kCharacters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  const auto permitted = [&](char c) { return kCharacters.find(c) != std::string_view::npos; };
  if (!all_are(std::string_view(name).substr(prefix.size()), permitted)) return std::nullopt;
  return name;
}

Normal normal_base58_or_bech32(std::string_view text, std::string_view first, std::string_view prefix) {
  const bool legacy =
      text.size() >= 26 && text.size() <= 35 && first.find(text.front()) != std::string_view::npos && is_base58(text);
  if (legacy) return std::string(text);
  return normal_bech32(text, prefix);
}

Normal normal_wallet(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  const std::string currency = lower(text.substr(0, colon));
  const auto address = text.substr(colon + 1);
  Normal normal;
  if (currency == "bitcoin") {
    normal = normal_base58_or_bech32(address, "13", "bc1");
  } else if (currency == "litecoin") {
    normal = normal_base58_or_bech32(address, "LM3", "ltc1");
  } else if (currency == "ethereum") {
    const std::string hex = lower(address);
    if (hex.size() == 42 && hex.starts_with("0x") && all_are(std::string_view(hex).substr(2), is_hex)) normal = hex;
  } else if (currency == "monero") {
    const bool length = address.size() == 95 || address.size() == 106;
    if (length && (address.front() == '4' || address.front() == '8') && is_base58(address)) normal = std::string(address);
  }
  if (!normal) return std::nullopt;
  return currency + ":" + *normal;
}

// RFC 4648 base32 of 20 bytes, as older magnet links write a v1 info-hash.
Normal hex_of_base32(std::string_view text) {
  Bytes bytes;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (is_lower(c)) {
      value = static_cast<std::uint32_t>(c - 'a');
    } else if (c >= '2' && c <= '7') {
      value = static_cast<std::uint32_t>(c - '2') + 26;
    } else {
      return std::nullopt;
    }
    buffer = (buffer << 5 | value) & 0xFFFU;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> bits & 0xFFU));
    }
  }
  return encode_hex(bytes);
}

Normal normal_info_hash(std::string_view text) {
  std::string hash = lower(text);
  if ((hash.size() == 40 || hash.size() == 64) && all_are(hash, is_hex)) return hash;
  if (hash.size() == 32) return hex_of_base32(hash);
  return std::nullopt;
}

Normal normalise(IndicatorType type, std::string_view text) {
  switch (type) {
    case IndicatorType::account:
    case IndicatorType::payment_handle:
    case IndicatorType::group_id:
      return normal_at_service(text);
    case IndicatorType::email:
      return normal_email(text);
    case IndicatorType::phone:
      return normal_phone(text);
    case IndicatorType::ip_port_time:
      return normal_ip_port_time(text);
    case IndicatorType::domain:
      return normal_domain(text);
    case IndicatorType::url:
      return normal_url(text);
    case IndicatorType::onion:
      return normal_onion(text);
    case IndicatorType::wallet:
      return normal_wallet(text);
    case IndicatorType::info_hash:
      return normal_info_hash(text);
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view to_word(IndicatorType type) { return word_of(kTypeWords, type); }

Result<IndicatorType> parse_indicator_type(std::string_view word) {
  if (const auto type = value_of(kTypeWords, word)) return *type;
  return fail(ErrorCode::invalid, "indicator.unknown_type");
}

Result<Indicator> Indicator::parse(IndicatorType type, std::string_view text) {
  if (text.size() > limits::kIndicatorBytesMax) return fail(ErrorCode::limit, "indicator.too_long");
  if (!is_clean_text(text, Lines::one)) return fail(ErrorCode::invalid, "indicator.malformed");
  auto normal = normalise(type, trimmed(text));
  if (!normal) return fail(ErrorCode::invalid, "indicator.malformed");
  // A normal form may be a little longer than what was typed; what is kept must read back.
  if (normal->size() > limits::kIndicatorBytesMax) return fail(ErrorCode::limit, "indicator.too_long");
  return Indicator(type, *std::move(normal));
}

}  // namespace tutela::casework
