#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/classification.h"
#include "review/review_repository.h"

// What a member has viewed in a shift, and the hard stop. Only the server's clock counts; a page that sends no heartbeat, or
// sends too many, gains nothing.
namespace tutela::review {

enum class ViewMode : std::uint8_t { blurred, grey, full, address };
inline constexpr std::array kViewModes = {ViewMode::blurred, ViewMode::grey, ViewMode::full, ViewMode::address};
std::string_view to_word(ViewMode mode);
Result<ViewMode> parse_view_mode(std::string_view word);  // invalid, "view.unknown_mode"

struct ExposureRules {
  std::int64_t seconds_max = 30 * 60;  // per shift
  std::int64_t weight_max = 400;       // per shift, in the points of view_weight()
  Duration beat_every = std::chrono::seconds{5};
  Duration beat_lost_after = std::chrono::seconds{15};
  Duration shift = std::chrono::hours{8};
  Duration shift_begins_at = std::chrono::hours{0};  // the first shift of the day, after midnight UTC
};

// The last moment not after `now` at which a shift began.
Time shift_start(Time now, const ExposureRules& rules = {});

// Points of one view: mode (blurred 1, grey 2, full 4, address 4) times severity as far as known (a 3, b 2, others 1). What
// nobody has judged counts as the worst.
std::int64_t view_weight(ViewMode mode, std::optional<Act> suspected);

struct ExposureLeft {
  std::int64_t seconds = 0;
  std::int64_t weight = 0;
};
ExposureLeft exposure_left(const ExposureRow& exposure, const ExposureRules& rules = {});

// The hard stop. limit, "exposure.budget_spent": no second is left, or fewer points than this view costs.
Result<> may_view(const ExposureRow& exposure, std::int64_t weight, const ExposureRules& rules = {});

struct NewView {
  ViewId id;
  ItemId item;
  MemberId member;
  std::optional<LocationId> location;  // with ViewMode::address, and only then
  ViewMode mode = ViewMode::blurred;
  std::optional<Act> suspected;
};

// Rows to write in one transaction, before the first byte leaves (I3).
struct ViewAccount {
  ViewRow view;
  ExposureRow exposure;    // of the member and the shift in which it was read
  bool must_stop = false;  // the picture must be hidden now: the view is closed
};

// Opens the view and charges its points. As may_view(); invalid, "view.location" (an address without a location, or a picture
// with one).
Result<ViewAccount> open_view(const NewView& view, const ExposureRow& exposure, Time now, const ExposureRules& rules = {});

// Still looking: the view is charged with its whole seconds since it was opened, begun ones counted full. Closes it when the
// budget is spent, or when it was silent for longer than beat_lost_after; then it is charged up to there. conflict,
// "view.closed"; not_found, "view.unknown" (another member's); invalid, "view.no_picture" (an address has no beats).
Result<ViewAccount> beat_view(const ViewRow& view, const ExposureRow& exposure, const MemberId& member, Time now,
                              const ExposureRules& rules = {});

// Done looking: as beat_view(), and closes it. For an address, charges what the member declares to have looked at it off this
// node, also beyond the budget: it has happened. Closing again changes nothing. invalid, "view.declared_seconds" (outside
// 0..kDeclaredSecondsMax, or for a picture); not_found, "view.unknown".
Result<ViewAccount> close_view(const ViewRow& view, const ExposureRow& exposure, const MemberId& member,
                               std::int64_t declared_seconds, Time now, const ExposureRules& rules = {});

// A picture whose page went silent. An address is never lost: it waits for what its member declares.
bool is_lost(const ViewRow& view, Time now, const ExposureRules& rules = {});
// Closes a lost view, charged up to the moment at which it was lost, so that silence is no cheaper than beats. Others stay as
// they are.
ViewAccount lapse_view(const ViewRow& view, const ExposureRow& exposure, Time now, const ExposureRules& rules = {});

// The mode in which the picture of this view may leave now. conflict, "view.closed" (also when lost); invalid, "view.no_picture";
// not_found, "view.unknown" (another member's).
Result<ViewMode> check_picture(const ViewRow& view, const MemberId& member, Time now, const ExposureRules& rules = {});

// Seconds declared with an assessment that no view of the item (all of this member's) has been charged with yet.
std::int64_t uncounted_seconds(std::int64_t declared_seconds, std::span<const ViewRow> views);
// Adds them, also beyond the budget.
ExposureRow declare_seconds(const ExposureRow& exposure, std::int64_t seconds);

}  // namespace tutela::review
