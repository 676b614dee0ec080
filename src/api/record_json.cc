#include "api/record_json.h"

#include "api/json_views.h"
#include "filing/outbox_repository.h"
#include "intake/report_state.h"
#include "line/referrals.h"
#include "line/sealed.h"

namespace tutela::api {
namespace {

std::string_view wire_word(intake::ReporterWord word) {
  switch (word) {
    case intake::ReporterWord::received:
      return "received";
    case intake::ReporterWord::being_checked:
      return "being_checked";
    case intake::ReporterWord::closed:
      return "closed";
  }
  return "received";
}

Result<Json> supplements_json(const line::Context& context, store::Reader& reader, Pseudonyms& names,
                              const filing::ReferralRow& referral) {
  Json out = Json::array();
  TUTELA_ASSIGN(const auto rows, filing::supplements_of_referral(reader, referral.id));
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto text, line::open_sealed_text(context, referral.wrapped_key, "supplement.sealed_body", row.id.bytes(),
                                                          row.sealed_body));
    TUTELA_ASSIGN(const auto body, filing::parse_supplement(text));
    Json one = {
        {"sequence", row.sequence}, {"kind", row.kind}, {"text", body.reason.reveal()}, {"made_at", to_rfc3339(row.made_at)}};
    TUTELA_ASSIGN(one["made_by"], names.of(row.made_by));
    put(one, "acknowledged_at", row.acknowledged_at);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Json indicators_json(const std::vector<line::IndicatorView>& indicators) {
  Json out = Json::array();
  for (const auto& one : indicators)
    out.push_back({{"indicator_id", one.id.to_string()}, {"type", one.type}, {"value", one.value}});
  return out;
}

Result<Json> report_json(const line::Context& context, const line::ReportDetail& detail) {
  const auto& report = detail.report;
  TUTELA_ASSIGN(const auto state, intake::parse_report_state(report.state));
  Json out = {{"report_id", report.id.to_string()},
              {"channel", report.channel},
              {"kind", report.kind},
              {"state", report.state},
              {"received_at", to_rfc3339(report.received_at)},
              {"word", wire_word(intake::reporter_word(state, report.received_at, context.clock.now()))},
              {"has_contact", report.sealed_contact.has_value()},
              {"item_ids", Json::array()},
              {"indicators", indicators_json(detail.indicators)}};
  put(out, "uploader_country", report.uploader_country);
  put(out, "text", detail.text);
  put(out, "released_word", report.released_word);
  if (detail.concern) out["concern_id"] = detail.concern->to_string();
  for (const auto& item : detail.items) out["item_ids"].push_back(item.to_string());
  return out;
}

Result<Json> referral_detail_json(const line::Context& context, const ReferralId& id, const line::SignedIn& member) {
  // It opens addresses and whom the referral names, so the ledger's entry is durable before it is told (I3).
  return in_transaction<Json>(context.store, [&](store::Transaction& reader) -> Result<Json> {
    TUTELA_TRY(line::record(context, reader, "detail.read", line::About("referral", id), member.actor()));
    Pseudonyms names(reader);
    TUTELA_ASSIGN(const auto row, filing::find_referral(reader, id));
    TUTELA_ASSIGN(const auto message, line::message_of(context, row));
    Json out = {
        {"mine", row.drafted_by == member.id()}, {"message", message_json(message)}, {"missing", line::missing_words(message)}};
    TUTELA_ASSIGN(out["referral"], referral_json(names, row));
    TUTELA_ASSIGN(out["supplements"], supplements_json(context, reader, names, row));
    TUTELA_ASSIGN(const auto outbox, filing::find_outbox_by_key(reader, row.reference));
    if (outbox) {
      Json delivery = {{"attempts", outbox->attempts}};
      if (outbox->state == "waiting") delivery["next_at"] = to_rfc3339(outbox->next_at);
      put(delivery, "last_reason", outbox->last_reason);
      out["delivery"] = std::move(delivery);
    }
    return out;
  });
}

}  // namespace tutela::api
