#include "accounts/presence.h"

#include <gmock/gmock.h>

namespace tutela::accounts {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr Time kSignIn = Time{hours{480'000}};

MemberRow member() {
  return {.id = MemberId::from_bytes(Bytes(16, 1)).value(),
          .login = "ana",
          .pseudonym = "m-1",
          .password_hash = "",
          .roles = RoleSet({Role::analyst}).bits(),
          .active = true,
          .created_at = kSignIn,
          .version = 1};
}

SessionRow session() {
  return {.token_hash = {}, .member_id = member().id, .csrf = "", .created_at = kSignIn, .last_seen_at = kSignIn};
}

std::string_view reason_of(const SessionRow& session, const MemberRow& member, Time now) {
  const auto presence = check_session(session, member, now);
  return presence ? "present" : presence.error().reason.text();
}

TEST(Presence, SaysWhoIsThere) {
  const auto presence = check_session(session(), member(), kSignIn + minutes{1});
  ASSERT_TRUE(presence);
  EXPECT_EQ(presence->member(), member().id);
  EXPECT_EQ(presence->roles(), RoleSet({Role::analyst}));
  EXPECT_EQ(presence->checked_at(), kSignIn + minutes{1});
}

TEST(Presence, EndsWhenIdle) {
  EXPECT_EQ(reason_of(session(), member(), kSignIn + minutes{30}), "present");
  EXPECT_EQ(reason_of(session(), member(), kSignIn + minutes{30} + milliseconds{1}), "session.expired");
}

TEST(Presence, EndsWithAgeHoweverBusy) {
  SessionRow busy = session();
  busy.last_seen_at = kSignIn + hours{12};
  EXPECT_EQ(reason_of(busy, member(), kSignIn + hours{12}), "present");
  EXPECT_EQ(reason_of(busy, member(), kSignIn + hours{12} + milliseconds{1}), "session.expired");
}

TEST(Presence, IsNotTakenFromTheFuture) {
  EXPECT_EQ(reason_of(session(), member(), kSignIn - milliseconds{1}), "session.expired");
}

TEST(Presence, NeedsAnActiveMemberWhoseSessionItIs) {
  MemberRow gone = member();
  gone.active = false;
  EXPECT_EQ(reason_of(session(), gone, kSignIn), "session.member_inactive");
  MemberRow other = member();
  other.id = MemberId::from_bytes(Bytes(16, 2)).value();
  EXPECT_EQ(reason_of(session(), other, kSignIn), "session.other_member");
  MemberRow strange = member();
  strange.roles = 1 << 20;
  EXPECT_EQ(reason_of(session(), strange, kSignIn), "role.unknown_bits");
}

}  // namespace
}  // namespace tutela::accounts
