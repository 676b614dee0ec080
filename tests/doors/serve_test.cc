#include <gtest/gtest.h>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "doors/running_node.h"

namespace tutela::test {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The programs as an administrator would have installed them: where every user can reach them.
class Serving : public testing::Test {
 public:
  Serving() {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    for (const auto* program : {"tutela", "tutela-decoder"})
      std::filesystem::copy_file(std::filesystem::path(TUTELA_BINARY_DIR) / program, folder_.path() / program);
    std::filesystem::create_directories(folder_.path() / "console");
    std::ofstream(folder_.path() / "console" / "index.html") << "<title>console of the test</title>";
    first_port_ = free_ports();
  }
  ~Serving() override {
    if (server_ > 0) end(server_, SIGKILL);
  }

 protected:
  pid_t spawn(const std::vector<std::string>& words) {
    std::vector<std::string> all{(folder_.path() / "tutela").string()};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (auto& word : all) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    const int out = ::open((folder_.path() / "output").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  static int end(pid_t pid, int signal) {
    if (signal != 0) ::kill(pid, signal);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int run(const std::vector<std::string>& words) { return end(spawn(words), 0); }
  std::string output() const { return text_of(folder_.path() / "output"); }

  int init() {
    return run({"init", "--data", data_.string(), "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo",
                "--first-port", std::to_string(first_port_)});
  }
  bool becomes_ready() {
    for (int i = 0; i < 200; ++i) {
      const auto reply = net::send_request({.url = "http://127.0.0.1:" + std::to_string(first_port_ + 4) + "/readyz"},
                                           net::DestinationPolicy::loopback_only());
      if (reply && reply->status == 200) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  TempFolder folder_;
  std::filesystem::path data_ = folder_.path() / "node";
  std::uint16_t first_port_ = 0;
  pid_t server_ = -1;
};

TEST_F(Serving, StartedAsRootItServesAsNobodyAndStopsInOrder) {
  ASSERT_EQ(init(), 0) << output();
  server_ = spawn({"serve", "--data", data_.string()});
  ASSERT_TRUE(becomes_ready()) << output();
  if (::geteuid() == 0) {
    struct stat process{};
    ASSERT_EQ(::stat(("/proc/" + std::to_string(server_)).c_str(), &process), 0);
    EXPECT_NE(process.st_uid, 0U);
    const auto status = text_of("/proc/" + std::to_string(server_) + "/status");
    const auto uid = status.substr(status.find("Uid:"), 40);
    EXPECT_EQ(uid.find("\t0\t"), std::string::npos) << "real, effective, saved or file system uid: " << uid;
  }
  // Who else wants the folder is told that it is taken.
  EXPECT_EQ(run({"serve", "--data", data_.string()}), 73) << output();
  EXPECT_NE(output().find("store.in_use"), std::string::npos) << output();
  EXPECT_EQ(end(std::exchange(server_, -1), SIGTERM), 0);
  for (const auto* name : {"keys", "data"}) {
    struct stat facts{};
    ASSERT_EQ(::stat((data_ / name).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0077U, 0U) << name << " is closed to everybody else";
  }
}

TEST_F(Serving, AKilledServerComesBackAtOnce) {
  ASSERT_EQ(init(), 0) << output();
  server_ = spawn({"serve", "--data", data_.string()});
  ASSERT_TRUE(becomes_ready()) << output();
  EXPECT_EQ(end(std::exchange(server_, -1), SIGKILL), -SIGKILL);
  server_ = spawn({"serve", "--data", data_.string()});
  EXPECT_TRUE(becomes_ready()) << output();
}

// I7 of the whole program: what was handed in, rightly and wrongly, stands in no line that it prints or logs, in no metric and in
// no answer to anybody else, and no core file would hold it.
TEST_F(Serving, SaysNothingOfWhatCameInAndLeavesNoCoreFile) {
  ASSERT_EQ(init(), 0) << output();
  ASSERT_EQ(run({"token", "issue", "--data", data_.string(), "--name", "machine", "--scopes", "report:write,match", "--json"}), 0)
      << output();
  const auto token = nlohmann::json::parse(output())["token"].get<std::string>();
  const std::string sha256(64, 'c');
  const std::vector<std::string> markers{"a-path-nobody-may-read",
                                         "words-of-the-reporter",
                                         "reporter-of-it@mail.test",
                                         "Robin-of-class-7",
                                         "player-of-it@game.test",
                                         sha256,
                                         token,
                                         "a-receipt-of-nobody",
                                         "a-password-tried"};
  server_ = spawn({"serve", "--data", data_.string()});
  ASSERT_TRUE(becomes_ready()) << output();

  constexpr int kPublic = 0, kConsole = 1, kPortal = 2, kMachine = 3, kMetrics = 4;
  std::string said;
  const auto ask = [&](int door, http::Method method, const std::string& path, const std::string& body, const std::string& type,
                       const std::string& key = "key") {
    net::OutboundRequest request{.method = method,
                                 .url = "http://127.0.0.1:" + std::to_string(first_port_ + door) + path,
                                 .headers = {{"Authorization", "Bearer " + token}, {"Idempotency-Key", key}},
                                 .body = to_bytes(body)};
    if (!type.empty()) request.headers["Content-Type"] = type;
    const auto reply = net::send_request(request, net::DestinationPolicy::loopback_only());
    if (!reply) return 0;
    // The public door gives back to who typed it what was typed.
    if (door != kPublic) said += std::string(as_text(reply->body)) + "\n";
    return reply->status;
  };
  const std::string json = "application/json";
  const std::string whole =
      R"({"kind":"concern","concern_kind":"grooming","text":"words-of-the-reporter","contact":"reporter-of-it@mail.test",)"
      R"("addresses":["https://host.test/a-path-nobody-may-read"],"persons":[{"role":"child_at_risk","description":"Robin-of-class-7"}],)"
      R"("indicators":[{"type":"account","value":"player-of-it@game.test"}]})";
  const auto form = [](const std::string& report) {
    return "--b\r\nContent-Disposition: form-data; name=\"report\"\r\nContent-Type: application/json\r\n\r\n" + report +
           "\r\n--b--\r\n";
  };
  const std::string multipart = "multipart/form-data; boundary=b";
  const int accepted = ask(kMachine, http::Method::post, "/v1/reports", form(whole), multipart);
  EXPECT_EQ(accepted / 100, 2) << said;
  const auto receipt = nlohmann::json::parse(said.substr(0, said.find('\n')), nullptr, false);
  said.clear();  // its own answer holds what only the reporter is told
  // The same with everything that can be wrong with it.
  for (std::size_t cut = 1; cut < whole.size(); cut += 23)
    ask(kMachine, http::Method::post, "/v1/reports", form(whole.substr(0, cut)), multipart, "cut-" + std::to_string(cut));
  ask(kMachine, http::Method::post, "/v1/reports", form(R"({"kind":"words-of-the-reporter"})"), multipart, "bad-kind");
  ask(kMachine, http::Method::post, "/v1/reports", form(R"({"words-of-the-reporter":1})"), multipart, "bad-field");
  ask(kMachine, http::Method::post, "/v1/reports", form(R"({"kind":"content","addresses":["a-path-nobody-may-read"]})"),
      multipart, "bad-address");
  ask(kMachine, http::Method::post, "/v1/match", R"({"fingerprints":[{"algorithm":"sha256","value":")" + sha256 + R"("}]})",
      json);
  ask(kMachine, http::Method::post, "/v1/match", R"({"fingerprints":[{"algorithm":"md5","value":")" + sha256 + R"("}]})", json);
  ask(kConsole, http::Method::post, "/v1/session", R"({"login":"reporter-of-it@mail.test","password":"a-password-tried"})", json);
  ask(kPublic, http::Method::post, "/report", "text=words-of-the-reporter&address=a-path-nobody-may-read",
      "application/x-www-form-urlencoded");
  ask(kPublic, http::Method::post, "/receipt", "receipt=a-receipt-of-nobody", "application/x-www-form-urlencoded");
  ask(kPublic, http::Method::get, "/a-path-nobody-may-read?text=words-of-the-reporter", "", "");
  ask(kPortal, http::Method::get, "/n/a-path-nobody-may-read", "", "");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ask(kMetrics, http::Method::get, "/metrics", "", "");
  EXPECT_NE(said.find("tutela_ledger_entries"), std::string::npos);

  const auto limits = text_of("/proc/" + std::to_string(server_) + "/limits");
  const auto core = limits.substr(limits.find("Max core file size"), 50);
  EXPECT_EQ(core.find("unlimited"), std::string::npos) << core;
  EXPECT_NE(core.find(" 1 "), std::string::npos) << core;
  EXPECT_EQ(end(std::exchange(server_, -1), SIGTERM), 0);

  said += output();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_ / "data"))
    if (entry.is_regular_file()) said += text_of(entry.path());
  EXPECT_NE(said.find("node.stopping"), std::string::npos) << "the log was looked at";
  EXPECT_NE(said.find("report.received"), std::string::npos) << "and the database";
  for (const auto& marker : markers) EXPECT_EQ(said.find(marker), std::string::npos) << "said: " << marker;
  if (receipt.is_object() && receipt.contains("receipt")) {
    EXPECT_EQ(said.find(receipt["receipt"].get<std::string>()), std::string::npos) << "said: the receipt";
  }
}

TEST_F(Serving, WithoutANodeAConsoleOrADecoderItSaysWhatIsMissing) {
  EXPECT_EQ(run({"serve", "--data", data_.string()}), 66) << output();
  EXPECT_NE(output().find("node.no_folder"), std::string::npos) << output();
  ASSERT_EQ(init(), 0) << output();
  EXPECT_NE(init(), 0) << "a node is not made twice";
  EXPECT_NE(output().find("node.exists"), std::string::npos) << output();
  std::filesystem::remove_all(folder_.path() / "console");
  EXPECT_EQ(run({"serve", "--data", data_.string()}), 66) << output();
  EXPECT_NE(output().find("http.assets_missing"), std::string::npos) << output();
  std::filesystem::remove(folder_.path() / "tutela-decoder");
  EXPECT_NE(run({"serve", "--data", data_.string()}), 0) << output();
  EXPECT_NE(output().find("decoder."), std::string::npos) << output();
}

}  // namespace
}  // namespace tutela::test
