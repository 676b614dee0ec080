#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/check.h"
#include "ledger/ledger_schema.h"
#include "ledger/ledger_view.h"
#include "ledger/recorder.h"
#include "ledger/sequencer.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::ledger {
namespace {

// A ledger on SQLite in a temporary folder, with the durability of production.
struct Node {
  Node()
      : folder(std::filesystem::temp_directory_path() / ("tutela-bench-" + encode_hex(SystemRandom().bytes<8>()))),
        key(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random))),
        subject_key(crypto::SubjectKey::make(random)),
        recorder(subject_key, random, [] {}),
        sequencer({"node.test", key, subject_key, clock, random}) {
    std::filesystem::create_directory(folder);
    store = store::open_sqlite(folder / "bench.db").value();
    TUTELA_CHECK(store::migrate(*store, kLedgerMigrations));
    TUTELA_CHECK(sequencer.open_epoch(*store, std::nullopt));
  }
  ~Node() {
    store.reset();
    std::filesystem::remove_all(folder);
  }

  // `count` entries over `subjects` subjects, staged in one transaction.
  void stage(std::int64_t count, std::int64_t subjects) {
    const auto body = [&](store::Transaction& tx) -> Result<> {
      for (std::int64_t i = 0; i < count; ++i) {
        Bytes id(8, 0);
        append_u64(id, random.next() % static_cast<std::uint64_t>(subjects));
        TUTELA_TRY(recorder.record(tx, {"item.viewed", "item", id, clock.now(), R"({"by":"member:aldona","mode":"grey"})"}));
      }
      return {};
    };
    TUTELA_CHECK(store->write(body));
  }

  std::filesystem::path folder;
  SeededRandom random{5};
  SystemClock clock;
  crypto::KeyPair key;
  crypto::SubjectKey subject_key;
  std::unique_ptr<store::Store> store;
  Recorder recorder;
  Sequencer sequencer;
};

void sequence(benchmark::State& state) {
  Node node;
  for (auto _ : state) {
    state.PauseTiming();
    node.stage(state.range(0), 10'000);
    state.ResumeTiming();
    TUTELA_CHECK(node.sequencer.sequence_pending(*node.store).value() == static_cast<std::size_t>(state.range(0)));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sequence)->Arg(1)->Arg(10)->Arg(500)->UseRealTime();

void export_and_verify(benchmark::State& state) {
  Node node;
  for (int batch = 0; batch < 20; ++batch) {
    node.stage(kBatchLeavesMax, kBatchLeavesMax * 20 / state.range(0));
    TUTELA_CHECK(node.sequencer.sequence_pending(*node.store));
  }
  Bytes id(16, 0);
  const bool verifying = state.range(1) != 0;
  const auto body = [&](store::Reader& reader) { return export_excerpt(reader, {"item", id}, {node.key, node.subject_key}); };
  const auto text = store::in_snapshot<std::string>(*node.store, body).value();
  for (auto _ : state) {
    if (verifying)
      TUTELA_CHECK(verify_excerpt(text, node.key.public_key()));
    else
      TUTELA_CHECK(store::in_snapshot<std::string>(*node.store, body));
  }
}
// About so many entries in a log of 10,000; then export or verify.
BENCHMARK(export_and_verify)->Args({10, 0})->Args({10, 1})->Args({100, 0})->Args({100, 1})->UseRealTime();

}  // namespace
}  // namespace tutela::ledger
