#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "ledger/key_chain.h"

// What is accepted is a chain of notes that were all signed; put together again it is the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto text = as_text({data, size});
  const auto chain = ledger::parse_successions(text);
  if (!chain) return 0;
  std::string again;
  const auto notes = ledger::split_successions(text);
  for (const auto& note : notes) again += note;
  TUTELA_CHECK(again == text && notes.size() == chain->size());
  for (const auto& one : *chain) TUTELA_CHECK(ledger::KeyChain::make(one.next_key, *chain).has_value());
  return 0;
}
