#include "match_engine/wide_scans.h"

namespace tutela::match_engine {

// Kept by the asker and by the worker, whoever lets go last.
struct WideScans::Job {
  std::shared_ptr<const Generation> generation;
  std::vector<WideScan> scans;
  std::vector<std::vector<match::Match>> found;  // written by the worker alone, read after is_done
  std::condition_variable done;
  bool is_done = false;       // guarded by WideScans::mutex_
  bool is_abandoned = false;  // guarded by WideScans::mutex_
};

WideScans::~WideScans() {
  std::vector<std::thread> workers;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    workers.swap(workers_);
  }
  offered_.notify_all();
  for (auto& worker : workers) worker.join();
}

Result<std::vector<std::vector<match::Match>>> WideScans::run(std::shared_ptr<const Generation> generation,
                                                              std::vector<WideScan> scans) {
  auto job = std::make_shared<Job>();
  job->generation = std::move(generation);
  job->scans = std::move(scans);
  const auto wait_max = options_.wait_max + options_.scan_max * job->scans.size();
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= options_.waiting_max) return fail(ErrorCode::busy, "match.wide_busy", "queue");
  while (workers_.size() < options_.workers) workers_.emplace_back([this] { work(); });
  waiting_.push_back(job);
  offered_.notify_one();
  if (job->done.wait_for(lock, wait_max, [&] { return job->is_done; })) return std::move(job->found);
  job->is_abandoned = true;
  std::erase(waiting_, job);
  return fail(ErrorCode::busy, "match.wide_busy", "time");
}

void WideScans::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    offered_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const auto job = std::move(waiting_.front());
    waiting_.pop_front();
    for (const WideScan& scan : job->scans) {
      if (job->is_abandoned || stop_) break;
      lock.unlock();
      if (options_.before_scan) options_.before_scan();
      job->generation->scan(scan, job->found.emplace_back());
      lock.lock();
    }
    job->is_done = true;
    job->done.notify_all();
  }
}

}  // namespace tutela::match_engine
