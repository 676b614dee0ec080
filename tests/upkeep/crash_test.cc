#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "upkeep/day.h"
#include "upkeep/system_calls.h"

// Path B is lived again and again, each time in a process of its own; at the n-th write, fsync, rename, link, unlink or
// truncation the process is killed, or the call fails. Then doctor --deep finds nothing, nothing that was acknowledged is
// missing, and the day can be gone on with.
namespace tutela::test {
namespace {

using namespace std::chrono_literals;

// TUTELA_FAULTS_LONG=1 takes every call; otherwise so many of them, spread evenly with a seeded offset.
bool is_long() { return std::getenv("TUTELA_FAULTS_LONG") != nullptr; }

std::uint64_t seed() {
  const char* const given = std::getenv("TUTELA_FAULTS_SEED");
  return given == nullptr ? 20261123 : std::strtoull(given, nullptr, 10);
}

struct Lived {
  std::vector<std::string> acknowledged;
  std::int64_t calls = 0;
  int status = 0;
  bool struck = false;
};

class Crash : public testing::Test {
 protected:
  static Template& day() {
    static Template made;
    return made;
  }

  static bool kills(Trouble trouble) { return trouble == Trouble::killed || trouble == Trouble::torn; }

  // In a child, which shares nothing with this process but a pipe.
  static Lived live(
      const std::filesystem::path& folder, Trouble trouble, std::int64_t n,
      const std::function<void(LineNode&)>& between = [](LineNode&) {}) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    day();
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const auto tell = [&](const std::string& line) {
        const std::string text = line + "\n";
        static_cast<void>(!::write(ends[1], text.data(), text.size()));
      };
      watch_calls(folder);
      // A start that meets a bad disk is refused; what is looked at here is a node that serves.
      const bool from_the_start = kills(trouble);
      if (from_the_start) plan_trouble(trouble, n);
      {
        const auto node = day().open(folder);
        if (!from_the_start) {
          watch_calls(folder);
          plan_trouble(trouble, n);
        }
        live_day(day(), *node, tell, [&] {
          // A disk has room again, and an operator looks, after each step.
          if (has_struck()) heal();
          between(*node);
        });
      }
      tell("calls " + std::to_string(calls_counted()) + (has_struck() ? " struck" : ""));
      ::_exit(0);
    }
    ::close(ends[1]);
    Lived lived;
    std::string text;
    char piece[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;) text.append(piece, static_cast<std::size_t>(got));
    ::close(ends[0]);
    ::waitpid(child, &lived.status, 0);
    while (!text.empty()) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      text.erase(0, end == std::string::npos ? end : end + 1);
      if (line.starts_with("calls ")) {
        lived.calls = std::stoll(line.substr(6));
        lived.struck = line.ends_with("struck");
      } else {
        lived.acknowledged.push_back(std::move(line));
      }
    }
    return lived;
  }

  static void expect_sound(const std::filesystem::path& folder, const Lived& lived, const std::string& what) {
    SCOPED_TRACE(what);
    const auto node = day().open(folder, 3);
    const auto now = node->clock.now() + 1h;
    EXPECT_THAT(what_doctor_finds(folder, now), testing::IsEmpty());
    expect_kept(*node, lived.acknowledged);
    // The machine asks again, with the same key: the same report, or now a first one.
    const auto again = node->upload(day().file(), "image/png", "first-upload");
    ASSERT_TRUE(again) << reason_of(again);
    for (const auto& line : lived.acknowledged) {
      if (!line.ends_with(" first-upload")) continue;
      EXPECT_EQ(line, "report " + again->id.to_string() + " " + again->receipt.reveal() + " first-upload");
    }
    must(node->sequence());
    EXPECT_THAT(what_doctor_finds(folder, now), testing::IsEmpty());
  }

  static std::vector<std::int64_t> points(std::int64_t calls, std::int64_t at_most) {
    std::vector<std::int64_t> all;
    if (is_long() || calls <= at_most) {
      for (std::int64_t n = 1; n <= calls; ++n) all.push_back(n);
      return all;
    }
    std::mt19937_64 random(seed());
    const double step = static_cast<double>(calls) / static_cast<double>(at_most);
    for (std::int64_t i = 0; i < at_most; ++i) {
      const double offset = std::uniform_real_distribution<>(0, step)(random);
      all.push_back(1 + static_cast<std::int64_t>(static_cast<double>(i) * step + offset));
    }
    return all;
  }

  // How many calls the day makes when nothing goes wrong.
  static std::int64_t calls_of_day(Trouble trouble) {
    constexpr std::int64_t kNever = 1'000'000'000;
    const TempFolder folder;
    day().copy_to(folder.path() / "node");
    const auto lived = live(folder.path() / "node", trouble, kNever);
    EXPECT_EQ(lived.status, 0);
    EXPECT_GE(lived.acknowledged.size(), 12U) << "the whole day";
    expect_sound(folder.path() / "node", lived, "an undisturbed day");
    return lived.calls;
  }

  static void sweep(Trouble trouble, const std::string& name, std::int64_t at_most) {
    const auto calls = calls_of_day(trouble);
    ASSERT_GE(calls, 200);
    const auto chosen = points(calls, at_most);
    std::cout << "[ " << name << " ] " << chosen.size() << " of " << calls << " calls, seed " << seed() << std::endl;
    std::int64_t struck = 0;
    for (const auto n : chosen) {
      const TempFolder folder;
      day().copy_to(folder.path() / "node");
      const auto lived = live(folder.path() / "node", trouble, n);
      if (kills(trouble)) {
        EXPECT_TRUE(WIFSIGNALED(lived.status) || lived.calls < n) << name << " at call " << n << " status " << lived.status;
      } else {
        EXPECT_EQ(lived.status, 0) << name << " at call " << n << ": the node itself must survive it";
      }
      struck += (kills(trouble) ? WIFSIGNALED(lived.status) : lived.struck) ? 1 : 0;
      expect_sound(folder.path() / "node", lived, name + " at call " + std::to_string(n));
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_GE(struck, static_cast<std::int64_t>(chosen.size()) * 9 / 10);
  }
};

TEST_F(Crash, KilledAtAnyCallItComesBackWithEverythingItAcknowledged) { sweep(Trouble::killed, "killed", 220); }
TEST_F(Crash, KilledWithATornWriteItComesBackToo) { sweep(Trouble::torn, "torn", 50); }
TEST_F(Crash, ADiskThatIsFullOnceIsSurvived) { sweep(Trouble::disk_full, "disk full", 40); }
TEST_F(Crash, ADiskThatStaysFullIsSurvived) { sweep(Trouble::full_from, "full from", 40); }
TEST_F(Crash, AFailedReadOrWriteIsSurvived) { sweep(Trouble::io_error, "i/o error", 40); }

TEST_F(Crash, AClockThatJumpsDoesNoDamage) {
  for (const auto jump : {-1h, -48h, 24h * 400, -24h * 400}) {
    const TempFolder folder;
    day().copy_to(folder.path() / "node");
    int step = 0;
    const auto lived = live(folder.path() / "node", Trouble::none, 1, [&](LineNode& node) {
      if (++step == 5) node.clock.advance(jump);
    });
    EXPECT_EQ(lived.status, 0);
    const auto node = day().open(folder.path() / "node");
    SCOPED_TRACE(jump.count());
    for (const auto& finding : what_doctor_finds(folder.path() / "node", node->clock.now() + 1h))
      EXPECT_TRUE(finding.starts_with("doctor.future ") || finding.starts_with("doctor.lease_stale ") ||
                  finding.starts_with("doctor.outbox_waiting "))
          << finding;
    expect_kept(*node, lived.acknowledged);
  }
}

}  // namespace
}  // namespace tutela::test
