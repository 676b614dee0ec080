#include "line/sealed.h"

#include "casework/decision_reason_repository.h"

namespace tutela::line {
namespace {

constexpr std::string_view kReasonColumn = "decision_reason.sealed_reason";

// It is due when the record that it explains is.
vault::RecordClass class_of(std::string_view subject_type) {
  if (subject_type == "notice") return vault::RecordClass::notice;
  if (subject_type == "concern") return vault::RecordClass::report;
  return vault::RecordClass::item;
}

}  // namespace

Result<> keep_reason(const Context& context, store::Transaction& tx, std::string_view kind, const About& about,
                     const SignedIn& member, const std::string& reason) {
  TUTELA_ASSIGN(const auto key, new_key(context, class_of(about.type)));
  const Time now = context.clock.now();
  const auto uuid = make_uuid_v7(now, context.random);
  Bytes id(uuid.begin(), uuid.end());
  Bytes sealed = seal(context, key.key, kReasonColumn, id, reason);
  return casework::insert_decision_reason(tx, {.id = std::move(id),
                                               .kind = std::string(kind),
                                               .subject_type = std::string(about.type),
                                               .subject_id = Bytes(about.id.begin(), about.id.end()),
                                               .member_id = member.id(),
                                               .at = now,
                                               .wrapped_key = key.wrapped,
                                               .sealed_reason = std::move(sealed)});
}

Result<std::vector<std::string>> reasons_of(const Context& context, store::Reader& reader, BytesView subject) {
  TUTELA_ASSIGN(const auto rows, casework::decision_reasons_of(reader, subject));
  std::vector<std::string> reasons;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(auto text, open_sealed_text(context, row.wrapped_key, kReasonColumn, row.id, row.sealed_reason));
    reasons.push_back(std::move(text));
  }
  return reasons;
}

}  // namespace tutela::line
