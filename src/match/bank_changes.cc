#include "match/bank_changes.h"

namespace tutela::match {
namespace {

std::unexpected<Error> bad_row(const EntryId& entry) {
  return fail(ErrorCode::corrupt, "bank.bad_row", "entry " + entry.to_string());
}

EntrySource source_of(const EntryRow& row) {
  const bool two_adopted = row.adopted_first && row.adopted_second && *row.adopted_first != *row.adopted_second;
  return two_adopted ? EntrySource::final_verdict_adopted : EntrySource::listed;
}

Result<ChangedEntry> changed_from(const EntryRow& row) {
  const auto status = parse_entry_status(row.status);
  const auto act = parse_act(row.act);
  const auto age_band = parse_age_band(row.age_band);
  if (!status || !act || !age_band) return bad_row(row.id);
  return ChangedEntry{
      .bank = row.bank_id,
      .entry =
          {.id = row.id, .status = *status, .source = source_of(row), .act = *act, .age_band = *age_band, .fingerprints = {}},
      .position = {row.feed, row.id}};
}

Result<Fingerprint> fingerprint_from(const EntryFingerprintRow& row) {
  TUTELA_ASSIGN(auto algorithm, Algorithm::parse(row.algorithm));
  return Fingerprint::make(std::move(algorithm), row.value, row.quality);
}

}  // namespace

Result<BankChanges> read_bank_changes(store::Reader& reader, const FeedPosition& after, std::int64_t until,
                                      std::size_t entries_max) {
  BankChanges changes;
  TUTELA_ASSIGN(changes.last, last_feed_number(reader));
  TUTELA_ASSIGN(changes.banks, list_banks(reader));
  TUTELA_ASSIGN(const auto rows, entries_after(reader, after, until, static_cast<std::int64_t>(entries_max)));
  changes.is_complete = rows.size() < entries_max;
  for (const EntryRow& row : rows) {
    TUTELA_ASSIGN(auto changed, changed_from(row));
    changes.entries.push_back(std::move(changed));
  }
  if (rows.empty()) return changes;
  TUTELA_ASSIGN(const auto fingerprints, fingerprints_between(reader, after, {rows.back().feed, rows.back().id}));
  // Both are in the order of the feed.
  std::size_t place = 0;
  for (const EntryFingerprintRow& row : fingerprints) {
    while (place < changes.entries.size() && changes.entries[place].entry.id != row.entry_id) ++place;
    if (place == changes.entries.size()) return bad_row(row.entry_id);
    auto fingerprint = fingerprint_from(row);
    if (!fingerprint) return bad_row(row.entry_id);
    changes.entries[place].entry.fingerprints.push_back(*std::move(fingerprint));
  }
  return changes;
}

}  // namespace tutela::match
