#include "app/server.h"

#include "access/permission.h"
#include "api/console_routes.h"
#include "api/machine_routes.h"
#include "api/problem.h"
#include "app/clock_reading.h"
#include "app/metrics.h"
#include "app/round_log.h"
#include "base/log.h"
#include "http/static_files.h"
#include "ledger/sequencer.h"
#include "line/bank_lists.h"
#include "line/delivery.h"
#include "line/erasures.h"
#include "line/matching.h"
#include "line/notices.h"
#include "line/referrals.h"
#include "line/retention.h"
#include "line/reviewing.h"
#include "portal/door.h"
#include "portal/render.h"

namespace tutela::app {
namespace {

using namespace std::chrono_literals;

// Every route that needs a permission has its row, or the node does not start (I8).
Result<> check_permissions(access::Listener listener, const std::vector<http::Route>& routes) {
  std::vector<access::RouteName> names;
  for (const auto& route : routes) names.push_back({listener, http::to_string(route.method), route.pattern});
  return access::check_coverage(names);
}

std::filesystem::path console_folder(const Config& config) {
  if (!config.console_files.empty()) return config.console_files;
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "console";
}

// The host name of "http://localhost:8081".
std::vector<std::string> host_of(const std::string& url) {
  auto begin = url.find("//");
  begin = begin == std::string::npos ? 0 : begin + 2;
  const auto end = url.find_first_of(":/", begin);
  return {url.substr(begin, end == std::string::npos ? end : end - begin)};
}

}  // namespace

NodeServer::NodeServer(Node& node)
    : node_(node),
      sign_ins_({.burst_tokens = 8, .tokens_per_second = 0.2}, node.clock()),
      lookups_({.burst_tokens = 60, .tokens_per_second = 5}, node.clock()),
      answers_({.burst_tokens = 60, .tokens_per_second = 10}, node.clock()),
      match_watch_(node.clock()) {}

Result<std::unique_ptr<NodeServer>> NodeServer::start(Node& node) {
  std::unique_ptr<NodeServer> server(new NodeServer(node));
  const auto& context = node.context();
  const auto& config = node.config();
  // Before the doors open: who asks then does not wait for it.
  TUTELA_TRY(node.banks().open(context.store));
  log::info("match.kernels", {{"scan", log::ProgramText{match::best_hamming_kernel().name}},
                              {"bucket", log::ProgramText{match::best_bucket_kernel().name}}});
  const auto problem = [](const Error& error) { return api::problem_response(error); };
  const auto page = [name = context.node.name](portal::Door door) {
    return [name, door](const Error& error) { return portal::render_problem(door, name, error); };
  };

  auto console = api::console_routes(context, server->sign_ins_);
  auto machine = api::machine_routes(context, server->match_watch_);
  TUTELA_TRY(check_permissions(access::Listener::console, console));
  TUTELA_TRY(check_permissions(access::Listener::machine, machine));
  // An unknown operation is a problem, not the console's page.
  console.push_back({http::Method::get, "/v1/*", 0,
                     [](const http::Request&) { return api::problem_response(Error{ErrorCode::not_found, "http.not_found"}); }});
  TUTELA_ASSIGN(const auto files, http::StaticFiles::load(console_folder(config), node.random()));
  for (auto& route : files.routes()) console.push_back(std::move(route));

  std::vector<http::ListenerOptions> listeners;
  const auto add = [&](std::string name, std::uint16_t port, std::vector<http::Route> routes, http::AccessRecord record,
                       std::vector<std::string> hosts, std::function<http::Response(const Error&)> render) -> Result<> {
    TUTELA_ASSIGN(auto router, http::Router::build(std::move(routes)));
    http::ListenerOptions options{
        .name = std::move(name), .address = config.listen.address, .port = port, .router = std::move(router)};
    options.access_record = record;
    options.host_names = std::move(hosts);
    options.render_error = std::move(render);
    listeners.push_back(std::move(options));
    return {};
  };
  using http::AccessRecord;
  TUTELA_TRY(add("public", config.listen.public_port, portal::door_routes(context, server->lookups_),
                 AccessRecord::without_peer_address, {}, page(portal::Door::public_door)));
  TUTELA_TRY(add("console", config.listen.console_port, std::move(console), AccessRecord::with_peer_address,
                 host_of(config.urls.console), problem));
  TUTELA_TRY(add("portal", config.listen.portal_port, portal::host_routes(context, server->answers_),
                 AccessRecord::without_peer_address, {}, page(portal::Door::host)));
  TUTELA_TRY(add("machine", config.listen.machine_port, std::move(machine), AccessRecord::with_peer_address, {}, problem));
  TUTELA_TRY(add("metrics", config.listen.metrics_port, metrics_routes(context, server->match_watch_), AccessRecord::silent, {},
                 problem));
  TUTELA_ASSIGN(server->server_, http::Server::start(std::move(listeners), {.worker_threads = 8}));

  node.banks().follow(context.store);
  server->threads_.emplace_back([raw = server.get()] { raw->number_entries(); });
  server->threads_.emplace_back([raw = server.get()] { raw->send_and_ask(); });
  server->threads_.emplace_back([raw = server.get()] { raw->watch_clocks(); });
  server->threads_.emplace_back([raw = server.get()] { raw->compare_items(); });
  server->threads_.emplace_back([raw = server.get()] { raw->ask_witnesses(); });
  return server;
}

NodeServer::~NodeServer() { stop(); }

void NodeServer::stop() {
  if (server_) server_->stop();
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  node_.wake();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  RoundLog(node_.clock()).note("answers.not_recorded", line::settle_match_answers(node_.context()));
  node_.banks().stop();
}

bool NodeServer::rest(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_for(lock, time, [&] { return stop_.load(); });
}

void NodeServer::number_entries() {
  RoundLog rounds(node_.clock());
  while (!stop_) {
    if (!rounds.note("ledger.not_numbered", node_.sequence()) && !rest(1s)) return;
    node_.wait_for_entries(ledger::kLookEvery);
  }
  rounds.note("ledger.not_numbered", node_.sequence());
  rounds.note("ledger.lease_not_given_up", node_.stop_sequencing());
}

// One that does not answer keeps nobody else from theirs. What a witness refuses for the tree's sake is for people to look at.
void NodeServer::ask_witnesses() {
  const auto& config = node_.config().ledger;
  auto lease = node_.lease("witness");
  const auto parts = node_.log_parts_with(lease);
  RoundLog rounds(node_.clock());
  std::optional<Time> stamped_at;
  std::optional<std::chrono::steady_clock::time_point> asked_at;
  do {
    if (!holds(lease, rounds)) continue;
    const auto turn = std::chrono::steady_clock::now();
    if (asked_at && turn - *asked_at < config.witness_every) continue;
    asked_at = turn;
    for (const auto& witness : node_.witnesses())
      if (const auto asked = line::ask_witness(parts, witness); !asked)
        log::error("ledger.not_cosigned", {{"error", asked.error()}});
    const Time now = node_.clock().now();
    if (config.time_stamp_url.empty() || (stamped_at && now - *stamped_at < config.time_stamp_every)) continue;
    const auto authority = node_.time_stamp_authority();
    const auto stamped = authority ? line::ask_for_time_stamp(parts, **authority) : std::unexpected(authority.error());
    if (rounds.note("ledger.not_stamped", stamped)) stamped_at = now;
  } while (rest(std::min<std::chrono::milliseconds>(config.witness_every, 1s)));
}

bool NodeServer::holds(store::LeasedStore& lease, RoundLog& rounds) {
  const auto held = lease.hold();
  const bool is_elsewhere = !held && held.error().reason == Reason("store.leased_elsewhere");
  return rounds.note("lease.not_held", is_elsewhere ? Result<>() : held) && !is_elsewhere;
}

void NodeServer::send_and_ask() {
  auto lease = node_.lease("outbox");
  const auto context = node_.context_with(lease);
  RoundLog rounds(context.clock);
  Time asked_at{};
  do {
    if (!holds(lease, rounds)) continue;
    rounds.note("outbox.failed", line::send_due(context, node_.mail()));
    rounds.note("notices.failed", line::run_notice_clocks(context));
    const Time now = context.clock.now();
    if (now - asked_at < node_.config().clocks.answers_poll) continue;
    asked_at = now;
    rounds.note("answers.failed", line::ask_for_answers(context));
  } while (rest(250ms));
}

void NodeServer::watch_clocks() {
  auto lease = node_.lease("clocks");
  const auto context = node_.context_with(lease);
  RoundLog rounds(context.clock);
  std::chrono::steady_clock::time_point looked_at{};
  do {
    // Each by itself: one that fails keeps no other from its time. Every process has answered lookups of its own.
    rounds.note("answers.not_recorded", line::record_match_minutes(node_.context()));
    if (!holds(lease, rounds)) continue;
    rounds.note("breaches.not_recorded", line::record_breaches(context));
    rounds.note("leases.not_expired", line::expire_leases(context));
    rounds.note("views.not_lapsed", line::lapse_views(context));
    rounds.note("safe_banks.not_ended", line::end_safe_banks(context));
    context.keys.forget_destroyed();
    if (const auto now = std::chrono::steady_clock::now(); now - looked_at >= 1min) {
      looked_at = now;
      const auto reading = read_clocks(context.clock);
      rounds.note("clock.not_watched", line::watch_clock(context, reading));
      rounds.note("destructions.not_proposed", line::propose_destructions(context));
      rounds.note("destructions.failed", line::carry_out_destructions(context, reading));
      rounds.note("erasures.failed", line::carry_out_erasures(context, reading));
    }
  } while (rest(1s));
}

// An entry that came later may say something of what is still waiting. By itself, since banks above 31 bits take their time.
void NodeServer::compare_items() {
  auto lease = node_.lease("compare");
  const auto context = node_.context_with(lease);
  RoundLog rounds(context.clock);
  std::int64_t compared = -1;
  do {
    const std::int64_t additions = context.banks.additions();
    if (additions == compared || !holds(lease, rounds)) continue;
    const auto done = line::compare_undecided_items(context);
    rounds.note("items.not_compared", done);
    if (done ? done->is_complete : !error_class(done.error().code).retry) compared = additions;
  } while (rest(1s));
}

}  // namespace tutela::app
