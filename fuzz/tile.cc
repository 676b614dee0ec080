#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "ledger/excerpt.h"
#include "ledger/tile.h"

// Paths, tiles, bundles and openings of an export have one form each: what parses is what would be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const BytesView bytes(data, size);
  const auto text = as_text(bytes);
  if (const auto path = ledger::parse_tile_path(text)) TUTELA_CHECK(ledger::encode_tile_path(*path) == text);
  if (const auto hashes = ledger::decode_tile(bytes)) TUTELA_CHECK(as_text(ledger::encode_tile(*hashes)) == text);
  if (const auto leaves = ledger::parse_bundle(bytes)) {
    Bytes again;
    for (const auto& leaf : *leaves) ledger::append_bundled(again, leaf);
    TUTELA_CHECK(as_text(again) == text);
  }
  if (const auto opening = ledger::parse_opening(text)) TUTELA_CHECK(ledger::encode_opening(*opening) == text);
  return 0;
}
