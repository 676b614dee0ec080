#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <set>
#include <sstream>
#include <thread>

#include "doors/running_node.h"
#include "ledger/ledger_repository.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "match/list_line.h"
#include "store/postgres/postgres_store.h"
#include "support/postgres_server.h"

// Two programs `tutela serve` on one PostgreSQL, a folder each, and what is left when one of them is stopped or killed.
namespace tutela::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool eventually(const std::function<bool()>& holds) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
    if (holds()) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

// One server of the cluster, with doors of its own.
class Served {
 public:
  Served(fs::path programs, fs::path folder, const std::string& conninfo)
      : programs_(std::move(programs)), folder_(std::move(folder)), first_port_(free_ports()) {
    listen_from(config, first_port_);
    config.store.postgresql = conninfo;
  }
  ~Served() {
    if (pid_ > 0) end(SIGKILL);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  // Calls `meanwhile` until it is ready.
  void start(const std::function<void()>& meanwhile = [] {}) {
    pid_ = spawn({"serve", "--data", folder_.string()}, "serve.log");
    EXPECT_TRUE(eventually([&] {
      meanwhile();
      const auto reply = net::send_request({.url = url(4) + "/readyz"}, net::DestinationPolicy::loopback_only());
      return reply && reply->status == 200;
    })) << text_of(folder_.string() + ".serve.log");
  }
  void send(int signal) const { ::kill(pid_, signal); }
  int end(int signal) {
    ::kill(pid_, signal);
    return wait(std::exchange(pid_, -1));
  }
  // A command on this folder, beside the server or without it.
  int run(std::vector<std::string> words) {
    words.insert(words.end(), {"--data", folder_.string()});
    return wait(spawn(std::move(words), "output"));
  }
  std::string output() const { return text_of(folder_.string() + ".output"); }

  Reply ask(int door, http::Method method, const std::string& path, const Sending& sending) const {
    net::OutboundRequest request{.method = method, .url = url(door) + path, .headers = sending.headers};
    if (!sending.body.empty()) request.headers["Content-Type"] = sending.content_type;
    request.body = to_bytes(sending.body);
    const auto response = must(net::send_request(request, net::DestinationPolicy::loopback_only()));
    return {response.status, response.headers, std::string(as_text(response.body))};
  }
  // The receipt of a report that was acknowledged.
  std::string report(const http::Headers& token, const std::string& key) const {
    auto headers = token;
    headers["Idempotency-Key"] = key;
    const auto reply =
        ask(3, http::Method::post, "/v1/reports",
            {.headers = headers,
             .body = "--b\r\nContent-Disposition: form-data; name=\"report\"\r\nContent-Type: application/json\r\n\r\n"
                     R"({"kind":"content","addresses":["https://host.test/)" +
                     key + "\"]}\r\n--b--\r\n",
             .content_type = "multipart/form-data; boundary=b"});
    EXPECT_LT(reply.status, 300) << reply.body;
    return reply.json().value("receipt", "");
  }
  http::Headers sign_in(const std::string& login, const std::string& password) const {
    const auto reply =
        ask(1, http::Method::post, "/v1/session", {.body = nlohmann::json{{"login", login}, {"password", password}}.dump()});
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto cookie = reply.header("Set-Cookie");
    return {{"Cookie", cookie.substr(0, cookie.find(';'))}, {"X-Tutela-Csrf", reply.json().at("csrf").get<std::string>()}};
  }

  const fs::path& folder() const { return folder_; }
  std::string list() const { return text_of(folder_ / "after.list"); }

  app::Config config;

 private:
  // The console answers to its own name only.
  std::string url(int door) const {
    return (door == 1 ? "http://localhost:" : "http://127.0.0.1:") + std::to_string(first_port_ + door);
  }
  pid_t spawn(std::vector<std::string> words, const std::string& log) const {
    words.insert(words.begin(), (programs_ / "tutela").string());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const auto out_path = folder_.string() + "." + log;
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    const int out = ::open(out_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  static int wait(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  fs::path programs_, folder_;
  std::uint16_t first_port_;
  pid_t pid_ = -1;
};

class ClusterOfPrograms : public testing::Test {
 protected:
  ClusterOfPrograms() {
    // Commands that gave up root make folders here.
    fs::permissions(place_.path(), fs::perms(0777));
    for (const auto* program : {"tutela", "tutela-decoder"})
      fs::copy_file(fs::path(TUTELA_BINARY_DIR) / program, place_.path() / program);
    fs::create_directories(place_.path() / "console");
    std::ofstream(place_.path() / "console" / "index.html") << "<title>console of the test</title>";
    must(app::create_node({first.folder()}, {"node.test", "platform", "US", true, first.config}));
    fill();
    fs::copy(first.folder(), second.folder(), fs::copy_options::recursive);
    fs::remove_all(second.folder() / "keys");
    fs::create_directory_symlink(first.folder() / "keys", second.folder() / "keys");
    std::ofstream(second.folder() / "tutela.toml", std::ios::trunc) << app::config_text(second.config);
    view = must(store::open_postgres(conninfo, 1));
  }

  static std::string database() {
    const auto made = PostgresServer::shared().create_database();
    // The program gives up root, and must reach the server's socket all the same.
    const auto folder = made.substr(5, made.find(' ') - 5);
    fs::permissions(folder, fs::perms::others_exec, fs::perm_options::add);
    return made;
  }
  void fill() {
    const auto node = must(app::Node::open({first.folder()}, app::DecoderUse::none));
    const auto& context = node->context();
    token["Authorization"] = "Bearer " + must(line::issue_token(context, "machine", {access::Scope::report_write},
                                                                std::chrono::days(1), line::Actor::node()))
                                             .token.reveal();
    must(line::add_member(context,
                          {"manager", Sensitive<std::string>(std::string(RunningNode::kPassword)), RoleSet{Role::manager}},
                          line::Actor::node()));
    const auto bank =
        must(line::create_bank(context, {"known", match::BankPurpose::match, 31, "list", "law"}, line::Actor::node()));
    auto parser = must(match::ListParser::open(match::ListFormat::text));
    std::vector<match::ListEntry> entries;
    for (const char digit : {'a', 'b', 'c'}) entries.push_back(must(parser.parse("sha256 " + std::string(64, digit))));
    const auto row = must(line::begin_list_import(context, bank, crypto::Sha256{}, match::ListFormat::text));
    must(line::import_batch(context, bank, {std::move(entries), row}, {Act::a, AgeBand::prepubescent}, line::Actor::node()));
    must(node->sequence());
    must(node->stop_sequencing());
    node->banks().stop();
  }

  template <class T, class Body>
  T read(Body body) {
    return must(store::in_snapshot<T>(*view, body));
  }
  std::int64_t number(std::string_view sql) {
    return read<std::int64_t>([&](store::Reader& reader) -> Result<std::int64_t> {
      TUTELA_ASSIGN(const auto row, reader.query_one(sql));
      return row->integer(0);
    });
  }
  std::string id(std::string_view sql) {
    return read<std::string>([&](store::Reader& reader) -> Result<std::string> {
      TUTELA_ASSIGN(const auto row, reader.query_one(sql));
      TUTELA_ASSIGN(const auto parsed, Id<struct AnyTag>::from_bytes(row->blob(0)));
      return parsed.to_string();
    });
  }
  Bytes numbering() {
    return read<Bytes>([](store::Reader& reader) -> Result<Bytes> {
      TUTELA_ASSIGN(const auto lease, ledger::find_lease(reader));
      return lease->holder;
    });
  }
  bool all_numbered() { return number("SELECT COUNT(*) FROM ledger_staged") == 0; }
  void report(Served& server, int count) {
    for (int n = 0; n < count; ++n) receipts.insert(server.report(token, "key-" + std::to_string(receipts.size())));
  }
  void withdraw(Served& server, const http::Headers& manager, const std::string& entry) {
    EXPECT_EQ(server
                  .ask(1, http::Method::post, "/v1/entries/" + entry + "/withdraw",
                       {.headers = manager, .body = R"({"reason":"a wrong call"})"})
                  .status,
              200);
  }
  // Not within a transaction: whoever sleeps in one keeps every other writer waiting until the database ends it.
  bool put_to_sleep(const Served& server) {
    return eventually([&] {
      server.send(SIGSTOP);
      std::this_thread::sleep_for(150ms);
      if (number("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' "
                 "AND state_change < now() - interval '100 milliseconds'") == 0)
        return true;
      server.send(SIGCONT);
      return false;
    });
  }
  // Said and not asked for: on a machine that does much else everything takes longer.
  static void say_how_long(std::chrono::steady_clock::time_point since) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - since;
    std::cout << "[ taken over ] " << taken.count() << " s after the other one stopped" << std::endl;
  }
  std::string entry(int offset) {
    return id(
        "SELECT e.id FROM bank_entry e JOIN bank b ON b.id = e.bank_id WHERE b.name = 'known' ORDER BY e.id LIMIT 1 OFFSET " +
        std::to_string(offset));
  }

  TempFolder place_;
  std::string conninfo = database();
  Served first{place_.path(), place_.path() / "first", conninfo};
  Served second{place_.path(), place_.path() / "second", conninfo};
  http::Headers token;
  std::unique_ptr<store::Store> view;
  std::set<std::string> receipts;
};

TEST_F(ClusterOfPrograms, WhoIsLeftGoesOnAndItsListBringsEverythingBack) {
  first.start();
  report(first, 1);
  ASSERT_TRUE(eventually([&] { return all_numbered(); }));
  const auto holder = numbering();
  ASSERT_EQ(first.run({"backup", (place_.path() / "backup").string()}), 0) << first.output();
  // The first one never rests long enough to lose its lease.
  second.start([&] { report(first, 1); });
  report(first, 3);
  report(second, 3);
  const auto manager = first.sign_in("manager", std::string(RunningNode::kPassword));
  withdraw(first, manager, entry(0));
  const auto held = id("SELECT id FROM report ORDER BY id LIMIT 1");
  EXPECT_EQ(
      first
          .ask(1, http::Method::post, "/v1/retention/holds",
               {.headers = manager,
                .body = nlohmann::json{{"subject_type", "report"}, {"subject_id", held}, {"reason", "a court asked"}}.dump()})
          .status,
      201);
  ASSERT_TRUE(eventually([&] { return all_numbered(); }));
  EXPECT_EQ(numbering(), holder) << "the first one's still";

  // It sleeps through its lease: the other takes over, and what it would go on with is refused.
  ASSERT_TRUE(put_to_sleep(first));
  auto left = std::chrono::steady_clock::now();
  report(second, 3);
  withdraw(second, second.sign_in("manager", std::string(RunningNode::kPassword)), entry(1));
  ASSERT_TRUE(eventually([&] { return all_numbered(); }));
  say_how_long(left);
  const auto next = numbering();
  EXPECT_NE(next, holder);
  first.send(SIGCONT);
  report(first, 3);
  ASSERT_TRUE(eventually([&] { return all_numbered(); }));
  EXPECT_EQ(numbering(), next);

  // Killed behind the answer, before anything of it is numbered or listed: the one that slept does it all.
  ASSERT_TRUE(put_to_sleep(second));
  withdraw(first, manager, entry(2));
  left = std::chrono::steady_clock::now();
  second.end(SIGKILL);
  report(first, 3);
  ASSERT_TRUE(eventually([&] { return all_numbered(); }));
  say_how_long(left);
  EXPECT_EQ(number("SELECT COUNT(*) FROM report"), std::ssize(receipts)) << "each under a receipt of its own";
  ASSERT_TRUE(eventually([&] { return std::ranges::count(first.list(), '\n') == 5; })) << first.list();
  EXPECT_TRUE(first.list().starts_with(second.list())) << "both write the same lines";
  EXPECT_EQ(std::ranges::count(second.list(), '\n'), 4) << second.list();
  EXPECT_EQ(first.end(SIGTERM), 0);

  EXPECT_EQ(first.run({"doctor", "--deep"}), 0) << first.output();
  EXPECT_EQ(second.run({"doctor", "--deep"}), 0) << second.output();
  // The killed one comes back by itself, and lists what it missed.
  second.start();
  EXPECT_TRUE(eventually([&] { return second.list() == first.list(); })) << second.list();
  EXPECT_EQ(second.end(SIGTERM), 0);

  Served again(place_.path(), place_.path() / "again", database());
  ASSERT_EQ(again.run({"restore", (place_.path() / "backup").string(), "--keys", (first.folder() / "keys").string(),
                       "--since-list", (second.folder() / "after.list").string(), "--to", again.config.store.postgresql}),
            0)
      << again.output();
  view = must(store::open_postgres(again.config.store.postgresql, 1));
  EXPECT_EQ(number("SELECT COUNT(*) FROM bank_entry WHERE status = 'withdrawn'"), 3);
  EXPECT_EQ(number("SELECT COUNT(*) FROM legal_hold WHERE lifted_at IS NULL"), 1);
}

}  // namespace
}  // namespace tutela::test
