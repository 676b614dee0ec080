#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "intake/receipt.h"

// Whatever is accepted prints to a text that is read as the same receipt.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tutela::intake::Receipt;
  const auto receipt = Receipt::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!receipt) return 0;
  for (const std::uint8_t symbol : receipt->reveal_secret()) TUTELA_CHECK(symbol < 32);
  TUTELA_CHECK(Receipt::parse(receipt->reveal_text()) == *receipt);
  return 0;
}
