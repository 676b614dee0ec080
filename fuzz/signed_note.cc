#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ledger/checkpoint.h"

// A note, a checkpoint and an origin have one form each: what parses is what would be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto text = as_text({data, size});
  if (const auto note = ledger::parse_note(text)) {
    TUTELA_CHECK(ledger::encode_note(*note) == text);
    if (const auto checkpoint = ledger::parse_checkpoint(note->text))
      TUTELA_CHECK(ledger::encode_checkpoint(*checkpoint) == note->text);
  }
  if (const auto checkpoint = ledger::parse_checkpoint(text)) TUTELA_CHECK(ledger::encode_checkpoint(*checkpoint) == text);
  if (const auto origin = ledger::parse_origin(text)) TUTELA_CHECK(ledger::encode_origin(*origin) == text);
  return 0;
}
