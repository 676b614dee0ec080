#pragma once

#include <map>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace tutela::app {

// What a background loop logs of its rounds. A step that fails is said at once, while it goes on failing once a minute with how
// often it has, and then that it is over. Steps are told apart by their event. Used by one thread.
class RoundLog {
 public:
  // Read for the minute only, so a clock that jumps says something once more.
  explicit RoundLog(const Clock& clock) : clock_(clock) {}

  // Whether the step succeeded.
  template <class Value>
  bool note(Reason event, const Result<Value>& result) {
    if (result)
      over(event);
    else
      failed(event, result.error());
    return result.has_value();
  }

 private:
  struct Trouble {
    std::int64_t rounds = 0;
    Time said_at{};
  };
  void failed(Reason event, const Error& error);
  void over(Reason event);

  const Clock& clock_;
  std::map<std::string_view, Trouble> troubles_;
};

}  // namespace tutela::app
