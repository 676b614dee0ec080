#include "net/destination.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

namespace tutela::net {
namespace {

struct Block4 {
  std::array<std::uint8_t, 4> prefix;
  unsigned bits;
};
// IANA IPv4 Special-Purpose Address Registry, and multicast. Blocks that the registry calls globally reachable inside
// 192.0.0.0/24 and 192.88.99.0/24 are refused with the rest: no reported address or peer lives there.
constexpr std::array<Block4, 16> kSpecial4{{
    {{0, 0, 0, 0}, 8},        // "this network"
    {{10, 0, 0, 0}, 8},       // private
    {{100, 64, 0, 0}, 10},    // carrier-grade NAT
    {{127, 0, 0, 0}, 8},      // loopback
    {{169, 254, 0, 0}, 16},   // link-local, cloud metadata
    {{172, 16, 0, 0}, 12},    // private
    {{192, 0, 0, 0}, 24},     // IETF protocol assignments
    {{192, 0, 2, 0}, 24},     // documentation
    {{192, 31, 196, 0}, 24},  // AS112
    {{192, 52, 193, 0}, 24},  // AMT
    {{192, 88, 99, 0}, 24},   // 6to4 relay
    {{192, 168, 0, 0}, 16},   // private
    {{198, 18, 0, 0}, 15},    // benchmarking
    {{198, 51, 100, 0}, 24},  // documentation
    {{203, 0, 113, 0}, 24},   // documentation
    {{224, 0, 0, 0}, 3},      // multicast, reserved, broadcast
}};

struct Block6 {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
};
// Inside 2000::/3, which alone is global unicast; everything else, also ::ffff:0:0/96, 64:ff9b::/96, fc00::/7 and fe80::/10, is
// outside.
constexpr Block6 kGlobalUnicast6{{0x20}, 3};
constexpr std::array<Block6, 5> kSpecial6{{
    {{0x20, 0x01}, 23},                          // 2001::/23: Teredo, ORCHID, benchmarking, protocol assignments
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    {{0x20, 0x02}, 16},                          // 6to4: an IPv4 address in disguise
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48},  // AS112
    {{0x3f, 0xff, 0x00}, 20},                    // documentation (RFC 9637)
}};

bool in_block(std::span<const std::uint8_t> address, std::span<const std::uint8_t> prefix, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const auto mask = static_cast<std::uint8_t>(0x80u >> (i % 8));
    if ((address[i / 8] & mask) != (prefix[i / 8] & mask)) return false;
  }
  return true;
}

using Address4 = std::array<std::uint8_t, 4>;
using Address6 = std::array<std::uint8_t, 16>;

bool is_public(const Address4& address) {
  return std::ranges::none_of(kSpecial4, [&](const Block4& block) { return in_block(address, block.prefix, block.bits); });
}
bool is_public(const Address6& address) {
  return in_block(address, kGlobalUnicast6.prefix, kGlobalUnicast6.bits) &&
         std::ranges::none_of(kSpecial6, [&](const Block6& block) { return in_block(address, block.prefix, block.bits); });
}
bool is_loopback(const Address4& address) { return address[0] == 127; }
bool is_loopback(const Address6& address) {
  return address[15] == 1 && std::all_of(address.begin(), address.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

template <class Address>
Result<> verify(const DestinationPolicy& policy, const Address& address) {
  bool allowed = false;
  switch (policy.reach) {
    case DestinationPolicy::Reach::loopback_only:
      allowed = is_loopback(address);
      break;
    case DestinationPolicy::Reach::public_only:
      allowed = is_public(address);
      break;
    case DestinationPolicy::Reach::listed_hosts:
      allowed = true;
      break;  // verify_host has decided
  }
  if (!allowed) return fail(ErrorCode::denied, "net.destination_denied");
  return {};
}

}  // namespace

Result<> verify_host(const DestinationPolicy& policy, std::string_view host) {
  if (policy.reach != DestinationPolicy::Reach::listed_hosts) return {};
  std::string lower(host);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  if (std::ranges::find(policy.hosts, lower) == policy.hosts.end()) return fail(ErrorCode::denied, "net.destination_denied");
  return {};
}

Result<> verify_address(const DestinationPolicy& policy, const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in whole;
    std::memcpy(&whole, &address, sizeof(whole));
    return verify(policy, std::bit_cast<Address4>(whole.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 whole;
    std::memcpy(&whole, &address, sizeof(whole));
    return verify(policy, std::bit_cast<Address6>(whole.sin6_addr));
  }
  return fail(ErrorCode::denied, "net.destination_denied");
}

Result<> verify_address_text(const DestinationPolicy& policy, std::string_view address) {
  const std::string text(address);
  Address4 v4;
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return verify(policy, v4);
  Address6 v6;
  if (::inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return verify(policy, v6);
  return fail(ErrorCode::invalid, "net.address_malformed");
}

}  // namespace tutela::net
