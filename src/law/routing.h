#pragma once

#include <span>
#include <variant>

#include "law/assessment.h"

// To whom a referral goes without a member choosing, and when a member must choose.
namespace tutela::law {

// An authority that members adopted as a channel (I9).
struct AdoptedAuthority {
  std::string name;
  Country country;
  // What it is there. Absent: not known, good enough at home, never for anything abroad.
  std::optional<AuthorityKind> kind;
};

struct ToAuthority {
  std::string authority;  // AdoptedAuthority::name
  Country country;
  Time due;
  RowReference row;
  bool deadline_is_law;
};

enum class WhyMember : std::uint8_t {
  unknown_country,       // nobody told us, or the table has nothing on it
  unknown_law,           // no row covers this act and age band there
  depends,               // the law there says "it depends"
  not_illegal,           // illegal nowhere we know of
  abroad_not_foreseen,   // no row says that an authority there takes it from us
  no_adopted_authority,  // the law names one, no member has adopted a channel to that country
  several_authorities,   // more than one adopted channel in that country
};
std::string_view to_word(WhyMember why);

struct MemberMustDecide {
  WhyMember why;
  Time due;  // the routing task's clock: the earliest known duty, at most kRoutingClock from now
  // Adopted authorities of countries that the view names, by name: shown to the member, never used by themselves.
  std::vector<std::string> suggested;
};

using Route = std::variant<ToAuthority, MemberMustDecide>;

// How long a member may take where no duty gives a shorter clock. A working rule of the project.
inline constexpr std::chrono::hours kRoutingClock{24};

// In this order: anything unknown goes to a member; a duty of our own country to its adopted authority; then, for an item, the
// country of hosting and for a concern the country of the person. Abroad only when a row of that country takes it from abroad and
// exactly one authority of that country is adopted. Never carries a reporter's identity (I9): the message type has no field for
// it.
Route route(const LegalView& view, std::span<const AdoptedAuthority> adopted, Time now);

}  // namespace tutela::law
