#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ledger/contradiction.h"

// Two things that were handed out, with a zero byte between them. Of the genuine corpus only what agrees was ever signed, so
// whatever is made of it convicts nobody, in either order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  static const crypto::PublicKey key = [] {
    const auto bytes = decode_base64("WSI/zm7jZFVjnA3ipCitiRbPDmDB1+pd3AjzlKdbu8I=").value();
    crypto::PublicKey public_key;
    std::copy(bytes.begin(), bytes.end(), public_key.begin());
    return public_key;
  }();
  const auto text = as_text({data, size});
  const auto split = std::min(text.find('\0'), text.size());
  const auto one = text.substr(0, split);
  const auto other = split == text.size() ? one : text.substr(split + 1);
  const auto found = ledger::find_contradictions(one, other, key);
  TUTELA_CHECK(!found || found->empty());
  const auto turned = ledger::find_contradictions(other, one, key);
  TUTELA_CHECK(found.has_value() == turned.has_value() && (!turned || turned->empty()));
  const auto compared = ledger::compare_excerpt(one, {.key = key, .known = {std::string(other)}});
  TUTELA_CHECK(!compared || compared->equivocations.empty());
  return 0;
}
