#include "api/ledger_route.h"

#include <optional>

#include "base/limits.h"
#include "ledger/ledger_view.h"

namespace tutela::api {
namespace {

// How often the size is looked at where no announcement is heard, and how often whether the server stops.
constexpr std::chrono::milliseconds kLook{500};
constexpr std::chrono::milliseconds kStopLook{100};
constexpr std::string_view kImmutable = "private, max-age=31536000, immutable";

// The epoch that the path names; nullopt where it names none and means the current one.
Result<std::optional<std::uint64_t>> named_epoch(const http::Request& request) {
  const auto named = request.path_parameters.find("epoch");
  if (named == request.path_parameters.end()) return std::nullopt;
  const auto number = ledger::parse_decimal(named->second);
  if (!number || *number == 0 || *number > ledger::kEpochMax) return fail(ErrorCode::not_found, "ledger.no_epoch");
  return *number;
}

Result<std::uint64_t> epoch_of(store::Reader& reader, const std::optional<std::uint64_t>& named) {
  if (named) return *named;
  return ledger::current_epoch_number(reader);
}

Result<ledger::Published> published_asked(const http::Request& request) {
  const auto asked = request.query.find("which");
  if (asked == request.query.end() || asked->second == "newest") return ledger::Published::newest;
  if (asked->second == "cosigned") return ledger::Published::cosigned;
  return fail(ErrorCode::invalid, "request.bad_query", "query which");
}

Result<std::optional<std::uint64_t>> number_asked(const http::Request& request, const std::string& name, std::uint64_t max) {
  const auto asked = request.query.find(name);
  if (asked == request.query.end()) return std::nullopt;
  const auto number = ledger::parse_decimal(asked->second);
  if (!number || *number > max) return fail(ErrorCode::invalid, "request.bad_query", "query " + name);
  return *number;
}

}  // namespace

Result<> CheckpointRoute::wait_until_above(std::uint64_t size, std::chrono::seconds at_most, const http::Request& request) {
  using Clock = std::chrono::steady_clock;
  TUTELA_ASSIGN(const auto named, named_epoch(request));
  const auto end = Clock::now() + at_most;
  std::int64_t heard = 0;
  Clock::time_point looked_at;
  while (true) {
    if (const auto now = Clock::now(); looked_at + kLook <= now) {
      looked_at = now;
      TUTELA_ASSIGN(const auto present,
                    in_snapshot<std::uint64_t>(context_.store, [&](store::Reader& reader) -> Result<std::uint64_t> {
                      TUTELA_ASSIGN(const auto epoch, epoch_of(reader, named));
                      return ledger::published_size(reader, epoch);
                    }));
      if (present > size) return {};
    }
    if (Clock::now() >= end || request.is_stopping()) return {};
    const auto news = context_.store.wait_for_news(heard, kStopLook);
    if (news != heard) looked_at = {};
    heard = news;
  }
}

Result<http::Response> CheckpointRoute::answer(const http::Request& request) {
  TUTELA_ASSIGN(const auto which, published_asked(request));
  TUTELA_ASSIGN(const auto above, number_asked(request, "above", INT64_MAX));
  TUTELA_ASSIGN(const auto wait, number_asked(request, "wait", static_cast<std::uint64_t>(limits::kLogWaitMax.count())));
  if (above.has_value() != wait.has_value() || (wait && which == ledger::Published::cosigned))
    return fail(ErrorCode::invalid, "request.bad_query", "query wait");
  if (wait && *wait > 0) {
    const bool is_one_too_many = waiting_.fetch_add(1) >= limits::kLogWaitersMax;
    const auto waited = is_one_too_many ? Result<>(fail(ErrorCode::busy, "ledger.too_many_waiters"))
                                        : wait_until_above(*above, std::chrono::seconds(*wait), request);
    --waiting_;
    TUTELA_TRY(waited);
  }
  TUTELA_ASSIGN(const auto named, named_epoch(request));
  TUTELA_ASSIGN(const auto note, in_snapshot<std::string>(context_.store, [&](store::Reader& reader) -> Result<std::string> {
                  TUTELA_ASSIGN(const auto epoch, epoch_of(reader, named));
                  return ledger::published_checkpoint(reader, epoch, which);
                }));
  return http::text_response(200, "text/plain; charset=utf-8", note);
}

Result<http::Response> ledger_tile(const line::Context& context, const http::Request& request) {
  const auto path = ledger::parse_tile_path(request.path_parameters.at("*"));
  if (!path) return fail(ErrorCode::not_found, "ledger.no_tile");
  TUTELA_ASSIGN(const auto named, named_epoch(request));
  http::Response response;
  TUTELA_ASSIGN(response.body, in_snapshot<Bytes>(context.store, [&](store::Reader& reader) -> Result<Bytes> {
                  TUTELA_ASSIGN(const auto epoch, epoch_of(reader, named));
                  return ledger::published_tile(reader, epoch, *path);
                }));
  response.headers["Content-Type"] = "application/octet-stream";
  // Without an epoch in the path, a restore gives the same path another content.
  if (named && path->width == ledger::kTileWidth) response.headers["Cache-Control"] = kImmutable;
  return response;
}

}  // namespace tutela::api
