#include "line/record.h"

#include <nlohmann/json.hpp>

namespace tutela::line {

About About::node() { return {ledger::kNodeSubjectType, BytesView()}; }

Result<> record(const Context& context, store::Transaction& tx, std::string_view kind, const About& about, const Actor& actor,
                const nlohmann::json& facts) {
  nlohmann::json payload = facts.is_null() ? nlohmann::json::object() : facts;
  payload["by"] = actor.word;
  return context.recorder.record(tx, {.kind = std::string(kind),
                                      .subject_type = std::string(about.type),
                                      .subject_id = Bytes(about.id.begin(), about.id.end()),
                                      .at = context.clock.now(),
                                      .payload = payload.dump()});
}

Result<> record(const Context& context, store::Transaction& tx, std::string_view kind, const About& about, const Actor& actor) {
  return record(context, tx, kind, about, actor, nlohmann::json::object());
}

Result<bool> may_keep_media(const Context& context, store::Reader& reader) {
  const auto country = Country::parse(context.node.country);
  const auto* jurisdiction = country ? context.law.find(*country) : nullptr;
  if (jurisdiction == nullptr || jurisdiction->kept("item") == nullptr) return false;
  return has_valid_mandate(reader, context.clock.now());
}

Result<bool> has_valid_mandate(store::Reader& reader, Time now) {
  TUTELA_ASSIGN(const auto mandate, accounts::find_mandate(reader));
  return mandate && mandate->valid_from <= now && now < mandate->expires_at;
}

}  // namespace tutela::line
