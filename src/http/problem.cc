#include "http/problem.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace tutela::http {

int status_of(const Error& error) {
  static constexpr std::array<std::pair<std::string_view, int>, 17> kStatus{{
      {"http.header_too_large", 431},
      {"http.too_many_headers", 431},
      {"http.target_too_long", 414},
      {"http.version_unknown", 505},
      {"http.method_unknown", 501},
      {"http.method_not_allowed", 405},
      {"http.transfer_coding_unknown", 501},
      {"http.expectation_unknown", 417},
      {"http.host_unknown", 421},
      {"http.query_too_many", 400},
      {"http.rate_limited", 429},
      {"json.content_type", 415},
      {"form.content_type", 415},
      {"multipart.content_type", 415},
      {"json.too_deep", 400},
      {"json.field_too_long", 400},
      {"json.field_too_many", 400},
  }};
  for (const auto& [reason, status] : kStatus) {
    if (error.reason.text() == reason) return status;
  }
  return error_class(error.code).http_status;
}

const Advice& advice_of(ErrorCode code) {
  static constexpr std::string_view kNothing = "Nothing of this request was kept.";
  static constexpr std::array<Advice, 10> kAdvice{{
      {"The request is not right", kNothing, "Correct it and send it again."},
      {"Not found", kNothing, "Check the address, or ask whoever gave it to you."},
      {"It has changed in the meantime", kNothing, "Read it again and decide again."},
      {"Not allowed", kNothing, "Sign in with an account that may do this, or ask an administrator."},
      {"Not supported here", kNothing, "Use a form that this node supports."},
      {"Too large or too often", kNothing, "Send less, or wait and send it again."},
      {"Busy", kNothing, "Wait a moment and send it again."},
      {"Not available at the moment", kNothing, "Wait a moment and send it again."},
      {"Stored data failed a check", "What was stored before is unchanged.", "Tell the administrator of this node."},
      {"An error on our side", "It is not certain that anything of this request was kept.",
       "Look whether it took effect before you send it again."},
  }};
  const auto index = static_cast<std::size_t>(code);
  TUTELA_CHECK(index < kAdvice.size());
  return kAdvice[index];
}

Response problem_response(const Error& error) { return problem_response(error, advice_of(error.code)); }

Response problem_response(const Error& error, const Advice& advice) {
  const int status = status_of(error);
  nlohmann::ordered_json body{{"type", fmt::format("urn:tutela:problem:{}", error.reason.text())},
                              {"title", advice.title},
                              {"status", status},
                              {"reason", error.reason.text()}};
  if (!error.place.empty()) body["place"] = error.place;
  body["kept"] = advice.kept;
  body["todo"] = advice.todo;
  // A place is never text from outside, but nothing that is only a message may throw.
  return text_response(status, "application/problem+json",
                       body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Response text_error_response(const Error& error) {
  const auto& advice = advice_of(error.code);
  return text_response(status_of(error), "text/plain; charset=utf-8",
                       fmt::format("{}\n\n{}\n{}\n", advice.title, advice.kept, advice.todo));
}

}  // namespace tutela::http
