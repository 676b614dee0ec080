#include "http/worker_pool.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tutela::http {

WorkerPool::WorkerPool(Size size) : queue_max_(size.queue_max) {
  TUTELA_CHECK(size.threads > 0);
  // Threads that have not begun to wait yet count as idle, so that the first jobs are taken even with a queue of none.
  idle_ = size.threads;
  const std::size_t workers = std::min<std::size_t>(size.threads, std::max(2U, std::thread::hardware_concurrency()));
  for (std::size_t i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  for (std::size_t i = workers; i < size.threads; ++i) threads_.emplace_back([this] { help(); });
}

WorkerPool::~WorkerPool() { stop(); }

WorkerPool::Submitted WorkerPool::try_submit(std::function<void()> job) {
  bool is_watched = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_ + idle_) return Submitted::full;
    queue_.push_back({std::move(job), std::chrono::steady_clock::now()});
    is_watched = is_watched_;
  }
  wake_.notify_one();
  if (!is_watched) wake_helper_.notify_one();
  return Submitted::yes;
}

void WorkerPool::stop() {
  std::deque<Waiting> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  wake_helper_.notify_all();
  dropped.clear();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run_next(std::unique_lock<std::mutex>& lock) {
  auto job = std::move(queue_.front().job);
  queue_.pop_front();
  --idle_;
  lock.unlock();
  job();
  job = nullptr;  // what it holds is let go before the thread counts as idle again
  lock.lock();
  ++idle_;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    run_next(lock);
  }
}

void WorkerPool::help() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_helper_.wait(lock, [this] { return stopping_ || (!queue_.empty() && !is_watched_); });
    if (stopping_) return;
    is_watched_ = true;
    while (!stopping_ && !queue_.empty()) {
      const auto due = queue_.front().since + kHelpAfter;
      if (std::chrono::steady_clock::now() >= due) break;
      wake_helper_.wait_until(lock, due);
    }
    is_watched_ = false;
    if (stopping_ || queue_.empty()) continue;
    // Somebody else watches meanwhile.
    wake_helper_.notify_one();
    run_next(lock);
  }
}

}  // namespace tutela::http
