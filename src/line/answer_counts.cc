#include "line/answer_counts.h"

#include <algorithm>

#include "crypto/digest.h"
#include "match/match_answer_repository.h"

namespace tutela::line {
namespace {

constexpr std::int64_t kFirstStep = 256;
constexpr std::int64_t kStepMax = 65'536;

std::int64_t minute_of(Time time) { return to_unix_ms(time) / 60'000; }

}  // namespace

Result<> AnswerCounts::count(store::Store& store, const Clock& clock, const TokenId& caller, std::int64_t questions,
                             std::int64_t hits, const std::array<std::uint8_t, 32>& digest) {
  const std::lock_guard lock(mutex_);
  // Read under the lock: a minute that was settled for good gets no more.
  const std::int64_t minute = minute_of(clock.now());
  Count& count = counts_[{caller, minute}];
  if (count.questions + questions > count.promised) {
    const std::int64_t step = std::max(questions, std::clamp(count.promised, kFirstStep, kStepMax));
    TUTELA_TRY(store.write(
        [&](store::Transaction& tx) { return match::add_answers(tx, {caller, minute, step, 0, 0, Bytes(digest.size())}); }));
    count.promised += step;
  }
  count.questions += questions;
  count.hits_unwritten += hits;
  append_bytes(count.digest_unwritten, digest);
  const auto chained = crypto::sha256(count.digest_unwritten);
  count.digest_unwritten.assign(chained.begin(), chained.end());
  return {};
}

Result<> AnswerCounts::settle(store::Store& store, const Clock& clock, Settling settling) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = minute_of(clock.now());
  const auto is_over = [&](const Minute& minute) { return settling == Settling::all || minute.second < now; };
  const auto has_news = [&](const auto& one) { return is_over(one.first) || one.second.questions > one.second.written; };
  if (std::ranges::none_of(counts_, has_news)) return {};
  TUTELA_TRY(store.write([&](store::Transaction& tx) -> Result<> {
    for (const auto& [minute, count] : counts_) {
      if (!has_news(std::pair(minute, count))) continue;
      const std::int64_t unused = is_over(minute) ? count.promised - count.questions : 0;
      TUTELA_TRY(match::add_answers(tx, {minute.first, minute.second, -unused, count.questions - count.written,
                                         count.hits_unwritten, count.digest_unwritten}));
    }
    return {};
  }));
  for (auto& [minute, count] : counts_) {
    count.written = count.questions;
    count.hits_unwritten = 0;
    count.digest_unwritten.clear();
  }
  std::erase_if(counts_, [&](const auto& one) { return is_over(one.first); });
  return {};
}

}  // namespace tutela::line
