#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "ledger/cosignature.h"

// A witness's answers, its key, and what it is asked: what parses is what would be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto text = as_text({data, size});
  if (const auto lines = ledger::parse_signature_lines(text)) {
    std::string again;
    for (const auto& line : *lines) again += ledger::encode_signature_line(line);
    TUTELA_CHECK(again == text);
    ledger::WitnessKey witness{lines->front().name, {}};
    auto line = lines->front();
    line.key_hash = ledger::cosignature_key_hash(witness);
    TUTELA_CHECK(!ledger::verify_cosignature(line, "text\n", witness));
  }
  if (const auto key = ledger::parse_witness_key(text)) TUTELA_CHECK(ledger::encode_witness_key(*key) == text);
  if (const auto note = ledger::parse_cosigned_note(text)) TUTELA_CHECK(ledger::encode_cosigned_note(*note) == text);
  if (const auto request = ledger::parse_add_checkpoint(text)) TUTELA_CHECK(ledger::encode_add_checkpoint(*request) == text);
  if (const auto held = ledger::parse_size_body(text)) TUTELA_CHECK(std::to_string(*held) + "\n" == text);
  return 0;
}
