#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "ledger/log_on_store.h"

namespace tutela::ledger {
namespace {

// Two server processes on one PostgreSQL. What takes its number first commits last: why a reader of changes follows the
// sequencer's index and no number that is given before the commit (docs/adr/0004-ledger-leaf-and-sequencer.md).
class CommitOrderTest : public LogOnStore {
 protected:
  CommitOrderTest() : other_store_(store::open_postgres(conninfo_).value()) {}

  // Commits `late` through the other process only after `meanwhile`, although its body ran before.
  void commit_after(const std::function<Result<>(store::Transaction&)>& late, const std::function<void()>& meanwhile) {
    std::promise<void> has_written;
    std::promise<void> may_commit;
    int runs = 0;
    Result<> committed;
    std::jthread slow([&] {
      committed = other_store_->write([&](store::Transaction& tx) -> Result<> {
        ++runs;
        TUTELA_TRY(late(tx));
        // Whatever the driver kept back is sent before this is answered.
        TUTELA_TRY(tx.query("SELECT 1"));
        has_written.set_value();
        may_commit.get_future().wait();
        return {};
      });
    });
    const bool is_open = has_written.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    EXPECT_TRUE(is_open) << "the transaction that commits late did not begin";
    if (is_open) meanwhile();
    may_commit.set_value();
    slow.join();
    EXPECT_TRUE(committed) << to_string(committed.error());
    EXPECT_EQ(runs, 1);
  }

  std::unique_ptr<store::Store> other_store_;
};

TEST_P(CommitOrderTest, AReaderThatFollowsAPlainSerialLosesWhatCommitsLate) {
  ASSERT_TRUE(store_->write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("CREATE TABLE change (id BIGSERIAL PRIMARY KEY, what TEXT NOT NULL)"));
    return {};
  }));
  const auto insert = [](store::Transaction& tx, std::string_view what) -> Result<> {
    TUTELA_TRY(tx.execute("INSERT INTO change (what) VALUES ($1)", {what}));
    return {};
  };
  std::int64_t last = 0;
  std::vector<std::string> seen;
  const auto follow = [&] {
    const auto rows = read(
        [&](store::Reader& reader) { return reader.query("SELECT id, what FROM change WHERE id > $1 ORDER BY id", {last}); });
    ASSERT_TRUE(rows);
    for (const auto& row : *rows) {
      last = row.integer(0);
      seen.push_back(row.text(1));
    }
  };
  commit_after([&](store::Transaction& tx) { return insert(tx, "late"); },
               [&] {
                 ASSERT_TRUE(store_->write([&](store::Transaction& tx) { return insert(tx, "early"); }));
                 follow();
               });
  follow();
  EXPECT_EQ(seen, std::vector<std::string>{"early"}) << "the other is committed, and was never shown";
  EXPECT_EQ(last, 2);
  const auto count = read([](store::Reader& reader) { return reader.query("SELECT id FROM change"); });
  EXPECT_EQ(count->size(), 2U);
}

TEST_P(CommitOrderTest, AReaderThatFollowsTheLedgerLosesNothing) {
  std::uint64_t size = 1;  // after the opening
  std::vector<std::string> seen;
  const auto follow = [&] {
    ASSERT_TRUE(sequencer_->sequence_pending(*store_));
    const auto leaves = read([&](store::Reader& reader) { return leaves_from_index(reader, 1, size, 100); });
    ASSERT_TRUE(leaves);
    for (const auto& leaf : *leaves) {
      EXPECT_EQ(leaf.index, size) << "no gap";
      size = leaf.index + 1;
      seen.push_back(leaf.opening.payload);
    }
    EXPECT_EQ(checkpoint().size, size) << "what is signed is what was shown";
  };
  const auto stage = [&](store::Transaction& tx, const std::string& payload) {
    return recorder_.record(tx, {"item.viewed", "item", Bytes{1}, clock_.now(), payload});
  };
  const std::string late = R"({"is":"late"})";
  const std::string early = R"({"is":"early"})";
  commit_after([&](store::Transaction& tx) { return stage(tx, late); },
               [&] {
                 clock_.advance(Duration{5});
                 ASSERT_TRUE(store_->write([&](store::Transaction& tx) { return stage(tx, early); }));
                 follow();
                 EXPECT_EQ(seen, std::vector<std::string>{early});
               });
  follow();
  EXPECT_EQ(seen, (std::vector<std::string>{early, late}));
  EXPECT_EQ(read([](store::Reader& reader) { return count_staged(reader); }).value(), 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, CommitOrderTest, testing::Values("postgresql"), back_end_name);

}  // namespace
}  // namespace tutela::ledger
