add_executable(bench_store_reports store_reports.cc report_node.cc plain_inserts.cc)
target_link_libraries(bench_store_reports PRIVATE tutela_app tutela_line tutela_test_support tutela_store_sqlite tutela_store_postgres
                      nlohmann_json::nlohmann_json PkgConfig::SQLITE3 PkgConfig::PQ)
