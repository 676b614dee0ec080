#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "app/node.h"
#include "app/round_log.h"
#include "http/rate_limiter.h"
#include "http/server.h"
#include "line/match_watch.h"
#include "store/leased_store.h"

namespace tutela::app {

// A node's doors and clocks: five listeners with route tables of their own, and the threads that number the ledger, have it
// cosigned, send what waits and watch the clocks.
class NodeServer {
 public:
  // internal, "access.route_without_row" when a route has no permission; unavailable, "http.listen_failed"; not_found,
  // "http.assets_missing" when the console was not built.
  static Result<std::unique_ptr<NodeServer>> start(Node& node);
  ~NodeServer();

  void stop();

 private:
  explicit NodeServer(Node& node);
  void number_entries();
  void send_and_ask();
  void watch_clocks();
  void compare_items();
  void ask_witnesses();
  // Whether this process is the one of its cluster that does the work of that lease now.
  static bool holds(store::LeasedStore& lease, RoundLog& rounds);
  // Sleeps at most so long; false when stopping.
  bool rest(std::chrono::milliseconds time);

  Node& node_;
  http::RateLimiter sign_ins_;
  http::RateLimiter lookups_;
  http::RateLimiter answers_;
  line::MatchWatch match_watch_;
  std::unique_ptr<http::Server> server_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  std::atomic<bool> stop_ = false;
};

}  // namespace tutela::app
