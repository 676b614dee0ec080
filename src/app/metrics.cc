#include "app/metrics.h"

#include <fmt/format.h>

#include "accounts/account_repository.h"
#include "api/problem.h"
#include "filing/outbox_repository.h"
#include "ledger/ledger_repository.h"
#include "ledger/ledger_view.h"
#include "ledger/signed_note.h"
#include "line/item_floods.h"
#include "line/reviewing.h"

namespace tutela::app {
namespace {

http::Response ready(const line::Context& context) {
  const auto read = context.store.read([](store::Reader& reader) -> Result<> {
    TUTELA_TRY(accounts::find_node(reader));
    return {};
  });
  return read ? http::text_response(200, "text/plain", "ready\n") : http::text_response(503, "text/plain", "not ready\n");
}

std::string match_metrics(const match_engine::EngineFacts& facts) {
  std::string text;
  const auto add = [&](std::string_view kind, std::string_view name, double value) {
    text += fmt::format("# TYPE tutela_match_{} {}\ntutela_match_{} {}\n", name, kind, name, value);
  };
  const auto seconds = [](std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1'000; };
  add("counter", "generation", static_cast<double>(facts.generation));
  add("gauge", "entries", static_cast<double>(facts.entries));
  add("gauge", "entries_withdrawn", static_cast<double>(facts.withdrawn));
  add("gauge", "rows", static_cast<double>(facts.rows));
  add("gauge", "rows_tail", static_cast<double>(facts.tail_rows));
  add("gauge", "rows_wide", static_cast<double>(facts.wide_rows));
  add("counter", "wide_left_out", static_cast<double>(facts.wide_left_out));
  add("gauge", "bytes", static_cast<double>(facts.bytes));
  add("gauge", "build_seconds", seconds(facts.built_in));
  add("counter", "segments_built", static_cast<double>(facts.segments_built));
  if (facts.confirmed_ago) add("gauge", "confirmed_seconds_ago", seconds(*facts.confirmed_ago));
  return text;
}

std::string watch_metrics(const line::MatchWatch& watch, const line::ItemFloods& floods) {
  std::string text;
  const auto add = [&](std::string_view name, std::int64_t value) {
    text += fmt::format("# TYPE tutela_match_{} counter\ntutela_match_{} {}\n", name, name, value);
  };
  add("probing_alarms", watch.probing_alarms());
  add("flood_alarms", watch.flood_alarms());
  add("stacked_matches", watch.stacked_matches());
  add("rate_limited", watch.refused());
  add("item_flood_alarms", floods.alarms());
  add("items_stacked", floods.stacked());
  return text;
}

// Counts and ages only: nothing here says what or whom (I7).
http::Response metrics(const line::Context& context, const line::MatchWatch& watch) {
  std::string text;
  const auto read = context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto counts, line::count_queue(context, reader));
    TUTELA_ASSIGN(const auto note, ledger::latest_checkpoint(reader));
    TUTELA_ASSIGN(const auto checkpoint, ledger::open_checkpoint(note, context.keys.key_chain()));
    TUTELA_ASSIGN(const auto outbox, filing::count_outbox(reader));
    TUTELA_ASSIGN(const auto staged, ledger::count_staged(reader));
    const auto age = [&](const std::optional<Time>& at) { return at ? (context.clock.now() - *at).count() / 1000 : 0; };
    const auto add = [&](std::string_view kind, std::string_view name, auto value) {
      text += fmt::format("# TYPE tutela_{} {}\ntutela_{} {}\n", name, kind, name, value);
    };
    text.clear();  // a read may be run again
    add("gauge", "items_waiting", counts.waiting);
    add("gauge", "items_overdue", counts.overdue);
    add("gauge", "oldest_item_seconds", age(counts.oldest_at));
    add("counter", "ledger_entries", checkpoint.size);
    add("gauge", "ledger_staged", staged);
    add("gauge", "outbox_waiting", outbox.waiting);
    add("gauge", "oldest_outbox_seconds", age(outbox.oldest_at));
    text += match_metrics(context.banks.facts()) + watch_metrics(watch, context.floods);
    return {};
  });
  if (!read) return api::problem_response(read.error());
  return http::text_response(200, "text/plain; version=0.0.4", text);
}

}  // namespace

std::vector<http::Route> metrics_routes(const line::Context& context, const line::MatchWatch& watch) {
  return {
      {http::Method::get, "/healthz", 0, [](const http::Request&) { return http::text_response(200, "text/plain", "alive\n"); }},
      {http::Method::get, "/readyz", 0, [&context](const http::Request&) { return ready(context); }},
      {http::Method::get, "/metrics", 0, [&context, &watch](const http::Request&) { return metrics(context, watch); }},
  };
}

}  // namespace tutela::app
