#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "http/http.h"
#include "line/context.h"

// The log as static files (C2SP tlog-tiles): what a monitor or another node reads to check it by itself.
namespace tutela::api {

// GET …/checkpoint, of the current epoch or of the one that the path names; with ?which=cosigned the newest that a witness
// cosigned; with ?above=SIZE&wait=SECONDS held until the tree has more than SIZE leaves, by whichever server on the same
// database, but no longer than the seconds, nor than this server serves: then the checkpoint as it is. Bundles of entries
// between the two sizes are what changed, in the order of the commits and without a gap.
class CheckpointRoute {
 public:
  explicit CheckpointRoute(const line::Context& context) : context_(context) {}
  // busy, "ledger.too_many_waiters": limits::kLogWaitersMax are held already.
  Result<http::Response> answer(const http::Request& request);

 private:
  Result<> wait_until_above(std::uint64_t size, std::chrono::seconds at_most, const http::Request& request);

  const line::Context& context_;
  std::atomic<std::size_t> waiting_{0};
};

// GET …/tile/*. A full tile below an epoch's own path never changes, and says so.
Result<http::Response> ledger_tile(const line::Context& context, const http::Request& request);

}  // namespace tutela::api
