#include <array>
#include <thread>

#include "contract.h"
#include "review/item_repository.h"
#include "review/review_repository.h"

// Decisions that race: each body reads, lets the other read too where the back end allows it, then decides and writes.
namespace tutela::store {
namespace {

// Runs body(0) and body(1) in write() on two threads and returns both answers.
std::array<Result<>, 2> race(Store& store, const std::function<Result<>(int, Transaction&)>& body) {
  std::array<Result<>, 2> results;
  {
    std::array<std::jthread, 2> threads;
    for (int who = 0; who < 2; ++who)
      threads[static_cast<std::size_t>(who)] = std::jthread([&store, &body, &results, who] {
        results[static_cast<std::size_t>(who)] = store.write([&](Transaction& tx) { return body(who, tx); });
      });
  }
  return results;
}

// The answer of the one that lost; fails when both or none won.
std::string loser(const std::array<Result<>, 2>& results) {
  EXPECT_NE(results[0].has_value(), results[1].has_value()) << reason_of(results[0]) << ' ' << reason_of(results[1]);
  return reason_of(results[0]) + reason_of(results[1]);
}

TEST_P(MigratedStoreContract, ClaimAgainstClaim) {
  const std::array members{make_id<MemberId>(), make_id<MemberId>()};
  for (int round = 0; round < 10; ++round) {
    const auto item = make_id<ItemId>();
    // Every other round an expired lease is there to be taken over.
    if (round % 2 == 1) {
      ASSERT_TRUE(store().write([&](Transaction& tx) {
        return review::put_lease(tx, {item, make_id<MemberId>(), kNow - Duration(2'000), kNow - Duration(1'000)});
      }));
    }
    Meeting meeting;
    const auto results = race(store(), [&](int who, Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto held, review::find_lease(tx, item));
      meeting.arrive();
      if (held && held->until > kNow) return fail(ErrorCode::conflict, "lease.held");
      return review::put_lease(
          tx, {item, members[static_cast<std::size_t>(who)], kNow, kNow + Duration(60'000), held ? held->version : 0});
    });
    EXPECT_EQ(loser(results), "lease.held");
    const auto lease =
        in_snapshot<std::optional<review::LeaseRow>>(store(), [&](Reader& r) { return review::find_lease(r, item); });
    ASSERT_TRUE(lease.value().has_value());
    EXPECT_EQ(lease.value()->member_id, members[results[0] ? 0 : 1]);
  }
}

// Two members who both believe that theirs is the second assessment: neither row collides with the other's, only the reads do.
TEST_P(MigratedStoreContract, SecondAssessmentAgainstSecondAssessment) {
  const auto assess = [&](Transaction& tx, const ItemId& item, const MemberId& member, const AssessmentId& id) {
    return review::insert_assessment(tx, {id, item, member, "no_offence", "adult", "here", 0, Bytes{1}, kNow});
  };
  for (int round = 0; round < 10; ++round) {
    const auto item = make_id<ItemId>();
    const std::array members{make_id<MemberId>(), make_id<MemberId>()};
    const std::array ids{make_id<AssessmentId>(), make_id<AssessmentId>()};
    const std::array verdicts{make_id<VerdictId>(), make_id<VerdictId>()};
    ASSERT_TRUE(store().write([&](Transaction& tx) { return assess(tx, item, make_id<MemberId>(), make_id<AssessmentId>()); }));
    Meeting meeting;
    const auto results = race(store(), [&](int who, Transaction& tx) -> Result<> {
      const auto me = static_cast<std::size_t>(who);
      TUTELA_ASSIGN(const auto before, review::assessments_of_item(tx, item));
      meeting.arrive();
      if (before.size() >= 2) return fail(ErrorCode::conflict, "assessment.enough");
      TUTELA_TRY(assess(tx, item, members[me], ids[me]));
      return review::insert_verdict(tx, {item, verdicts[me], "no_offence", "adult", std::nullopt, true, kNow});
    });
    EXPECT_EQ(loser(results), "assessment.enough");
    EXPECT_EQ(number("SELECT count(*) FROM assessment WHERE item_id = $1", {item}), 2);
    EXPECT_EQ(number("SELECT count(*) FROM verdict WHERE item_id = $1", {item}), 1);
  }
}

TEST_P(MigratedStoreContract, TheSameMemberNeverAssessesTwice) {
  const auto item = make_id<ItemId>();
  const auto member = make_id<MemberId>();
  const std::array ids{make_id<AssessmentId>(), make_id<AssessmentId>()};
  const auto results = race(store(), [&](int who, Transaction& tx) {
    return review::insert_assessment(tx, {ids[static_cast<std::size_t>(who)], item, member, "a", "b", "here", 0, Bytes{1}, kNow});
  });
  EXPECT_EQ(loser(results), "store.duplicate_key");
}

TEST_P(MigratedStoreContract, FinalAgainstFinal) {
  for (int round = 0; round < 10; ++round) {
    const auto id = make_id<ItemId>();
    ASSERT_TRUE(store().write([&](Transaction& tx) {
      return review::insert_item(tx, {.id = id, .state = "needs_second", .first_seen_at = kNow, .wrapped_key = Bytes{1}});
    }));
    const std::array verdicts{make_id<VerdictId>(), make_id<VerdictId>()};
    Meeting meeting;
    const auto results = race(store(), [&](int who, Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(auto item, review::find_item(tx, id));
      meeting.arrive();
      if (item.state == "final") return fail(ErrorCode::conflict, "item.already_final");
      item.state = "final";
      TUTELA_TRY(review::update_item(tx, item));
      return review::insert_verdict(tx, {id, verdicts[static_cast<std::size_t>(who)], "a", "b", std::nullopt, true, kNow});
    });
    EXPECT_EQ(loser(results), "item.already_final");
    const auto verdict =
        in_snapshot<std::optional<review::VerdictRow>>(store(), [&](Reader& r) { return review::find_verdict(r, id); });
    EXPECT_EQ(verdict.value()->id, verdicts[results[0] ? 0 : 1]);
    EXPECT_EQ(number("SELECT version FROM item WHERE id = $1", {id}), 2);
  }
}

// A decision made on a version read outside of the transaction is refused, not merged.
TEST_P(MigratedStoreContract, DecisionOnAnOldVersionIsRefused) {
  const auto id = make_id<ItemId>();
  const auto read_item = [&] {
    return in_snapshot<review::ItemRow>(store(), [&](Reader& r) { return review::find_item(r, id); }).value();
  };
  ASSERT_TRUE(store().write([&](Transaction& tx) {
    return review::insert_item(tx, {.id = id, .state = "queued", .first_seen_at = kNow, .wrapped_key = Bytes{1}});
  }));
  auto seen = read_item();
  seen.state = "in_review";
  ASSERT_TRUE(store().write([&](Transaction& tx) { return review::update_item(tx, seen); }));
  seen.state = "dismissed";
  EXPECT_EQ(reason_of(store().write([&](Transaction& tx) { return review::update_item(tx, seen); })), "store.row_changed");
  EXPECT_EQ(read_item().state, "in_review");
}

// Write skew: each takes one of the two off duty because the other is still on it.
TEST_P(StoreContract, WhatABodyReadIsStillTrueWhenItCommits) {
  ASSERT_TRUE(execute("CREATE TABLE duty (id BIGINT PRIMARY KEY, is_on BIGINT NOT NULL)"));
  ASSERT_TRUE(execute("INSERT INTO duty (id, is_on) VALUES (0, 1), (1, 1)"));
  Meeting meeting;
  const auto results = race(store(), [&](int who, Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto row, tx.query_one("SELECT sum(is_on) FROM duty"));
    meeting.arrive();
    if (row->integer(0) < 2) return fail(ErrorCode::denied, "duty.last_one");
    TUTELA_TRY(tx.execute("UPDATE duty SET is_on = 0 WHERE id = $1", {who}));
    return {};
  });
  EXPECT_EQ(loser(results), "duty.last_one");
  EXPECT_EQ(number("SELECT sum(is_on) FROM duty"), 1);
}

// Contention alone never uses the three attempts up: a rerun meets nobody.
TEST_P(StoreContract, EightWritersOnOneRowAllGetThrough) {
  constexpr int kThreads = 8;
  constexpr int kWrites = 20;
  ASSERT_TRUE(execute("CREATE TABLE counter (id BIGINT PRIMARY KEY, value BIGINT NOT NULL, version BIGINT NOT NULL)"));
  ASSERT_TRUE(execute("INSERT INTO counter (id, value, version) VALUES (1, 0, 1)"));
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kWrites; ++i) {
        const auto result = store().write([](Transaction& tx) -> Result<> {
          TUTELA_ASSIGN(const auto row, tx.query_one("SELECT value, version FROM counter WHERE id = 1"));
          return tx.execute_versioned("UPDATE counter SET value = $2, version = version + 1 WHERE id = 1 AND version = $1",
                                      {row->integer(1), row->integer(0) + 1});
        });
        EXPECT_EQ(reason_of(result), "");
      }
    });
  threads.clear();
  EXPECT_EQ(number("SELECT value FROM counter"), kThreads * kWrites);
}

}  // namespace
}  // namespace tutela::store
