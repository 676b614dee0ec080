#include "base/log.h"

#include <algorithm>
#include <climits>
#include <thread>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace tutela::log {
namespace {

// Standard error, as the pieces that were written at once.
class StandardErrorPieces {
 public:
  StandardErrorPieces() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe2(ends_, O_DIRECT | O_NONBLOCK), 0);
    ::dup2(ends_[1], STDERR_FILENO);
  }
  ~StandardErrorPieces() {
    ::dup2(before_, STDERR_FILENO);
    for (const int fd : {ends_[0], ends_[1], before_}) ::close(fd);
  }
  std::vector<std::string> take() {
    std::vector<std::string> pieces;
    std::string piece(PIPE_BUF + 1, '\0');
    for (ssize_t read = 0; (read = ::read(ends_[0], piece.data(), piece.size())) > 0;)
      pieces.push_back(piece.substr(0, static_cast<std::size_t>(read)));
    return pieces;
  }

 private:
  int before_;
  int ends_[2] = {-1, -1};
};

TEST(GatheredLines, AreWrittenAtOnceAndWhole) {
  StandardErrorPieces out;
  GatheredLines lines;
  EXPECT_TRUE(lines.info("test.first", {{"number", std::int64_t{1}}}));
  EXPECT_FALSE(lines.info("test.second", {{"number", std::int64_t{2}}}));
  EXPECT_TRUE(out.take().empty());
  lines.write();
  auto pieces = out.take();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_LT(pieces[0].find(R"("event":"test.first","number":1})"), pieces[0].find(R"("event":"test.second","number":2})"));
  lines.write();
  EXPECT_TRUE(out.take().empty());

  // Full: what was gathered leaves, and no line is cut.
  EXPECT_TRUE(lines.info("test.line"));
  for (int line = 1; line < 100; ++line) EXPECT_FALSE(lines.info("test.line"));
  lines.write();
  std::size_t count = 0;
  pieces = out.take();
  EXPECT_GT(pieces.size(), 1U);
  for (const auto& piece : pieces) {
    EXPECT_EQ(piece.back(), '\n');
    count += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
  }
  EXPECT_EQ(count, 100U);
}

TEST(GatheredLines, OfSeveralThreadsAreAllThere) {
  StandardErrorPieces out;
  {
    GatheredLines lines;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&] {
        for (int line = 0; line < 50; ++line) std::ignore = lines.info("test.line");
      });
    for (auto& thread : threads) thread.join();
  }
  std::size_t count = 0;
  for (const auto& piece : out.take()) count += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
  EXPECT_EQ(count, 200U);
}

}  // namespace
}  // namespace tutela::log
