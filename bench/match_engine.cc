// The live engine: lookups while entries are added and segments merged, the time from a commit to a match, and the start from a
// snapshot. `--long` for ten million entries; `--json` for one row a line.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "match_engine/match_engine.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::match_engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSeed = 1;
constexpr std::size_t kAddsPerSecond = 1'000;
constexpr std::chrono::seconds kLiveTime{20};

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

struct Printer {
  bool as_json;
  void operator()(std::string_view name, double value, std::string_view unit) const {
    if (as_json)
      fmt::print("{{\"name\":\"{}\",\"tutela\":{:.4g},\"unit\":\"{}\"}}\n", name, value, unit);
    else
      fmt::print("{:44} {:>12.4g} {}\n", name, value, unit);
  }
};

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bench-engine-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

Fingerprint drawn(const Algorithm& algorithm, SeededRandom& random) {
  Bytes value(32);
  random.fill(value);
  return Fingerprint::make(algorithm, std::move(value)).value();
}

match::BankRow bank_row(Random& random) { return {BankId::make(Time{}, random), "drawn", "match", 31, "", "", Time{}}; }

EngineOptions options_in(const Folder& folder, Random& random) {
  EngineOptions options;
  options.snapshot.emplace(
      SnapshotPlace{folder.path / "match.snapshot", SnapshotKey::from_bytes(Bytes(32, 1)).value(), "bench", random});
  return options;
}

// A snapshot of so many entries with a PDQ value each, as if the store held them.
void write_rows(const Folder& folder, const match::BankRow& bank, std::size_t entries, SeededRandom& random, const Printer& print,
                const std::string& size) {
  TableState state;
  TUTELA_CHECK(state.set_banks(std::span(&bank, 1)).value());
  for (std::size_t number = 0; number < entries; ++number) {
    const match::ChangedEntry change{
        bank.id, {.id = EntryId::make(Time{}, random), .fingerprints = {drawn(Algorithm::pdq(), random)}}, {}};
    TUTELA_CHECK(state.apply_new(change).has_value());
  }
  state.feed = 1;
  const auto options = options_in(folder, random);
  const auto start = Clock::now();
  TUTELA_CHECK(write_snapshot(*options.snapshot, *state.make_generation(1)).has_value());
  print("snapshot-write-" + size, ms_since(start), "ms");
  print("snapshot-bytes-per-entry-" + size,
        static_cast<double>(std::filesystem::file_size(options.snapshot->path)) / static_cast<double>(entries), "bytes");
}

void run(std::size_t entries, const std::string& size, const Printer& print) {
  const Folder folder;
  SeededRandom random(kSeed);
  const auto store = store::open_sqlite(folder.path / "bench.sqlite").value();
  TUTELA_CHECK(store::migrate(*store).has_value());
  const match::BankRow bank = bank_row(random);
  TUTELA_CHECK(store->write([&](store::Transaction& tx) { return match::insert_bank(tx, bank); }).has_value());
  write_rows(folder, bank, entries, random, print, size);

  MatchEngine engine(options_in(folder, random));
  auto start = Clock::now();
  const std::clock_t cpu = std::clock();
  TUTELA_CHECK(engine.open(*store).has_value());
  print("start-from-snapshot-" + size, ms_since(start), "ms");
  print("start-from-snapshot-cpu-" + size, static_cast<double>(std::clock() - cpu) * 1'000 / CLOCKS_PER_SEC, "ms");
  print("memory-per-entry-" + size, static_cast<double>(engine.facts().bytes) / static_cast<double>(entries), "bytes");
  while (engine.merge_once()) {
  }

  const auto ask = [&](std::vector<double>& times_ms, const std::atomic<bool>& done, std::size_t at_most) {
    SeededRandom own(kSeed + 1);
    while (!done && times_ms.size() < at_most) {
      const auto question = drawn(Algorithm::pdq(), own);
      const auto asked = Clock::now();
      TUTELA_CHECK(engine.find(std::span(&question, 1)).has_value());
      times_ms.push_back(ms_since(asked));
    }
    std::ranges::sort(times_ms);
  };
  const auto percentile = [](const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share)];
  };
  std::atomic<bool> done = false;
  std::vector<double> still;
  ask(still, done, 20'000);
  print("lookup-still-median-" + size, percentile(still, 0.5), "ms");
  print("lookup-still-p99-" + size, percentile(still, 0.99), "ms");

  // Now with adds, each its own change of the feed in portions that are committed together, and with merges.
  engine.follow(*store);
  std::vector<double> live;
  live.reserve(4'000'000);
  std::thread asker([&] { ask(live, done, std::size_t{1} << 40); });
  std::vector<double> commit_to_match;
  SeededRandom adding(kSeed + 2);
  constexpr std::size_t kPortion = 10;
  start = Clock::now();
  std::size_t added = 0;
  for (; Clock::now() - start < kLiveTime; added += kPortion) {
    std::this_thread::sleep_until(start + std::chrono::milliseconds(added * 1'000 / kAddsPerSecond));
    std::optional<Fingerprint> last;
    TUTELA_CHECK(store
                     ->write([&](store::Transaction& tx) -> Result<> {
                       TUTELA_ASSIGN(const auto feed, match::next_feed_number(tx));
                       for (std::size_t each = 0; each < kPortion; ++each) {
                         const auto id = EntryId::make(Time{}, adding);
                         last = drawn(Algorithm::pdq(), adding);
                         TUTELA_TRY(match::insert_entry(tx, {.id = id,
                                                             .bank_id = bank.id,
                                                             .status = "active",
                                                             .act = "a",
                                                             .age_band = "unknown",
                                                             .source = "",
                                                             .feed = feed}));
                         TUTELA_TRY(match::insert_entry_fingerprint(tx, {id, "pdq", last->reveal_value(), std::nullopt}));
                       }
                       return {};
                     })
                     .has_value());
    const auto committed = Clock::now();
    TUTELA_CHECK(engine.take_over(*store).has_value());
    TUTELA_CHECK(engine.find(std::span(&*last, 1)).value().answer.matches.size() == 1);
    commit_to_match.push_back(ms_since(committed));
  }
  const double live_ms = ms_since(start);
  done = true;
  asker.join();
  engine.stop();
  std::ranges::sort(commit_to_match);
  print("adds-per-second-" + size, static_cast<double>(added) / live_ms * 1'000, "entries/s");
  print("lookup-live-median-" + size, percentile(live, 0.5), "ms");
  print("lookup-live-p99-" + size, percentile(live, 0.99), "ms");
  print("commit-to-match-median-" + size, percentile(commit_to_match, 0.5), "ms");
  print("commit-to-match-p99-" + size, percentile(commit_to_match, 0.99), "ms");
}

}  // namespace
}  // namespace tutela::match_engine

int main(int argc, char** argv) {
  bool is_long = false;
  bool as_json = false;
  for (int at = 1; at < argc; ++at) {
    is_long = is_long || std::string_view(argv[at]) == "--long";
    as_json = as_json || std::string_view(argv[at]) == "--json";
  }
  tutela::match_engine::run(1'000'000, "1m", {as_json});
  if (is_long) tutela::match_engine::run(10'000'000, "10m", {as_json});
  return 0;
}
