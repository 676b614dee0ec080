#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "line/accounts.h"

namespace tutela::line {

// API tokens that were found valid a moment ago, so that a caller of thousands of requests a second is looked up once a second.
// A token that was revoked is refused at most kTokenRemembered later; one that has run out, at once. Thread-safe.
inline constexpr std::chrono::seconds kTokenRemembered{1};

class TokenCache {
 public:
  // By the token's keyed hash.
  std::optional<CheckedToken> find(BytesView hash, Time now);
  void remember(BytesView hash, const CheckedToken& token, Time expires_at, Time now);

 private:
  struct Known {
    CheckedToken token;
    Time until;
  };
  std::mutex mutex_;
  std::map<Bytes, Known> known_;
};

}  // namespace tutela::line
