// The library's one header, over the same list and the same tables as the programs.
#include "tutela/match.h"

#include "lists/list_file.h"

namespace tutela {
namespace {

std::unexpected<MatchProblem> problem(const Error& error) {
  return std::unexpected(MatchProblem{std::string(error.reason.text())});
}

}  // namespace

struct KnownList::State {
  lists::ListIndex list;
};

std::expected<KnownList, MatchProblem> KnownList::load(const std::string& path, int threshold_bits) {
  const auto format = lists::format_of(path);
  if (!format) return problem(format.error());
  auto list = lists::ListIndex::load(path, *format, threshold_bits);
  if (!list) return problem(list.error());
  return KnownList(std::make_shared<const State>(*std::move(list)));
}

std::size_t KnownList::refused_lines() const { return state_->list.refused_lines(); }

std::expected<std::vector<Found>, MatchProblem> KnownList::ask(std::string_view algorithm, std::string_view value,
                                                               int quality) const {
  const auto parsed = Algorithm::parse(algorithm);
  if (!parsed) return std::unexpected(MatchProblem{"list.bad_algorithm"});
  const auto question =
      match::parse_list_value(*parsed, value, quality < 0 ? std::nullopt : std::optional<std::int64_t>(quality));
  if (!question) return problem(question.error());
  if (!question->is_comparable()) {
    const bool is_carried = parsed->comparison() == Comparison::carried;
    return std::unexpected(MatchProblem{is_carried ? "question.not_comparable" : "question.quality_below_50"});
  }
  std::vector<Found> found;
  for (const auto& match : state_->list.find({&*question, 1}).matches)
    found.push_back({state_->list.name_of(match.entry), match.distance_bits, match.threshold_bits, match.why});
  return found;
}

}  // namespace tutela
