#pragma once

#include <vector>

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
Result<std::vector<match::Match>> match_item(const Context& context, store::Transaction& tx, const ItemId& item);

// The same for an item that is not stored yet: writes its row as the match made it, and reads nothing of it back. The caller
// writes its fingerprints. `item` is as stored afterwards.
Result<std::vector<match::Match>> insert_matched_item(const Context& context, store::Transaction& tx, review::ItemRow& item,
                                                      const std::vector<Fingerprint>& fingerprints);

// Compares every item that nobody has decided yet with the banks as they are now, since an entry may have come after it, and
// matches those again (match_item) that have a match they did not have. Changes nothing else, so it may run at any time, break
// off and begin anew. Returns how many items got a match. Cost: about 50 us an item.
Result<std::size_t> compare_undecided_items(const Context& context);

// What matched when the item was last compared, for showing; without entries that were withdrawn since (I5).
Result<std::vector<match::Match>> stored_matches(const Context& context, store::Reader& reader, const ItemId& item);

// What a match leads to: "inherits", "holds", "asks", "annotates".
std::string_view effect_of(const match::Match& match);

struct MatchAnswers {
  std::vector<match::MatchAnswer> answers;  // one a question, in their order
  std::int64_t generation;
};
// For a machine: recorded as one ledger entry a caller and minute, whose bound is durable before the answer leaves (I3,
// AnswerCounts).
Result<MatchAnswers> answer_match(const Context& context, const CheckedToken& caller, const std::vector<Fingerprint>& questions);
// Writes what was answered, and puts minutes that are over into the ledger. Returns how many.
Result<std::size_t> record_match_minutes(const Context& context);
// Before the program ends: what was answered in the minute that is not over.
Result<> settle_match_answers(const Context& context);

}  // namespace tutela::line
