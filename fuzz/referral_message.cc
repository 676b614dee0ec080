#include "filing/referral_message.h"

#include "base/bytes.h"
#include "base/check.h"
#include "filing/actionability.h"

// All three parsers of the exchange see every input; what is taken must survive its own encoding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela::filing;
  const auto text = tutela::as_text({data, size});
  if (const auto message = parse_referral(text)) {
    const auto again = parse_referral(encode_referral(*message));
    TUTELA_CHECK(again && *again == *message);
    (void)missing_for_action(*message);
  }
  if (const auto supplement = parse_supplement(text)) {
    const auto again = parse_supplement(encode_supplement(*supplement));
    TUTELA_CHECK(again && *again == *supplement);
  }
  if (const auto answers = parse_answers(text)) {
    const auto again = parse_answers(encode_answers(*answers));
    TUTELA_CHECK(again && *again == *answers);
  }
  return 0;
}
