#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace tutela::net {

// Where outbound connections may go. It is asked about the address a socket is about to connect to, after the name was resolved,
// so a name that resolves to a private address gains nothing (server-side request forgery, DNS rebinding).
struct DestinationPolicy {
  enum class Reach : std::uint8_t {
    loopback_only,  // demo nodes and tests
    public_only,    // globally reachable unicast addresses
    listed_hosts,   // only these host names, at whatever address they have: peers in a closed network
  };
  Reach reach = Reach::public_only;
  std::vector<std::string> hosts;  // lower case; for listed_hosts

  static DestinationPolicy loopback_only() { return {Reach::loopback_only, {}}; }
  static DestinationPolicy public_only() { return {Reach::public_only, {}}; }
  static DestinationPolicy listed_hosts(std::vector<std::string> hosts) { return {Reach::listed_hosts, std::move(hosts)}; }
};

// denied, "net.destination_denied". `host` as in the URL, without brackets; for listed_hosts.
Result<> verify_host(const DestinationPolicy& policy, std::string_view host);

// The same for a resolved address. Under public_only only IPv4 outside, and IPv6 2000::/3 outside, every block that the IANA
// special-purpose registries list; IPv4 wrapped in IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is refused altogether.
// Source  IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890, RFC 6598, RFC 5737, RFC 3849
Result<> verify_address(const DestinationPolicy& policy, const sockaddr& address);

// The same for the text of an address, as inet_pton reads it. invalid, "net.address_malformed".
Result<> verify_address_text(const DestinationPolicy& policy, std::string_view address);

}  // namespace tutela::net
