#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/classification.h"
#include "review/review_repository.h"

// What a member has viewed in a shift, and the hard stop. Only the server's clock counts; a page that sends no heartbeat, or
// sends too many, gains nothing.
namespace tutela::review {

enum class ViewMode : std::uint8_t { blurred, grey, full, address };
std::string_view to_word(ViewMode mode);
Result<ViewMode> parse_view_mode(std::string_view word);  // invalid, "exposure.unknown_mode"

struct ExposureRules {
  std::int64_t seconds_max = 60 * 60;  // per shift
  std::int64_t weight_max = 600;       // per shift, in the points of view_weight()
  Duration beat_every = std::chrono::seconds{5};
  Duration beat_lost_after = std::chrono::seconds{15};
  Duration shift_begins_at = std::chrono::hours{0};  // after midnight UTC; a shift is a day
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
  std::optional<LocationId> location;  // with ViewMode::address
  ViewMode mode = ViewMode::blurred;
  std::optional<Act> suspected;
};

// Rows to write in one transaction, before the first byte leaves (I3).
struct ViewAccount {
  ViewRow view;
  ExposureRow exposure;
  bool must_stop = false;  // the budget is spent: the view was closed
};

// Opens the view and charges its points. As may_view(). An address is a hand-out: its view is closed at once, its seconds are
// declared later.
Result<ViewAccount> open_view(const NewView& view, const ExposureRow& exposure, Time now, const ExposureRules& rules = {});
// Adds the seconds since the last beat, at most beat_lost_after; rounds up, so that no beat is free. Closes the view when the
// budget is spent or when the beat came too late. conflict, "exposure.view_closed"; not_found, "view.unknown" (another member's).
Result<ViewAccount> beat_view(const ViewRow& view, const ExposureRow& exposure, const MemberId& member, Time now,
                              const ExposureRules& rules = {});
// The same and closes it. A closed view stays as it is.
Result<ViewAccount> close_view(const ViewRow& view, const ExposureRow& exposure, const MemberId& member, Time now,
                               const ExposureRules& rules = {});
// For a view whose page went silent: charges up to beat_lost_after and closes it. Only once it is lost.
bool is_lost(const ViewRow& view, Time now, const ExposureRules& rules = {});
ViewAccount lapse_view(const ViewRow& view, const ExposureRow& exposure, Time now, const ExposureRules& rules = {});
// Whether the picture of this view may leave now. conflict, "exposure.view_closed" (closed or silent), "exposure.no_picture" (an
// address); not_found, "view.unknown" (another member's).
Result<ViewMode> check_picture(const ViewRow& view, const MemberId& member, Time now, const ExposureRules& rules = {});

// Seconds spent with an address off this node, as the member says. Counted also beyond the budget: they have happened.
ExposureRow declare_off_node(const ExposureRow& exposure, std::int64_t seconds);

}  // namespace tutela::review
