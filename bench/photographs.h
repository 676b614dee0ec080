#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace tutela::bench {

struct Photograph {
  std::string path;
  Bytes file;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// The photographs of Debian's mate-backgrounds and lomiri-wallpapers-20.04 (./dev setup installs both), each reduced by libjpeg
// by a number of eighths to as near `pixels` as that allows and written as a JPEG of quality 90 with halved chroma into `folder`.
// Those that come out more than a third larger or smaller are left out. Ordered by name.
std::vector<Photograph> photographs_of_about(std::uint64_t pixels, const std::string& folder);

}  // namespace tutela::bench
