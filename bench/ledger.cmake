find_package(nlohmann_json REQUIRED)
add_executable(bench_ledger ledger.cc plain_repository.cc)
target_include_directories(bench_ledger PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(bench_ledger PRIVATE tutela_ledger tutela_store_sqlite tutela_store_postgres tutela_test_support
                                           nlohmann_json::nlohmann_json)
