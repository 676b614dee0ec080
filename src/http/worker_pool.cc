#include "http/worker_pool.h"

#include <utility>

#include "base/check.h"

namespace tutela::http {

WorkerPool::WorkerPool(Size size) : queue_max_(size.queue_max) {
  TUTELA_CHECK(size.threads > 0);
  // Threads that have not begun to wait yet count as idle, so that the first jobs are taken even with a queue of none.
  idle_ = size.threads;
  for (std::size_t i = 0; i < size.threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() { stop(); }

WorkerPool::Submitted WorkerPool::try_submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_ + idle_) return Submitted::full;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return Submitted::yes;
}

void WorkerPool::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  dropped.clear();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    --idle_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds is let go before the thread counts as idle again
    lock.lock();
    ++idle_;
  }
}

}  // namespace tutela::http
