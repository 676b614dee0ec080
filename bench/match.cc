// How fast one query is answered: the scan per kernel and row, and whole queries against an index of a million PDQ values and
// digests.

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "base/random.h"
#include "match/match_index.h"

namespace tutela::match {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::size_t kRows = 1'000'000;
constexpr std::uint32_t kDistanceBitsMax = 31;

const HammingRows& million_rows() {
  static const HammingRows rows = [] {
    SeededRandom random(kSeed);
    HammingRows made;
    made.reserve(kRows);
    for (std::size_t row = 0; row < kRows; ++row) made.append({random.next(), random.next(), random.next(), random.next()});
    return made;
  }();
  return rows;
}

void scan(benchmark::State& state, const HammingKernel* kernel) {
  SeededRandom random(kSeed + 1);
  const HammingRows& rows = million_rows();
  std::vector<HammingHit> hits;
  for (auto _ : state) {
    hits.clear();
    const Bits256 query = {random.next(), random.next(), random.next(), random.next()};
    TUTELA_CHECK(kernel->scan(rows, query, kDistanceBitsMax, hits) == kernel->name);
    benchmark::DoNotOptimize(hits.data());
  }
  state.counters["seconds_per_row"] =
      benchmark::Counter(static_cast<double>(kRows), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

Fingerprint drawn(const Algorithm& algorithm, SeededRandom& random) {
  Bytes value(*algorithm.value_bytes());
  random.fill(value);
  return Fingerprint::make(algorithm, std::move(value)).value();
}

const MatchIndex& million_entries() {
  static const MatchIndex index = [] {
    SeededRandom random(kSeed);
    const Time now{};
    BankSnapshot bank{.id = BankId::make(now, random), .name = "drawn", .entries = {}};
    for (std::size_t count = 0; count < kRows; ++count)
      bank.entries.push_back({.id = EntryId::make(now, random),
                              .fingerprints = {drawn(Algorithm::sha256(), random), drawn(Algorithm::pdq(), random)}});
    return MatchIndex::build(std::span(&bank, 1)).value();
  }();
  return index;
}

void find(benchmark::State& state, const Algorithm& algorithm) {
  const MatchIndex& index = million_entries();
  SeededRandom random(kSeed + 2);
  for (auto _ : state) {
    const Fingerprint query = drawn(algorithm, random);
    benchmark::DoNotOptimize(index.find(std::span(&query, 1)));
  }
  state.SetItemsProcessed(state.iterations());
}

}  // namespace
}  // namespace tutela::match

int main(int argc, char** argv) {
  using namespace tutela;
  for (const match::HammingKernel& kernel : match::hamming_kernels())
    if (kernel.is_supported()) benchmark::RegisterBenchmark(("scan/" + std::string(kernel.name)).c_str(), match::scan, &kernel);
  benchmark::RegisterBenchmark("find/sha256", match::find, Algorithm::sha256());
  benchmark::RegisterBenchmark("find/pdq", match::find, Algorithm::pdq());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
