#pragma once

#include <chrono>
#include <filesystem>
#include <string>

// The floor: rows of a report's size, one INSERT each, durable when it returns, with nothing around it.
namespace tutela::bench {

// One connection; SQLite has one writer. Rows a second.
double plain_sqlite_rows_per_second(const std::filesystem::path& folder, std::chrono::milliseconds time);
// As many connections as `threads`, prepared statement, autocommit.
double plain_postgres_rows_per_second(const std::string& conninfo, int threads, std::chrono::milliseconds time);

}  // namespace tutela::bench
