#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ledger/excerpt.h"

// An excerpt is either refused or exactly what would be written again, and nothing but the genuine corpus verifies.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  static const crypto::PublicKey key = [] {
    const auto bytes = decode_base64("WSI/zm7jZFVjnA3ipCitiRbPDmDB1+pd3AjzlKdbu8I=").value();
    crypto::PublicKey public_key;
    std::copy(bytes.begin(), bytes.end(), public_key.begin());
    return public_key;
  }();
  const auto text = as_text({data, size});
  if (const auto excerpt = ledger::parse_excerpt(text)) TUTELA_CHECK(ledger::encode_excerpt(*excerpt) == text);
  if (const auto report = ledger::verify_excerpt(text, key))
    TUTELA_CHECK(report->about == "item/0190" && report->entries.size() == 3);
  if (const auto statement = ledger::parse_statement(text)) TUTELA_CHECK(ledger::encode_statement(*statement) == text);
  if (const auto opening = ledger::parse_opening_payload(text)) TUTELA_CHECK(ledger::encode_opening_payload(*opening) == text);
  return 0;
}
