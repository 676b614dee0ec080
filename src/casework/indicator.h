#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sensitive.h"

// A typed, normalised identifier. Two spellings of one identifier normalise to the same text, so that they can be found equal;
// what cannot be normalised for certain is refused rather than guessed.
namespace tutela::casework {

enum class IndicatorType : std::uint8_t {
  account,       // "name@service.example": name as the service shows it, service a domain in lower case
  email,         // local part kept, domain in lower case
  phone,         // E.164: "+" and 7 to 15 digits; spaces, dots, hyphens and brackets are dropped
  ip_port_time,  // "203.0.113.7:51234@2026-01-02T03:04:05.000Z", "[2001:db8::1]:443@…"; all three are needed to find a subscriber
  domain,        // ASCII (A-labels), lower case, no trailing dot
  url,           // http or https; scheme and host in lower case, default port and fragment dropped, path kept
  onion,         // version 3 service: 56 base32 letters and ".onion"
  payment_handle,  // "handle@service.example"
  wallet,          // "bitcoin:…", "ethereum:…", "monero:…", "litecoin:…"
  group_id,        // "id@service.example"
  info_hash,       // BitTorrent v1 (40 hex) or v2 (64 hex), lower case; base32 of v1 is converted
};
inline constexpr std::array kIndicatorTypes{IndicatorType::account,      IndicatorType::email,          IndicatorType::phone,
                                            IndicatorType::ip_port_time, IndicatorType::domain,         IndicatorType::url,
                                            IndicatorType::onion,        IndicatorType::payment_handle, IndicatorType::wallet,
                                            IndicatorType::group_id,     IndicatorType::info_hash};
std::string_view to_word(IndicatorType type);
Result<IndicatorType> parse_indicator_type(std::string_view word);  // invalid, "indicator.unknown_type"

class Indicator {
 public:
  // Normalises `text`, which must be valid UTF-8 without control characters.
  // limit, "indicator.too_long" above limits::kIndicatorBytesMax; invalid, "indicator.malformed". Idempotent: parsing value()
  // again yields the same value.
  static Result<Indicator> parse(IndicatorType type, std::string_view text);

  IndicatorType type() const { return type_; }
  const Sensitive<std::string>& value() const { return value_; }
  friend bool operator==(const Indicator&, const Indicator&) = default;

 private:
  Indicator(IndicatorType type, std::string value) : type_(type), value_(std::move(value)) {}
  IndicatorType type_;
  Sensitive<std::string> value_;
};

}  // namespace tutela::casework
