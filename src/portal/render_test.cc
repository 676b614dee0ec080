#include "portal/render.h"

#include <gtest/gtest.h>

#include "portal/door_pages.h"

namespace tutela::portal {
namespace {

std::string body_of(const http::Response& response) { return std::string(as_text(response.body)); }

TEST(Render, EscapesEveryTextAndNeverReadsItAsATemplate) {
  Page page{"Report", pages::kReportForm, {}};
  page.values.text("address", "\"><script>alert(1)</script>{{organisation}}")
      .text("text", "</textarea>{{{exit}}}")
      .text("contact", "'&");
  const auto body = body_of(render(Door::public_door, "A & B <Hotline>", page));
  EXPECT_EQ(body.find("<script"), std::string::npos);
  EXPECT_EQ(body.find("</textarea>{{{exit}}}"), std::string::npos);
  EXPECT_NE(body.find("{{organisation}}"), std::string::npos) << "as it was typed";
  EXPECT_NE(body.find("A &amp; B &lt;Hotline&gt;"), std::string::npos);
}

TEST(Render, AFieldThatIsEmptyLeavesItsSectionOut) {
  EXPECT_EQ(body_of(render(Door::public_door, "n", {"t", pages::kReceiptForm, {}})).find("role=\"alert\""), std::string::npos);
  Page page{"t", pages::kReceiptForm, {}};
  page.values.text("problem", "wrong");
  EXPECT_NE(body_of(render(Door::public_door, "n", page)).find("role=\"alert\""), std::string::npos);
}

TEST(Render, TheHostPageHasNothingOfThePublicDoor) {
  const auto host = body_of(render(Door::host, "n", {"Notice", pages::kNotice, {}}));
  EXPECT_EQ(host.find("Need help now?"), std::string::npos);
  EXPECT_EQ(host.find("href=\"/\""), std::string::npos);
  EXPECT_NE(body_of(render(Door::public_door, "n", {"Start", pages::kStart, {}})).find("Need help now?"), std::string::npos);
}

TEST(Render, EveryPageIsWithoutScriptAndClosedToFrames) {
  for (const auto page : {pages::kStart, pages::kReportForm, pages::kWorryForm, pages::kReceived, pages::kReceiptKept,
                          pages::kReceiptForm, pages::kReceiptState, pages::kHelp, pages::kProblem, pages::kNotice}) {
    const auto response = render(Door::public_door, "n", {"t", page, {}});
    const auto policy = response.headers.at("Content-Security-Policy");
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    const auto body = body_of(response);
    EXPECT_EQ(body.find("<script"), std::string::npos);
    EXPECT_EQ(body.find("style=\""), std::string::npos) << "inline styles are blocked by the policy";
  }
}

TEST(Render, AProblemSaysWhatWasKeptAndWhatToDo) {
  const auto response = render_problem(Door::public_door, "n", Error{ErrorCode::limit, "store.disk_full"});
  EXPECT_EQ(response.status, 507);
  const auto body = body_of(response);
  EXPECT_NE(body.find("What was kept"), std::string::npos);
  EXPECT_NE(body.find("What to do"), std::string::npos);
  EXPECT_EQ(render_problem(Door::host, "n", Error{ErrorCode::limit, "access.too_many_tries"}).status, 429);
}

// Whoever fills a form reads neither a description of an API nor the name of a field.
TEST(Render, AProblemSpeaksToPeople) {
  for (const auto code : {ErrorCode::invalid, ErrorCode::limit, ErrorCode::unsupported, ErrorCode::unavailable,
                          ErrorCode::internal, ErrorCode::not_found, ErrorCode::corrupt}) {
    const auto text = problem_words(Error{code, "submission.text_too_long"});
    EXPECT_EQ(text.todo.find("API"), std::string_view::npos) << text.todo;
    EXPECT_EQ(text.todo.find("'reason'"), std::string_view::npos) << text.todo;
    EXPECT_EQ(text.todo.find("administrator"), std::string_view::npos) << text.todo;
  }
  EXPECT_EQ(problem_words(Error{ErrorCode::invalid, "address.malformed"}).title, "This does not look like an address")
      << "a reason with words of its own keeps them";
}

TEST(Render, TheHostReadsItsAnswerBack) {
  Page page{"Notice", pages::kNotice, {}};
  page.values.flag("open", true).text("answer", std::string(pages::answer_text("removed")));
  const auto body = body_of(render(Door::host, "n", page));
  EXPECT_NE(body.find("<dt>You answered</dt><dd id=\"answer\">We removed it</dd>"), std::string::npos);
  EXPECT_EQ(body.find("Please answer by"), std::string::npos) << "nothing is due";
}

}  // namespace
}  // namespace tutela::portal
