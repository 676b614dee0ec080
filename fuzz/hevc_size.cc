// Our own reader of the one HEVC unit that says a picture's size.
#include "decode/worker/hevc_size.h"

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tutela::BytesView unit(data, size);
  if (const auto head = tutela::decode::hevc_unit(unit)) TUTELA_CHECK(head->type < 64 && head->layer < 64);
  if (const auto picture = tutela::decode::hevc_size(unit)) TUTELA_CHECK(picture->width > 0 && picture->height > 0);
  return 0;
}
