#include "match_engine/match_engine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/log.h"

namespace tutela::match_engine {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kEntriesAtOnce = 4'096;
// How often a thread looks whether it should stop, and whether a segment is worth building.
constexpr milliseconds kStopLook{50};
constexpr milliseconds kMergeLook{100};
constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
// A snapshot is written anew when so many rows came, or this share of all: what is behind it is read from the store at a start.
constexpr std::size_t kSnapshotRowsMin = 65'536;
constexpr std::size_t kSnapshotShare = 32;

milliseconds passed_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

Result<match::BankChanges> read_changes(store::Store& store, const match::FeedPosition& after, std::int64_t until) {
  return in_snapshot<match::BankChanges>(
      store, [&](store::Reader& reader) { return match::read_bank_changes(reader, after, until, kEntriesAtOnce); });
}

// Behind the numbers up to `feed`: a transaction is seen whole or not at all.
match::FeedPosition behind(std::int64_t feed) { return {feed + 1, std::nullopt}; }

}  // namespace

MatchEngine::MatchEngine(EngineOptions options) : options_(std::move(options)), wide_(options_.wide) {}

MatchEngine::~MatchEngine() { stop(); }

std::chrono::steady_clock::duration MatchEngine::since_confirmed() const {
  return options_.now().time_since_epoch() - std::chrono::nanoseconds(confirmed_ns_.load());
}

bool MatchEngine::is_fresh() const {
  if (is_behind_) return false;
  return !options_.lease || since_confirmed() <= *options_.lease;
}

Result<std::shared_ptr<const Generation>> MatchEngine::current_if_fresh() const {
  if (!is_fresh()) return fail(ErrorCode::unavailable, "match.stale");
  const std::lock_guard lock(publishing_);
  return current_;
}

bool MatchEngine::answer_wide(const Generation& generation, std::vector<WideScan> scans, const std::vector<std::size_t>& asked_by,
                              std::vector<match::MatchAnswer>& answers) const {
  auto found = wide_.run(generation.shared_from_this(), std::move(scans));
  if (!found) {
    ++wide_left_out_;
    return false;
  }
  for (std::size_t scan = 0; scan < found->size(); ++scan)
    std::ranges::move((*found)[scan], std::back_inserter(answers[asked_by[scan]].matches));
  return true;
}

Result<EngineAnswer> MatchEngine::find(std::span<const Fingerprint> fingerprints, const BankChoice& banks, WideBanks wide) const {
  TUTELA_ASSIGN(auto answers, find_each(fingerprints, banks, wide));
  EngineAnswer all{{}, answers.generation, answers.is_complete};
  for (auto& answer : answers.answers) std::ranges::move(answer.matches, std::back_inserter(all.answer.matches));
  if (answers.answers.size() > 1) match::sort_matches(all.answer.matches);
  return all;
}

Result<EngineAnswers> MatchEngine::find_each(std::span<const Fingerprint> fingerprints, const BankChoice& banks,
                                             WideBanks wide) const {
  TUTELA_ASSIGN(const auto generation, current_if_fresh());
  EngineAnswers all{std::vector<match::MatchAnswer>(fingerprints.size()), generation->number};
  std::vector<WideScan> scans;
  std::vector<std::size_t> asked_by;  // the question of each scan
  for (std::size_t place = 0; place < fingerprints.size(); ++place) {
    generation->find(fingerprints[place], banks, all.answers[place].matches);
    generation->list_wide_scans(fingerprints[place], banks, scans);
    asked_by.resize(scans.size(), place);
  }
  if (!scans.empty())
    all.is_complete = wide == WideBanks::asked && answer_wide(*generation, std::move(scans), asked_by, all.answers);
  for (auto& answer : all.answers) match::sort_matches(answer.matches);
  return all;
}

Result<> MatchEngine::open(store::Store& store) {
  const std::lock_guard lock(taking_over_);
  return open_locked(store);
}

Result<> MatchEngine::refresh(store::Store& store) {
  if (is_fresh()) return {};
  return take_over(store);
}

Result<> MatchEngine::take_over(store::Store& store) {
  const std::lock_guard lock(taking_over_);
  if (!state_) return open_locked(store);
  const auto taken = follow_feed(store);
  if (!taken) is_behind_ = true;
  // Without threads of its own nobody else would.
  while (!is_following_ && merge_once()) {
  }
  return taken;
}

Result<> MatchEngine::open_locked(store::Store& store) {
  const auto start = std::chrono::steady_clock::now();
  auto state = read_own_snapshot(store);
  const bool is_from_snapshot = state.has_value();
  if (!state) {
    const auto& error = state.error();
    if (error.code != ErrorCode::not_found) log::warning("match.snapshot_refused", {{"error", error}});
    state = read_store(store);
    if (!state) return std::unexpected(state.error());
  } else {
    const std::lock_guard lock(writing_);
    saved_feed_ = (*state)->feed;
    saved_rows_ = (*state)->row_count();
  }
  const auto read_in = passed_since(start);
  (*state)->index_all(options_.threads);
  put_in_place(*std::move(state));
  TUTELA_TRY(follow_feed(store));
  log::info("match.opened", {{"entries", static_cast<std::int64_t>(state_->entry_count())},
                             {"from", is_from_snapshot ? Reason("snapshot") : Reason("store")},
                             {"read_ms", read_in.count()},
                             {"ms", passed_since(start).count()}});
  return {};
}

Result<std::unique_ptr<TableState>> MatchEngine::read_own_snapshot(store::Store& store) const {
  if (!options_.snapshot) return fail(ErrorCode::not_found, "match.no_snapshot");
  TUTELA_ASSIGN(auto state, read_snapshot(*options_.snapshot));
  TUTELA_ASSIGN(const auto last, in_snapshot<std::int64_t>(store, match::last_feed_number));
  // An older copy of the database was put back: its numbers mean something else from here on.
  if (state->feed > last) return fail(ErrorCode::corrupt, "match.snapshot_ahead");
  return state;
}

Result<std::unique_ptr<TableState>> MatchEngine::read_store(store::Store& store) const {
  auto state = std::make_unique<TableState>();
  TUTELA_ASSIGN(const auto last, in_snapshot<std::int64_t>(store, match::last_feed_number));
  for (;;) {
    TUTELA_ASSIGN(const auto changes, read_changes(store, state->position, last));
    TUTELA_ASSIGN(const bool fits, state->set_banks(changes.banks));
    if (!fits) {
      state = std::make_unique<TableState>();
      continue;
    }
    // Up to `last` each entry comes once: one that changes meanwhile moves behind it.
    for (const auto& change : changes.entries) TUTELA_TRY(state->apply_new(change));
    if (changes.is_complete) break;
    state->position = changes.entries.back().position;
  }
  state->feed = last;
  state->position = behind(last);
  return state;
}

void MatchEngine::put_in_place(std::unique_ptr<TableState> state) {
  const std::lock_guard lock(writing_);
  state_ = std::move(state);
  ++states_;
  publish_locked();
}

Result<> MatchEngine::follow_feed(store::Store& store) {
  for (;;) {
    // Taken before the read: what is confirmed is at least as new.
    const auto looked_at = options_.now().time_since_epoch();
    const auto confirm = [&] {
      confirmed_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(looked_at).count();
      is_behind_ = false;
    };
    TUTELA_ASSIGN(const auto last, in_snapshot<std::int64_t>(store, match::last_feed_number));
    if (last == state_->feed) {
      confirm();
      return {};
    }
    bool fits = last > state_->feed;
    if (fits) {
      TUTELA_ASSIGN(const auto changes, read_changes(store, state_->position, kNoLimit));
      const std::lock_guard lock(writing_);
      TUTELA_ASSIGN(fits, state_->set_banks(changes.banks));
      if (fits) {
        for (const auto& change : changes.entries) TUTELA_TRY(state_->apply(change));
        if (changes.is_complete) {
          state_->feed = changes.last;
          state_->position = behind(changes.last);
        } else {
          state_->position = changes.entries.back().position;
        }
        publish_locked();
        ++additions_;
        if (!changes.is_complete) continue;
        confirm();
        return {};
      }
    }
    // Rows would have to move, or an older copy of the database was put back under us.
    log::info("match.read_anew");
    TUTELA_ASSIGN(auto state, read_store(store));
    state->index_all(options_.threads);
    put_in_place(std::move(state));
    ++additions_;
  }
}

void MatchEngine::publish_locked() {
  auto next = state_->make_generation(++generations_);
  const std::lock_guard lock(publishing_);
  // The old one goes when `next` does, behind this lock; its readers keep it as long as they need it.
  current_.swap(next);
}

bool MatchEngine::merge_once() {
  const std::lock_guard merging(merging_);
  std::optional<MergeTask> task;
  std::int64_t states = 0;
  {
    const std::lock_guard lock(writing_);
    if (!state_) return false;
    task = state_->next_merge();
    states = states_;
  }
  if (!task) return false;
  const auto start = std::chrono::steady_clock::now();
  if (task->base) {
    for (std::size_t part = 0; part < task->base->part_count(); ++part) {
      task->base = match::NearSegment::with_table(*task->base, task->codes, part, task->range.end);
      const std::lock_guard lock(writing_);
      if (states != states_) return true;
      state_->replace_base(*task, task->base);
      publish_locked();
    }
    built_in_ms_ = passed_since(start).count();
    ++segments_built_;
    return true;
  }
  task->run();
  built_in_ms_ = passed_since(start).count();
  const std::lock_guard lock(writing_);
  if (states != states_) return true;
  state_->finish(*std::move(task));
  publish_locked();
  ++segments_built_;
  return true;
}

Result<> MatchEngine::write_snapshot() {
  if (!options_.snapshot) return {};
  std::shared_ptr<const Generation> generation;
  std::size_t rows = 0;
  {
    const std::lock_guard lock(writing_);
    if (!state_) return {};
    const std::lock_guard published(publishing_);
    generation = current_;
    rows = state_->row_count();
  }
  TUTELA_TRY(match_engine::write_snapshot(*options_.snapshot, *generation));
  const std::lock_guard lock(writing_);
  saved_feed_ = generation->feed;
  saved_rows_ = rows;
  return {};
}

void MatchEngine::follow(store::Store& store) {
  is_following_ = true;
  threads_.emplace_back([this, &store] { run_feed(store); });
  threads_.emplace_back([this] { run_merges(); });
}

void MatchEngine::stop() {
  {
    const std::lock_guard lock(stopping_mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  for (auto& thread : threads_) thread.join();
  if (!threads_.empty()) {
    const bool is_saved = [&] {
      const std::lock_guard lock(writing_);
      return !state_ || saved_feed_ == state_->feed;
    }();
    if (!is_saved)
      if (const auto written = write_snapshot(); !written)
        log::warning("match.snapshot_not_written", {{"error", written.error()}});
  }
  threads_.clear();
  is_following_ = false;
  const std::lock_guard lock(stopping_mutex_);
  stop_ = false;
}

bool MatchEngine::rest(milliseconds time) {
  std::unique_lock lock(stopping_mutex_);
  return !stopping_.wait_for(lock, time, [&] { return stop_; });
}

void MatchEngine::run_feed(store::Store& store) {
  bool was_lost = false;
  std::int64_t heard = 0;
  do {
    const auto taken = [&]() -> Result<> {
      const std::lock_guard lock(taking_over_);
      return state_ ? follow_feed(store) : open_locked(store);
    }();
    // Said once when it begins and once when it ends, not ten times a second.
    if (!taken && !was_lost) log::error("match.feed_lost", {{"error", taken.error()}});
    if (taken && was_lost) log::info("match.feed_found");
    was_lost = !taken;
  } while (wait_for_change(store, heard));
}

bool MatchEngine::wait_for_change(store::Store& store, std::int64_t& heard) {
  for (milliseconds waited{0}; waited < kFeedLook; waited += kStopLook) {
    const std::int64_t news = store.wait_for_news(heard, kStopLook);
    {
      const std::lock_guard lock(stopping_mutex_);
      if (stop_) return false;
    }
    if (news == heard) continue;
    heard = news;
    return true;
  }
  return true;
}

void MatchEngine::run_merges() {
  // Lookups come first; on Linux a nice value is the thread's own.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
  do {
    while (merge_once()) {
    }
    const bool is_due = [&] {
      const std::lock_guard lock(writing_);
      if (!state_ || saved_feed_ == state_->feed) return false;
      return state_->row_count() >= saved_rows_ + std::max(kSnapshotRowsMin, saved_rows_ / kSnapshotShare);
    }();
    if (!is_due) continue;
    if (const auto written = write_snapshot(); !written) {
      log::warning("match.snapshot_not_written", {{"error", written.error()}});
      // Not again before as much has changed once more.
      const std::lock_guard lock(writing_);
      saved_rows_ = state_->row_count();
    }
  } while (rest(kMergeLook));
}

bool MatchEngine::has_wide_banks() const {
  const std::lock_guard lock(publishing_);
  return current_ && std::ranges::any_of(current_->wide, [](const WidePart& part) { return part.codes.size() > 0; });
}

EngineFacts MatchEngine::facts() const {
  EngineFacts facts;
  const std::lock_guard lock(writing_);
  facts.built_in = milliseconds(built_in_ms_);
  facts.segments_built = segments_built_;
  facts.wide_left_out = wide_left_out_;
  if (!state_) return facts;
  facts.generation = generations_;
  facts.feed = state_->feed;
  facts.entries = state_->entry_count();
  facts.withdrawn = state_->withdrawn_count();
  facts.rows = state_->row_count();
  facts.tail_rows = state_->tail_count();
  facts.wide_rows = state_->wide_count();
  facts.bytes = state_->bytes();
  if (confirmed_ns_ != 0) facts.confirmed_ago = std::chrono::duration_cast<milliseconds>(since_confirmed());
  return facts;
}

}  // namespace tutela::match_engine
