#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tutela::intake {

// An address on the web or on an onion service. Two reports of one address are found by `canonical`; what is shown, handed out
// and put into a notice is `reported`.
//
// Canonical form: the normalisations of RFC 3986 section 6.2.2 and 6.2.3 that cannot change what is addressed: scheme and host in
// lower case, default port dropped, empty path as "/", dot segments removed, percent triplets in upper case and decoded where
// they stand for an unreserved character, other characters outside RFC 3986 percent-encoded. The fragment is dropped: it never
// reaches the server. The query is kept in its order. Punycode is left as it is.
struct Address {
  std::string canonical;
  std::string reported;  // as given, without surrounding white space
  std::string scheme;    // http, https
  std::string host;      // lower case, no trailing dot; IPv6 in brackets
  int port = 0;
  bool is_onion = false;
};

// All invalid unless said: "address.empty"; "address.no_scheme"; "address.scheme_not_supported" (unsupported); "address.userinfo"
// (a name or password before the host); "address.bad_host"; "address.host_not_ascii"; "address.bad_onion"; "address.bad_port";
// "address.bad_percent"; "address.bad_character" (control characters, white space, backslash, not UTF-8); "address.too_long"
// (limit, kAddressBytesMax, also of the canonical form). parse(canonical) gives the same canonical. Cost: linear.
Result<Address> parse_address(std::string_view text);

}  // namespace tutela::intake
