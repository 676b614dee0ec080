#include "plain_inserts.h"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/random.h"

namespace tutela::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kRowBytes = 1'024;

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

}  // namespace

double plain_sqlite_rows_per_second(const std::filesystem::path& folder, std::chrono::milliseconds time) {
  sqlite3* db = nullptr;
  demand(sqlite3_open((folder / "plain.sqlite").c_str(), &db) == SQLITE_OK, "plain SQLite: open");
  demand(sqlite3_exec(db,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                      "CREATE TABLE plain (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
                      nullptr, nullptr, nullptr) == SQLITE_OK,
         "plain SQLite: table");
  sqlite3_stmt* insert = nullptr;
  demand(sqlite3_prepare_v2(db, "INSERT INTO plain (content) VALUES (?1)", -1, &insert, nullptr) == SQLITE_OK,
         "plain SQLite: prepare");
  SeededRandom random(1);
  const auto content = random.bytes<kRowBytes>();
  const auto start = steady_clock::now();
  double rows = 0;
  while (steady_clock::now() - start < time) {
    sqlite3_bind_blob(insert, 1, content.data(), static_cast<int>(content.size()), SQLITE_STATIC);
    demand(sqlite3_step(insert) == SQLITE_DONE, "plain SQLite: insert");
    sqlite3_reset(insert);
    ++rows;
  }
  const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return rows / seconds;
}

double plain_postgres_rows_per_second(const std::string& conninfo, int threads, std::chrono::milliseconds time) {
  const auto run = [](PGconn* connection, const char* sql) {
    PGresult* const answer = PQexec(connection, sql);
    demand(PQresultStatus(answer) == PGRES_COMMAND_OK, "plain PostgreSQL: statement");
    PQclear(answer);
  };
  std::vector<PGconn*> connections;
  for (int i = 0; i < threads; ++i) {
    connections.push_back(PQconnectdb(conninfo.c_str()));
    demand(PQstatus(connections.back()) == CONNECTION_OK, "plain PostgreSQL: connect");
    run(connections.back(), "SET synchronous_commit = on");
  }
  run(connections.front(), "CREATE TABLE plain (id BIGSERIAL PRIMARY KEY, content BYTEA NOT NULL)");
  std::atomic<std::uint64_t> rows{0};
  const auto start = steady_clock::now();
  {
    std::vector<std::jthread> writers;
    for (auto* const connection : connections)
      writers.emplace_back([&, connection] {
        PQclear(PQprepare(connection, "i", "INSERT INTO plain (content) VALUES ($1)", 1, nullptr));
        SeededRandom random(2);
        const auto content = random.bytes<kRowBytes>();
        const std::array values{reinterpret_cast<const char*>(content.data())};
        const std::array lengths{static_cast<int>(content.size())};
        const std::array formats{1};
        while (steady_clock::now() - start < time) {
          PGresult* const answer = PQexecPrepared(connection, "i", 1, values.data(), lengths.data(), formats.data(), 0);
          demand(PQresultStatus(answer) == PGRES_COMMAND_OK, "plain PostgreSQL: insert");
          PQclear(answer);
          ++rows;
        }
      });
  }
  const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  for (auto* const connection : connections) PQfinish(connection);
  return static_cast<double>(rows) / seconds;
}

}  // namespace tutela::bench
