#include "line/incoming.h"

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "crypto/digest.h"
#include "filing/referral_state.h"
#include "line/sealed.h"
#include "model/text.h"

namespace tutela::line {
namespace {

using filing::IncomingEvent;

Result<> advance(filing::IncomingRow& row, IncomingEvent event) {
  TUTELA_ASSIGN(const auto state, filing::parse_incoming_state(row.state));
  TUTELA_ASSIGN(const auto next, filing::advance(state, event));
  row.state = filing::to_word(next);
  return {};
}

Result<filing::IncomingRow> find_of_sender(store::Reader& reader, const CheckedToken& sender, const std::string& reference) {
  TUTELA_ASSIGN(auto row, filing::find_incoming_by_reference(reader, sender.name, reference));
  if (!row) return fail(ErrorCode::not_found, "exchange.unknown_reference");
  return *std::move(row);
}

Result<std::vector<filing::Answer>> answers_of(const Context& context, store::Reader& reader, const filing::IncomingRow& row,
                                               std::int64_t after) {
  std::vector<filing::Answer> answers;
  TUTELA_ASSIGN(const auto rows, filing::answers_after(reader, row.id, after));
  for (const auto& answer : rows) {
    TUTELA_ASSIGN(const auto kind, filing::parse_answer_kind(answer.answer));
    filing::Answer given{answer.sequence, kind, answer.at, std::nullopt, std::nullopt};
    if (answer.outcome) {
      TUTELA_ASSIGN(given.outcome, filing::parse_outcome(*answer.outcome));
    }
    if (answer.sealed_reason) {
      TUTELA_ASSIGN(auto reason, open_sealed_text(context, row.wrapped_key, "incoming_answer.sealed_reason", row.id.bytes(),
                                                  *answer.sealed_reason));
      given.reason = Sensitive<std::string>(std::move(reason));
    }
    answers.push_back(std::move(given));
  }
  return answers;
}

}  // namespace

Result<ReceivedReferral> receive_referral(const Context& context, const CheckedToken& sender, const std::string& idempotency_key,
                                          std::string_view body) {
  TUTELA_ASSIGN(const auto message, filing::parse_referral(body));
  if (message.reference != idempotency_key) return fail(ErrorCode::invalid, "exchange.key_mismatch", "header Idempotency-Key");
  const auto sha256 = crypto::sha256(as_bytes(body));
  const Bytes digest(sha256.begin(), sha256.end());
  std::optional<ReceivedReferral> received;
  const auto take = [&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto earlier, filing::find_incoming_by_reference(tx, sender.name, message.reference));
    if (earlier) {
      if (earlier->digest != digest) return fail(ErrorCode::conflict, "exchange.reference_reused");
      received = ReceivedReferral{*earlier, true};
      return {};
    }
    const Time now = context.clock.now();
    const IncomingId id = IncomingId::make(now, context.random);
    TUTELA_ASSIGN(const auto key, new_key(context, vault::RecordClass::incoming));
    const filing::IncomingRow row{.id = id,
                                  .sender = sender.name,
                                  .reference = message.reference,
                                  .digest = digest,
                                  .state = std::string(filing::to_word(filing::IncomingState::received)),
                                  .urgent = message.urgent,
                                  .received_at = now,
                                  .wrapped_key = key.wrapped,
                                  .sealed_message = seal(context, key.key, "incoming_referral.sealed_message", id.bytes(), body),
                                  .outcome = std::nullopt};
    TUTELA_TRY(filing::insert_incoming(tx, row));
    received = ReceivedReferral{row, false};
    return record(context, tx, "incoming.received", About("incoming", id), sender.actor(),
                  {{"reference", message.reference}, {"urgent", message.urgent}, {"digest", encode_hex(digest)}});
  };
  auto written = context.store.write(take);
  // The same sending arrived twice at once, at two processes: now the first is there to be seen.
  if (!written && written.error().reason == Reason("store.duplicate_key")) written = context.store.write(take);
  TUTELA_TRY(written);
  return *std::move(received);
}

Result<ReceivedSupplement> receive_supplement(const Context& context, const CheckedToken& sender, const std::string& reference,
                                              std::string_view body) {
  TUTELA_ASSIGN(const auto supplement, filing::parse_supplement(body));
  if (supplement.reference != reference) return fail(ErrorCode::invalid, "exchange.key_mismatch", "path reference");
  std::optional<ReceivedSupplement> received;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, find_of_sender(tx, sender, reference));
    TUTELA_ASSIGN(const auto earlier, filing::supplements_of_incoming(tx, row.id));
    const auto next = static_cast<std::int64_t>(earlier.size()) + 1;
    // The one before is still on its way: the sender tries again.
    if (supplement.sequence > next) return fail(ErrorCode::busy, "exchange.sequence_gap");
    if (supplement.sequence < next) {
      const auto& before = earlier[static_cast<std::size_t>(supplement.sequence) - 1];
      TUTELA_ASSIGN(const auto text, open_sealed_text(context, row.wrapped_key, "incoming_supplement.sealed_body", row.id.bytes(),
                                                      before.sealed_body));
      if (text != body) return fail(ErrorCode::conflict, "exchange.sequence_reused");
      received = ReceivedSupplement{supplement.sequence, true};
      return {};
    }
    TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(row.wrapped_key));
    TUTELA_TRY(filing::insert_incoming_supplement(
        tx, {row.id, supplement.sequence, std::string(filing::to_word(supplement.kind)),
             seal(context, key, "incoming_supplement.sealed_body", row.id.bytes(), body), context.clock.now()}));
    const bool withdraws = supplement.kind == filing::SupplementKind::withdrawal;
    TUTELA_TRY(advance(row, withdraws ? IncomingEvent::withdrawal_arrived : IncomingEvent::correction_arrived));
    TUTELA_TRY(filing::update_incoming(tx, row));
    received = ReceivedSupplement{supplement.sequence, false};
    return record(context, tx, "incoming.supplemented", About("incoming", row.id), sender.actor(),
                  {{"sequence", supplement.sequence}, {"kind", filing::to_word(supplement.kind)}});
  }));
  return *std::move(received);
}

Result<filing::Answers> answers_for(const Context& context, const CheckedToken& sender, const std::string& reference,
                                    std::int64_t after) {
  return in_snapshot<filing::Answers>(context.store, [&](store::Reader& reader) -> Result<filing::Answers> {
    TUTELA_ASSIGN(const auto row, find_of_sender(reader, sender, reference));
    filing::Answers answers{reference, {}, 0};
    TUTELA_ASSIGN(answers.answers, answers_of(context, reader, row, after));
    // The rest is asked for with the last of these.
    if (answers.answers.size() > limits::kReferralAnswersMax)
      answers.answers.erase(answers.answers.begin() + limits::kReferralAnswersMax, answers.answers.end());
    TUTELA_ASSIGN(const auto supplements, filing::supplements_of_incoming(reader, row.id));
    answers.supplements_received = static_cast<std::int64_t>(supplements.size());
    return answers;
  });
}

Result<IncomingDetail> read_incoming(const Context& context, const IncomingId& id, const SignedIn& member) {
  std::optional<IncomingDetail> detail;
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto row, filing::find_incoming(tx, id));
    TUTELA_ASSIGN(const auto text,
                  open_sealed_text(context, row.wrapped_key, "incoming_referral.sealed_message", id.bytes(), row.sealed_message));
    TUTELA_ASSIGN(auto message, filing::parse_referral(text));
    detail = IncomingDetail{row, std::move(message), {}, {}, {}};
    TUTELA_ASSIGN(const auto supplements, filing::supplements_of_incoming(tx, id));
    for (const auto& supplement : supplements) {
      TUTELA_ASSIGN(const auto body, open_sealed_text(context, row.wrapped_key, "incoming_supplement.sealed_body", id.bytes(),
                                                      supplement.sealed_body));
      TUTELA_ASSIGN(auto parsed, filing::parse_supplement(body));
      detail->supplements.push_back(std::move(parsed));
      detail->supplements_received_at.push_back(supplement.received_at);
    }
    TUTELA_ASSIGN(detail->answers, answers_of(context, tx, row, 0));
    return record(context, tx, "detail.read", About("incoming", id), member.actor());
  }));
  return *std::move(detail);
}

Result<> answer_incoming(const Context& context, const IncomingId& id, const NewAnswer& given, const SignedIn& member) {
  if ((given.kind == filing::AnswerKind::outcome) != given.outcome.has_value())
    return fail(ErrorCode::invalid, "incoming.outcome_missing", "field outcome");
  if ((given.kind == filing::AnswerKind::refused) != given.reason.has_value())
    return fail(ErrorCode::invalid, "incoming.reason_missing", "field reason");
  // What the sender could not read would keep every later answer from it.
  if (given.reason && (is_blank(*given.reason) || !is_clean_text(*given.reason, Lines::many)))
    return fail(ErrorCode::invalid, "incoming.bad_reason", "field reason");
  if (given.reason && given.reason->size() > limits::kReasonBytesMax)
    return fail(ErrorCode::limit, "incoming.reason_too_long", "field reason");
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(auto row, filing::find_incoming(tx, id));
    const auto event = [&] {
      switch (given.kind) {
        case filing::AnswerKind::acknowledged:
          return IncomingEvent::acknowledge;
        case filing::AnswerKind::accepted:
          return IncomingEvent::accept;
        case filing::AnswerKind::refused:
          return IncomingEvent::refuse;
        case filing::AnswerKind::outcome:
          return IncomingEvent::report_outcome;
      }
      return IncomingEvent::acknowledge;
    }();
    TUTELA_TRY(advance(row, event));
    row.answer_sequence += 1;
    if (given.outcome) row.outcome = filing::to_word(*given.outcome);
    std::optional<Bytes> sealed_reason;
    if (given.reason) {
      TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(row.wrapped_key));
      sealed_reason = seal(context, key, "incoming_answer.sealed_reason", id.bytes(), *given.reason);
    }
    TUTELA_TRY(
        filing::insert_answer(tx, {id, row.answer_sequence, std::string(filing::to_word(given.kind)),
                                   given.outcome ? std::optional(std::string(filing::to_word(*given.outcome))) : std::nullopt,
                                   sealed_reason, context.clock.now()}));
    TUTELA_TRY(filing::update_incoming(tx, row));
    nlohmann::json facts = {{"answer", filing::to_word(given.kind)}, {"sequence", row.answer_sequence}};
    if (given.outcome) facts["outcome"] = filing::to_word(*given.outcome);
    return record(context, tx, "incoming.answered", About("incoming", id), member.actor(), facts);
  });
}

}  // namespace tutela::line
