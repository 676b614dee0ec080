#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.h"
#include "base/error.h"
#include "http/http.h"

namespace tutela::portal {

// What a template is filled with: texts (escaped), flags, and lists of the same.
class Values {
 public:
  Values& text(const std::string& name, std::string value);
  Values& flag(const std::string& name, bool value);
  Values& list(const std::string& name, std::vector<Values> values);

  const std::map<std::string, std::string>& texts() const { return texts_; }
  const std::map<std::string, bool>& flags() const { return flags_; }
  const std::map<std::string, std::vector<Values>>& lists() const { return lists_; }

 private:
  std::map<std::string, std::string> texts_;
  std::map<std::string, bool> flags_;
  std::map<std::string, std::vector<Values>> lists_;
};

// Which listener a page is of: the public door shows help and the way out, the host page nothing of it.
enum class Door : std::uint8_t { public_door, host };

struct Page {
  std::string_view title;
  std::string_view body;  // one of pages::k…
  Values values;
  int status = 200;
};

// Never fails on what a reporter typed: every text is escaped. The page has no script, no cookie and nothing from elsewhere.
http::Response render(Door door, const std::string& organisation, const Page& page);
http::Response render_problem(Door door, const std::string& organisation, const Error& error);
// What went wrong, for somebody who fills a form and knows of no API.
api::ProblemText problem_words(const Error& error);
http::Response style_sheet();

}  // namespace tutela::portal
