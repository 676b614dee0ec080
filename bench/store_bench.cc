#include <benchmark/benchmark.h>

#include <atomic>
#include <filesystem>
#include <memory>

#include "base/check.h"
#include "intake/report_repository.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"

// Reports a second: each is one durable write() of a report of 1 KiB with its receipt hash, into a fresh SQLite database in the
// folder of TMPDIR. What it measures is mostly the fsync of that disk; with several threads, how well they share it.
namespace tutela::store {
namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tutela-bench-XXXXXX").string();
    TUTELA_CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
    auto opened = open_sqlite(path / "tutela.db");
    TUTELA_CHECK(opened.has_value());
    store = *std::move(opened);
    TUTELA_CHECK(migrate(*store).has_value());
  }
  ~Folder() {
    store.reset();
    std::filesystem::remove_all(path);
  }
  std::filesystem::path path;
  std::unique_ptr<Store> store;
};

std::unique_ptr<Folder> folder;

void open_folder(const benchmark::State&) { folder = std::make_unique<Folder>(); }
void close_folder(const benchmark::State&) { folder.reset(); }

void reports(benchmark::State& state) {
  SystemRandom random;
  const SystemClock clock;
  for (auto _ : state) {
    const auto now = clock.now();
    const auto hash = random.bytes<32>();
    const intake::ReportRow report{ReportId::make(now, random),
                                   Bytes(hash.begin(), hash.end()),
                                   "public",
                                   "content",
                                   "received",
                                   now,
                                   std::nullopt,
                                   std::nullopt,
                                   Bytes(72, 1),
                                   Bytes(1'024, 2),
                                   std::nullopt,
                                   std::nullopt,
                                   1};
    const auto written = folder->store->write([&](Transaction& tx) { return intake::insert_report(tx, report); });
    TUTELA_CHECK(written.has_value());
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(reports)->Setup(open_folder)->Teardown(close_folder)->UseRealTime()->Threads(1)->Threads(2)->Threads(8)->Threads(32);

}  // namespace
}  // namespace tutela::store

BENCHMARK_MAIN();
