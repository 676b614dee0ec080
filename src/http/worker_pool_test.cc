#include "http/worker_pool.h"

#include <atomic>
#include <latch>
#include <memory>

#include <gtest/gtest.h>

namespace tutela::http {
namespace {

using enum WorkerPool::Submitted;

TEST(WorkerPool, RunsEveryJobItTook) {
  std::atomic<int> ran{0};
  int taken = 0;
  {
    WorkerPool pool({.threads = 3, .queue_max = 1000});
    std::latch all(500);
    for (int i = 0; i < 500; ++i) {
      taken += pool.try_submit([&] {
        ++ran;
        all.count_down();
      }) == yes;
    }
    all.wait();
  }
  EXPECT_EQ(taken, 500);
  EXPECT_EQ(ran, 500);
}

TEST(WorkerPool, SaysFullInsteadOfGrowing) {
  WorkerPool pool({.threads = 2, .queue_max = 1});
  std::latch running(2);
  std::latch go(1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(pool.try_submit([&] {
      running.count_down();
      go.wait();
    }),
              yes);
  }
  running.wait();
  std::atomic<bool> waited{false};
  EXPECT_EQ(pool.try_submit([&] { waited = true; }), yes);
  EXPECT_EQ(pool.try_submit([] {}), full);
  go.count_down();
  while (!waited) std::this_thread::yield();
  pool.stop();
  EXPECT_EQ(pool.try_submit([] {}), full);
}

// As many threads as there are processors do the work; the others help when those are stuck.
TEST(WorkerPool, EveryThreadHelpsWhenJobsBlock) {
  constexpr std::size_t kThreads = 9;
  // They outlive the pool, whose threads are still leaving them when the last wait ends.
  std::latch all_run(kThreads);
  std::latch again(kThreads);
  WorkerPool pool({.threads = kThreads, .queue_max = kThreads});
  for (std::size_t job = 0; job < kThreads; ++job)
    ASSERT_EQ(pool.try_submit([&] { all_run.arrive_and_wait(); }), WorkerPool::Submitted::yes);
  all_run.wait();
  for (std::size_t job = 0; job < kThreads; ++job)
    ASSERT_EQ(pool.try_submit([&] { again.arrive_and_wait(); }), WorkerPool::Submitted::yes);
  again.wait();
}

TEST(WorkerPool, StopDropsWhatWaitsAndEndsWhatRuns) {
  WorkerPool pool({.threads = 1, .queue_max = 5});
  std::latch running(1);
  std::latch go(1);
  std::atomic<bool> ended{false};
  std::atomic<bool> waited{false};
  ASSERT_EQ(pool.try_submit([&] {
    running.count_down();
    go.wait();
    ended = true;
  }),
            yes);
  running.wait();
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = held;
  ASSERT_EQ(pool.try_submit([&waited, held = std::move(held)] { waited = true; }), yes);
  std::thread stopper([&] { pool.stop(); });
  while (!watched.expired()) std::this_thread::yield();
  go.count_down();
  stopper.join();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(waited);
}

}  // namespace
}  // namespace tutela::http
