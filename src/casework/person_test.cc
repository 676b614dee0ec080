#include "casework/person.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tutela::casework {
namespace {

class FiledRole : public ::testing::Test {
 protected:
  SeededRandom random_{3};
  MemberId member_ = MemberId::make(from_unix_ms(1'790'000'000'000), random_);
  const SuspectOverride police_{member_, MemberKind::police, "Identified as an adult by the investigation."};
};

TEST_F(FiledRole, ADepictedChildIsNeverASuspectWithoutOverride) {
  for (const auto role : kPersonRoles)
    for (const auto depiction : {Depiction::not_depicted, Depiction::depicted, Depiction::self_generated}) {
      const bool refused = role == PersonRole::suspect && depiction != Depiction::not_depicted;
      const auto verified = verify_filed_role(role, depiction, nullptr);
      EXPECT_EQ(!verified.has_value(), refused) << to_word(role) << to_word(depiction);
      if (refused) {
        EXPECT_EQ(verified.error().reason, Reason("person.depicted_child_not_suspect"));
      }
    }
}

TEST_F(FiledRole, OverrideNeedsPoliceAndAReason) {
  EXPECT_TRUE(verify_filed_role(PersonRole::suspect, Depiction::self_generated, &police_));
  const auto reason_of = [&](SuspectOverride by) {
    return verify_filed_role(PersonRole::suspect, Depiction::depicted, &by).error().reason;
  };
  EXPECT_EQ(reason_of({member_, MemberKind::other, police_.reason}), Reason("person.override_needs_police"));
  EXPECT_EQ(reason_of({member_, MemberKind::police, ""}), Reason("person.override_needs_reason"));
  EXPECT_EQ(reason_of({member_, MemberKind::police, "                         "}), Reason("person.override_needs_reason"));
  EXPECT_EQ(reason_of({member_, MemberKind::police, "too short"}), Reason("person.override_needs_reason"));
  const std::string endless(limits::kReasonBytesMax + 1, 'x');
  EXPECT_EQ(reason_of({member_, MemberKind::police, endless}), Reason("person.reason_too_long"));
}

TEST(PersonWords, ReadBack) {
  for (const auto role : kPersonRoles) EXPECT_EQ(parse_person_role(to_word(role)).value(), role);
  for (const auto depiction : {Depiction::not_depicted, Depiction::depicted, Depiction::self_generated})
    EXPECT_EQ(parse_depiction(to_word(depiction)).value(), depiction);
  EXPECT_FALSE(parse_person_role("child"));
}

}  // namespace
}  // namespace tutela::casework
