#include "review/verdict.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "model/text.h"
#include "review/exposure.h"

namespace tutela::review {
namespace {

constexpr std::array kViewed = {Viewed::here, Viewed::off_node, Viewed::not_viewed};

// Whether this view showed the picture itself: a blurred thumbnail does not.
bool shows_picture(const ViewRow& view) { return view.mode == to_word(ViewMode::grey) || view.mode == to_word(ViewMode::full); }

}  // namespace

std::string_view to_word(Viewed viewed) {
  constexpr std::array<std::string_view, kViewed.size()> kWords = {"here", "off_node", "not_viewed"};
  return kWords[static_cast<std::size_t>(viewed)];
}

Result<Viewed> parse_viewed(std::string_view word) {
  for (const Viewed viewed : kViewed)
    if (to_word(viewed) == word) return viewed;
  return fail(ErrorCode::invalid, "review.unknown_viewed");
}

Result<Viewing> Viewing::check(Viewed claim, std::int64_t declared_seconds, std::span<const ViewRow> views) {
  const bool was_viewed_here = std::ranges::any_of(views, shows_picture);
  if (claim == Viewed::here && !was_viewed_here) return fail(ErrorCode::conflict, "review.not_viewed_here");
  if (claim != Viewed::here && was_viewed_here) return fail(ErrorCode::conflict, "review.viewed_here");
  if (claim == Viewed::off_node) {
    const auto is_hand_out = [](const ViewRow& view) { return view.mode == to_word(ViewMode::address); };
    if (std::ranges::none_of(views, is_hand_out)) return fail(ErrorCode::conflict, "review.address_not_handed_out");
    if (declared_seconds < 1 || declared_seconds > kDeclaredSecondsMax)
      return fail(ErrorCode::invalid, "review.declared_seconds", "field declared_seconds");
  } else if (declared_seconds != 0) {
    return fail(ErrorCode::invalid, "review.declared_seconds", "field declared_seconds");
  }
  return Viewing(claim, declared_seconds);
}

Result<Assessment> Assessment::make(const AssessmentId& id, const ItemId& item, const accounts::MemberPresence& presence,
                                    Classification judgement, const Viewing& viewing, const Sensitive<std::string>& reason) {
  if (is_blank(reason.reveal())) return fail(ErrorCode::invalid, "review.reason_missing", "field reason");
  if (reason.reveal().size() > limits::kReasonBytesMax) return fail(ErrorCode::limit, "review.reason_too_long", "field reason");
  if (!is_clean_text(reason.reveal(), Lines::many)) return fail(ErrorCode::invalid, "review.bad_reason", "field reason");
  return Assessment(id, item, presence.member(), judgement, viewing, presence.checked_at());
}

Result<Assessment> Assessment::restore(const AssessmentRow& row) {
  const auto act = parse_act(row.act);
  const auto age_band = parse_age_band(row.age_band);
  const auto viewed = parse_viewed(row.viewed);
  if (!act || !age_band || !viewed) return fail(ErrorCode::corrupt, "review.bad_assessments");
  return Assessment(row.id, row.item_id, row.member_id, {*act, *age_band}, Viewing(*viewed, row.declared_seconds),
                    row.assessed_at);
}

AssessmentRow Assessment::to_row(Bytes sealed_reason) const {
  return {.id = id_,
          .item_id = item_,
          .member_id = member_,
          .act = std::string(to_word(judgement_.act)),
          .age_band = std::string(to_word(judgement_.age_band)),
          .viewed = std::string(to_word(viewing_.viewed())),
          .declared_seconds = viewing_.declared_seconds(),
          .sealed_reason = std::move(sealed_reason),
          .assessed_at = assessed_at_};
}

VerdictRow to_row(const Verdict& verdict, const VerdictId& id) {
  return {.item_id = verdict.item(),
          .id = id,
          .act = std::string(to_word(verdict.judgement().act)),
          .age_band = std::string(to_word(verdict.judgement().age_band)),
          .inherited_entry = std::nullopt,
          .viewed_here = verdict.is_viewed_here(),
          .decided_at = verdict.decided_at()};
}

VerdictRow to_row(const InheritedVerdict& verdict, const VerdictId& id) {
  return {.item_id = verdict.item(),
          .id = id,
          .act = std::string(to_word(verdict.judgement().act)),
          .age_band = std::string(to_word(verdict.judgement().age_band)),
          .inherited_entry = verdict.entry(),
          .viewed_here = InheritedVerdict::is_viewed_here(),
          .decided_at = verdict.decided_at()};
}

}  // namespace tutela::review
