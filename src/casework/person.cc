#include "casework/person.h"

#include "base/limits.h"
#include "model/text.h"
#include "model/words.h"

namespace tutela::casework {
namespace {

constexpr std::array kRoleWords{Word{PersonRole::child_at_risk, "child_at_risk"},
                                Word{PersonRole::depicted_child, "depicted_child"}, Word{PersonRole::suspect, "suspect"},
                                Word{PersonRole::reporter, "reporter"}};
constexpr std::array kDepictionWords{Word{Depiction::not_depicted, "not_depicted"}, Word{Depiction::depicted, "depicted"},
                                     Word{Depiction::self_generated, "self_generated"}};

}  // namespace

std::string_view to_word(PersonRole role) { return word_of(kRoleWords, role); }
std::string_view to_word(Depiction depiction) { return word_of(kDepictionWords, depiction); }

Result<PersonRole> parse_person_role(std::string_view word) {
  if (const auto role = value_of(kRoleWords, word)) return *role;
  return fail(ErrorCode::invalid, "person.unknown_role");
}

Result<Depiction> parse_depiction(std::string_view word) {
  if (const auto depiction = value_of(kDepictionWords, word)) return *depiction;
  return fail(ErrorCode::invalid, "person.unknown_depiction");
}

Result<> verify_filed_role(PersonRole role, Depiction depiction, const SuspectOverride* override_by) {
  if (role != PersonRole::suspect || depiction == Depiction::not_depicted) return {};
  if (override_by == nullptr) return fail(ErrorCode::denied, "person.depicted_child_not_suspect");
  if (override_by->member_kind != MemberKind::police) return fail(ErrorCode::denied, "person.override_needs_police");
  if (override_by->reason.size() > limits::kReasonBytesMax) return fail(ErrorCode::limit, "person.reason_too_long");
  if (is_blank(override_by->reason) || override_by->reason.size() < kOverrideReasonBytesMin)
    return fail(ErrorCode::invalid, "person.override_needs_reason");
  return {};
}

}  // namespace tutela::casework
