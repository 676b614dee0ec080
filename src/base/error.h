#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace tutela {

// What the caller does next. A closed set: one table maps each to an HTTP status, an exit code and a retry class.
enum class ErrorCode : std::uint8_t {
  invalid,      // the request itself is wrong; sending it again unchanged will fail again
  not_found,    // no such thing, or none that this caller may know of
  conflict,     // the state moved on; read again and decide again
  denied,       // known, but not allowed
  unsupported,  // well-formed, but this node does not do it
  limit,        // larger, longer or more often than a named limit
  busy,         // try again shortly; nothing was done
  unavailable,  // something this needs is down; nothing was done
  corrupt,      // stored or received data failed a check
  internal,     // our fault
};

// A stable, greppable name such as "exchange.bad_signature". Only literals, so it can never carry content (I7).
class Reason {
 public:
  template <std::size_t N>
  consteval Reason(const char (&text)[N]) : text_(text, N - 1) {}
  constexpr std::string_view text() const { return text_; }
  friend constexpr bool operator==(Reason a, Reason b) { return a.text_ == b.text_; }

 private:
  std::string_view text_;
};

struct Error {
  ErrorCode code;
  Reason reason;
  // Where in the input or in the system ("line 3", "field act", an errno name). Never content, a fingerprint or an identifier
  // (I7).
  std::string place = {};
  std::source_location site = std::source_location::current();
};

struct ErrorClass {
  ErrorCode code;
  std::string_view name;
  int http_status;
  int exit_code;
  bool retry;
};

const ErrorClass& error_class(ErrorCode code);

// "corrupt ledger.bad_proof (leaf 7)": safe to log and to show.
std::string to_string(const Error& error);

}  // namespace tutela
