#include "law/routing.h"

#include <algorithm>
#include <array>

#include "model/words.h"

namespace tutela::law {
namespace {

constexpr std::array kWhyMemberWords{Word{WhyMember::unknown_country, "unknown_country"},
                                     Word{WhyMember::unknown_law, "unknown_law"},
                                     Word{WhyMember::depends, "depends"},
                                     Word{WhyMember::not_illegal, "not_illegal"},
                                     Word{WhyMember::abroad_not_foreseen, "abroad_not_foreseen"},
                                     Word{WhyMember::no_adopted_authority, "no_adopted_authority"},
                                     Word{WhyMember::several_authorities, "several_authorities"}};

MemberMustDecide to_member(WhyMember why, const LegalView& view, std::span<const AdoptedAuthority> adopted, Time now) {
  MemberMustDecide task{why, now + kRoutingClock, {}};
  for (const auto& duty : view.must_tell) task.due = std::min(task.due, now + duty.deadline);
  const auto is_named = [&](const AdoptedAuthority& authority) {
    const auto names = [&](const Tell& tell) { return tell.country == authority.country; };
    return std::any_of(view.must_tell.begin(), view.must_tell.end(), names) ||
           std::any_of(view.may_tell.begin(), view.may_tell.end(), names);
  };
  for (const auto& authority : adopted)
    if (is_named(authority)) task.suggested.push_back(authority.name);
  std::sort(task.suggested.begin(), task.suggested.end());
  return task;
}

// The first row, in the view's order, that an adopted authority fits. A channel of unknown kind is good enough at home only.
Route choose(const std::vector<Tell>& rows, const Country& country, const LegalView& view,
             std::span<const AdoptedAuthority> adopted, Time now) {
  const bool abroad = country != view.countries.node;
  bool any_row = false;
  for (const auto& row : rows) {
    if (row.country != country) continue;
    any_row = true;
    const AdoptedAuthority* found = nullptr;
    for (const auto& authority : adopted) {
      const bool kind_fits = authority.kind ? *authority.kind == row.kind : !abroad;
      if (authority.country != country || !kind_fits) continue;
      if (found != nullptr) return to_member(WhyMember::several_authorities, view, adopted, now);
      found = &authority;
    }
    if (found != nullptr) return ToAuthority{found->name, country, now + row.deadline, row.row, row.deadline_is_law};
  }
  const bool not_foreseen = !any_row && abroad;
  return to_member(not_foreseen ? WhyMember::abroad_not_foreseen : WhyMember::no_adopted_authority, view, adopted, now);
}

std::optional<WhyMember> why_member_first(const LegalView& view) {
  for (const auto& unknown : view.unknown_where)
    if (unknown.why != WhyUnknown::not_covered) return WhyMember::unknown_country;
  if (!view.unknown_where.empty()) return WhyMember::unknown_law;
  if (view.subject == Subject::concern) return std::nullopt;
  if (view.illegal_where.empty()) return WhyMember::not_illegal;
  for (const auto& where : view.illegal_where)
    if (where.illegal == Illegal::depends) return WhyMember::depends;
  return std::nullopt;
}

}  // namespace

std::string_view to_word(WhyMember why) { return word_of(kWhyMemberWords, why); }

Route route(const LegalView& view, std::span<const AdoptedAuthority> adopted, Time now) {
  if (const auto why = why_member_first(view)) return to_member(*why, view, adopted, now);
  if (!view.must_tell.empty()) return choose(view.must_tell, view.countries.node, view, adopted, now);
  const auto& place = view.subject == Subject::item ? view.countries.hosting : view.countries.uploader;
  const auto& fallback = view.subject == Subject::item ? view.countries.uploader : view.countries.hosting;
  const Country country = place ? *place : fallback.value_or(view.countries.node);
  return choose(view.may_tell, country, view, adopted, now);
}

}  // namespace tutela::law
