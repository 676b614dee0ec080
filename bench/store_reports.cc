#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
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

constexpr std::int64_t kSmall = 100'000;
constexpr std::int64_t kLarge = 1'000'000;
constexpr std::int64_t kLargest = 10'000'000;
constexpr int kRounds = 3;
constexpr seconds kRound{6};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string figure(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

struct Sizes {
  std::unique_ptr<test::TempFolder> folder = std::make_unique<test::TempFolder>();
  std::unique_ptr<ReportNode> node;
  std::vector<ReportNode::Rate> rates;

  double sustained() const {
    std::vector<double> values;
    for (const auto& rate : rates) values.push_back(rate.numbered_per_second);
    return median(values);
  }
  double acknowledged() const {
    std::vector<double> values;
    for (const auto& rate : rates) values.push_back(rate.reports_per_second);
    return median(values);
  }
  std::string note(int threads) const {
    std::vector<double> p99;
    std::vector<double> cpu;
    for (const auto& rate : rates) {
      p99.push_back(rate.p99_ms);
      cpu.push_back(rate.cpu_us);
    }
    return std::to_string(threads) + " callers, acknowledged " + figure("%.0f/s", acknowledged()) + ", p99 " +
           figure("%.1f ms", median(p99)) + ", cpu " + figure("%.0f us", median(cpu));
  }
};

Sizes node_with(std::int64_t reports, const std::string& conninfo) {
  Sizes sizes;
  sizes.node = std::make_unique<ReportNode>(sizes.folder->path(), conninfo);
  sizes.node->fill(reports);
  return sizes;
}

void measure_backend(Table& table, const std::string& backend, int threads, std::int64_t large) {
  const bool is_postgres = backend == "postgresql";
  const auto conninfo = [&] { return is_postgres ? test::PostgresServer::shared().create_database() : std::string(); };
  std::vector<double> floors;
  auto small = node_with(kSmall, conninfo());
  auto large_one = node_with(large, conninfo());
  if (is_postgres) test::PostgresServer::shared().run("CHECKPOINT");
  // Turn about, so that what else the machine does falls on all alike.
  for (int round = 0; round < kRounds; ++round) {
    const test::TempFolder plain;
    floors.push_back(is_postgres ? plain_postgres_rows_per_second(conninfo(), threads, kRound / 3)
                                 : plain_sqlite_rows_per_second(plain.path(), kRound / 3));
    small.rates.push_back(small.node->measure(threads, kRound));
    large_one.rates.push_back(large_one.node->measure(threads, kRound));
  }
  const std::string peer = is_postgres ? "plain PostgreSQL inserts" : "plain SQLite inserts";
  table.add({.name = "reports-" + backend + "-1e5",
             .peer = peer,
             .tutela = small.sustained(),
             .peer_value = median(floors),
             .unit = "1/s",
             .better = Better::higher,
             .note = small.note(threads)});
  const std::string size = large == kLargest ? "1e7" : "1e6";
  table.add({.name = "reports-" + backend + "-" + size,
             .tutela = large_one.sustained(),
             .unit = "1/s",
             .better = Better::higher,
             .note = large_one.note(threads)});
  table.add({.name = "reports-" + backend + "-growth-" + size,
             .tutela = small.sustained() / large_one.sustained(),
             .unit = "x",
             .note = "cost of a report there / at 1e5; asked: at most 1.5 at 1e7"});
}

int run(const Options& options) {
  Table table(options);
  const std::int64_t large = options.long_run ? kLargest : kLarge;
  table.heading("Reports taken in, durable, with ledger entries, sealed text, receipt and duplicate detection");
  measure_backend(table, "sqlite", 16, large);
  measure_backend(table, "postgresql", 16, large);
  return 0;
}

}  // namespace
}  // namespace tutela::bench

int main(int argc, char** argv) {
  const auto options = tutela::bench::parse_options(argc, argv);
  return options ? tutela::bench::run(*options) : 2;
}
