#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"

// What the ledger records. See spec/ledger.md.
namespace tutela::ledger {

// The pseudonym of what an entry is about: a report, an item, a concern, a bank, a member, a token, or the node itself. One chain
// each. Derived as HMAC-SHA-256(node's subject key, type ‖ id), so that a leaf tells an outsider nothing.
using SubjectPseudonym = std::array<std::uint8_t, 32>;

// How a subject's entries are found: by its pseudonym, behind the time at which it came to be. That time stands in the subject's
// id (UUIDv7) and in no leaf; it keeps the index in the order of writing.
struct Chain {
  static constexpr std::int64_t kNeverBorn = 0;     // the node, and whatever has an id without a time
  static constexpr std::int64_t kBornUnknown = -1;  // recorded by a program that did not write it down

  std::int64_t born_at = kNeverBorn;  // milliseconds since 1970
  SubjectPseudonym subject{};

  friend auto operator<=>(const Chain&, const Chain&) = default;
};

struct Event {
  // Stable dotted word: "report.received", "item.viewed", "address.handed_out", "verdict.given". Listed in spec/ledger.md.
  std::string kind;
  // What it is about, as type and id: "item", 16 bytes. The recorder derives the pseudonym.
  std::string subject_type;
  Bytes subject_id;
  Time at;
  // Canonical JSON (sorted keys, no white space): who ("member:<pseudonym>", "token:<id>", "node"), and what. No content,
  // address, fingerprint or free text: those by salted reference only. At most limits::kLedgerPayloadBytesMax.
  std::string payload;
};

}  // namespace tutela::ledger
