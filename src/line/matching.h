#pragma once

#include <optional>
#include <vector>

#include "crypto/digest.h"
#include "decode/query_fingerprints.h"
#include "line/accounts.h"
#include "line/context.h"
#include "match/answer.h"
#include "model/fingerprint.h"
#include "review/item_repository.h"

// Comparing items and callers' fingerprints with the banks.
namespace tutela::line {

// Compares an item with the banks as they are and does what a match allows (match::decide_disposition): an inherited verdict
// acts, a near match holds, the rest waits for a member. An entry that was withdrawn meanwhile does not count, and what nothing
// holds any more is let go. What members have begun to decide is held at most. Returns what matched.
//
// A transaction does not wait for the queue of the banks above 31 bits: what they say, and what a turned form matches, the caller
// has asked before and gives as `besides`. What was written down by an earlier comparison counts on, too.
Result<std::vector<match::Match>> match_item(const Context& context, store::Transaction& tx, const ItemId& item,
                                             const std::vector<match::Match>& besides = {});

// Asks the banks outside any transaction about what a transaction does not ask: banks above 31 bits, if there are any, about
// `fingerprints`, and all banks about `form`, the picture as a viewer shows it.
struct AskedBefore {
  std::vector<match::Match> matches;
  bool is_complete = true;  // false: banks above 31 bits were too busy; MatchEngine::owe_comparison() once the item is committed
};
Result<AskedBefore> ask_before(const Context& context, const std::vector<Fingerprint>& fingerprints,
                               const std::optional<decode::QueryForm>& form);

// The same for an item that is not stored yet: writes its row as the match made it, and reads nothing of it back. The caller
// writes its fingerprints. `item` is as stored afterwards.
struct ItemQuestion {
  std::vector<Fingerprint> fingerprints;
  std::vector<match::Match> besides;
};
Result<std::vector<match::Match>> insert_matched_item(const Context& context, store::Transaction& tx, review::ItemRow& item,
                                                      const ItemQuestion& question);

// Compares every item that nobody has decided yet with all banks as they are now, since an entry may have come after it, and
// matches those again (match_item) that have a match they did not have. Changes nothing else, so it may run at any time, break
// off and begin anew. Returns how many items got a match, and whether banks above 31 bits were too busy to be asked about each.
// Cost: about 50 us an item, and a scan of the banks above 31 bits.
struct ItemsCompared {
  std::size_t matched = 0;
  bool is_complete = true;
};
Result<ItemsCompared> compare_undecided_items(const Context& context);

// What matched when the item was last compared, for showing; without entries that were withdrawn since (I5), or that their bank's
// threshold no longer reaches.
Result<std::vector<match::Match>> stored_matches(const Context& context, store::Reader& reader, const ItemId& item);

// What a match leads to: "inherits", "holds", "asks", "annotates".
std::string_view effect_of(const match::Match& match);

// For a machine: recorded as one ledger entry a caller and minute, whose bound is durable before the answer leaves (I3,
// AnswerCounts). Of the banks with these names, or of all. invalid, "bank.unknown", "match.too_many_banks".
inline constexpr std::size_t kBanksAskedMax = 64;
Result<match_engine::EngineAnswers> answer_match(const Context& context, const CheckedToken& caller,
                                                 const std::vector<Fingerprint>& questions,
                                                 const std::vector<std::string>& bank_names = {});
// For a program on the node's own machine that asks the banks past the API, before its first answer leaves (I3): which command,
// and the digest of the banks that it asks (digest_of_banks()). How much it asks is not known yet. As Store::write(): then
// nothing may be answered.
Result<> record_questions_here(const Context& context, std::string_view command, const crypto::Sha256& banks);
// Writes what was answered, and puts minutes that are over into the ledger. Returns how many.
Result<std::size_t> record_match_minutes(const Context& context);
// Before the program ends: what was answered in the minute that is not over.
Result<> settle_match_answers(const Context& context);

}  // namespace tutela::line
