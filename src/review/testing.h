#pragma once

#include <cstdint>

#include "review/verdict.h"

// What the tests of this folder share. Presence is made the way the program makes it: by a session check.
namespace tutela::review::testing {

inline constexpr Time kNow = Time{std::chrono::hours{480'000}};

template <class IdType>
IdType numbered(std::uint8_t number) {
  return IdType::from_bytes(Bytes(16, number)).value();
}

inline accounts::MemberPresence presence_of(std::uint8_t number, RoleSet roles = {Role::analyst}, Time now = kNow) {
  const auto id = numbered<MemberId>(number);
  return accounts::check_session({.token_hash = {}, .member_id = id, .csrf = "", .created_at = now, .last_seen_at = now},
                                 {.id = id,
                                  .login = "",
                                  .pseudonym = "",
                                  .password_hash = "",
                                  .roles = roles.bits(),
                                  .active = true,
                                  .created_at = now,
                                  .version = 1},
                                 now)
      .value();
}

inline ViewRow view_row(ViewId id, std::string mode) {
  return {.id = id,
          .item_id = numbered<ItemId>(1),
          .member_id = numbered<MemberId>(1),
          .location_id = std::nullopt,
          .mode = std::move(mode),
          .opened_at = kNow,
          .last_beat_at = kNow,
          .closed_at = std::nullopt};
}

inline Viewing not_viewed() { return Viewing::check(Viewed::not_viewed, 0, {}).value(); }
inline Viewing viewed_here() {
  return Viewing::check(Viewed::here, 0, std::vector{view_row(numbered<ViewId>(1), "full")}).value();
}

// By member `number`, one minute after the member with the number before.
inline Assessment assessment_by(std::uint8_t number, Classification judgement, const Viewing& viewing = not_viewed(),
                                std::uint8_t item = 1) {
  return Assessment::make(numbered<AssessmentId>(number), numbered<ItemId>(item),
                          presence_of(number, {Role::analyst}, kNow + std::chrono::minutes{number}), judgement, viewing,
                          Sensitive<std::string>("drawn shape"))
      .value();
}

}  // namespace tutela::review::testing
