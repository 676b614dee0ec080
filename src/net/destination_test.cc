#include "net/destination.h"

#include <gtest/gtest.h>

namespace tutela::net {
namespace {

bool allows(const DestinationPolicy& policy, std::string_view address) {
  const auto verified = verify_address_text(policy, address);
  EXPECT_TRUE(verified || verified.error().reason == Reason("net.destination_denied")) << address;
  return verified.has_value();
}

TEST(Destination, PublicOnlyRefusesEveryEdgeOfEverySpecialBlock) {
  const auto policy = DestinationPolicy::public_only();
  for (const auto* address : {"0.0.0.0",
                              "0.255.255.255",
                              "10.0.0.0",
                              "10.255.255.255",
                              "100.64.0.0",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.0.0",
                              "169.254.169.254",
                              "169.254.255.255",
                              "172.16.0.0",
                              "172.31.255.255",
                              "192.0.0.0",
                              "192.0.0.255",
                              "192.0.2.1",
                              "192.31.196.1",
                              "192.52.193.1",
                              "192.88.99.1",
                              "192.168.0.0",
                              "192.168.255.255",
                              "198.18.0.0",
                              "198.19.255.255",
                              "198.51.100.255",
                              "203.0.113.0",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:8.8.8.8",
                              "::ffff:127.0.0.1",
                              "::8.8.8.8",
                              "64:ff9b::808:808",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:10::1",
                              "2001:1ff:ffff::1",
                              "2001:db8::1",
                              "2002:808:808::1",
                              "2620:4f:8000::1",
                              "3fff::1",
                              "3fff:fff::1",
                              "5f00::1",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "ff02::1",
                              "4000::1",
                              "1fff::1"}) {
    EXPECT_FALSE(allows(policy, address)) << address;
  }
  for (const auto* address :
       {"1.0.0.0",      "9.255.255.255",   "11.0.0.0",    "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0",    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",  "192.0.1.0",
        "192.0.3.0",    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",  "198.51.99.255",
        "203.0.114.0",  "223.255.255.255", "2001:200::1", "2001:db7::1",    "2001:db9::1", "2003::1",
        "2a00:1450::1", "2620:4f:8001::1", "3ffe::1",     "3fff:1000::1"}) {
    EXPECT_TRUE(allows(policy, address)) << address;
  }
}

TEST(Destination, LoopbackOnly) {
  const auto policy = DestinationPolicy::loopback_only();
  for (const auto* address : {"127.0.0.1", "127.9.9.9", "::1"}) EXPECT_TRUE(allows(policy, address)) << address;
  for (const auto* address : {"8.8.8.8", "0.0.0.0", "10.0.0.1", "::", "::ffff:127.0.0.1", "100::1", "2a00::1"}) {
    EXPECT_FALSE(allows(policy, address)) << address;
  }
}

TEST(Destination, ListedHosts) {
  const auto policy = DestinationPolicy::listed_hosts({"peer.example.org"});
  EXPECT_TRUE(verify_host(policy, "Peer.Example.ORG"));
  EXPECT_EQ(verify_host(policy, "peer.example.org.evil.test").error().reason, Reason("net.destination_denied"));
  EXPECT_FALSE(verify_host(policy, ""));
  EXPECT_TRUE(allows(policy, "10.0.0.1"));
  EXPECT_TRUE(verify_host(DestinationPolicy::public_only(), "any.test"));
}

TEST(Destination, TextThatIsNoAddress) {
  for (const auto* bad : {"", "localhost", "127.1", "0x7f.0.0.1", "127.0.0.1 ", "::1%lo", "1.2.3.4.5"}) {
    EXPECT_EQ(verify_address_text(DestinationPolicy::public_only(), bad).error().reason, Reason("net.address_malformed")) << bad;
  }
}

}  // namespace
}  // namespace tutela::net
