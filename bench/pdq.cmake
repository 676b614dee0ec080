find_package(nlohmann_json REQUIRED)
find_package(JPEG REQUIRED)
add_executable(pdq_bench pdq_bench.cc photographs.cc)
target_link_libraries(pdq_bench PRIVATE tutela_fingerprint tutela_decode tutela_decode_worker tutela_crypto nlohmann_json::nlohmann_json JPEG::JPEG)
target_compile_definitions(pdq_bench PRIVATE TUTELA_BINARY_DIR="${CMAKE_BINARY_DIR}")
add_dependencies(pdq_bench tutela-decoder)

# The peer is neither part of this repository nor downloaded by it: TUTELA_BENCH_THREATEXCHANGE names a checkout of
# facebook/ThreatExchange, from which Meta's C++ is compiled with the flags of its own Makefile, and with libjpeg.
set(checkout "$ENV{TUTELA_BENCH_THREATEXCHANGE}")
if(checkout)
  set(pdq ${checkout}/pdq/cpp)
  add_executable(meta_pdq peers/meta_pdq.cc ${pdq}/hashing/pdqhashing.cpp ${pdq}/hashing/torben.cpp
    ${pdq}/downscaling/downscaling.cpp ${pdq}/io/pdqio.cpp ${pdq}/common/pdqhashtypes.cpp ${pdq}/common/pdqhamming.cpp)
  target_include_directories(meta_pdq SYSTEM PRIVATE ${checkout} ${pdq})
  target_compile_definitions(meta_pdq PRIVATE cimg_use_jpeg cimg_display=0)
  target_compile_options(meta_pdq PRIVATE -w -O3 -std=c++17 -fno-stack-protector -U_FORTIFY_SOURCE)
  target_link_libraries(meta_pdq PRIVATE JPEG::JPEG pthread)
  target_compile_definitions(pdq_bench PRIVATE TUTELA_BENCH_META_PDQ="$<TARGET_FILE:meta_pdq>")
  add_dependencies(pdq_bench meta_pdq)
endif()
