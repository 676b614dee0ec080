add_executable(pdq_bench pdq_bench.cc)
target_link_libraries(pdq_bench PRIVATE tutela_fingerprint tutela_decode tutela_decode_worker tutela_crypto benchmark::benchmark_main)
target_compile_definitions(pdq_bench PRIVATE TUTELA_BINARY_DIR="${CMAKE_BINARY_DIR}")
add_dependencies(pdq_bench tutela-decoder)
