#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/limits.h"
#include "intake/address.h"

// Whatever is accepted is bounded, is its own canonical form, and consists of its parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tutela::intake::parse_address;
  const auto address = parse_address(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!address) return 0;
  TUTELA_CHECK(address->canonical.size() <= tutela::limits::kAddressBytesMax);
  TUTELA_CHECK(address->canonical.starts_with(address->scheme + "://" + address->host));
  TUTELA_CHECK(address->port >= 1 && address->port <= 65'535);
  for (const char c : address->canonical)
    TUTELA_CHECK(c > ' ' && c < '\x7f' && c != '#' && c != '\\' && c != '"' && c != '<' && c != '>');
  const auto again = parse_address(address->canonical);
  TUTELA_CHECK(again && again->canonical == address->canonical && again->host == address->host && again->port == address->port);
  return 0;
}
