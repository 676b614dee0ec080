#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tutela::media {

// WGS 84, in 10^-7 degrees: an integer, so that a value is the same after every round trip.
struct Position {
  std::int32_t latitude_e7 = 0;   // -90..90 degrees, south negative
  std::int32_t longitude_e7 = 0;  // -180..180 degrees, west negative
  friend bool operator==(const Position&, const Position&) = default;
};

inline constexpr std::size_t kTakenAtBytesMax = 31;
inline constexpr std::size_t kDeviceBytesMax = 63;

// What a picture says of its making (EXIF). Claims of the file, not facts of the world; they identify persons, so they are kept
// sealed and travel as Sensitive<CaptureFacts>. Every text is printable ASCII, cut at the limits above; empty where the file says
// nothing.
struct CaptureFacts {
  std::string taken_at;  // as written: "2008:05:05 22:38:49", followed by the zone ("+02:00") where the file has one
  std::string make;
  std::string model;
  std::optional<Position> position;

  bool empty() const { return taken_at.empty() && make.empty() && model.empty() && !position; }
  friend bool operator==(const CaptureFacts&, const CaptureFacts&) = default;
};

}  // namespace tutela::media
