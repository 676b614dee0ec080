// The live engine: lookups while entries are added and segments merged, the time from a commit to a match, the start from a
// snapshot, and lookups beside a bank above 31 bits that is asked all the time. `--long` adds ten million entries.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/table.h"
#include "match_engine/match_engine.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::match_engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSeed = 1;
constexpr std::size_t kAddsPerSecond = 1'000;
constexpr std::chrono::seconds kLiveTime{20};

double percentile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share)];
}

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

// Figures of one size.
struct Printer {
  bench::Table& table;
  std::string size;
  void operator()(const std::string& name, double value, const std::string& unit) const {
    const auto better = unit == "entries/s" ? bench::Better::higher : bench::Better::lower;
    table.add({.name = name + "-" + size, .tutela = value, .unit = unit, .better = better});
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
void write_rows(const Folder& folder, const match::BankRow& bank, std::size_t entries, SeededRandom& random,
                const Printer& print) {
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
  print("snapshot-write", ms_since(start), "ms");
  print("snapshot-bytes-per-entry",
        static_cast<double>(std::filesystem::file_size(options.snapshot->path)) / static_cast<double>(entries), "bytes");
}

void run(std::size_t entries, const Printer& print) {
  const Folder folder;
  SeededRandom random(kSeed);
  const auto store = store::open_sqlite(folder.path / "bench.sqlite").value();
  TUTELA_CHECK(store::migrate(*store).has_value());
  const match::BankRow bank = bank_row(random);
  TUTELA_CHECK(store->write([&](store::Transaction& tx) { return match::insert_bank(tx, bank); }).has_value());
  write_rows(folder, bank, entries, random, print);

  MatchEngine engine(options_in(folder, random));
  auto start = Clock::now();
  const std::clock_t cpu = std::clock();
  TUTELA_CHECK(engine.open(*store).has_value());
  print("start-from-snapshot", ms_since(start), "ms");
  print("start-from-snapshot-cpu", static_cast<double>(std::clock() - cpu) * 1'000 / CLOCKS_PER_SEC, "ms");
  print("memory-per-entry", static_cast<double>(engine.facts().bytes) / static_cast<double>(entries), "bytes");
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
  std::atomic<bool> done = false;
  std::vector<double> still;
  ask(still, done, 20'000);
  print("lookup-still-median", percentile(still, 0.5), "ms");
  print("lookup-still-p99", percentile(still, 0.99), "ms");

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
  print("adds-per-second", static_cast<double>(added) / live_ms * 1'000, "entries/s");
  print("lookup-live-median", percentile(live, 0.5), "ms");
  print("lookup-live-p99", percentile(live, 0.99), "ms");
  print("commit-to-match-median", percentile(commit_to_match, 0.5), "ms");
  print("commit-to-match-p99", percentile(commit_to_match, 0.99), "ms");
  print("commit-to-match-longest", commit_to_match.back(), "ms");
}

// A bank of a million entries at 31 bits is asked by itself, first alone and then while another thread asks one of a million at
// 60 bits without a pause.
void run_beside_wide(bench::Table& table) {
  constexpr std::size_t kEntries = 1'000'000;
  constexpr std::size_t kQuestions = 40'000;
  constexpr int kRounds = 3;
  const Folder folder;
  SeededRandom random(kSeed);
  const auto store = store::open_sqlite(folder.path / "bench.sqlite").value();
  TUTELA_CHECK(store::migrate(*store).has_value());
  const match::BankRow indexed = bank_row(random);
  match::BankRow wide = bank_row(random);
  wide.name = "wide";
  wide.threshold = 60;
  TUTELA_CHECK(store
                   ->write([&](store::Transaction& tx) -> Result<> {
                     TUTELA_TRY(match::insert_bank(tx, indexed));
                     return match::insert_bank(tx, wide);
                   })
                   .has_value());
  {
    TableState state;
    const std::array banks{indexed, wide};
    TUTELA_CHECK(state.set_banks(banks).value());
    for (const auto& bank : banks)
      for (std::size_t number = 0; number < kEntries; ++number)
        TUTELA_CHECK(
            state
                .apply_new(
                    {bank.id, {.id = EntryId::make(Time{}, random), .fingerprints = {drawn(Algorithm::pdq(), random)}}, {}})
                .has_value());
    state.feed = 1;
    TUTELA_CHECK(write_snapshot(*options_in(folder, random).snapshot, *state.make_generation(1)).has_value());
  }
  MatchEngine engine(options_in(folder, random));
  TUTELA_CHECK(engine.open(*store).has_value());
  while (engine.merge_once()) {
  }
  const auto p99_ms = [&] {
    const auto banks = BankChoice::only({indexed.id});
    std::vector<double> times_ms;
    for (std::size_t number = 0; number < kQuestions; ++number) {
      const auto question = drawn(Algorithm::pdq(), random);
      const auto asked = Clock::now();
      TUTELA_CHECK(engine.find(std::span(&question, 1), banks).has_value());
      times_ms.push_back(ms_since(asked));
    }
    std::ranges::sort(times_ms);
    return percentile(times_ms, 0.99);
  };
  std::vector<double> alone, beside;
  std::atomic<std::int64_t> scans = 0;
  for (int round = 0; round < kRounds; ++round) {
    alone.push_back(p99_ms());
    std::atomic<bool> done = false;
    std::thread other([&] {
      SeededRandom own(kSeed + 3);
      for (; !done; ++scans) {
        const auto question = drawn(Algorithm::pdq(), own);
        TUTELA_CHECK(engine.find(std::span(&question, 1), BankChoice::only({wide.id})).has_value());
      }
    });
    beside.push_back(p99_ms());
    done = true;
    other.join();
  }
  std::ranges::sort(alone);
  std::ranges::sort(beside);
  table.add({.name = "lookup-p99-beside-wide-1m",
             .peer = "the same bank alone",
             .tutela = beside[kRounds / 2],
             .peer_value = alone[kRounds / 2],
             .unit = "ms",
             .note = fmt::format("{} scans of the wide bank meanwhile", scans.load())});
}

}  // namespace
}  // namespace tutela::match_engine

int main(int argc, char** argv) {
  const auto options = tutela::bench::parse_options(argc, argv);
  if (!options) return 2;
  tutela::bench::Table table(*options);
  table.heading("The live engine");
  tutela::match_engine::run(1'000'000, {table, "1m"});
  tutela::match_engine::run_beside_wide(table);
  if (options->long_run) tutela::match_engine::run(10'000'000, {table, "10m"});
  return 0;
}
