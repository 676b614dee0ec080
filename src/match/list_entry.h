#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "match/bank.h"

namespace tutela::match {

// One line of a list: an entry as it travels between banks. At least one fingerprint, no algorithm twice.
struct ListEntry {
  std::vector<Fingerprint> fingerprints;
  std::optional<Act> act;           // what the list says; absent: it says nothing
  std::optional<AgeBand> age_band;  // the same
  std::string reference;            // the source's own name for it; empty: none
  EntryStatus status = EntryStatus::active;
  std::string entry;  // its id in the bank that exported it; never taken over

  friend bool operator==(const ListEntry&, const ListEntry&) = default;
};

// How many entries have a value that is compared with nothing, by Fingerprint::why_not_compared(). The rest of such an entry is
// compared all the same.
struct NotCompared {
  std::int64_t quality_below_50 = 0;
  std::int64_t algorithm_carried_only = 0;

  void add_entry(std::span<const Fingerprint> fingerprints);
  friend bool operator==(const NotCompared&, const NotCompared&) = default;
};

inline constexpr std::size_t kListLineBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kListFingerprintsMax = 32;  // an entry
inline constexpr std::size_t kListReferenceBytesMax = 200;

// What makes two entries of one bank the same: their fingerprints, in any order, without the qualities. 128 bits of SHA-256.
using ListEntryKey = std::array<std::uint8_t, 16>;
ListEntryKey key_of(std::span<const Fingerprint> fingerprints);

}  // namespace tutela::match
