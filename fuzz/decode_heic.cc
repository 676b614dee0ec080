#include "decode_one.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return decode_as(tutela::media::ImageFormat::heic, {data, size});
}
