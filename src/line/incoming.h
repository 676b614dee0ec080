#pragma once

#include <optional>
#include <string>
#include <vector>

#include "filing/incoming_repository.h"
#include "filing/referral_message.h"
#include "line/accounts.h"
#include "line/context.h"

// The authority's side: what other nodes hand in, and what is answered (spec/exchange.md).
namespace tutela::line {

struct ReceivedReferral {
  filing::IncomingRow row;
  bool was_here_before = false;
};
// Idempotent by sender and reference. `body` as received; a repeat must be byte-equal. conflict, "exchange.reference_reused";
// invalid, "exchange.key_mismatch" (another idempotency key); as filing::parse_referral.
Result<ReceivedReferral> receive_referral(const Context& context, const CheckedToken& sender, const std::string& idempotency_key,
                                          std::string_view body);

struct ReceivedSupplement {
  std::int64_t sequence;
  bool was_here_before = false;
};
// not_found, "exchange.unknown_reference" while the referral itself has not arrived; busy, "exchange.sequence_gap" while an
// earlier supplement has not; conflict, "exchange.sequence_reused".
Result<ReceivedSupplement> receive_supplement(const Context& context, const CheckedToken& sender, const std::string& reference,
                                              std::string_view body);

// What was answered after `sequence`, for the sender of that reference.
Result<filing::Answers> answers_for(const Context& context, const CheckedToken& sender, const std::string& reference,
                                    std::int64_t after);

struct IncomingDetail {
  filing::IncomingRow incoming;
  filing::ReferralMessage message;
  std::vector<filing::Supplement> supplements;
  std::vector<Time> supplements_received_at;
  std::vector<filing::Answer> answers;
};
// Opens what is sealed, so the ledger's entry is durable before it returns.
Result<IncomingDetail> read_incoming(const Context& context, const IncomingId& incoming, const SignedIn& member);

struct NewAnswer {
  filing::AnswerKind kind;
  std::optional<filing::Outcome> outcome;  // exactly with kind outcome
  std::optional<std::string> reason;       // exactly with kind refused
};
// As filing::advance for incoming referrals; invalid, "incoming.outcome_missing", "incoming.reason_missing",
// "incoming.bad_reason"; limit, "incoming.reason_too_long".
Result<> answer_incoming(const Context& context, const IncomingId& incoming, const NewAnswer& answer, const SignedIn& member);

}  // namespace tutela::line
