#include "review/exposure.h"

#include <algorithm>

#include "base/check.h"
#include "review/verdict.h"

namespace tutela::review {
namespace {

bool is_address(const ViewRow& view) { return view.mode == to_word(ViewMode::address); }

std::int64_t begun_seconds(Duration elapsed) { return (elapsed.count() + 999) / 1000; }

// When the view ended, or will have, if nothing more is heard of its page.
Time lost_at(const ViewRow& view, const ExposureRules& rules) { return view.last_beat_at + rules.beat_lost_after; }

// Charges what was looked at up to `until`. Since a view is closed at its first gap, it was open all the time since it was
// opened.
void charge_until(ViewAccount& account, Time until) {
  ViewRow& view = account.view;
  view.last_beat_at = std::max(view.last_beat_at, until);  // a clock set back charges nothing and gives nothing back
  const std::int64_t seconds = begun_seconds(view.last_beat_at - view.opened_at);
  account.exposure.seconds += std::max<std::int64_t>(0, seconds - view.seconds);
  view.seconds = std::max(view.seconds, seconds);
}

}  // namespace

std::string_view to_word(ViewMode mode) {
  constexpr std::array<std::string_view, kViewModes.size()> kWords = {"blurred", "grey", "full", "address"};
  return kWords[static_cast<std::size_t>(mode)];
}

Result<ViewMode> parse_view_mode(std::string_view word) {
  for (const ViewMode mode : kViewModes)
    if (to_word(mode) == word) return mode;
  return fail(ErrorCode::invalid, "view.unknown_mode");
}

Time shift_start(Time now, const ExposureRules& rules) {
  TUTELA_CHECK(rules.shift > Duration::zero());
  const Duration since = (now - rules.shift_begins_at).time_since_epoch() % rules.shift;
  return now - (since < Duration::zero() ? since + rules.shift : since);
}

std::int64_t view_weight(ViewMode mode, std::optional<Act> suspected) {
  constexpr std::array<std::int64_t, kViewModes.size()> kModeWeights = {1, 2, 4, 4};
  const Act act = suspected.value_or(Act::a);
  const std::int64_t severity = act == Act::a ? 3 : act == Act::b ? 2 : 1;
  return kModeWeights[static_cast<std::size_t>(mode)] * severity;
}

ExposureLeft exposure_left(const ExposureRow& exposure, const ExposureRules& rules) {
  return {std::max<std::int64_t>(0, rules.seconds_max - exposure.seconds),
          std::max<std::int64_t>(0, rules.weight_max - exposure.weight)};
}

Result<> may_view(const ExposureRow& exposure, std::int64_t weight, const ExposureRules& rules) {
  const ExposureLeft left = exposure_left(exposure, rules);
  if (left.seconds == 0 || left.weight < weight) return fail(ErrorCode::limit, "exposure.budget_spent");
  return {};
}

Result<ViewAccount> open_view(const NewView& view, const ExposureRow& exposure, Time now, const ExposureRules& rules) {
  TUTELA_CHECK(exposure.member_id == view.member);
  if (view.location.has_value() != (view.mode == ViewMode::address))
    return fail(ErrorCode::invalid, "view.location", "field location_id");
  const std::int64_t weight = view_weight(view.mode, view.suspected);
  TUTELA_TRY(may_view(exposure, weight, rules));
  ViewAccount account{.view = {.id = view.id,
                               .item_id = view.item,
                               .member_id = view.member,
                               .location_id = view.location,
                               .mode = std::string(to_word(view.mode)),
                               .opened_at = now,
                               .last_beat_at = now,
                               .closed_at = std::nullopt},
                      .exposure = exposure};
  account.exposure.weight += weight;
  return account;
}

bool is_lost(const ViewRow& view, Time now, const ExposureRules& rules) {
  return !view.closed_at && !is_address(view) && now > lost_at(view, rules);
}

ViewAccount lapse_view(const ViewRow& view, const ExposureRow& exposure, Time now, const ExposureRules& rules) {
  ViewAccount account{.view = view, .exposure = exposure};
  if (!is_lost(view, now, rules)) return account;
  charge_until(account, lost_at(view, rules));
  account.view.closed_at = account.view.last_beat_at;
  account.must_stop = true;
  return account;
}

Result<ViewAccount> beat_view(const ViewRow& view, const ExposureRow& exposure, const MemberId& member, Time now,
                              const ExposureRules& rules) {
  if (view.member_id != member) return fail(ErrorCode::not_found, "view.unknown");
  if (is_address(view)) return fail(ErrorCode::invalid, "view.no_picture");
  if (view.closed_at) return fail(ErrorCode::conflict, "view.closed");
  if (is_lost(view, now, rules)) return lapse_view(view, exposure, now, rules);
  ViewAccount account{.view = view, .exposure = exposure};
  charge_until(account, now);
  if (exposure_left(account.exposure, rules).seconds == 0) {
    account.view.closed_at = account.view.last_beat_at;
    account.must_stop = true;
  }
  return account;
}

Result<ViewAccount> close_view(const ViewRow& view, const ExposureRow& exposure, const MemberId& member,
                               std::int64_t declared_seconds, Time now, const ExposureRules& rules) {
  if (view.member_id != member) return fail(ErrorCode::not_found, "view.unknown");
  const std::int64_t declared_max = is_address(view) ? kDeclaredSecondsMax : 0;
  if (declared_seconds < 0 || declared_seconds > declared_max)
    return fail(ErrorCode::invalid, "view.declared_seconds", "field declared_seconds");
  ViewAccount account{.view = view, .exposure = exposure, .must_stop = true};
  if (view.closed_at) return account;
  if (is_lost(view, now, rules)) return lapse_view(view, exposure, now, rules);
  if (is_address(view)) {
    account.view.seconds = declared_seconds;
    account.view.last_beat_at = std::max(view.last_beat_at, now);
    account.exposure = declare_seconds(exposure, declared_seconds);
  } else {
    charge_until(account, now);
  }
  account.view.closed_at = account.view.last_beat_at;
  return account;
}

Result<ViewMode> check_picture(const ViewRow& view, const MemberId& member, Time now, const ExposureRules& rules) {
  if (view.member_id != member) return fail(ErrorCode::not_found, "view.unknown");
  if (is_address(view)) return fail(ErrorCode::invalid, "view.no_picture");
  if (view.closed_at || is_lost(view, now, rules)) return fail(ErrorCode::conflict, "view.closed");
  return parse_view_mode(view.mode);
}

std::int64_t uncounted_seconds(std::int64_t declared_seconds, std::span<const ViewRow> views) {
  std::int64_t counted = 0;
  for (const ViewRow& view : views)
    if (is_address(view)) counted += view.seconds;
  return std::max<std::int64_t>(0, declared_seconds - counted);
}

ExposureRow declare_seconds(const ExposureRow& exposure, std::int64_t seconds) {
  ExposureRow charged = exposure;
  charged.seconds += seconds;
  return charged;
}

}  // namespace tutela::review
