#include <cstdio>
#include <cstdlib>

#include "http/server.h"

// http_bench_server [workers]: serves GET /hello on a port it prints, until standard input ends.
int main(int argc, char** argv) {
  using namespace tutela;
  auto router = http::Router::build(
      {{http::Method::get, "/hello", 0, [](const http::Request&) { return http::text_response(200, "text/plain", "hello"); }}});
  std::vector<http::ListenerOptions> listeners;
  listeners.push_back({.name = "bench", .router = *std::move(router), .access_record = http::AccessRecord::silent});
  http::ServerOptions options;
  if (argc > 1) options.worker_threads = static_cast<std::size_t>(std::max(1, std::atoi(argv[1])));
  const auto server = http::Server::start(std::move(listeners), options);
  if (!server) return error_class(server.error().code).exit_code;
  std::printf("%u\n", static_cast<unsigned>((*server)->port("bench")));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
