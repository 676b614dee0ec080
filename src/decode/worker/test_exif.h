#pragma once

#include <string_view>

#include "base/bytes.h"

namespace tutela::decode::test {

struct ExifOptions {
  std::uint32_t latitude_degrees = 33;
  std::uint32_t denominator = 1;
  std::uint16_t orientation = 1;
};

// A TIFF structure, big-endian, with an orientation, a make, a time with zone and a position.
inline Bytes some_exif(const ExifOptions& options) {
  Bytes tiff = to_bytes("MM");
  const auto entry = [&](std::uint16_t tag, std::uint16_t format, std::uint32_t count, std::uint32_t value) {
    append_u16(tiff, tag);
    append_u16(tiff, format);
    append_u32(tiff, count);
    append_u32(tiff, value);
  };
  append_u16(tiff, 42);
  append_u32(tiff, 8);
  append_u16(tiff, 4);                                            // IFD 0 at 8: 2 + 4 * 12 + 4 = 54 bytes
  entry(0x010F, 2, 9, 62);                                        // make
  entry(0x0112, 3, 1, std::uint32_t{options.orientation} << 16);  // orientation
  entry(0x8769, 4, 1, 72);                                        // EXIF directory
  entry(0x8825, 4, 1, 142);                                       // GPS directory
  append_u32(tiff, 0);
  append_bytes(tiff, as_bytes(std::string_view("Invented\0\0", 10)));  // at 62
  append_u16(tiff, 2);                                                 // EXIF directory at 72: 30 bytes
  entry(0x9003, 2, 20, 102);                                           // time
  entry(0x9011, 2, 7, 122);                                            // zone
  append_u32(tiff, 0);
  append_bytes(tiff,
               as_bytes(std::string_view("2024:05:06 07:08:09\0+02:00\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 40)));  // at 102, zone at 122
  append_u16(tiff, 4);  // GPS directory at 142: 54 bytes
  entry(1, 2, 2, std::uint32_t{'S'} << 24);
  entry(2, 5, 3, 196);
  entry(3, 2, 2, std::uint32_t{'E'} << 24);
  entry(4, 5, 3, 220);
  append_u32(tiff, 0);
  for (const std::uint32_t number :
       {options.latitude_degrees, options.denominator, 51U, 1U, 2448U, 100U, 151U, 1U, 12U, 1U, 5508U, 100U})
    append_u32(tiff, number);
  return tiff;
}

}  // namespace tutela::decode::test
