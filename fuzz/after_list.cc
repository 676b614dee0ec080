#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "vault/after_list.h"

// Whatever stands in the file: the parser refuses or accepts, and what it accepts is signed by the key of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tutela::SeededRandom random(1);
  static const auto kKey = tutela::crypto::KeyPair::from_seed(tutela::crypto::SigningSeed::make(random));
  for (const auto end : {tutela::vault::ListEnd::whole, tutela::vault::ListEnd::as_a_crash_left}) {
    const auto parsed = tutela::vault::parse_after_list(tutela::as_text({data, size}), kKey.public_key(), end);
    if (parsed) {
      TUTELA_CHECK(parsed->entries.size() < parsed->lines);
    } else {
      TUTELA_CHECK(parsed.error().code == tutela::ErrorCode::corrupt || parsed.error().code == tutela::ErrorCode::limit);
    }
  }
  return 0;
}
