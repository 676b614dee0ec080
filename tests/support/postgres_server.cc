#include "support/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace tutela::test {
namespace {

constexpr const char* kUser = "postgres";
constexpr std::chrono::seconds kStartTimeout{30};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "PostgreSQL for the tests: %s\n", why.c_str());
  std::abort();
}

std::filesystem::path programs() {
  for (const char* version : {"15", "16", "17"}) {
    const auto folder = std::filesystem::path("/usr/lib/postgresql") / version / "bin";
    if (std::filesystem::exists(folder / "initdb") && std::filesystem::exists(folder / "postgres")) return folder;
  }
  give_up("not installed (package postgresql-15)");
}

const passwd* unprivileged_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* const user = ::getpwnam(kUser);
  if (user == nullptr) give_up("no user 'postgres' to run it as");
  return user;
}

// Starts a program as the unprivileged user, its output in `log`, and tells the kernel to end it with us.
pid_t spawn(const std::vector<std::string>& words, const std::filesystem::path& log) {
  const passwd* const user = unprivileged_user();
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) give_up("fork failed");
  if (pid > 0) return pid;
  if (user != nullptr && (::initgroups(kUser, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
    ::_exit(126);
  // After setuid, which would clear it.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(126);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (::chdir("/") != 0) ::_exit(126);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

std::string conninfo(const std::filesystem::path& folder, const std::string& database) {
  return "host=" + folder.string() + " user=tutela dbname=" + database;
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Connection connect(const std::filesystem::path& folder, const std::string& database = "postgres") {
  return Connection(PQconnectdb(conninfo(folder, database).c_str()), &PQfinish);
}

}  // namespace

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer(std::vector<std::string> settings) : settings_(std::move(settings)) {
  // Short, for the socket's path has at most 107 bytes.
  std::string name = "/tmp/tutela-pg-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) give_up("no temporary folder");
  folder_ = name;
  if (const passwd* const user = unprivileged_user(); user != nullptr && ::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0)
    give_up("chown failed");
  // initdb's own sync is left out: the folder does not outlive a power cut. The server runs with fsync on.
  const pid_t pid = spawn({(programs() / "initdb").string(), "--pgdata", (folder_ / "data").string(), "--username=tutela",
                           "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
                          folder_ / "initdb.log");
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) give_up("initdb failed, see " + (folder_ / "initdb.log").string());
  start();
}

PostgresServer::~PostgresServer() {
  crash();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresServer::start() {
  std::vector<std::string> words{(programs() / "postgres").string(), "-D", (folder_ / "data").string(), "-k", folder_.string()};
  const auto set = [&](const std::string& setting) { words.insert(words.end(), {"-c", setting}); };
  for (const auto* const setting : {"listen_addresses=", "fsync=on", "max_connections=60", "shared_buffers=32MB"}) set(setting);
  // The last word of a setting counts.
  for (const auto& setting : settings_) set(setting);
  pid_ = spawn(words, folder_ / "server.log");
  const auto give_up_at = std::chrono::steady_clock::now() + kStartTimeout;
  while (PQstatus(connect(folder_).get()) != CONNECTION_OK) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0 || std::chrono::steady_clock::now() > give_up_at)
      give_up("did not start, see " + (folder_ / "server.log").string());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void PostgresServer::crash() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string PostgresServer::create_database() {
  const std::string name = "test" + std::to_string(++databases_);
  run("CREATE DATABASE " + name);
  return conninfo(folder_, name);
}

std::string PostgresServer::run(const std::string& sql, const std::string& database) {
  const auto connection = connect(folder_, database);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) give_up(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace tutela::test
