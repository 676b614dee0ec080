#include "line/token_cache.h"

#include <algorithm>

namespace tutela::line {
namespace {

// Only valid tokens are remembered, so there are few.
constexpr std::size_t kKnownMax = 4096;

}  // namespace

std::optional<CheckedToken> TokenCache::find(BytesView hash, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(Bytes(hash.begin(), hash.end()));
  if (found == known_.end()) return std::nullopt;
  // A clock that was set back must not make it last longer.
  if (now < found->second.until && found->second.until - now <= kTokenRemembered) return found->second.token;
  known_.erase(found);
  return std::nullopt;
}

void TokenCache::remember(BytesView hash, const CheckedToken& token, Time expires_at, Time now) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kKnownMax) known_.clear();
  known_.insert_or_assign(Bytes(hash.begin(), hash.end()), Known{token, std::min(expires_at, now + kTokenRemembered)});
}

}  // namespace tutela::line
