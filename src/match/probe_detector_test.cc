#include "match/probe_detector.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/random.h"

namespace tutela::match {
namespace {

using Probing = ProbeDetector::Probing;

TokenId token(std::uint8_t number) { return TokenId::from_bytes(Bytes(16, number)).value(); }
const Time kStart = from_unix_ms(1'795'348'800'000);

Bits256 anything(SeededRandom& random) {
  Bits256 bits;
  for (auto& word : bits) word = random.next();
  return bits;
}
Bits256 flipped(Bits256 bits, SeededRandom& random, int count) {
  for (int i = 0; i < count; ++i) {
    const auto bit = random.next() % 256;
    bits[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
  return bits;
}

TEST(ProbeDetector, UnrelatedPicturesNeverLookLikeIt) {
  SeededRandom random(21);
  ProbeDetector detector;
  for (int i = 0; i < 200'000; ++i) ASSERT_EQ(detector.observe(token(1), anything(random), kStart), std::nullopt) << i;
}

TEST(ProbeDetector, ThePopularPictureAskedOverAndOverIsNone) {
  SeededRandom random(22);
  ProbeDetector detector;
  const auto popular = anything(random);
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_EQ(detector.observe(token(1), popular, kStart), std::nullopt);
    if (i % 3 == 0) {
      ASSERT_EQ(detector.observe(token(1), anything(random), kStart), std::nullopt);
    }
  }
}

TEST(ProbeDetector, VariationsOfOneValueRaiseOneAlarmAnHourEvenAmongOthers) {
  SeededRandom random(23);
  ProbeDetector detector;
  const auto target = anything(random);
  int alarms = 0;
  Time now = kStart;
  for (int i = 0; i < 400; ++i) {
    now += std::chrono::seconds{1};
    const auto question = i % 3 == 0 ? anything(random) : flipped(target, random, 28);
    const auto seen = detector.observe(token(1), question, now);
    if (seen) {
      EXPECT_EQ(*seen, Probing::around_one_value);
      ++alarms;
    }
  }
  EXPECT_EQ(alarms, 1);
  EXPECT_EQ(detector.observe(token(2), flipped(target, random, 28), now), std::nullopt) << "another caller";
  now += ProbeDetector::kQuiet;
  for (int i = 0; i < 40; ++i) alarms += detector.observe(token(1), flipped(target, random, 28), now) ? 1 : 0;
  EXPECT_EQ(alarms, 2);
}

TEST(ProbeDetector, AWalkIsSeenThoughItLeavesWhereItBegan) {
  SeededRandom random(24);
  ProbeDetector detector;
  Bits256 at = anything(random);
  std::optional<Probing> seen;
  int asked = 0;
  for (; !seen && asked < 100; ++asked) {
    at = flipped(at, random, 31);
    seen = detector.observe(token(1), at, kStart);
  }
  EXPECT_EQ(seen, Probing::walk);
  EXPECT_EQ(asked, ProbeDetector::kStepsMin + 1);
}

TEST(ProbeDetector, WhatWasAskedLongAgoIsForgottenAndSoIsWhoAsked) {
  SeededRandom random(25);
  ProbeDetector detector;
  const auto target = anything(random);
  Time now = kStart;
  for (int i = 0; i < 100; ++i) {
    now += std::chrono::minutes{10};
    ASSERT_EQ(detector.observe(token(1), flipped(target, random, 40), now), std::nullopt) << i;
  }
  for (std::size_t i = 0; i < 3 * ProbeDetector::kCallersMax; ++i) {
    Bytes id(16, 0);
    std::memcpy(id.data(), &i, sizeof i);
    detector.observe(TokenId::from_bytes(id).value(), target, now);
  }
  EXPECT_EQ(detector.callers(), ProbeDetector::kCallersMax);
}

}  // namespace
}  // namespace tutela::match
