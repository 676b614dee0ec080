#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plain_inserts.h"
#include "report_node.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"
#include "table.h"

// Reports a second through the whole use case (ReportNode says what one report is) on both back ends, with the ledger numbered
// beside it; beside them plain inserts of as many bytes as the floor. Growth is the cost of a report where many are stored over
// its cost at 10^5. Everything in TMPDIR; what is measured there is also its disk. bench/README.md tells how to read it.
namespace tutela::bench {
namespace {

using std::chrono::seconds;

constexpr std::array<std::int64_t, 3> kSizes{100'000, 1'000'000, 10'000'000};
constexpr std::array<const char*, 3> kSizeNames{"1e5", "1e6", "1e7"};
constexpr std::size_t kSizesShort = 2;
constexpr int kCallers = 16;
constexpr int kRounds = 3;
constexpr seconds kRound{8};
// With --long, on the largest node: half an hour in which nobody pauses.
constexpr std::chrono::minutes kStretch{5};
constexpr int kStretches = 6;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string figure(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// As docs/operating/store.md advises for a machine of this size. Made once; databases of one server.
test::PostgresServer& server() {
  static test::PostgresServer one({"shared_buffers=4GB", "max_wal_size=16GB", "checkpoint_timeout=30min", "wal_compression=lz4"});
  return one;
}

struct Filled {
  std::unique_ptr<test::TempFolder> folder = std::make_unique<test::TempFolder>();
  std::unique_ptr<ReportNode> node;
  std::vector<ReportNode::Rate> rates;

  double of(double ReportNode::Rate::* figure) const {
    std::vector<double> values;
    for (const auto& rate : rates) values.push_back(rate.*figure);
    return median(values);
  }
  std::string note() const {
    using Rate = ReportNode::Rate;
    return std::to_string(kCallers) + " callers, acknowledged " + figure("%.0f/s", of(&Rate::reports_per_second)) + ", p99 " +
           figure("%.1f ms", of(&Rate::p99_ms)) + ", ledger " + figure("%.0f ms", of(&Rate::lag_ms)) + " behind, cpu " +
           figure("%.0f us", of(&Rate::cpu_us)) + ", written " + figure("%.1f KB", of(&Rate::written_kb));
  }
};

// Stretch after stretch into one node: checkpoints, vacuum and the growth of files fall into it as they come.
void measure_sustained(Table& table, const std::string& name, Filled& filled) {
  for (int stretch = 1; stretch <= kStretches; ++stretch) {
    filled.rates = {filled.node->measure(kCallers, kStretch)};
    table.add({.name = name + "-" + std::to_string(stretch) + "of" + std::to_string(kStretches),
               .tutela = filled.of(&ReportNode::Rate::numbered_per_second),
               .unit = "1/s",
               .better = Better::higher,
               .note = std::to_string(kStretch.count()) + " minutes, " + filled.note()});
  }
}

void measure_backend(Table& table, const std::string& backend, bool long_run) {
  const std::size_t sizes = long_run ? kSizes.size() : kSizesShort;
  const bool is_postgres = backend == "postgresql";
  const auto conninfo = [&] { return is_postgres ? server().create_database() : std::string(); };
  std::vector<double> floors;
  std::vector<Filled> nodes(sizes);
  for (std::size_t i = 0; i < sizes; ++i) {
    const auto start = std::chrono::steady_clock::now();
    nodes[i].node = std::make_unique<ReportNode>(nodes[i].folder->path(), conninfo());
    nodes[i].node->fill(kSizes[i]);
    const double taken_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::fprintf(stderr, "%s filled to %s in %.0f s\n", backend.c_str(), kSizeNames[i], taken_s);
  }
  if (is_postgres) server().run("CHECKPOINT");
  // Turn about, so that what else the machine does falls on all alike.
  for (int round = 0; round < kRounds; ++round) {
    const test::TempFolder plain;
    floors.push_back(is_postgres ? plain_postgres_rows_per_second(conninfo(), kCallers, kRound / 4)
                                 : plain_sqlite_rows_per_second(plain.path(), kRound / 4));
    for (auto& filled : nodes) filled.rates.push_back(filled.node->measure(kCallers, kRound));
  }
  const double at_first = nodes.front().of(&ReportNode::Rate::numbered_per_second);
  for (std::size_t i = 0; i < sizes; ++i) {
    const double rate = nodes[i].of(&ReportNode::Rate::numbered_per_second);
    table.add({.name = "reports-" + backend + "-" + kSizeNames[i],
               .peer = is_postgres ? "plain PostgreSQL inserts" : "plain SQLite inserts",
               .tutela = rate,
               .peer_value = median(floors),
               .unit = "1/s",
               .better = Better::higher,
               .note = nodes[i].note()});
    if (i == 0) continue;
    table.add({.name = "reports-" + backend + "-growth-" + kSizeNames[i],
               .tutela = at_first / rate,
               .unit = "x",
               .note = "cost of a report there / at 1e5; asked: at most 1.5 at 1e7"});
  }
  if (long_run) measure_sustained(table, "reports-" + backend + "-sustained", nodes.back());
}

// Half an hour without a pause and nothing else.
void measure_half_an_hour(Table& table, const std::string& backend) {
  Filled filled;
  filled.node =
      std::make_unique<ReportNode>(filled.folder->path(), backend == "postgresql" ? server().create_database() : std::string());
  filled.node->fill(kSizes[0]);
  measure_sustained(table, "reports-" + backend + "-sustained", filled);
}

int run(const Options& options, const std::vector<std::string>& backends, bool sustained) {
  Table table(options);
  table.heading("Reports taken in, durable, with ledger entries, sealed text, receipt and duplicate detection");
  for (const auto& backend : backends) {
    if (sustained) {
      measure_half_an_hour(table, backend);
    } else {
      measure_backend(table, backend, options.long_run);
    }
  }
  return 0;
}

}  // namespace
}  // namespace tutela::bench

// A back end's name as the first argument measures that one alone; then `sustained` for half an hour of nothing else.
int main(int argc, char** argv) {
  std::vector<std::string> backends{"sqlite", "postgresql"};
  if (argc > 1 && std::ranges::find(backends, argv[1]) != backends.end()) {
    backends = {argv[1]};
    ++argv;
    --argc;
  }
  const bool sustained = argc > 1 && std::string_view(argv[1]) == "sustained";
  if (sustained) {
    ++argv;
    --argc;
  }
  const auto options = tutela::bench::parse_options(argc, argv);
  return options ? tutela::bench::run(*options, backends, sustained) : 2;
}
