#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/http.h"

// How an error becomes an answer: one table for the status, and two words that every error of ours says, what was kept and what
// to do.
namespace tutela::http {

// The status of `error`: by its reason where HTTP has a closer word ("http.header_too_large" is 431), else by its code.
int status_of(const Error& error);

struct Advice {
  std::string_view title;
  std::string_view kept;
  std::string_view todo;
};
const Advice& advice_of(ErrorCode code);

// application/problem+json (RFC 9457) with type, title, status, reason, place (if any), kept, todo.
Response problem_response(const Error& error);
// The same with a longer word on what was kept and what to do.
Response problem_response(const Error& error, const Advice& advice);

// A short plain-text page with the same content, for doors that people read.
Response text_error_response(const Error& error);

}  // namespace tutela::http
