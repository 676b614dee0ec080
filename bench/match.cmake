add_executable(bench_match match.cc)
target_link_libraries(bench_match PRIVATE tutela_match benchmark::benchmark)
