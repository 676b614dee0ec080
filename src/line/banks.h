#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "line/accounts.h"
#include "line/context.h"
#include "match/bank_repository.h"
#include "match/match_index.h"

// The banks, and the index over them that every lookup asks.
namespace tutela::line {

// Holds the current index. A lookup takes the snapshot it finds and keeps it for as long as it needs; a change of a bank builds
// the next one from the store before the change is answered, so that what is withdrawn never matches again (I5). Thread-safe.
class BankIndex {
 public:
  struct Snapshot {
    match::MatchIndex index;
    std::int64_t generation;  // counts the rebuilds of this process
  };

  BankIndex();
  std::shared_ptr<const Snapshot> current() const { return current_.load(); }
  Result<> rebuild(store::Store& store);
  // A committed change that the index does not hold yet.
  void note_change() { ++changes_; }
  // Rebuilds if a change is missing: nothing to do, and no cost, most of the time.
  Result<> refresh(store::Store& store);

 private:
  std::mutex rebuilding_;
  std::int64_t generation_ = 0;           // guarded by rebuilding_
  std::atomic<std::int64_t> changes_{0};  // noted
  std::atomic<std::int64_t> built_{0};    // of these, in the index
  std::atomic<std::shared_ptr<const Snapshot>> current_;
};

// After a commit that changed a bank: builds the next index. If that fails, it is built by whoever asks next
// (BankIndex::refresh).
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
// invalid, "bank.bad_name" (1 to 64 of a-z 0-9 . _ -), "match.distance_out_of_range" (0..256 bits); conflict, "bank.name_taken".
Result<match::BankRow> create_bank(const Context& context, const NewBank& bank, const Actor& actor);

// What an entry of the own bank rests on: a final verdict of this node, which the agreeing members adopt by having given it.
struct OwnEntry {
  ItemId item;
  std::string act;
  std::string age_band;
  MemberId first;
  MemberId second;
};
// In the deciding transaction. Nothing is written when the item has no fingerprint: then it cannot be recognised again. The
// caller rebuilds the index after the commit.
Result<std::optional<EntryId>> add_own_entry(const Context& context, store::Transaction& tx, const OwnEntry& entry,
                                             const Actor& actor);
// The entry never matches again. An item whose verdict rested on it is reopened, one that it held is not held any more; both are
// compared anew, since another entry may say the same. Returns them. conflict, "bank.already_withdrawn".
Result<std::vector<ItemId>> withdraw_entry(const Context& context, const EntryId& entry, const SignedIn& member,
                                           const std::string& reason);

}  // namespace tutela::line
