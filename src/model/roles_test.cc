#include "model/roles.h"

#include <gmock/gmock.h>

namespace tutela {
namespace {

TEST(Roles, WordsRoundTrip) {
  for (const Role role : kRoles) EXPECT_EQ(*parse_role(to_word(role)), role);
  EXPECT_EQ(parse_role("root").error().reason, Reason("role.unknown"));
  EXPECT_EQ(parse_role("").error().reason, Reason("role.unknown"));
}

// The bits stand in databases: a change of a number would give people other roles.
TEST(Roles, BitsAreFixed) {
  EXPECT_EQ(RoleSet({Role::admin}).bits(), 1);
  EXPECT_EQ(RoleSet({Role::manager}).bits(), 2);
  EXPECT_EQ(RoleSet({Role::welfare_lead}).bits(), 4);
  EXPECT_EQ(RoleSet({Role::analyst}).bits(), 8);
  EXPECT_EQ(RoleSet({Role::assessor}).bits(), 16);
  EXPECT_EQ(RoleSet({Role::auditor}).bits(), 32);
}

TEST(Roles, EverySetRoundTrips) {
  for (std::int64_t bits = 0; bits <= RoleSet::all().bits(); ++bits) {
    const auto set = RoleSet::from_bits(bits);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->bits(), bits);
    EXPECT_EQ(*parse_roles(to_words(*set)), *set);
  }
  EXPECT_EQ(RoleSet::from_bits(RoleSet::all().bits() + 1).error().reason, Reason("role.unknown_bits"));
  EXPECT_EQ(RoleSet::from_bits(-1).error().reason, Reason("role.unknown_bits"));
}

TEST(Roles, TextIsStrict) {
  EXPECT_EQ(*parse_roles("assessor manager"), RoleSet({Role::manager, Role::assessor}));
  for (const std::string_view words : {"manager ", " manager", "manager  analyst", "manager,analyst"})
    EXPECT_EQ(parse_roles(words).error().reason, Reason("role.unknown")) << words;
}

}  // namespace
}  // namespace tutela
