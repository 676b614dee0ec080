#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "match/hamming_kernel.h"

// PDQ codes as an attacker's or a careless list's are: many versions of few pictures. Each is the code (pdq, grey, 64 x 64) of
// a piece of one of the photographs of Debian's mate-backgrounds and lomiri-wallpapers-20.04, cut out at random, turned or not,
// with another tone, noise and a bar laid over it. Far more clustered than uniform bits, and than most real lists.
namespace tutela::bench {

enum class Photographs : std::uint8_t { stored, held_out };  // seven of eight, and the eighth

// `count` codes of quality 50 or more; the same for the same seed. Read from `folder` if they were made before.
// Cost: about 50 us a code on two cores.
std::vector<match::Bits256> photo_codes(std::size_t count, Photographs which, std::uint64_t seed,
                                        const std::filesystem::path& folder);

}  // namespace tutela::bench
