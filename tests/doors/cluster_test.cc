#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "doors/running_node.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "line/schema_steps.h"
#include "match/list_line.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "support/captured_log.h"
#include "support/postgres_server.h"

// Two `serve` on one PostgreSQL: the same keys, each with doors of its own.
namespace tutela::test {
namespace {

app::Config config_on(const std::string& conninfo, const std::filesystem::path& console) {
  app::Config config;
  listen_from(config, free_ports());
  config.decoder.program = TUTELA_BINARY_DIR "/tutela-decoder";
  config.console_files = console;
  config.store.postgresql = conninfo;
  return config;
}

class Server {
 public:
  explicit Server(const std::filesystem::path& folder)
      : node_(must(app::Node::open({folder}, app::DecoderUse::start))), server_(must(app::NodeServer::start(*node_))) {}
  ~Server() { server_->stop(); }

  const line::Context& context() const { return node_->context(); }
  app::Node& node() { return *node_; }
  Reply ask(std::uint16_t port, http::Method method, const std::string& path, const Sending& sending = {}) {
    net::OutboundRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(port) + path;
    request.headers = sending.headers;
    if (!sending.body.empty()) request.headers["Content-Type"] = sending.content_type;
    request.body = to_bytes(sending.body);
    const auto response = must(net::send_request(request, net::DestinationPolicy::loopback_only()));
    return {response.status, response.headers, std::string(as_text(response.body))};
  }
  Reply machine(http::Method method, const std::string& path, const Sending& sending) {
    return ask(node_->config().listen.machine_port, method, path, sending);
  }
  std::int64_t number(std::string_view sql) {
    return must(store::in_snapshot<std::int64_t>(context().store, [&](store::Reader& reader) -> Result<std::int64_t> {
      TUTELA_ASSIGN(const auto row, reader.query_one(sql));
      return row->integer(0);
    }));
  }

 private:
  std::unique_ptr<app::Node> node_;
  std::unique_ptr<app::NodeServer> server_;
};

bool eventually(const std::function<bool()>& holds) {
  for (int tried = 0; tried < 600; ++tried) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

TEST(Cluster, AServerIsReadyWhileItsDatabaseAnswers) {
  const TempFolder folder;
  const auto console = folder.path() / "console";
  std::filesystem::create_directories(console / "assets");
  std::ofstream(console / "index.html") << "<!doctype html><title>console</title>";
  PostgresServer database;
  const auto node = folder.path() / "node";
  must(app::create_node({node}, {"node.test", "platform", "US", true, config_on(database.create_database(), console)}));
  const CapturedLog log;
  Server server(node);
  const auto answer = [&](const std::string& path) {
    return server.ask(server.node().config().listen.metrics_port, http::Method::get, path);
  };
  EXPECT_EQ(answer("/readyz").status, 200);
  database.crash();
  EXPECT_TRUE(eventually([&] { return answer("/readyz").status == 503; }));
  EXPECT_EQ(answer("/readyz").body, "not ready\n");
  EXPECT_EQ(answer("/healthz").status, 200) << "the process lives";
  EXPECT_EQ(answer("/metrics").status, 503);
  // Each loop says once that it cannot go on, and once that it can again.
  constexpr std::string_view kError = R"("level":"error")";
  EXPECT_TRUE(eventually([&] {
    return log.lines("lease.not_held") >= 3 && log.lines("answers.not_recorded") >= 1 && log.lines("ledger.not_numbered") >= 1;
  })) << log.text();
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
  const auto said = log.lines(kError);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  EXPECT_EQ(log.lines(kError), said) << log.text();
  database.start();
  EXPECT_TRUE(eventually([&] { return answer("/readyz").status == 200; })) << "it comes back by itself";
  EXPECT_TRUE(eventually([&] { return log.lines(R"("event":"loop.recovered")") >= 3; })) << log.text();
}

TEST(Cluster, TwoServersOnOneDatabaseWorkTogether) {
  const TempFolder folder;
  const auto console = folder.path() / "console";
  std::filesystem::create_directories(console / "assets");
  std::ofstream(console / "index.html") << "<!doctype html><title>console</title>";
  const auto conninfo = PostgresServer::shared().create_database();
  const auto first_folder = folder.path() / "first";
  const auto second_folder = folder.path() / "second";
  must(app::create_node({first_folder}, {"node.test", "platform", "US", true, config_on(conninfo, console)}));
  std::filesystem::copy(first_folder, second_folder, std::filesystem::copy_options::recursive);
  // One key folder for both, as spec/keys.md says: each makes class keys that the other must open.
  std::filesystem::remove_all(second_folder / "keys");
  std::filesystem::create_directory_symlink(first_folder / "keys", second_folder / "keys");
  std::ofstream(second_folder / "tutela.toml", std::ios::trunc) << app::config_text(config_on(conninfo, console));

  auto first = std::make_unique<Server>(first_folder);
  Server second(second_folder);
  // As if the time of the lease under which the first epoch was opened were over.
  must(second.context().store.write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0"));
    return {};
  }));
  for (auto* server : {first.get(), &second})
    EXPECT_EQ(server->ask(server->node().config().listen.metrics_port, http::Method::get, "/readyz").status, 200);

  // A token of one is good at the other, and an entry that one takes in matches at the other.
  const auto issued = must(line::issue_token(first->context(), "machine", {access::Scope::match, access::Scope::report_write},
                                             std::chrono::days(1), line::Actor::node()));
  const http::Headers token{{"Authorization", "Bearer " + issued.token.reveal()}};
  const std::string digest(64, 'a');
  const Sending question{.headers = token, .body = R"({"fingerprints":[{"algorithm":"sha256","value":")" + digest + R"("}]})"};
  EXPECT_TRUE(second.machine(http::Method::post, "/v1/match", question).json()["answers"][0]["matches"].empty());
  const auto bank =
      must(line::create_bank(first->context(), {"known", match::BankPurpose::match, 31, "list", "law"}, line::Actor::node()));
  auto parser = must(match::ListParser::open(match::ListFormat::text));
  std::vector<match::ListEntry> entries;
  entries.push_back(must(parser.parse("sha256 " + digest)));
  const auto row = must(line::begin_list_import(first->context(), bank, crypto::Sha256{}, match::ListFormat::text));
  must(line::import_batch(first->context(), bank, {std::move(entries), row}, {Act::a, AgeBand::prepubescent},
                          line::Actor::node()));
  line::take_over_change(first->context());
  EXPECT_TRUE(eventually([&] {
    const auto reply = second.machine(http::Method::post, "/v1/match", question).json();
    return reply.contains("answers") && reply["answers"][0]["matches"].size() == 1;
  }));

  // Who waits at one for the log to grow is woken by what the other commits.
  const auto monitor = must(
      line::issue_token(first->context(), "monitor", {access::Scope::ledger_read}, std::chrono::days(1), line::Actor::node()));
  const Sending as_monitor{.headers = {{"Authorization", "Bearer " + monitor.token.reveal()}}};
  EXPECT_TRUE(eventually([&] { return second.number("SELECT COUNT(*) FROM ledger_staged") == 0; }));
  const auto size = second.number("SELECT MAX(size) FROM ledger_epoch");
  Reply woken{};
  std::thread waiting([&] {
    woken = second.machine(http::Method::get, "/v1/ledger/checkpoint?above=" + std::to_string(size) + "&wait=20", as_monitor);
  });
  must(line::create_bank(first->context(), {"another", match::BankPurpose::match, 31, "list", "law"}, line::Actor::node()));
  waiting.join();
  EXPECT_EQ(woken.status, 200) << woken.body;
  EXPECT_EQ(woken.body.find("\n" + std::to_string(size) + "\n"), std::string::npos) << "no longer of that size";

  // Reports at both, the same key at both: one report, every entry numbered once whoever numbers.
  const auto report = [&](Server& server, const std::string& key) {
    auto headers = token;
    headers["Idempotency-Key"] = key;
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"report\"\r\nContent-Type: application/json\r\n\r\n"
        R"({"kind":"content","addresses":["https://host.test/)" +
        key + "\"]}\r\n--b--\r\n";
    return server.machine(http::Method::post, "/v1/reports",
                          {.headers = headers, .body = body, .content_type = "multipart/form-data; boundary=b"});
  };
  for (int n = 0; n < 5; ++n) {
    const auto key = "key-" + std::to_string(n);
    EXPECT_LT(report(*first, key).status, 300);
    const auto again = report(second, key);
    EXPECT_LT(again.status, 300) << again.body;
  }
  EXPECT_EQ(second.number("SELECT COUNT(*) FROM report"), 5);
  EXPECT_TRUE(eventually([&] { return second.number("SELECT COUNT(*) FROM ledger_staged") == 0; }));

  // One of them does the background work. When it is gone, the other takes over, with a higher number.
  const auto fencing = [&] { return second.number("SELECT MIN(fencing) FROM work_lease"); };
  EXPECT_TRUE(eventually([&] { return second.number("SELECT COUNT(*) FROM work_lease") == 4; }));
  EXPECT_EQ(second.number("SELECT COUNT(DISTINCT holder) FROM work_lease WHERE name = 'outbox'"), 1);
  const auto before = fencing();
  first.reset();
  // As if the time of the leases were over: nobody waits for it in a test.
  must(second.context().store.write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE work_lease SET expires_at = 0, holder = $1", {Bytes(16, 1)}));
    TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0"));
    return {};
  }));
  EXPECT_TRUE(eventually([&] { return fencing() > before; }));
  EXPECT_LT(report(second, "alone").status, 300);
  EXPECT_TRUE(eventually([&] { return second.number("SELECT COUNT(*) FROM ledger_staged") == 0; }));
}

// Numbering changes hands whenever who did it was idle and the other was not: neither an error nor a reason to wait.
TEST(Cluster, NumberingGoesOnAfterAnotherHadTheLease) {
  const TempFolder folder;
  const auto conninfo = PostgresServer::shared().create_database();
  must(app::create_node({folder.path()}, {"node.test", "platform", "US", true, config_on(conninfo, folder.path())}));
  const auto node = must(app::Node::open({folder.path()}, app::DecoderUse::none));
  const auto stage = [&](const std::string& name) {
    must(line::create_bank(node->context(), {name, match::BankPurpose::match, 31, "list", "law"}, line::Actor::node()));
  };
  const auto lease_of_another = [&](std::int64_t expires_at) {
    must(node->context().store.write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(
          tx.execute("UPDATE ledger_lease SET holder = $1, fencing = fencing + 1, expires_at = $2", {Bytes(16, 1), expires_at}));
      return {};
    }));
  };
  lease_of_another(0);
  stage("one");
  EXPECT_GT(must(node->sequence()), 0U);

  lease_of_another(0);  // had it, and is gone
  stage("two");
  const auto again = node->sequence();
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_GT(*again, 0U);

  lease_of_another(INT64_MAX);  // and has it still
  stage("three");
  const auto refused = node->sequence();
  ASSERT_TRUE(refused) << to_string(refused.error());
  EXPECT_EQ(*refused, 0U) << "the other will";
  // Who does not number knows all the same how far behind it is, and takes reports no faster.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  must(node->sequence());
  EXPECT_GE(node->context().recorder.pace().behind(), std::chrono::milliseconds(30));
}

// Before anything of the database is changed: keys that are another node's would sign under its origin.
TEST(Cluster, ADatabaseOfAnotherNodeIsNotOpened) {
  const TempFolder folder;
  const auto conninfo = PostgresServer::shared().create_database();
  const auto other = PostgresServer::shared().create_database();
  const auto here = folder.path() / "here";
  must(app::create_node({here}, {"node.test", "platform", "US", true, config_on(conninfo, folder.path())}));
  must(app::create_node({folder.path() / "there"}, {"other.test", "platform", "US", true, config_on(other, folder.path())}));
  EXPECT_TRUE(app::Node::open({here}, app::DecoderUse::none));
  const auto point_at = [&](const std::string& database) {
    std::ofstream(here / "tutela.toml", std::ios::trunc) << app::config_text(config_on(database, folder.path()));
    const auto opened = app::Node::open({here}, app::DecoderUse::none);
    return opened ? std::string("opened") : std::string(opened.error().reason.text());
  };
  EXPECT_EQ(point_at(other), "node.other_keys");
  EXPECT_EQ(point_at(PostgresServer::shared().create_database()), "node.half_copied");
  EXPECT_EQ(point_at(conninfo), "opened");
  // What lies in the folder is looked for before the database is brought to this program's schema.
  must(must(store::open_postgres(conninfo, 1))->write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("DELETE FROM schema_version WHERE version = (SELECT MAX(version) FROM schema_version)"));
    return {};
  }));
  const auto steps = line::schema_steps();
  std::filesystem::rename(here / "data" / "objects", here / "data" / "elsewhere");
  EXPECT_EQ(point_at(conninfo), "node.half_copied");
  EXPECT_EQ(must(store::find_schema(*must(store::open_postgres(conninfo, 1)))).version, steps[steps.size() - 2].version);
}

}  // namespace
}  // namespace tutela::test
