#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tutela::http {

// A fixed number of threads and a bounded queue in front of them: under overload it says no at once instead of growing.
class WorkerPool {
 public:
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
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tutela::http
