# A server with one trivial route, for `wrk -t1 -c16 -d5 http://127.0.0.1:PORT/hello`.
add_executable(http_bench_server ${CMAKE_CURRENT_SOURCE_DIR}/http_bench_server.cc)
target_link_libraries(http_bench_server PRIVATE tutela_http)
