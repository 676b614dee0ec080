#pragma once

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "base/id.h"

// One JSON object a line on standard error: time, level, event, fields. There is no free-text message, so content has no way in
// (I7): a field holds a number, a literal, a text of the program, an opaque id or an Error.
namespace tutela::log {

// A text of the program itself, fixed at start-up: a route's pattern, a listener's name. Never anything from a request.
struct ProgramText {
  std::string_view text;
};
// The network address of a peer, only from a listener that is set to keep it; never from the public door.
struct PeerAddress {
  std::string_view text;
};

class Field {
 public:
  template <std::size_t N>
  Field(Reason name, const char (&literal)[N]) : name_(name), value_(std::string(literal, N - 1)) {}
  Field(Reason name, std::int64_t number) : name_(name), value_(number) {}
  Field(Reason name, const Error& error) : name_(name), value_(to_string(error)) {}
  Field(Reason name, ProgramText text) : name_(name), value_(std::string(text.text)) {}
  Field(Reason name, PeerAddress address) : name_(name), value_(std::string(address.text)) {}
  Field(Reason name, Reason word) : name_(name), value_(std::string(word.text())) {}
  template <class Tag>
  Field(Reason name, const Id<Tag>& id) : name_(name), value_(id.to_string()) {}

  std::string_view name() const { return name_.text(); }
  const std::variant<std::int64_t, std::string>& value() const { return value_; }

 private:
  Reason name_;
  std::variant<std::int64_t, std::string> value_;
};

using Fields = std::initializer_list<Field>;

void info(Reason event, Fields fields = {});
void warning(Reason event, Fields fields = {});
void error(Reason event, Fields fields = {});

// Lines that come by the thousand a second, gathered so that they cost one write(2) for many. Of any thread. What a process that
// is killed had not written yet is lost, so this is for what nobody needs to prove.
class GatheredLines {
 public:
  ~GatheredLines() { write(); }
  // True for the first line since the last write(): the caller sees to it that write() follows soon.
  [[nodiscard]] bool info(Reason event, Fields fields = {});
  void write();

 private:
  std::mutex mutex_;
  std::string lines_;
};

}  // namespace tutela::log
