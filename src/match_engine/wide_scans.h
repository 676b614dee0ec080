#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "match_engine/generation.h"

namespace tutela::match_engine {

struct WideScanOptions {
  std::size_t workers = 1;
  // Questions that may wait; one more is refused.
  std::size_t waiting_max = 32;
  // How long one asker waits in the queue, and besides for each of the scans that it asks for.
  std::chrono::milliseconds wait_max{1'000};
  std::chrono::milliseconds scan_max{5};
  // Called by a worker before each scan; for tests that hold it up.
  std::function<void()> before_scan;
};

// Scans of wide banks: on workers of their own and behind a bounded queue, so that they take neither the threads nor the time of
// those who ask indexed banks. Thread-safe. The workers start with the first scan.
class WideScans {
 public:
  explicit WideScans(WideScanOptions options) : options_(std::move(options)) {}
  ~WideScans();
  WideScans(const WideScans&) = delete;
  WideScans& operator=(const WideScans&) = delete;

  // The matches of each scan, in their order. Waits for them. busy, "match.wide_busy": the queue is full, or the time is up; what
  // was not begun is not done then.
  Result<std::vector<std::vector<match::Match>>> run(std::shared_ptr<const Generation> generation, std::vector<WideScan> scans);

 private:
  struct Job;
  void work();

  const WideScanOptions options_;
  std::mutex mutex_;
  std::condition_variable offered_;
  std::deque<std::shared_ptr<Job>> waiting_;  // guarded by mutex_
  std::vector<std::thread> workers_;          // guarded by mutex_
  bool stop_ = false;                         // guarded by mutex_
};

}  // namespace tutela::match_engine
