#include "http/response_head.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "http/ascii.h"

namespace tutela::http {
namespace {

std::string_view reason_phrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 34> kPhrases{{{200, "OK"},
                                                                              {201, "Created"},
                                                                              {202, "Accepted"},
                                                                              {204, "No Content"},
                                                                              {206, "Partial Content"},
                                                                              {301, "Moved Permanently"},
                                                                              {302, "Found"},
                                                                              {303, "See Other"},
                                                                              {304, "Not Modified"},
                                                                              {307, "Temporary Redirect"},
                                                                              {308, "Permanent Redirect"},
                                                                              {400, "Bad Request"},
                                                                              {401, "Unauthorized"},
                                                                              {403, "Forbidden"},
                                                                              {404, "Not Found"},
                                                                              {405, "Method Not Allowed"},
                                                                              {409, "Conflict"},
                                                                              {410, "Gone"},
                                                                              {412, "Precondition Failed"},
                                                                              {413, "Content Too Large"},
                                                                              {414, "URI Too Long"},
                                                                              {415, "Unsupported Media Type"},
                                                                              {417, "Expectation Failed"},
                                                                              {421, "Misdirected Request"},
                                                                              {422, "Unprocessable Content"},
                                                                              {428, "Precondition Required"},
                                                                              {429, "Too Many Requests"},
                                                                              {431, "Request Header Fields Too Large"},
                                                                              {451, "Unavailable For Legal Reasons"},
                                                                              {500, "Internal Server Error"},
                                                                              {501, "Not Implemented"},
                                                                              {502, "Bad Gateway"},
                                                                              {503, "Service Unavailable"},
                                                                              {505, "HTTP Version Not Supported"}}};
  for (const auto& [code, phrase] : kPhrases) {
    if (code == status) return phrase;
  }
  return "";
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t'; });
}

bool is_ours(std::string_view name) {
  const auto lower = ascii::to_lower(name);
  return lower == "date" || lower == "content-length" || lower == "connection" || lower == "transfer-encoding" ||
         lower == "keep-alive";
}

}  // namespace

bool status_has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string to_http_date(std::chrono::sys_seconds date) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(date);
  const std::chrono::year_month_day calendar(day);
  const std::chrono::hh_mm_ss time(date - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(calendar.day()), kMonths[static_cast<unsigned>(calendar.month()) - 1],
                     static_cast<int>(calendar.year()), time.hours().count(), time.minutes().count(), time.seconds().count());
}

Result<std::string> build_response_head(const Response& response, AfterResponse after, std::chrono::sys_seconds date) {
  if (response.status < 200 || response.status > 599) return fail(ErrorCode::internal, "http.response_status_malformed");
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason_phrase(response.status), to_http_date(date));
  if (status_has_body(response.status)) head += fmt::format("Content-Length: {}\r\n", response.body_bytes());
  if (after == AfterResponse::close) head += "Connection: close\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!ascii::is_token(name) || !is_field_value(value)) return fail(ErrorCode::internal, "http.response_header_malformed");
    if (is_ours(name)) continue;
    head += fmt::format("{}: {}\r\n", name, value);
  }
  head += "\r\n";
  return head;
}

}  // namespace tutela::http
