#include "line/bank_lists.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "line/banks.h"
#include "line/matching.h"
#include "line/sealed.h"

namespace tutela::line {
namespace {

constexpr std::int64_t kPageEntries = 2000;

bool has_purpose(const match::BankRow& bank, match::BankPurpose purpose) { return bank.purpose == match::to_word(purpose); }

Result<std::vector<match::AdoptionRow>> adoptions_of(const Context& context, const match::BankRow& bank) {
  return in_snapshot<std::vector<match::AdoptionRow>>(
      context.store, [&](store::Reader& reader) { return match::adoptions_of_bank(reader, bank.id); });
}

Result<Fingerprint> fingerprint_from(const match::EntryFingerprintRow& row) {
  TUTELA_ASSIGN(auto algorithm, Algorithm::parse(row.algorithm));
  return Fingerprint::make(std::move(algorithm), row.value, row.quality);
}

Result<match::ListEntry> list_entry_from(const match::StoredEntry& stored) {
  match::ListEntry entry;
  entry.entry = stored.row.id.to_string();
  entry.reference = stored.reference;
  TUTELA_ASSIGN(entry.act, parse_act(stored.row.act));
  TUTELA_ASSIGN(entry.age_band, parse_age_band(stored.row.age_band));
  TUTELA_ASSIGN(entry.status, match::parse_entry_status(stored.row.status));
  for (const auto& row : stored.fingerprints) {
    TUTELA_ASSIGN(auto fingerprint, fingerprint_from(row));
    entry.fingerprints.push_back(std::move(fingerprint));
  }
  return entry;
}

// Pages, so that a bank of any size needs the memory of a few thousand entries.
Result<> visit_entries(const Context& context, const BankId& bank,
                       const std::function<Result<>(const match::StoredEntry&)>& visit) {
  std::optional<EntryId> after;
  for (;;) {
    TUTELA_ASSIGN(const auto page, in_snapshot<std::vector<match::StoredEntry>>(context.store, [&](store::Reader& reader) {
                    return match::stored_entries_after(reader, bank, after, kPageEntries);
                  }));
    for (const auto& entry : page) TUTELA_TRY(visit(entry));
    if (std::ssize(page) < kPageEntries) return {};
    after = page.back().row.id;
  }
}

}  // namespace

Result<match::BankRow> find_bank_named(const Context& context, const std::string& name) {
  TUTELA_ASSIGN(auto bank, in_snapshot<std::optional<match::BankRow>>(
                               context.store, [&](store::Reader& reader) { return match::find_bank_by_name(reader, name); }));
  if (!bank) return fail(ErrorCode::not_found, "bank.unknown");
  return *std::move(bank);
}

Result<match::BankRow> create_safe_bank(const Context& context, const std::string& name, const std::string& source,
                                        const std::string& legal_basis, std::chrono::days term, const Actor& actor) {
  if (term <= std::chrono::days(0) || term > kSafeTermMax) return fail(ErrorCode::invalid, "bank.safe_needs_term");
  TUTELA_ASSIGN(auto row, create_bank(context, {name, match::BankPurpose::safe, 0, source, legal_basis}, actor));
  // Until the term stands, the bank takes nothing in: it is adopted by nobody yet.
  TUTELA_TRY(context.store.write(
      [&](store::Transaction& tx) { return match::insert_bank_term(tx, row.id, context.clock.now() + term); }));
  return row;
}

Result<match::ListImportRow> begin_list_import(const Context& context, const match::BankRow& bank, const crypto::Sha256& digest,
                                               match::ListFormat format) {
  if (bank.name == kOwnBank) return fail(ErrorCode::denied, "bank.own_takes_no_list");
  if (has_purpose(bank, match::BankPurpose::safe)) {
    TUTELA_ASSIGN(const auto adoptions, adoptions_of(context, bank));
    if (!is_adopted(adoptions)) return fail(ErrorCode::denied, "bank.not_adopted");
    TUTELA_ASSIGN(const auto term, in_snapshot<std::optional<Time>>(context.store, [&](store::Reader& reader) {
                    return match::find_bank_term(reader, bank.id);
                  }));
    if (!term || *term <= context.clock.now()) return fail(ErrorCode::denied, "bank.term_over");
  }
  const Bytes key(digest.begin(), digest.end());
  return in_transaction<match::ListImportRow>(context.store, [&](store::Transaction& tx) -> Result<match::ListImportRow> {
    TUTELA_ASSIGN(auto found, match::find_list_import(tx, bank.id, key));
    if (found) {
      if (found->format != match::to_word(format)) return fail(ErrorCode::conflict, "list.other_format_before");
      return *std::move(found);
    }
    match::ListImportRow row{.bank_id = bank.id,
                             .digest = key,
                             .format = std::string(match::to_word(format)),
                             .started_at = context.clock.now(),
                             .finished_at = std::nullopt};
    TUTELA_TRY(match::insert_list_import(tx, row));
    return row;
  });
}

Result<> check_line_for_bank(const match::BankRow& bank, const match::ListEntry& entry) {
  if (!has_purpose(bank, match::BankPurpose::safe)) return {};
  for (const Fingerprint& fingerprint : entry.fingerprints)
    if (fingerprint.algorithm().comparison() != Comparison::digest) return fail(ErrorCode::invalid, "list.not_exact");
  return {};
}

Result<match::ListImportRow> import_batch(const Context& context, const match::BankRow& bank, const ListBatch& batch,
                                          const ListDefaults& defaults, const Actor& actor) {
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(match::update_list_import(tx, batch.mark));
    // As it is now: somebody may have raised the threshold since the import began.
    TUTELA_ASSIGN(const auto present, match::find_bank(tx, bank.id));
    TUTELA_TRY(check_wide_room(tx, present, std::ssize(batch.entries)));
    TUTELA_ASSIGN(const auto feed, match::next_feed_number(tx));
    const Time now = context.clock.now();
    for (const match::ListEntry& entry : batch.entries) {
      const EntryId id = EntryId::make(now, context.random);
      TUTELA_TRY(match::insert_entry(
          tx, {id, bank.id, std::string(match::to_word(entry.status)), std::string(to_word(entry.act.value_or(defaults.act))),
               std::string(to_word(entry.age_band.value_or(defaults.age_band))), bank.source, std::nullopt, std::nullopt,
               std::nullopt, now, 1, feed}));
      for (const Fingerprint& fingerprint : entry.fingerprints)
        TUTELA_TRY(match::insert_entry_fingerprint(
            tx, {id, std::string(fingerprint.algorithm().word()), fingerprint.reveal_value(), fingerprint.quality()}));
      if (!entry.reference.empty()) TUTELA_TRY(match::insert_entry_reference(tx, id, entry.reference));
    }
    return record(context, tx, "bank.list_imported", About("bank", bank.id), actor,
                  {{"entries", batch.entries.size()},
                   {"list", encode_hex(batch.mark.digest)},
                   {"lines", batch.mark.lines},
                   {"refused", batch.mark.refused},
                   {"finished", batch.mark.finished_at.has_value()}});
  }));
  auto row = batch.mark;
  ++row.version;
  return row;
}

Result<match::ListKeySet> keys_of_bank(const Context& context, const match::BankRow& bank) {
  match::ListKeySet keys;
  TUTELA_TRY(visit_entries(context, bank.id, [&](const match::StoredEntry& stored) -> Result<> {
    TUTELA_ASSIGN(const auto entry, list_entry_from(stored));
    keys.insert(match::key_of(entry.fingerprints));
    return {};
  }));
  return keys;
}

Result<std::size_t> export_bank(const Context& context, const match::BankRow& bank, const Actor& actor,
                                const std::function<Result<>(std::vector<Algorithm>)>& take,
                                const std::function<Result<>(const match::ListEntry&)>& visit) {
  if (has_purpose(bank, match::BankPurpose::self_reported)) return fail(ErrorCode::denied, "bank.not_exportable");
  std::vector<Algorithm> algorithms;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    algorithms.clear();
    TUTELA_ASSIGN(const auto words, match::algorithms_of_bank(tx, bank.id));
    for (const auto& word : words) {
      TUTELA_ASSIGN(auto algorithm, Algorithm::parse(word));
      algorithms.push_back(std::move(algorithm));
    }
    TUTELA_ASSIGN(const auto counts, match::entry_counts_of_bank(tx, bank.id));
    return record(context, tx, "bank.exported", About("bank", bank.id), actor, {{"entries", counts.active + counts.disputed}});
  }));
  TUTELA_TRY(take(algorithms));
  std::size_t exported = 0;
  TUTELA_TRY(visit_entries(context, bank.id, [&](const match::StoredEntry& stored) -> Result<> {
    if (stored.row.status == match::to_word(match::EntryStatus::withdrawn)) return {};
    TUTELA_ASSIGN(const auto entry, list_entry_from(stored));
    ++exported;
    return visit(entry);
  }));
  return exported;
}

Result<crypto::Sha256> digest_of_banks(const Context& context) {
  TUTELA_ASSIGN(const auto banks, in_snapshot<std::vector<match::BankRow>>(context.store, match::list_banks));
  crypto::Sha256Stream digest;
  const auto add = [&digest](BytesView bytes) {
    Bytes length;
    append_u32(length, static_cast<std::uint32_t>(bytes.size()));
    digest.add(length);
    digest.add(bytes);
  };
  for (const auto& bank : banks) {
    for (const auto& text : {bank.name, bank.purpose, std::to_string(bank.threshold)}) add(as_bytes(text));
    TUTELA_TRY(visit_entries(context, bank.id, [&](const match::StoredEntry& stored) -> Result<> {
      add(stored.row.id.bytes());
      for (const auto& text : {stored.row.status, stored.row.act, stored.row.age_band, std::to_string(stored.row.version)})
        add(as_bytes(text));
      for (const auto& fingerprint : stored.fingerprints) {
        add(as_bytes(fingerprint.algorithm));
        add(fingerprint.value);
        add(as_bytes(std::to_string(fingerprint.quality.value_or(-1))));
      }
      return {};
    }));
  }
  return digest.finish();
}

bool is_adopted(const std::vector<match::AdoptionRow>& adoptions) {
  return std::ranges::any_of(adoptions, [](const auto& row) { return row.second_member.has_value(); });
}

Result<AdoptionTaken> adopt_bank(const Context& context, const match::BankRow& bank, const SignedIn& member,
                                 const std::string& reason) {
  TUTELA_TRY(check_reason(reason));
  const bool is_safe = has_purpose(bank, match::BankPurpose::safe);
  if (has_purpose(bank, match::BankPurpose::self_reported) || bank.name == kOwnBank)
    return fail(ErrorCode::denied, "bank.not_adoptable");
  auto taken = in_transaction<AdoptionTaken>(context.store, [&](store::Transaction& tx) -> Result<AdoptionTaken> {
    TUTELA_ASSIGN(const auto adoptions, match::adoptions_of_bank(tx, bank.id));
    if (is_safe && is_adopted(adoptions)) return fail(ErrorCode::conflict, "bank.already_adopted");
    const Time now = context.clock.now();
    const auto open = std::ranges::find_if(adoptions, [](const auto& row) { return !row.second_member; });
    if (open == adoptions.end()) {
      TUTELA_TRY(match::insert_adoption(
          tx, {BankAdoptionId::make(now, context.random), bank.id, member.id(), now, std::nullopt, std::nullopt}));
      TUTELA_TRY(record(context, tx, "bank.adoption_begun", About("bank", bank.id), member.actor()));
      TUTELA_TRY(keep_reason(context, tx, "bank.adoption_begun", About("bank", bank.id), member, reason));
      return AdoptionTaken{Adoption::begun};
    }
    if (open->first_member == member.id()) return fail(ErrorCode::conflict, "bank.second_member_needed");
    auto row = *open;
    row.second_member = member.id();
    row.second_at = now;
    TUTELA_TRY(match::complete_adoption(tx, row));
    AdoptionTaken done{Adoption::completed};
    // Nothing is inherited from a safe bank: there the two members' word is for what may go in.
    if (!is_safe) {
      TUTELA_ASSIGN(done.entries, match::adopt_entries(tx, row));
    }
    TUTELA_TRY(record(context, tx, "bank.adopted", About("bank", bank.id), member.actor(), {{"entries", done.entries}}));
    TUTELA_TRY(keep_reason(context, tx, "bank.adopted", About("bank", bank.id), member, reason));
    return done;
  });
  return taken;
}

Result<std::size_t> end_safe_banks(const Context& context) {
  TUTELA_ASSIGN(const auto due, in_snapshot<std::vector<BankId>>(context.store, [&](store::Reader& reader) {
                  return match::banks_out_of_term(reader, context.clock.now());
                }));
  for (const BankId& bank : due) {
    std::vector<ItemId> items;
    TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(match::end_bank_term(tx, bank, context.clock.now()));
      TUTELA_ASSIGN(const auto withdrawn, match::withdraw_entries(tx, bank));
      TUTELA_ASSIGN(items, match::items_matched_by_bank(tx, bank));
      return record(context, tx, "bank.ended", About("bank", bank), Actor::node(), {{"entries", withdrawn}});
    }));
    take_over_change(context);
    for (const ItemId& item : items)
      TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
        TUTELA_TRY(match_item(context, tx, item));
        return {};
      }));
  }
  return due.size();
}

}  // namespace tutela::line
