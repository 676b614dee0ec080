#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tutela::http {

// A fixed number of threads and a bounded queue in front of them: under overload it says no at once instead of growing.
//
// Jobs may block, so there are more threads than processors; but as many as there are processors do all the work while jobs are
// short. The rest help only with a job that has waited for kHelpAfter. (Waking all of eight threads for jobs of 60 us on two
// processors cost half of all requests: bench/http_match.mjs.)
class WorkerPool {
 public:
  static constexpr std::chrono::milliseconds kHelpAfter{5};

  struct Size {
    std::size_t threads;    // at least 1
    std::size_t queue_max;  // jobs that wait, besides those that run
  };
  explicit WorkerPool(Size size);
  ~WorkerPool();  // stop()
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  enum class Submitted : std::uint8_t { yes, full };
  // `job` must not throw. After stop() the pool is always full.
  [[nodiscard]] Submitted try_submit(std::function<void()> job);

  // Drops the jobs that wait, lets those that run end, joins. Idempotent; not from a job.
  void stop();

 private:
  struct Waiting {
    std::function<void()> job;
    std::chrono::steady_clock::time_point since;
  };
  void work();
  void help();
  // Under the lock, with a job waiting; it is released meanwhile.
  void run_next(std::unique_lock<std::mutex>& lock);

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable wake_helper_;
  std::deque<Waiting> queue_;
  std::size_t idle_ = 0;
  bool is_watched_ = false;  // a helper looks at how long the first job has waited
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tutela::http
