#include "http/rate_limiter.h"

#include <algorithm>

#include "base/check.h"

namespace tutela::http {

RateLimiter::RateLimiter(Options options, const Clock& clock) : options_(options), clock_(clock) {
  TUTELA_CHECK(options_.burst_tokens >= 1 && options_.tokens_per_second > 0 && options_.keys_max > 0);
}

Result<> RateLimiter::take(std::string_view key, double tokens) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (buckets_.size() == options_.keys_max) {
      by_key_.erase(buckets_.back().key);
      buckets_.pop_back();
    }
    buckets_.push_front({std::string(key), options_.burst_tokens, now});
    // The key of the map points into the list's node, which never moves.
    found = by_key_.emplace(buckets_.front().key, buckets_.begin()).first;
  } else {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  }
  auto& bucket = *found->second;
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
  bucket.tokens = std::min(options_.burst_tokens, bucket.tokens + seconds * options_.tokens_per_second);
  bucket.at = now;
  const double taken = std::min(tokens, options_.burst_tokens);
  if (bucket.tokens < taken) return fail(ErrorCode::limit, "http.rate_limited");
  bucket.tokens -= taken;
  return {};
}

std::size_t RateLimiter::keys() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

}  // namespace tutela::http
