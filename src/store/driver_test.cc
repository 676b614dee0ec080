#include "store/driver.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tutela::store::driver {
namespace {

TEST(StatementPlace, IsVerbAndTableAndNothingElse) {
  EXPECT_EQ(statement_place("INSERT INTO report (id) VALUES ('secret')"), "INSERT report");
  EXPECT_EQ(statement_place("SELECT id, host FROM item_location WHERE host = 'secret'"), "SELECT item_location");
  EXPECT_EQ(statement_place("  update lease SET until = 5"), "UPDATE lease");
  EXPECT_EQ(statement_place("DELETE FROM session"), "DELETE session");
  EXPECT_EQ(statement_place("COMMIT"), "COMMIT");
  EXPECT_EQ(statement_place(""), "");
  EXPECT_LE(statement_place("SELECT " + std::string(1000, 'a') + " FROM " + std::string(1000, 'b')).size(), 48U);
}

TEST(CheckParameters, TakesUtf8AndRefusesWhatOneBackEndCannotKeep) {
  const auto accepts = [](std::string text) {
    const Value value(std::move(text));
    return check_parameters("INSERT INTO t", std::span(&value, 1)).has_value();
  };
  for (const char* good : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8C\xB1", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(accepts(good)) << good;
  EXPECT_FALSE(accepts(std::string("a\0b", 3)));
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3("})
    EXPECT_FALSE(accepts(bad));
}

TEST(CheckParameters, ErrorNamesTheStatementAndNotTheText) {
  const Value value(std::string("secret\xFF"));
  const auto checked = check_parameters("INSERT INTO t (a) VALUES ($1)", std::span(&value, 1));
  ASSERT_FALSE(checked);
  EXPECT_EQ(to_string(checked.error()), "invalid store.bad_text (INSERT t)");
}

TEST(Rerun, OnlyForLostRaces) {
  EXPECT_TRUE(is_worth_rerunning({ErrorCode::conflict, "store.row_changed"}));
  EXPECT_TRUE(is_worth_rerunning({ErrorCode::conflict, "store.serialization_failure"}));
  EXPECT_FALSE(is_worth_rerunning({ErrorCode::conflict, "store.duplicate_key"}));
  EXPECT_FALSE(is_worth_rerunning({ErrorCode::unavailable, "store.lost_connection"}));
}

TEST(RunGuarded, TurnsAnExceptionIntoAnError) {
  struct Nothing {
  } nothing;
  const auto result = run_guarded<Nothing>([](Nothing&) -> Result<> { throw 1; }, nothing);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason.text(), "store.body_threw");
}

}  // namespace
}  // namespace tutela::store::driver
