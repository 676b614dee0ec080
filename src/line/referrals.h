#pragma once

#include <optional>
#include <string>
#include <vector>

#include "filing/approval.h"
#include "filing/referral_message.h"
#include "filing/referral_repository.h"
#include "filing/referral_state.h"
#include "law/assessment.h"
#include "line/accounts.h"
#include "line/context.h"
#include "line/record.h"

// Referrals to authorities, from the draft to what the authority answers. The outbox row is written in the deciding transaction;
// line/delivery.h sends it.
namespace tutela::line {

struct Draft {
  std::string subject_type;  // item, concern
  Bytes subject_id;
  std::string authority;
  std::optional<Time> due;
  MemberId drafted_by;
  // Everything but reference, sender and time, which the draft gives it.
  filing::ReferralMessage message;
};
// Writes the referral as drafted. not_found, "authority.unknown"; as filing::parse_referral, since what the other side would
// refuse is not drafted.
Result<filing::ReferralRow> draft_referral(const Context& context, store::Transaction& tx, const Draft& draft,
                                           const Actor& actor);

// The message as an authority sees it (the newest, with corrections applied).
Result<filing::ReferralMessage> message_of(const Context& context, const filing::ReferralRow& referral);
// What an authority would have to ask back for.
std::vector<std::string> missing_words(const filing::ReferralMessage& message);
// The rows of law that a message rests on.
std::vector<filing::FiledLaw> cite(const law::JurisdictionTable& table, const law::LegalView& view);

// A member lets it go: in one transaction it is approved and stands in the outbox. Urgent: one member suffices, and a second has
// 24 hours. As filing::approve and filing::advance; conflict, "item.no_verdict", "referral.outdated" (what it was drafted on was
// taken back, or became another verdict).
Result<filing::ReferralRow> approve_referral(const Context& context, store::Transaction& tx, const ReferralId& id,
                                             const SignedIn& member);
Result<> approve_referral(const Context& context, const ReferralId& id, const SignedIn& member);
// The second member of an urgent one.
Result<> confirm_referral(const Context& context, const ReferralId& id, const SignedIn& member);
// Sends what stands now, with the reason, after what was sent. A draft that is withdrawn is dropped.
Result<> correct_referral(const Context& context, const ReferralId& id, const std::string& reason, const SignedIn& member);
Result<> withdraw_referral(const Context& context, const ReferralId& id, const std::string& reason, const SignedIn& member);
// A member sends once more on the same channel after it was given up.
Result<> try_referral_again(const Context& context, const ReferralId& id, const SignedIn& member);

// Delivered: the other side answered 2xx, so it is durable there.
Result<> referral_delivered(const Context& context, store::Transaction& tx, const ReferralId& id);
Result<> supplement_delivered(const Context& context, store::Transaction& tx, const ReferralId& id, std::int64_t sequence);
// The outbox gave up: a member must choose another channel.
Result<> referral_given_up(const Context& context, store::Transaction& tx, const ReferralId& id, std::string_view why);
Result<> supplement_given_up(const Context& context, store::Transaction& tx, const ReferralId& id, std::int64_t sequence,
                             std::string_view why);
// A new referral takes the place of those that were refused or could not be sent.
Result<> reroute_referrals(const Context& context, store::Transaction& tx, const About& subject, const Actor& actor);
Result<> supplement_given_up(const Context& context, store::Transaction& tx, const ReferralId& id, std::int64_t sequence,
                             std::string_view why);
// A new referral takes the place of those that were refused or could not be sent.
Result<> reroute_referrals(const Context& context, store::Transaction& tx, const About& subject, const Actor& actor);
// What the authority answered, applied in order and once.
Result<> take_answers(const Context& context, const ReferralId& id, const filing::Answers& answers);

// Urgent referrals that nobody confirmed in time: puts the breach on record. Returns how many.
Result<std::size_t> record_breaches(const Context& context);

}  // namespace tutela::line
