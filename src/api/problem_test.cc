#include "api/problem.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tutela::api {
namespace {

TEST(Problem, ReasonsWithTextsOfTheirOwnAreFound) {
  for (const auto& error : {Error{ErrorCode::denied, "access.bad_csrf"}, Error{ErrorCode::conflict, "lease.taken"},
                            Error{ErrorCode::limit, "vault.disk_full"}, Error{ErrorCode::limit, "review.exposure_spent"}}) {
    EXPECT_NE(problem_text(error).title, problem_text(Error{error.code, "no.such_reason"}).title) << error.reason.text();
  }
}

TEST(Problem, EveryCodeSaysWhatWasKeptAndWhatToDo) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const auto text = problem_text(Error{static_cast<ErrorCode>(code), "no.such_reason"});
    EXPECT_FALSE(text.title.empty());
    EXPECT_FALSE(text.kept.empty());
    EXPECT_FALSE(text.todo.empty());
  }
}

TEST(Problem, IsProblemJson) {
  const auto response = problem_response(Error{ErrorCode::invalid, "report.no_address", "field addresses"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.at("Content-Type"), "application/problem+json");
  const auto body = nlohmann::json::parse(as_text(response.body));
  EXPECT_EQ(body.at("reason"), "report.no_address");
  EXPECT_EQ(body.at("place"), "field addresses");
  EXPECT_EQ(body.at("status"), 400);
}

}  // namespace
}  // namespace tutela::api
