// The near index beside what others use, in one run: single questions, distance 31, one core. Figures are of processor time of
// the asking thread, since other programs share the machine; each is the median of rounds in which ours and the peer take turns.

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <functional>

#include <fmt/format.h>

#include "base/check.h"
#include "base/random.h"
#include "bench/match_peers.h"
#include "bench/photo_codes.h"
#include "bench/table.h"
#include "match/near_index.h"

namespace tutela::bench {
namespace {

using match::Bits256;
using match::HammingHit;
using Hits = std::vector<HammingHit>;

constexpr std::uint32_t kDistanceBitsMax = 31;
constexpr std::uint64_t kSeed = 20'261'123;
constexpr int kRounds = 3;

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double peak_gigabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

Bits256 random_bits(SeededRandom& random) { return {random.next(), random.next(), random.next(), random.next()}; }

Bits256 with_flips(Bits256 bits, std::uint64_t flips, SeededRandom& random) {
  for (std::uint64_t flip = 0; flip < flips; ++flip) {
    const std::uint64_t bit = random.next() % 256;
    bits[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
  return bits;
}

using Find = std::function<Hits(const Bits256&)>;

struct Timed {
  double per_second = 0;
  double p99_ms = 0;
};

// The first `count` questions, one after the other.
Timed ask(const Find& find, const std::vector<Bits256>& queries, std::size_t count) {
  std::vector<double> each;
  const double begun = thread_seconds();
  for (std::size_t query = 0; query < count; ++query) {
    const double before = thread_seconds();
    const Hits hits = find(queries[query]);
    each.push_back(thread_seconds() - before);
    TUTELA_CHECK(hits.size() <= std::size_t{1} << 32U);
  }
  const double all = thread_seconds() - begun;
  std::ranges::sort(each);
  return {static_cast<double>(count) / all, each[each.size() * 99 / 100] * 1e3};
}

// The share of the scan's hits that `find` gives; all of them must be right.
double recall(const Find& find, const Find& scan, const std::vector<Bits256>& queries, std::size_t count) {
  std::size_t found = 0;
  std::size_t there = 0;
  for (std::size_t query = 0; query < count; ++query) {
    const Hits truth = scan(queries[query]);
    const Hits hits = find(queries[query]);
    TUTELA_CHECK(std::ranges::includes(truth, hits, {}, &HammingHit::row, &HammingHit::row));
    found += hits.size();
    there += truth.size();
  }
  return there == 0 ? 1 : static_cast<double>(found) / static_cast<double>(there);
}

struct Contest {
  std::string name;  // "match-10m-uniform"
  std::vector<Bits256> queries;
  match::CodePages pages;
};

Find find_in(const match::NearIndex& index) {
  return [&index, scratch = std::shared_ptr(match::make_near_scratch())](const Bits256& query) {
    Hits hits;
    index.find(query, kDistanceBitsMax, *scratch, hits);
    return hits;
  };
}

Find scan_of(const match::CodesView& codes, const match::HammingKernel& kernel) {
  return [&codes, &kernel](const Bits256& query) {
    Hits hits;
    match::scan_codes(codes, 0, query, kDistanceBitsMax, hits, kernel);
    return hits;
  };
}

// Ours and the peer take turns; ours is asked all questions, the peer as many as it can answer in a few seconds.
void compare(Table& table, const Contest& contest, const Find& ours, const std::string& peer, const Find& theirs,
             std::size_t peer_queries) {
  std::vector<double> our_rates, their_rates, their_p99;
  for (int round = 0; round < kRounds; ++round) {
    our_rates.push_back(ask(ours, contest.queries, contest.queries.size()).per_second);
    const Timed timed = ask(theirs, contest.queries, peer_queries);
    their_rates.push_back(timed.per_second);
    their_p99.push_back(timed.p99_ms);
  }
  table.add({.name = contest.name,
             .peer = peer,
             .tutela = median(our_rates),
             .peer_value = median(their_rates),
             .unit = "q/s",
             .better = Better::higher,
             .recall = recall(ours, theirs, contest.queries, std::min<std::size_t>(peer_queries, 50)),
             .note = fmt::format("peer's p99 {:.2f} ms", median(their_p99))});
}

void against_own_scans(Table& table, const Contest& contest, const Find& ours, std::size_t scan_queries) {
  for (const std::string_view name : {"avx2", "avx512_vpopcntdq"})
    if (const auto kernel = match::find_hamming_kernel(name))
      compare(table, contest, ours, "own-scan-" + std::string(name), scan_of(contest.pages.view(), **kernel), scan_queries);
}

double median_of_five_ms(const Find& find, const Bits256& query) {
  std::vector<double> times;
  for (int time = 0; time < 5; ++time) {
    const double before = thread_seconds();
    TUTELA_CHECK(find(query).size() <= std::size_t{1} << 32U);
    times.push_back((thread_seconds() - before) * 1e3);
  }
  return median(std::move(times));
}

// The question on which ours does worst beside the scan of this machine's widest kernel, of all questions of the contest.
void slowest_question(Table& table, const Contest& contest, const Find& ours) {
  const auto& kernel = match::best_hamming_kernel();
  const Find scan = scan_of(contest.pages.view(), kernel);
  Row worst{.name = contest.name + "-slowest-question", .peer = "own-scan-" + std::string(kernel.name), .unit = "ms"};
  for (const auto& query : contest.queries) {
    const double our_ms = median_of_five_ms(ours, query);
    const double scan_ms = median_of_five_ms(scan, query);
    if (worst.peer_value && *worst.peer_value / worst.tutela <= scan_ms / our_ms) continue;
    worst.tutela = our_ms;
    worst.peer_value = scan_ms;
    worst.note = fmt::format("{} codes found", ours(query).size());
  }
  table.add(worst);
}

void contend(Table& table, const Contest& contest) {
  const auto& codes = contest.pages.view();
  const double begun = thread_seconds();
  const match::NearIndex index(codes, {match::NearSegment::build(codes, 0, codes.size())});
  const double built = thread_seconds() - begun;
  table.heading(fmt::format("{}: {} codes, {} questions", contest.name, codes.size(), contest.queries.size()));
  const Find ours = find_in(index);
  std::vector<double> p99;
  for (int round = 0; round < kRounds; ++round) p99.push_back(ask(ours, contest.queries, contest.queries.size()).p99_ms);
  const auto rows = static_cast<double>(codes.size());
  table.add({.name = contest.name + "-p99", .tutela = median(p99), .unit = "ms"});
  table.add({.name = contest.name + "-bytes",
             .tutela = static_cast<double>(index.segments()[0]->bytes()) / rows + 32,
             .unit = "B/code"});
  table.add({.name = contest.name + "-build", .tutela = built, .unit = "s"});

  const bool is_large = codes.size() > 2'000'000;
  against_own_scans(table, contest, ours, is_large ? 30 : 300);
  if (!is_large) slowest_question(table, contest, ours);
  std::vector<Bits256> flat;
  flat.reserve(codes.size());
  for (std::size_t row = 0; row < codes.size(); ++row) flat.push_back(codes[row]);
  const auto against = [&](const std::string& name, auto make, std::size_t peer_queries) {
    const double before = thread_seconds();
    const std::unique_ptr<Peer> peer = make(flat);
    if (!peer) {
      table.add(
          {.name = contest.name, .peer = name, .tutela = 0, .unit = "q/s", .note = "not there: libfaiss-dev is not installed"});
      return;
    }
    table.add(
        {.name = contest.name + "-build", .peer = name, .tutela = built, .peer_value = thread_seconds() - before, .unit = "s"});
    compare(table, contest, ours, name, [&](const Bits256& query) { return peer->find(query, kDistanceBitsMax); }, peer_queries);
  };
  against("textbook-mih", make_textbook_mih, is_large ? 200 : 500);
  against("faiss-multihash", make_faiss_multihash, is_large ? 30 : 100);
  against("faiss-flat", make_faiss_flat, is_large ? 8 : 60);
}

Contest uniform(std::string name, std::size_t rows) {
  Contest contest{std::move(name), {}, {}};
  SeededRandom random(kSeed);
  for (std::size_t row = 0; row < rows; ++row) contest.pages.append(random_bits(random));
  // Half of the questions are at most 31 bits from a row.
  for (std::size_t query = 0; query < 1000; ++query)
    contest.queries.push_back(query % 2 == 0
                                  ? random_bits(random)
                                  : with_flips(contest.pages.view()[random.next() % rows], random.next() % 32, random));
  return contest;
}

Contest photographs() {
  const std::filesystem::path folder = std::filesystem::path(TUTELA_BINARY_DIR) / "bench-data";
  Contest contest{"match-1m-photographs", {}, {}};
  for (const Bits256& code : photo_codes(1'000'000, Photographs::stored, kSeed, folder)) contest.pages.append(code);
  const auto unknown = photo_codes(500, Photographs::held_out, kSeed, folder);
  SeededRandom random(kSeed);
  for (const Bits256& code : unknown) {
    contest.queries.push_back(code);
    contest.queries.push_back(with_flips(contest.pages.view()[random.next() % 1'000'000], random.next() % 32, random));
  }
  return contest;
}

// 10^8 codes: only against our own scan, and the memory, with all tables built a second time while the others answer.
void contend_long(Table& table) {
  Contest contest = uniform("match-100m-uniform", 100'000'000);
  const auto& codes = contest.pages.view();
  table.heading("match-100m-uniform: 100000000 codes");
  const double begun = thread_seconds();
  auto segment = match::NearSegment::build(codes, 0, codes.size());
  table.add({.name = contest.name + "-build", .tutela = thread_seconds() - begun, .unit = "s"});
  for (std::size_t part = 0; part < segment->part_count(); ++part)
    segment = match::NearSegment::with_table(*segment, codes, part, codes.size());
  const match::NearIndex index(codes, {segment});
  table.add({.name = contest.name + "-peak",
             .tutela = peak_gigabytes(),
             .unit = "GB",
             .note = "all memory, with a rebuild of every table"});
  const Find ours = find_in(index);
  against_own_scans(table, contest, ours, 5);
  table.add({.name = contest.name + "-p99", .tutela = ask(ours, contest.queries, contest.queries.size()).p99_ms, .unit = "ms"});
  table.add({.name = contest.name + "-bytes",
             .tutela = static_cast<double>(index.segments()[0]->bytes()) / 1e8 + 32,
             .unit = "B/code"});
}

int run(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) return 2;
  Table table(*options);
  contend(table, photographs());
  contend(table, uniform("match-10m-uniform", 10'000'000));
  if (options->long_run) contend_long(table);
  return 0;
}

}  // namespace
}  // namespace tutela::bench

int main(int argc, char** argv) { return tutela::bench::run(argc, argv); }
