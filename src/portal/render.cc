#include "portal/render.h"

#include <kainjow/mustache.hpp>

#include "api/problem.h"
#include "base/check.h"
#include "portal/door_pages.h"

namespace tutela::portal {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

// Where "leave this page quickly" leads: something harmless that most people know.
constexpr std::string_view kExit = "https://www.wikipedia.org/";
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

data to_data(const Values& values) {
  data out{data::type::object};
  for (const auto& [name, text] : values.texts())
    if (!text.empty()) out.set(name, text);
  for (const auto& [name, flag] : values.flags()) out.set(name, flag ? data::type::bool_true : data::type::bool_false);
  for (const auto& [name, list] : values.lists()) {
    data items{data::type::list};
    for (const auto& one : list) items.push_back(to_data(one));
    out.set(name, items);
  }
  return out;
}

std::string fill(std::string_view text, const data& values) {
  mustache tmpl{std::string(text)};
  TUTELA_CHECK(tmpl.is_valid());
  return tmpl.render(values);
}

}  // namespace

Values& Values::text(const std::string& name, std::string value) {
  texts_[name] = std::move(value);
  return *this;
}
Values& Values::flag(const std::string& name, bool value) {
  flags_[name] = value;
  return *this;
}
Values& Values::list(const std::string& name, std::vector<Values> values) {
  lists_[name] = std::move(values);
  return *this;
}

http::Response render(Door door, const std::string& organisation, const Page& page) {
  const auto is_door = door == Door::public_door ? data::type::bool_true : data::type::bool_false;
  data body = to_data(page.values);
  body.set("organisation", organisation);
  body.set("door", is_door);
  data layout{data::type::object};
  layout.set("title", std::string(page.title));
  layout.set("organisation", organisation);
  layout.set("door", is_door);
  layout.set("exit", std::string(kExit));
  layout.set("body", fill(page.body, body));
  auto response = http::text_response(page.status, "text/html; charset=utf-8", fill(pages::kLayout, layout));
  response.headers["Content-Security-Policy"] = std::string(kPolicy);
  return response;
}

api::ProblemText problem_words(const Error& error) {
  const auto text = api::problem_text(error);
  // Reasons with words of their own are written for people; the words of a mere code are written for programs.
  if (text.todo != api::problem_text(Error{error.code, "portal.no_words"}).todo) return text;
  switch (error.code) {
    case ErrorCode::invalid:
    case ErrorCode::unsupported:
      return {"Something is missing or was not understood", "Nothing was stored.", "Look at what you wrote, then send it again."};
    case ErrorCode::limit:
      return {"This is too long", "Nothing was stored.", "Shorten what you wrote, then send it again."};
    case ErrorCode::not_found:
      return {"There is no such page here", "Nothing was changed.", "Check the address of the page."};
    case ErrorCode::unavailable:
    case ErrorCode::internal:
    case ErrorCode::corrupt:
      return {"Something went wrong on our side", "Nothing was stored.",
              "It is not your fault. Please try again in a few minutes."};
    default:
      return text;
  }
}

http::Response render_problem(Door door, const std::string& organisation, const Error& error) {
  const auto text = problem_words(error);
  Page page{text.title, pages::kProblem, {}, api::status_of(error)};
  page.values.text("title", std::string(text.title)).text("kept", std::string(text.kept)).text("todo", std::string(text.todo));
  return render(door, organisation, page);
}

http::Response style_sheet() {
  auto response = http::text_response(200, "text/css; charset=utf-8", pages::kStyle);
  response.headers["Cache-Control"] = "max-age=3600";
  return response;
}

}  // namespace tutela::portal
