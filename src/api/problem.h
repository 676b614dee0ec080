#pragma once

#include <string_view>

#include "base/error.h"
#include "http/http.h"

// How an error is told to whoever sent the request: what happened, what was kept, what to do. One table for all doors.
namespace tutela::api {

struct ProblemText {
  std::string_view title;
  std::string_view kept;
  std::string_view todo;
};

// By reason, or by the error's code when the reason has no text of its own.
ProblemText problem_text(const Error& error);

// Its HTTP status: by reason where the class of the error says too little, else by the class.
int status_of(const Error& error);

// RFC 9457 application/problem+json: {type, title, status, reason, place?, kept, todo}.
http::Response problem_response(const Error& error);

}  // namespace tutela::api
