#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"

namespace tutela::http {

// Token buckets by key, in bounded memory: when `keys_max` keys are known, the one used longest ago is forgotten (its bucket is
// then full again). Thread-safe.
class RateLimiter {
 public:
  struct Options {
    double burst_tokens;       // what a new key may do at once
    double tokens_per_second;  // what it gets back
    std::size_t keys_max = 10'000;
  };

  // `clock` must outlive this. A clock that goes back gives no tokens and takes none.
  RateLimiter(Options options, const Clock& clock);

  // Takes so many tokens, or all that a bucket can hold. limit, "http.rate_limited", with nothing about the key in it.
  Result<> take(std::string_view key, double tokens = 1);

  std::size_t keys() const;

 private:
  struct Bucket {
    std::string key;
    double tokens;
    Time at;
  };
  const Options options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::list<Bucket> buckets_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key_;
};

}  // namespace tutela::http
