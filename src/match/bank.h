#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/classification.h"
#include "model/fingerprint.h"
#include "model/ids.h"

namespace tutela::match {

enum class BankPurpose : std::uint8_t {
  match,          // known material
  self_reported,  // a match asks a member to look; it never blocks, inherits, files or is re-exported
  safe,           // exact digests only; annotates and lowers order, never hides a match
};
inline constexpr std::array kBankPurposes = {BankPurpose::match, BankPurpose::self_reported, BankPurpose::safe};
std::string_view to_word(BankPurpose purpose);
Result<BankPurpose> parse_bank_purpose(std::string_view word);  // invalid, "bank.unknown_purpose"

enum class EntryStatus : std::uint8_t {
  active,
  disputed,   // still matches, but only holds
  withdrawn,  // never matches (I5)
};
inline constexpr std::array kEntryStatuses = {EntryStatus::active, EntryStatus::disputed, EntryStatus::withdrawn};
std::string_view to_word(EntryStatus status);
Result<EntryStatus> parse_entry_status(std::string_view word);  // invalid, "bank.unknown_entry_status"

enum class EntrySource : std::uint8_t {
  final_verdict_adopted,  // a final verdict stands behind it, and two members of this node adopted the source (or gave the
                          // verdict)
  listed,                 // somebody's list; nothing may be inherited from it
};
inline constexpr std::array kEntrySources = {EntrySource::final_verdict_adopted, EntrySource::listed};
std::string_view to_word(EntrySource source);
Result<EntrySource> parse_entry_source(std::string_view word);  // invalid, "bank.unknown_entry_source"

// Whether anything is compared with such a fingerprint in a bank of this purpose.
bool is_compared_in(BankPurpose purpose, const Fingerprint& fingerprint);

struct BankEntry {
  EntryId id;
  EntryStatus status = EntryStatus::active;
  EntrySource source = EntrySource::listed;
  Act act = Act::indicative;
  AgeBand age_band = AgeBand::unknown;
  std::vector<Fingerprint> fingerprints;
};

// Two PDQ values at most this far apart are taken for the same picture (PDQ reference and every public client).
inline constexpr int kDistanceBitsDefault = 31;

}  // namespace tutela::match
