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

#include "crypto/digest.h"
#include "doors/running_node.h"
#include "support/postgres_server.h"

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
    for (const auto* program : {"tutela", "tutela-decoder", "tutela-verify"})
      std::filesystem::copy_file(std::filesystem::path(TUTELA_BINARY_DIR) / program, folder_.path() / program);
    std::filesystem::create_directories(folder_.path() / "console");
    std::ofstream(folder_.path() / "console" / "index.html") << "<title>console of the test</title>";
    first_port_ = free_ports();
  }
  ~Serving() override {
    if (server_ > 0) end(server_, SIGKILL);
  }

 protected:
  pid_t spawn(const std::vector<std::string>& words, const std::string& program = "tutela") {
    std::vector<std::string> all{(folder_.path() / program).string()};
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
  int run(const std::vector<std::string>& words, const std::string& program = "tutela") { return end(spawn(words, program), 0); }
  std::string output() const { return text_of(folder_.path() / "output"); }

  int init() {
    return run({"init", "--data", data_.string(), "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo",
                "--first-port", std::to_string(first_port_)});
  }
  std::string everything_in(const std::filesystem::path& folder) const {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      all += entry.path().lexically_relative(folder).string() + "\n";
      if (entry.is_regular_file()) all += text_of(entry.path());
    }
    return all;
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

  std::string said_by_upkeep(const std::string& public_key, const std::string& report_id);

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
  EXPECT_EQ(run({"serve", "--data", data_.string()}), 75) << output();
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

// What every command of upkeep prints, in words and as JSON, of a sound node and of a damaged one, and all that lies in a backup.
std::string Serving::said_by_upkeep(const std::string& public_key, const std::string& report_id) {
  const auto out = folder_.path() / "out";
  std::filesystem::create_directory(out);
  std::filesystem::permissions(out, std::filesystem::perms::all);
  std::string said;
  const auto at = [&](const std::string& name) { return (out / name).string(); };
  const auto say = [&](std::vector<std::string> words, const std::string& program = "tutela") {
    const int exit_code = run(words, program);
    said += output();
    return exit_code;
  };
  const auto sound = [&](const std::vector<std::string>& words, const std::string& program = "tutela") {
    EXPECT_EQ(say(words, program), 0) << words[0] << ": " << output();
  };
  // Each with a password that no server asks for.
  const auto database = [] {
    const auto conninfo = PostgresServer::shared().create_database();
    std::filesystem::permissions(conninfo.substr(5, conninfo.find(' ') - 5), std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add);
    return conninfo + " password=a-password-of-the-database";
  };
  const std::string data = data_.string();
  const auto restored = [&](const std::string& backup, const std::string& target, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"restore",      at(backup),           "--data",       at(target),
                                   "--keys",       data + "/keys",       "--since-list", data + "/after.list",
                                   "--last-known", data + "/ledger.head"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  for (const std::string form : {"", "--json"}) {
    const auto with_form = [&](std::vector<std::string> words) {
      if (!form.empty()) words.push_back(form);
      return words;
    };
    sound(with_form({"doctor", "--data", data}));
    sound(with_form({"doctor", "--data", data, "--deep"}));
    sound(with_form({"backup", "--data", data, at("backup" + form)}));
    sound(with_form(restored("backup" + form, "again" + form)));
    sound(with_form(restored("backup" + form, "on-server" + form, {"--to", database()})));
    sound(with_form({"store", "check", "--data", data}));
    sound(with_form({"store", "migrate", "--data", data}));
    sound(with_form({"store", "copy", "--data", data, "--to", database()}));
    sound(with_form({"keys", "status", "--data", data}));
    sound(with_form({"retention", "list", "--data", data}));
    sound(with_form({"ledger", "export", "--data", data, "--folder", at("export" + form)}));
    sound(with_form({"ledger", "excerpt", "--data", data, "--subject", "report/" + report_id, "--file", at("excerpt" + form)}));
    sound(with_form({"export", at("export" + form), "--key", public_key}), "tutela-verify");
    sound(with_form({"excerpt", at("excerpt" + form), "--key", public_key}), "tutela-verify");
  }
  for (const auto* name : {"backup", "export", "excerpt"})
    said += std::filesystem::is_directory(out / name) ? everything_in(out / name) : text_of(out / name);

  // A server that is not there, and a backup and a node of which something is missing or another.
  EXPECT_NE(say({"store", "copy", "--data", data, "--to", "host=/nowhere dbname=none password=a-password-of-the-database"}), 0);
  std::ofstream(out / "backup" / "manifest", std::ios::app) << "more\n";
  EXPECT_NE(say(restored("backup", "never")), 0);
  std::vector<std::filesystem::path> objects;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_ / "data" / "objects"))
    if (entry.is_regular_file()) objects.push_back(entry.path());
  EXPECT_EQ(objects.size(), 2U);
  std::filesystem::remove(objects.front());
  std::ofstream(objects.back(), std::ios::in | std::ios::out).seekp(60) << "another";
  for (const std::string form : {"--deep", "--json"}) {
    EXPECT_NE(say({"doctor", "--data", data, form, "--deep"}), 0) << "it is damaged";
    EXPECT_NE(say({"backup", "--data", data, at("of-damaged" + form)}), 0) << output();
  }
  return said;
}

// I7 of the whole program: what was handed in, rightly and wrongly, stands in no line that it prints or logs, in no metric, in
// no answer to anybody else and in nothing that its upkeep prints or copies, and no core file would hold it.
TEST_F(Serving, SaysNothingOfWhatCameInAndLeavesNoCoreFile) {
  ASSERT_EQ(init(), 0) << output();
  const auto key_at = output().find("public_key") + 10;
  const auto key_from = output().find_first_not_of(' ', key_at);
  const auto public_key = output().substr(key_from, output().find('\n', key_from) - key_from);
  // With a mandate, for without one no file is kept.
  for (const std::string login : {"one", "two"})
    ASSERT_EQ(run({"member", "add", "--data", data_.string(), "--login", login, "--roles", "manager"}), 0) << output();
  ASSERT_EQ(run({"mandate", "record", "--data", data_.string(), "--legal-basis", "an invented act", "--counsel", "invented",
                 "--days", "30", "--member", "one", "--member", "two"}),
            0)
      << output();
  ASSERT_EQ(run({"token", "issue", "--data", data_.string(), "--name", "machine", "--scopes", "report:write,match", "--json"}), 0)
      << output();
  const auto token = nlohmann::json::parse(output())["token"].get<std::string>();
  const std::string sha256(64, 'c');
  const auto picture = std::filesystem::path(TUTELA_SOURCE_DIR) / "fuzz" / "corpus" / "decode_media" / "colour.png";
  const auto file = text_of(picture);
  const auto digests = crypto::digests_of(to_bytes(file));
  ASSERT_EQ(run({"hash", "--json", picture.string()}), 0) << output();
  const auto hash = nlohmann::json::parse(output().substr(output().rfind("\n{", output().size() - 2) + 1));
  const std::vector<std::string> markers{"a-path-nobody-may-read",
                                         "words-of-the-reporter",
                                         "reporter-of-it@mail.test",
                                         "Robin-of-class-7",
                                         "player-of-it@game.test",
                                         sha256,
                                         encode_hex(digests.sha256),
                                         encode_hex(digests.sha1),
                                         encode_hex(digests.md5),
                                         hash["pdq"]["value"].get<std::string>(),
                                         file.substr(file.size() / 2, 32),
                                         "a-file-name-of-theirs",
                                         "a-password-of-the-database",
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
  ASSERT_TRUE(receipt.is_object() && receipt.contains("receipt")) << said;
  const auto with_file = [](const std::string& content) {
    return "--b\r\nContent-Disposition: form-data; name=\"report\"\r\nContent-Type: "
           "application/json\r\n\r\n{\"kind\":\"content\"}"
           "\r\n--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a-file-name-of-theirs.png\"\r\n"
           "Content-Type: image/png\r\n\r\n" +
           content + "\r\n--b--\r\n";
  };
  EXPECT_EQ(ask(kMachine, http::Method::post, "/v1/reports", with_file(file), multipart, "file") / 100, 2) << said;
  const auto other = text_of(picture.parent_path() / "grey.png");
  EXPECT_EQ(ask(kMachine, http::Method::post, "/v1/reports", with_file(other), multipart, "other-file") / 100, 2) << said;
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
  said += everything_in(data_ / "data");
  EXPECT_NE(said.find("node.stopping"), std::string::npos) << "the log was looked at";
  EXPECT_NE(said.find("report.received"), std::string::npos) << "and the database";
  said += said_by_upkeep(public_key, receipt["report_id"].get<std::string>());
  EXPECT_NE(said.find("no damage"), std::string::npos) << "and what doctor printed";
  for (const auto& marker : markers) EXPECT_EQ(said.find(marker), std::string::npos) << "said: " << marker;
  EXPECT_EQ(said.find(receipt["receipt"].get<std::string>()), std::string::npos) << "said: the receipt";
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
