#pragma once

#include <map>
#include <mutex>

#include "http/http.h"
#include "line/match_watch.h"

namespace tutela::api {

// POST /v1/match (spec/openapi.yaml): fingerprints, or files that are decoded in memory and not kept.
class MatchRoute {
 public:
  // Both outlive it.
  MatchRoute(const line::Context& context, line::MatchWatch& watch) : context_(context), watch_(watch) {}

  // By the caller's scopes: `match` sees bank, entry, distance and why; `match:external` only label and match type, with the
  // distance where `match:distance` stands beside it. Invalid, limit: as http::parse_json_body(), parse_fingerprints(),
  // http::parse_multipart(); limit, "match.rate_limited", "match.too_many_files".
  Result<http::Response> answer(const http::Request& request, const line::CheckedToken& caller);

 private:
  Result<http::Response> answer_fingerprints(const http::Request& request, const line::CheckedToken& caller);
  Result<http::Response> answer_media(const http::Request& request, std::string_view content_type,
                                      const line::CheckedToken& caller);
  // A bank never changes its name, so each is read once.
  Result<std::string> bank_name(const BankId& bank);

  const line::Context& context_;
  line::MatchWatch& watch_;
  std::mutex mutex_;
  std::map<BankId, std::string> bank_names_;  // guarded by mutex_
};

}  // namespace tutela::api
