#include "line/store_check.h"

#include <gtest/gtest.h>

#include "ledger/log_on_store.h"

namespace tutela::ledger {
namespace {

// Three epochs, the last of which is the current one: what `tutela store check` says of each.
class StoreCheckTest : public LogOnStore {
 protected:
  StoreCheckTest() {
    append(5);
    EXPECT_TRUE(sequencer_->open_epoch(*store_, std::nullopt));
    append(4);
    EXPECT_TRUE(sequencer_->open_epoch(*store_, std::nullopt));
    append(3);
  }

  static std::string said(const auto& result) {
    return result ? "sound" : std::string(result.error().reason.text()) + " " + result.error().place;
  }
  std::string checked() { return said(line::check_store(*store_, signing_key_.public_key())); }

  // What the check says inside a transaction that made the change, and that is rolled back.
  std::string checked_after(std::string_view sql, std::initializer_list<store::Value> parameters) {
    std::string answer;
    const auto written = store_->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto changed, tx.execute(sql, parameters));
      if (changed != 1) return fail(ErrorCode::internal, "test.changed_nothing");
      answer = said(line::recompute_ledger(tx, signing_key_.public_key()));
      return fail(ErrorCode::denied, "test.rolled_back");
    });
    EXPECT_EQ(written.error().reason, Reason("test.rolled_back")) << to_string(written.error());
    return answer;
  }
};

TEST_P(StoreCheckTest, AChangedLeafIsFoundInEveryEpochClosedOrNot) {
  ASSERT_EQ(checked(), "sound");
  const std::pair<std::string, store::Value> changes[] = {
      {"kind", "item.hidden"},      {"subject", Bytes(32, 7)}, {"n", 1'000}, {"previous", Bytes(32, 7)}, {"at", 1},
      {"payload", R"({"by":"x"})"}, {"salt", Bytes(32, 7)},
  };
  const auto epochs = read([](store::Reader& reader) { return epoch_numbers(reader); }).value();
  ASSERT_EQ(epochs.size(), 3U);
  for (const auto number : epochs) {
    const auto epoch = static_cast<std::int64_t>(number);
    const auto place = "epoch " + std::to_string(epoch);
    for (const auto& [column, value] : changes) {
      SCOPED_TRACE(column + ", " + place);
      EXPECT_EQ(checked_after("UPDATE ledger_leaf SET " + column + " = $1 WHERE epoch = $2 AND leaf_index = 2", {value, epoch}),
                "ledger.wrong_root " + place);
    }
    EXPECT_EQ(checked_after("UPDATE ledger_leaf SET leaf_hash = $1 WHERE epoch = $2 AND leaf_index = 2", {Bytes(32, 7), epoch}),
              "ledger.wrong_leaf " + place + ", leaf 2");
    EXPECT_EQ(checked_after("DELETE FROM ledger_leaf WHERE epoch = $1 AND leaf_index = 2", {epoch}),
              "ledger.missing_leaf " + place);
    EXPECT_EQ(checked_after("DELETE FROM ledger_leaf WHERE epoch = $1 AND leaf_index = 3", {epoch}),
              "ledger.missing_leaf " + place)
        << "the last of the current one";
  }
  EXPECT_EQ(checked(), "sound");
}

TEST_P(StoreCheckTest, WhatWasSignedOfAClosedEpochIsHeldAgainstItsLeaves) {
  const auto other = sign_checkpoint({{"node.test/tutela", 1}, 6, Hash{7}}, signing_key_);
  EXPECT_EQ(checked_after("UPDATE ledger_checkpoint SET note = $1 WHERE epoch = 1 AND size = 6", {other}),
            "ledger.wrong_root epoch 1");
  EXPECT_EQ(checked_after("UPDATE ledger_epoch SET size = 5 WHERE epoch = $1", {1}).substr(0, 7), "ledger.");
}

TEST_P(StoreCheckTest, TheWholeCheckRefusesWhatStandsInTheDatabase) {
  ASSERT_TRUE(store_->write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE ledger_leaf SET payload = '{}' WHERE epoch = 1 AND leaf_index = 2"));
    return {};
  }));
  EXPECT_EQ(checked(), "ledger.wrong_root epoch 1");
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreCheckTest, kBackEnds, back_end_name);

}  // namespace
}  // namespace tutela::ledger
