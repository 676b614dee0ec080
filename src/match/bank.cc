#include "match/bank.h"

#include <array>

namespace tutela::match {

std::string_view to_word(BankPurpose purpose) {
  constexpr std::array<std::string_view, kBankPurposes.size()> kWords = {"match", "self_reported", "safe"};
  return kWords[static_cast<std::size_t>(purpose)];
}

Result<BankPurpose> parse_bank_purpose(std::string_view word) {
  for (const BankPurpose purpose : kBankPurposes)
    if (to_word(purpose) == word) return purpose;
  return fail(ErrorCode::invalid, "bank.unknown_purpose");
}

std::string_view to_word(EntryStatus status) {
  constexpr std::array<std::string_view, kEntryStatuses.size()> kWords = {"active", "disputed", "withdrawn"};
  return kWords[static_cast<std::size_t>(status)];
}

Result<EntryStatus> parse_entry_status(std::string_view word) {
  for (const EntryStatus status : kEntryStatuses)
    if (to_word(status) == word) return status;
  return fail(ErrorCode::invalid, "bank.unknown_entry_status");
}

std::string_view to_word(EntrySource source) {
  constexpr std::array<std::string_view, kEntrySources.size()> kWords = {"final_verdict_adopted", "listed"};
  return kWords[static_cast<std::size_t>(source)];
}

Result<EntrySource> parse_entry_source(std::string_view word) {
  for (const EntrySource source : kEntrySources)
    if (to_word(source) == word) return source;
  return fail(ErrorCode::invalid, "bank.unknown_entry_source");
}

bool is_compared_in(BankPurpose purpose, const Fingerprint& fingerprint) {
  if (purpose == BankPurpose::safe) return fingerprint.algorithm().comparison() == Comparison::digest;
  return fingerprint.is_comparable();
}

}  // namespace tutela::match
