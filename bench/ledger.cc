// How fast entries are staged, numbered, put into the tree and signed, beside plain inserts of the same bytes; and how long a
// proof takes. See bench/README.md.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/check.h"
#include "ledger/ledger_repository.h"
#include "ledger/ledger_schema.h"
#include "ledger/ledger_view.h"
#include "ledger/recorder.h"
#include "ledger/sequencer.h"
#include "plain_repository.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"
#include "table.h"

namespace tutela::ledger {
namespace {

constexpr std::int64_t kBatch = 1'000;
constexpr std::int64_t kSubjects = 100'000;
constexpr std::string_view kPayload = R"({"by":"member:aldona","mode":"grey"})";

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct TempFolder {
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tutela-bench-XXXXXX").string();
    TUTELA_CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

// A ledger with the durability of production.
struct Log {
  explicit Log(std::unique_ptr<store::Store> opened)
      : key(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random))),
        subject_key(crypto::SubjectKey::make(random)),
        store(std::move(opened)),
        recorder(subject_key, random, [] {}),
        sequencer({"node.test", key, subject_key, clock, random}) {
    TUTELA_CHECK(store::migrate(*store, kLedgerMigrations));
    TUTELA_CHECK(sequencer.open_epoch(*store, std::nullopt));
  }

  // One transaction.
  void stage(std::int64_t count) {
    const auto body = [&](store::Transaction& tx) -> Result<> {
      for (std::int64_t i = 0; i < count; ++i) {
        Bytes id(8, 0);
        append_u64(id, random.next() % static_cast<std::uint64_t>(kSubjects));
        TUTELA_TRY(recorder.record(tx, {"item.viewed", "item", id, clock.now(), std::string(kPayload)}));
      }
      return {};
    };
    TUTELA_CHECK(store->write(body));
  }
  void integrate() {
    for (;;) {
      const auto count = sequencer.sequence_pending(*store);
      TUTELA_CHECK(count);
      if (*count == 0) return;
    }
  }

  SeededRandom random{5};
  SystemClock clock;
  crypto::KeyPair key;
  crypto::SubjectKey subject_key;
  std::unique_ptr<store::Store> store;
  Recorder recorder;
  Sequencer sequencer;
};

// The floor: rows of as many bytes as an entry has, with a key in order and an index by subject.
struct PlainTable {
  explicit PlainTable(std::unique_ptr<store::Store> opened) : store(std::move(opened)) {
    TUTELA_CHECK(bench::create_plain_table(*store));
  }
  void add(std::int64_t count) {
    const auto body = [&](store::Transaction& tx) -> Result<> {
      for (std::int64_t i = 0; i < count; ++i) {
        const auto subject = SeededRandom(random.next() % static_cast<std::uint64_t>(kSubjects)).bytes<32>();
        TUTELA_TRY(bench::insert_plain(tx, next++, subject, Bytes(150, 7)));
      }
      return {};
    };
    TUTELA_CHECK(store->write(body));
  }
  SeededRandom random{6};
  std::int64_t next = 0;
  std::unique_ptr<store::Store> store;
};

// Rates over a stretch of the log's growth.
struct Rates {
  double staged = 0;
  double integrated = 0;
  double both = 0;
  double plain = 0;
};

Rates measure(Log& log, PlainTable& plain, std::int64_t entries) {
  double staging = 0;
  double integrating = 0;
  double floor = 0;
  for (std::int64_t done = 0; done < entries; done += kBatch) {
    staging += seconds_of([&] { log.stage(kBatch); });
    integrating += seconds_of([&] { log.integrate(); });
    floor += seconds_of([&] { plain.add(kBatch); });
  }
  const auto count = static_cast<double>(entries);
  return {count / staging, count / integrating, count / (staging + integrating), count / floor};
}

void add_rates(bench::Table& table, const std::string& backend, const std::string& at, const Rates& rates) {
  const auto row = [&](const std::string& name, double value, const std::string& note) {
    table.add({.name = "ledger-" + name + "-" + backend + at,
               .peer = "plain " + backend + " inserts",
               .tutela = value,
               .peer_value = rates.plain,
               .unit = "1/s",
               .better = bench::Better::higher,
               .note = note});
  };
  row("append-integrate", rates.both, "staged 1,000 a commit, then numbered and signed 1,000 a commit");
  row("integrate", rates.integrated, "");
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void add_proof_rows(bench::Table& table, const std::string& name, const std::vector<double>& milliseconds,
                    const std::string& note) {
  table.add({.name = name + "-median", .tutela = percentile(milliseconds, 0.5), .unit = "ms", .note = note});
  table.add({.name = name + "-p99", .tutela = percentile(milliseconds, 0.99), .unit = "ms"});
  table.add({.name = name + "-max", .tutela = percentile(milliseconds, 1), .unit = "ms"});
}

// Proofs out of the database, each with a tree that has read nothing yet.
void measure_proofs(bench::Table& table, Log& log) {
  std::vector<double> milliseconds;
  const auto epoch = store::in_snapshot<EpochRow>(*log.store, [](store::Reader& reader) -> Result<EpochRow> {
                       TUTELA_ASSIGN(auto row, current_epoch(reader));
                       return *row;
                     }).value();
  const auto size = epoch.frontier.size();
  const auto root = epoch.frontier.root();
  for (int i = 0; i < 1'000; ++i) {
    const LeafPosition position{log.random.next() % size, size};
    std::vector<Hash> proof;
    Hash leaf{};
    milliseconds.push_back(1e3 * seconds_of([&] {
                             TUTELA_CHECK(log.store->read([&](store::Reader& reader) -> Result<> {
                               TileTree tree(size, tiles_of(reader, 1));
                               TUTELA_ASSIGN(proof, inclusion_proof(position, tree.nodes()));
                               TUTELA_ASSIGN(leaf, tree.node({0, position.index}));
                               return {};
                             }));
                           }));
    TUTELA_CHECK(verify_inclusion(leaf, position, proof, root));
  }
  add_proof_rows(table, "ledger-proof-sqlite", milliseconds,
                 "any of " + std::to_string(size) + " entries, from the stored tiles");
}

void measure_batches(bench::Table& table, Log& log) {
  for (const std::int64_t count : {1, 10, 100}) {
    std::vector<double> milliseconds;
    for (int i = 0; i < 40; ++i) {
      log.stage(count);
      milliseconds.push_back(1e3 * seconds_of([&] { log.integrate(); }));
    }
    table.add({.name = "ledger-checkpoint-of-" + std::to_string(count),
               .tutela = percentile(milliseconds, 0.5),
               .unit = "ms",
               .note = "from the woken sequencer to the durable checkpoint"});
  }
}

// The tiles of a synthetic log, a file a level, in the order of their positions.
class TileFiles {
 public:
  explicit TileFiles(std::filesystem::path folder) : folder_(std::move(folder)) {
    for (int level = 0; level < kTileLevelsMax; ++level) {
      files_[static_cast<std::size_t>(level)] =
          ::open((folder_ / std::to_string(level)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      TUTELA_CHECK(files_[static_cast<std::size_t>(level)] >= 0);
    }
  }
  ~TileFiles() {
    for (const int file : files_) ::close(file);
  }
  Result<> put(const TileId& id, std::span<const Hash> hashes) const {
    const auto size = static_cast<ssize_t>(hashes.size() * sizeof(Hash));
    TUTELA_CHECK(::pwrite(file_of(id), hashes.data(), hashes.size() * sizeof(Hash), offset_of(id)) == size);
    return {};
  }
  TileSource source() const {
    return [this](const TileId& id, std::uint64_t width) -> Result<TileHashes> {
      TileHashes hashes(width);
      const auto size = static_cast<ssize_t>(width * sizeof(Hash));
      if (::pread(file_of(id), hashes.data(), width * sizeof(Hash), offset_of(id)) != size)
        return fail(ErrorCode::corrupt, "bench.short_tile");
      return hashes;
    };
  }
  // Out of the kernel's memory, so that the next read is one of the disk.
  void forget() const {
    for (const int file : files_) {
      ::fdatasync(file);
      ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    }
  }

 private:
  int file_of(const TileId& id) const { return files_[static_cast<std::size_t>(id.level)]; }
  static off_t offset_of(const TileId& id) { return static_cast<off_t>(id.position * kTileWidth * sizeof(Hash)); }
  std::filesystem::path folder_;
  std::array<int, kTileLevelsMax> files_{};
};

void measure_large(bench::Table& table, std::uint64_t size) {
  const TempFolder folder;
  const TileFiles files(folder.path);
  Frontier frontier;
  TileEdge edge;
  const auto put = [&](const TileId& id, std::span<const Hash> hashes) { return files.put(id, hashes); };
  const auto leaf_at = [](std::uint64_t index) {
    LeafData data{0x01};
    for (std::size_t i = 0; i < 8; ++i) data[i + 1] = static_cast<std::uint8_t>(index >> (8 * i));
    return hash_leaf(data);
  };
  const auto building = seconds_of([&] {
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto leaf = leaf_at(i);
      frontier.append(leaf);
      TUTELA_CHECK(edge.append(leaf, put));
    }
    TUTELA_CHECK(edge.each_partial(put));
  });
  table.add({.name = "ledger-tiles-built",
             .tutela = static_cast<double>(size) / building,
             .unit = "1/s",
             .better = bench::Better::higher,
             .note = std::to_string(size) + " leaves, root and tiles, no database"});
  SeededRandom random(9);
  for (const bool cold : {true, false}) {
    std::vector<double> milliseconds;
    for (int i = 0; i < (cold ? 200 : 5'000); ++i) {
      if (cold) files.forget();
      const LeafPosition position{i < 2 ? (i == 0 ? 0 : size - 1) : random.next() % size, size};
      std::vector<Hash> proof;
      milliseconds.push_back(1e3 * seconds_of([&] {
                               TileTree tree(size, files.source());
                               proof = inclusion_proof(position, tree.nodes()).value();
                             }));
      TUTELA_CHECK(verify_inclusion(leaf_at(position.index), position, proof, frontier.root()));
    }
    add_proof_rows(table, cold ? "ledger-proof-large-cold" : "ledger-proof-large", milliseconds,
                   "any of " + std::to_string(size) + " entries, from tiles on disk only" +
                       (cold ? ", dropped from memory before each" : ""));
  }
}

void run(const bench::Options& options) {
  bench::Table table(options);
  const std::int64_t stretch = options.long_run ? 500'000 : 100'000;
  table.heading("Proofs from tiles alone");
  measure_large(table, options.long_run ? 100'000'000 : 1'000'000);
  {
    table.heading("Entries staged, numbered, put into the tree and signed (SQLite, durable)");
    const TempFolder folder;
    Log log(store::open_sqlite(folder.path / "log.db").value());
    PlainTable plain(store::open_sqlite(folder.path / "plain.db").value());
    for (int part = 1; part <= 4; ++part)
      add_rates(table, "sqlite", "-" + std::to_string(part * stretch), measure(log, plain, stretch));
    measure_batches(table, log);
    table.heading("Proofs");
    measure_proofs(table, log);
  }
  {
    table.heading("The same on PostgreSQL");
    auto& server = test::PostgresServer::shared();
    Log log(store::open_postgres(server.create_database()).value());
    PlainTable plain(store::open_postgres(server.create_database()).value());
    for (int part = 1; part <= 2; ++part)
      add_rates(table, "postgresql", "-" + std::to_string(part * stretch / 2), measure(log, plain, stretch / 2));
  }
}

}  // namespace
}  // namespace tutela::ledger

int main(int argc, char** argv) {
  const auto options = tutela::bench::parse_options(argc, argv);
  if (!options) return 64;
  tutela::ledger::run(*options);
}
