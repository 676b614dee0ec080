#pragma once

#include <optional>
#include <string>
#include <vector>

#include "line/accounts.h"
#include "line/context.h"
#include "match/bank_repository.h"

// The banks: what members put into them and take out again.
namespace tutela::line {

// After a commit that changed a bank: what looks things up follows it before the change is answered (I5). Where that fails it
// answers nothing until it has caught up.
void take_over_change(const Context& context);

// The bank that this node's own final verdicts go to; made by `tutela init`.
inline constexpr std::string_view kOwnBank = "decided-here";

struct NewBank {
  std::string name;
  match::BankPurpose purpose;
  int distance_bits_max = match::kDistanceBitsDefault;
  std::string source;
  std::string legal_basis;
};
// conflict, "bank.name_taken"; invalid, "bank.bad_name" (1 to 64 of a-z 0-9 . _ -), "bank.distance_out_of_range" (0 to 256).
Result<match::BankRow> create_bank(const Context& context, const NewBank& bank, const Actor& actor);

// Whether `adding` more entries fit: a bank above 31 bits is scanned row by row, so it is kept small
// (limits::kWideBankEntriesMax). For whoever adds entries or raises the threshold, in the same transaction.
// limit, "bank.wide_too_large".
Result<> check_wide_room(store::Reader& reader, const match::BankRow& bank, std::int64_t adding);

// What a member says why. invalid, "bank.reason_missing"; limit, "bank.reason_too_long".
Result<> check_reason(const std::string& reason);

// What lies within the new distance matches from now on, and what lies outside of it does not; what is held already stays held
// until members decide. The distance that it has already changes nothing and is not recorded. invalid,
// "bank.distance_out_of_range"; limit, "bank.wide_too_large"; denied, "bank.safe_is_exact", "bank.own_stays_indexed" (kOwnBank,
// above 31 bits); not_found, "bank.unknown"; as check_reason().
Result<> change_threshold(const Context& context, const BankId& bank, int distance_bits_max, const SignedIn& member,
                          const std::string& reason);

// What an entry of the own bank rests on: a final verdict of this node, which the agreeing members adopt by having given it.
struct OwnEntry {
  ItemId item;
  std::string act;
  std::string age_band;
  MemberId first;
  MemberId second;
};
// In the deciding transaction. Nothing is written when the item has no fingerprint: then it cannot be recognised again. The
// caller calls take_over_change() after the commit.
Result<std::optional<EntryId>> add_own_entry(const Context& context, store::Transaction& tx, const OwnEntry& entry,
                                             const Actor& actor);
// The entries never match again. An item whose verdict rested on one of them is reopened, one that it held is not held any more;
// both are compared anew, since another entry may say the same, but none of these. All in one transaction, with one ledger entry,
// one sealed reason and one line of the after-list for each: what was withdrawn before, or is no entry's id, is left out and
// named, so the same call again changes nothing. limit, "bank.too_many_entries" (above kWithdrawnAtOnceMax); as check_reason().
inline constexpr std::size_t kWithdrawnAtOnceMax = 500;
struct Withdrawn {
  std::vector<EntryId> entries;
  std::vector<EntryId> already;
  std::vector<EntryId> unknown;
  std::vector<ItemId> reopened;
};
Result<Withdrawn> withdraw_entries(const Context& context, const std::vector<EntryId>& ids, const SignedIn& member,
                                   const std::string& reason);

// The same for one. Returns the items. not_found, "bank.unknown_entry"; conflict, "bank.already_withdrawn".
Result<std::vector<ItemId>> withdraw_entry(const Context& context, const EntryId& entry, const SignedIn& member,
                                           const std::string& reason);

// What a restored node does before it opens, for an entry whose withdrawal is later than the backup (I12): all that
// withdraw_entry() does, by the node itself, whose reason went with the lost rows. False when there was nothing to do: the entry
// is withdrawn already, or younger than the backup.
Result<bool> withdraw_again(const Context& context, const EntryId& id);

}  // namespace tutela::line
