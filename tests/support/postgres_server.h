#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tutela::test {

// A real PostgreSQL for tests in a temporary folder, on a Unix socket only, with fsync on. As root it runs as the user
// `postgres`, since the server refuses root. It is stopped by its pid when the object goes, and by the kernel when the test
// program dies.
class PostgresServer {
 public:
  // The server of this test program, started on first use (about two seconds) and stopped at exit. Aborts the program with a
  // sentence on standard error when PostgreSQL is not installed or does not start.
  static PostgresServer& shared();

  // `settings` as the program takes them: "shared_buffers=2GB".
  explicit PostgresServer(std::vector<std::string> settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Creates an empty database and returns how to reach it, for open_postgres().
  std::string create_database();
  // For statements about the server itself, or in a database that no store of ours opened; returns the first column of the first
  // row, if any.
  std::string run(const std::string& sql, const std::string& database = "postgres");

  // SIGQUIT: no orderly shutdown, as after a power cut. start() recovers.
  void crash();
  void start();

 private:
  const std::vector<std::string> settings_;
  std::filesystem::path folder_;
  pid_t pid_ = -1;
  int databases_ = 0;
};

}  // namespace tutela::test
