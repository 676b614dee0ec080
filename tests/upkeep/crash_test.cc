#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <random>

#include "upkeep/day.h"
#include "upkeep/system_calls.h"

// Path B is lived again and again, each time in a process of its own; at the n-th write, fsync, rename, link, unlink or
// truncation the process is killed, the power is cut, or the call fails. Then doctor --deep finds nothing, nothing that was
// acknowledged is missing, and the day can be gone on with.
namespace tutela::test {
namespace {

using namespace std::chrono_literals;

// TUTELA_FAULTS_SEED   what everything is drawn from
// TUTELA_FAULTS_SEEDS  how many troubles are drawn, instead of 200; with it a kill is tried at every call and not at 220 of them
std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}
bool is_long() { return std::getenv("TUTELA_FAULTS_SEEDS") != nullptr; }
std::uint64_t seed() { return number_of("TUTELA_FAULTS_SEED", 20261123); }

constexpr std::array kTroubles{Trouble::killed,    Trouble::torn,     Trouble::power_cut,
                               Trouble::disk_full, Trouble::io_error, Trouble::full_from};
std::string_view to_string(Trouble trouble) {
  constexpr std::array<std::string_view, 7> kNames{"none",      "killed",    "torn write", "disk full once",
                                                   "i/o error", "disk full", "power cut"};
  return kNames.at(static_cast<std::size_t>(trouble));
}

// Which call of the day meets which trouble, and what else is drawn for it.
struct Strike {
  Trouble trouble;
  std::int64_t call;
  std::uint64_t seed = 1;
};

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

  static bool kills(Trouble trouble) {
    return trouble == Trouble::killed || trouble == Trouble::torn || trouble == Trouble::power_cut;
  }

  // In a child, which shares nothing with this process but a pipe.
  // `life` tells a start from the one before it: they draw other random numbers.
  static Lived live(
      const std::filesystem::path& folder, const Strike& strike, std::uint64_t life = 2,
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
      const bool from_the_start = kills(strike.trouble);
      if (from_the_start) plan_trouble(strike.trouble, strike.call, strike.seed);
      {
        const auto node = day().open(folder, life);
        if (!from_the_start) {
          watch_calls(folder);
          plan_trouble(strike.trouble, strike.call);
        }
        live_day(day(), *node, tell, [&] {
          // A disk has room again, and an operator looks, after each step.
          if (has_struck()) heal();
          between(*node);
        });
      }
      if (strike.trouble == Trouble::power_cut) cut_power_now();
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
    const auto node = day().open(folder, 9);
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

  // At most so many calls, spread evenly with a seeded offset.
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

  // How many calls the day makes when nothing goes wrong, from the start that a kill may meet, or from when it serves.
  static std::int64_t calls_of_day(Trouble trouble) {
    static std::map<bool, std::int64_t> known;
    if (const auto at = known.find(kills(trouble)); at != known.end()) return at->second;
    constexpr std::int64_t kNever = 1'000'000'000;
    const TempFolder folder;
    day().copy_to(folder.path() / "node");
    const auto lived = live(folder.path() / "node", {kills(trouble) ? Trouble::killed : Trouble::io_error, kNever});
    EXPECT_EQ(lived.status, 0);
    EXPECT_GE(lived.acknowledged.size(), 12U) << "the whole day";
    expect_sound(folder.path() / "node", lived, "an undisturbed day");
    return known[kills(trouble)] = lived.calls;
  }

  // Whether the strike met a call.
  static bool expect_survived(const std::filesystem::path& folder, const Strike& strike, Lived& all, std::uint64_t life) {
    auto lived = live(folder, strike, life);
    const bool is_killed = WIFSIGNALED(lived.status) && WTERMSIG(lived.status) == SIGKILL;
    if (kills(strike.trouble)) {
      EXPECT_TRUE(is_killed || (lived.status == 0 && lived.calls < strike.call)) << "status " << lived.status;
    } else {
      EXPECT_EQ(lived.status, 0) << "the node itself must survive it";
    }
    std::ranges::move(lived.acknowledged, std::back_inserter(all.acknowledged));
    return kills(strike.trouble) ? is_killed : lived.struck;
  }

  static void sweep(Trouble trouble, std::int64_t at_most) {
    const auto calls = calls_of_day(trouble);
    ASSERT_GE(calls, 200);
    auto chosen = points(calls, at_most);
    std::cout << "[ " << to_string(trouble) << " ] " << chosen.size() << " of " << calls << " calls, seed " << seed()
              << std::endl;
    // And when the day is over, which a cut takes from in ten ways.
    if (trouble == Trouble::power_cut)
      for (std::int64_t n = 1; n <= 10; ++n) chosen.push_back(calls + n);
    std::int64_t struck = 0;
    for (const auto n : chosen) {
      const auto what = std::string(to_string(trouble)) + " at call " + std::to_string(n);
      SCOPED_TRACE(what);
      const TempFolder folder;
      day().copy_to(folder.path() / "node");
      Lived lived;
      struck += expect_survived(folder.path() / "node", {trouble, n, seed() + static_cast<std::uint64_t>(n)}, lived, 2) ? 1 : 0;
      expect_sound(folder.path() / "node", lived, what);
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_GE(struck, static_cast<std::int64_t>(chosen.size()) * 9 / 10);
  }

  // One seed: a trouble at some call of the day, and with every other seed a second one while the node starts again or lives the
  // day once more.
  static std::vector<Strike> drawn(std::uint64_t from) {
    std::mt19937_64 random(from);
    std::vector<Strike> strikes;
    for (std::uint64_t more = 1 + random() % 2; more > 0; --more) {
      const auto trouble = kTroubles.at(random() % kTroubles.size());
      const bool is_start = !strikes.empty() && random() % 2 == 0;
      const auto calls = is_start ? std::int64_t{12} : calls_of_day(trouble);
      strikes.push_back({trouble, 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(calls)), random()});
    }
    return strikes;
  }
};

TEST_F(Crash, KilledAtAnyCallItComesBackWithEverythingItAcknowledged) { sweep(Trouble::killed, 220); }
TEST_F(Crash, WithoutPowerItLosesNothingThatItAcknowledged) { sweep(Trouble::power_cut, 110); }
TEST_F(Crash, ACallThatFailsIsAnErrorAndNoLoss) { sweep(Trouble::io_error, 100); }
TEST_F(Crash, ADiskThatIsFullForACallIsAnErrorAndNoLoss) { sweep(Trouble::disk_full, 50); }

TEST_F(Crash, ItSurvivesWhateverIsDrawn) {
  const auto seeds = number_of("TUTELA_FAULTS_SEEDS", 200);
  std::cout << "[ drawn ] seeds " << seed() << " to " << seed() + seeds - 1 << std::endl;
  std::map<Trouble, std::int64_t> struck;
  for (std::uint64_t from = seed(); from < seed() + seeds; ++from) {
    std::string what = "seed " + std::to_string(from);
    const auto strikes = drawn(from);
    for (const auto& strike : strikes)
      what += ", " + std::string(to_string(strike.trouble)) + " at call " + std::to_string(strike.call);
    SCOPED_TRACE(what);
    const TempFolder folder;
    day().copy_to(folder.path() / "node");
    Lived lived;
    for (std::size_t life = 0; life < strikes.size(); ++life)
      struck[strikes[life].trouble] += expect_survived(folder.path() / "node", strikes[life], lived, 2 + life) ? 1 : 0;
    expect_sound(folder.path() / "node", lived, what);
    if (testing::Test::HasFailure()) return;
  }
  for (const auto& [trouble, times] : struck)
    std::cout << "[ drawn ] " << to_string(trouble) << " " << times << " times" << std::endl;
  EXPECT_EQ(struck.size(), seeds < 50 ? struck.size() : kTroubles.size());
}

TEST_F(Crash, AClockThatJumpsDoesNoDamage) {
  for (const auto jump : {-1h, -48h, 24h * 400, -24h * 400}) {
    const TempFolder folder;
    day().copy_to(folder.path() / "node");
    int step = 0;
    const auto lived = live(folder.path() / "node", {Trouble::none, 1}, 2, [&](LineNode& node) {
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
