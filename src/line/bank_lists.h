#pragma once

#include <functional>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "line/accounts.h"
#include "line/context.h"
#include "match/bank_list_repository.h"
#include "match/list_entry.h"
#include "match/list_key_set.h"
#include "match/list_line.h"

// Lists into banks and out of them, and two members' word for a source.
namespace tutela::line {

// not_found, "bank.unknown".
Result<match::BankRow> find_bank_named(const Context& context, const std::string& name);

// A safe bank lets its material rank lower, so it has an end from the beginning. invalid, "bank.safe_needs_term" (no time, or one
// that is past or more than kSafeTermMax away); as create_bank.
inline constexpr std::chrono::days kSafeTermMax{366};
Result<match::BankRow> create_safe_bank(const Context& context, const std::string& name, const std::string& source,
                                        const std::string& legal_basis, std::chrono::days term, const Actor& actor);

// What lines say that do not say it themselves.
struct ListDefaults {
  Act act = Act::indicative;
  AgeBand age_band = AgeBand::unknown;
};

// Where an import stands: a new row, or that of an earlier start with the same bytes.
// denied, "bank.own_takes_no_list" (the bank of own verdicts), "bank.not_adopted" (a safe bank before two members spoke for it).
Result<match::ListImportRow> begin_list_import(const Context& context, const match::BankRow& bank, const crypto::Sha256& digest,
                                               match::ListFormat format);

// What of a line may go into this bank: of a safe one only digests that prove equal bytes. invalid, "list.not_exact".
Result<> check_line_for_bank(const match::BankRow& bank, const match::ListEntry& entry);

// Entries of one stretch of the list, and where the list stands behind it. `mark.version` is that of the row as it was read.
struct ListBatch {
  std::vector<match::ListEntry> entries;
  match::ListImportRow mark;
};
// One transaction: entries, progress, ledger entry. Returns the row as it is now.
Result<match::ListImportRow> import_batch(const Context& context, const match::BankRow& bank, const ListBatch& batch,
                                          const ListDefaults& defaults, const Actor& actor);

// The keys of all entries of a bank, withdrawn ones too: what was withdrawn here does not come back with the next list.
Result<match::ListKeySet> keys_of_bank(const Context& context, const match::BankRow& bank);

// Records the export, then calls `take` with the algorithms of the bank and then `visit` with every entry that is not withdrawn,
// in the order of their ids. Returns how many. denied, "bank.not_exportable" (self-reported); what `take` and `visit` return.
Result<std::size_t> export_bank(const Context& context, const match::BankRow& bank, const Actor& actor,
                                const std::function<Result<>(std::vector<Algorithm>)>& take,
                                const std::function<Result<>(const match::ListEntry&)>& visit);

// Of everything that decides what matches: equal digests give equal answers. Cost: reads every entry.
Result<crypto::Sha256> digest_of_banks(const Context& context);

enum class Adoption : std::uint8_t { begun, completed };
struct AdoptionTaken {
  Adoption state;
  std::int64_t entries = 0;  // that the two adopted
};
// One member's word that the bank's source is to be relied on: of a `match` bank, byte-exact matches of what stood in it when the
// first spoke may then be inherited; of a safe one, lists may go in. The second must be another member.
// invalid, "bank.reason_missing"; limit, "bank.reason_too_long"; denied, "bank.not_adoptable" (self-reported, or the own bank),
// "access.role_missing"; conflict, "bank.second_member_needed", "bank.already_adopted" (a safe bank).
Result<AdoptionTaken> adopt_bank(const Context& context, const match::BankRow& bank, const SignedIn& member,
                                 const std::string& reason);
bool is_adopted(const std::vector<match::AdoptionRow>& adoptions);

// Safe banks whose time is over: their entries are withdrawn, and what they annotated is compared anew. Returns how many banks.
Result<std::size_t> end_safe_banks(const Context& context);

}  // namespace tutela::line
