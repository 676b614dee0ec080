#include "match/bank_snapshot.h"

#include <unordered_map>

namespace tutela::match {
namespace {

std::unexpected<Error> bad_row(std::string place) { return fail(ErrorCode::corrupt, "bank.bad_row", std::move(place)); }

EntrySource source_of(const EntryRow& row) {
  const bool two_adopted = row.adopted_first && row.adopted_second && *row.adopted_first != *row.adopted_second;
  return two_adopted ? EntrySource::final_verdict_adopted : EntrySource::listed;
}

Result<BankEntry> entry_from(const EntryRow& row) {
  const auto status = parse_entry_status(row.status);
  const auto act = parse_act(row.act);
  const auto age_band = parse_age_band(row.age_band);
  if (!status || !act || !age_band) return bad_row("entry " + row.id.to_string());
  return BankEntry{.id = row.id, .status = *status, .source = source_of(row), .act = *act, .age_band = *age_band};
}

Result<Fingerprint> fingerprint_from(const EntryFingerprintRow& row) {
  TUTELA_ASSIGN(auto algorithm, Algorithm::parse(row.algorithm));
  return Fingerprint::make(std::move(algorithm), row.value, row.quality);
}

}  // namespace

Result<BankSnapshot> make_bank_snapshot(const BankRow& bank, std::span<const EntryRow> entries,
                                        std::span<const EntryFingerprintRow> fingerprints) {
  const auto purpose = parse_bank_purpose(bank.purpose);
  if (!purpose || bank.threshold < 0 || bank.threshold > 256) return bad_row("bank " + bank.id.to_string());
  BankSnapshot snapshot{.id = bank.id,
                        .name = bank.name,
                        .purpose = *purpose,
                        .distance_bits_max = static_cast<int>(bank.threshold),
                        .entries = {}};
  std::unordered_map<EntryId, std::size_t> places;
  for (const EntryRow& row : entries) {
    if (row.bank_id != bank.id) continue;
    TUTELA_ASSIGN(auto entry, entry_from(row));
    places.emplace(row.id, snapshot.entries.size());
    snapshot.entries.push_back(std::move(entry));
  }
  for (const EntryFingerprintRow& row : fingerprints) {
    const auto place = places.find(row.entry_id);
    if (place == places.end()) continue;
    auto fingerprint = fingerprint_from(row);
    if (!fingerprint) return bad_row("entry " + row.entry_id.to_string());
    snapshot.entries[place->second].fingerprints.push_back(*std::move(fingerprint));
  }
  return snapshot;
}

}  // namespace tutela::match
