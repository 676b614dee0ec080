#include "api/ledger_route.h"

#include <optional>

#include "ledger/ledger_view.h"

namespace tutela::api {
namespace {

constexpr std::string_view kImmutable = "private, max-age=31536000, immutable";

// The epoch that the path names; nullopt where it names none and means the current one.
Result<std::optional<std::uint64_t>> named_epoch(const http::Request& request) {
  const auto named = request.path_parameters.find("epoch");
  if (named == request.path_parameters.end()) return std::nullopt;
  const auto number = ledger::parse_decimal(named->second);
  if (!number || *number == 0 || *number > ledger::kEpochsMax) return fail(ErrorCode::not_found, "ledger.no_epoch");
  return *number;
}

Result<std::uint64_t> epoch_of(store::Reader& reader, const std::optional<std::uint64_t>& named) {
  if (named) return *named;
  return ledger::current_epoch_number(reader);
}

}  // namespace

Result<http::Response> ledger_checkpoint(const line::Context& context, const http::Request& request) {
  auto which = ledger::Published::newest;
  if (const auto asked = request.query.find("which"); asked != request.query.end()) {
    if (asked->second != "newest" && asked->second != "cosigned")
      return fail(ErrorCode::invalid, "request.bad_query", "query which");
    if (asked->second == "cosigned") which = ledger::Published::cosigned;
  }
  TUTELA_ASSIGN(const auto named, named_epoch(request));
  TUTELA_ASSIGN(const auto note, in_snapshot<std::string>(context.store, [&](store::Reader& reader) -> Result<std::string> {
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
