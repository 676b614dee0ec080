#include "casework/indicator.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"

// The first byte chooses the type; a normal form must be its own and within the limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela::casework;
  if (size == 0) return 0;
  const auto type = kIndicatorTypes[data[0] % kIndicatorTypes.size()];
  const auto parsed = Indicator::parse(type, tutela::as_text({data + 1, size - 1}));
  if (!parsed) return 0;
  TUTELA_CHECK(parsed->value().reveal().size() <= tutela::limits::kIndicatorBytesMax);
  const auto again = Indicator::parse(type, parsed->value().reveal());
  TUTELA_CHECK(again && *again == *parsed);
  return 0;
}
