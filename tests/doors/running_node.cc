#include "doors/running_node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "api/console_routes.h"
#include "api/machine_routes.h"
#include "line/sealed.h"
#include "portal/door.h"

namespace tutela::test {
namespace {

constexpr std::string_view kIndex =
    R"(<!doctype html><title>console of the test</title><script nonce="__CSP_NONCE__" src="/assets/a.js"></script>)";

}  // namespace

namespace {

bool is_free(std::uint16_t port) {
  const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(one, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(one);
  return bound;
}

}  // namespace

std::uint16_t free_ports() {
  // Below those that the kernel gives to outgoing connections, and elsewhere for every test program that runs beside this one.
  constexpr int kLowest = 20'000;
  constexpr int kBlocks = 2'400;
  static int block = static_cast<int>(::getpid());
  for (int tried = 0; tried < kBlocks; ++tried) {
    const auto first = static_cast<std::uint16_t>(kLowest + 5 * (++block % kBlocks));
    bool all = true;
    for (std::uint16_t offset = 0; offset < 5; ++offset) all = all && is_free(static_cast<std::uint16_t>(first + offset));
    if (all) return first;
  }
  std::abort();
}

void listen_from(app::Config& config, std::uint16_t first) {
  const auto port = [&](int offset) { return static_cast<std::uint16_t>(first + offset); };
  config.listen.public_port = port(0);
  config.listen.console_port = port(1);
  config.listen.portal_port = port(2);
  config.listen.machine_port = port(3);
  config.listen.metrics_port = port(4);
  config.urls.console = "http://localhost:" + std::to_string(port(1));
  config.urls.portal = "http://127.0.0.1:" + std::to_string(port(2));
}

RunningNode::RunningNode() {
  const auto console = folder_.path() / "console";
  std::filesystem::create_directories(console / "assets");
  std::ofstream(console / "index.html") << kIndex;
  std::ofstream(console / "assets" / "a.js") << "0;";
  app::NewNode wanted{"node.test", "platform", "US", true, {}};
  auto& config = wanted.config;
  listen_from(config, free_ports());
  config.decoder.program = TUTELA_BINARY_DIR "/tutela-decoder";
  config.console_files = console;
  must(app::create_node({folder_.path() / "node"}, wanted));
  node_ = must(app::Node::open({folder_.path() / "node"}, app::DecoderUse::start));
  server_ = must(app::NodeServer::start(*node_));
}

RunningNode::~RunningNode() { server_->stop(); }

std::string RunningNode::url(Door door) const {
  const auto& listen = node_->config().listen;
  switch (door) {
    case Door::public_door:
      return "http://127.0.0.1:" + std::to_string(listen.public_port);
    case Door::console:
      return "http://localhost:" + std::to_string(listen.console_port);
    case Door::portal:
      return "http://127.0.0.1:" + std::to_string(listen.portal_port);
    case Door::machine:
      return "http://127.0.0.1:" + std::to_string(listen.machine_port);
    case Door::metrics:
      return "http://127.0.0.1:" + std::to_string(listen.metrics_port);
  }
  return {};
}

std::vector<http::Route> RunningNode::routes(Door door) {
  static http::RateLimiter limiter({.burst_tokens = 1, .tokens_per_second = 1}, node_->clock());
  switch (door) {
    case Door::public_door:
      return portal::door_routes(context(), limiter);
    case Door::console:
      return api::console_routes(context(), limiter);
    case Door::portal:
      return portal::host_routes(context(), limiter);
    case Door::machine:
      return api::machine_routes(context(), match_watch_);
    case Door::metrics:
      return {
          {http::Method::get, "/healthz", 0, {}}, {http::Method::get, "/readyz", 0, {}}, {http::Method::get, "/metrics", 0, {}}};
  }
  return {};
}

Reply RunningNode::ask(Door door, http::Method method, const std::string& path, const Sending& sending) {
  net::OutboundRequest request;
  request.method = method;
  request.url = url(door) + path;
  request.headers = sending.headers;
  if (!sending.body.empty()) request.headers["Content-Type"] = sending.content_type;
  request.body = to_bytes(sending.body);
  const auto response = must(net::send_request(request, net::DestinationPolicy::loopback_only()));
  return {response.status, response.headers, std::string(as_text(response.body))};
}

Reply RunningNode::try_sign_in(const std::string& login, const std::string& password) {
  return ask(Door::console, http::Method::post, "/v1/session",
             {.body = nlohmann::json{{"login", login}, {"password", password}}.dump()});
}

RunningNode::Session RunningNode::sign_in(const std::string& login, RoleSet roles) {
  must(line::add_member(context(), {login, Sensitive<std::string>(std::string(kPassword)), roles}, line::Actor::node()));
  const auto reply = try_sign_in(login, std::string(kPassword));
  EXPECT_EQ(reply.status, 200) << reply.body;
  const auto cookie = reply.header("Set-Cookie");
  return {cookie.substr(0, cookie.find(';')), reply.json().at("csrf").get<std::string>()};
}

http::Headers RunningNode::token(access::ScopeSet scopes, const std::string& name) {
  const auto issued = must(line::issue_token(context(), name, scopes, std::chrono::days(1), line::Actor::node()));
  return {{"Authorization", "Bearer " + issued.token.reveal()}};
}

std::int64_t RunningNode::count(std::string_view sql) {
  std::int64_t number = 0;
  must(context().store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto rows, reader.query(sql));
    number = rows.at(0).integer(0);
    return {};
  }));
  return number;
}

std::string RunningNode::token_in_outbox() {
  std::string token;
  must(context().store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto rows, reader.query("SELECT id, wrapped_key, sealed_payload FROM outbox WHERE kind = 'notice'"));
    const auto& row = rows.at(0);
    TUTELA_ASSIGN(const auto payload,
                  line::open_sealed_text(context(), row.blob(1), "outbox.sealed_payload", row.blob(0), row.blob(2)));
    const auto text = nlohmann::json::parse(payload).at("text").get<std::string>();
    token = text.substr(text.find("/n/") + 3, 64);
    return {};
  }));
  return token;
}

std::string RunningNode::fingerprint_of_everything() {
  std::string text;
  for (const auto* table :
       {"report", "item", "item_location", "item_fingerprint", "concern", "lease", "item_view", "assessment", "verdict",
        "referral", "routing_task", "notice", "notice_check", "outbox", "member", "bank_entry", "session"})
    text += std::to_string(count(std::string("SELECT COUNT(*) FROM ") + table)) + " ";
  for (const auto* table : {"report", "item", "item_location", "referral", "routing_task", "notice", "member"})
    text += std::to_string(count(std::string("SELECT COALESCE(SUM(version), 0) FROM ") + table)) + " ";
  return text;
}

Reply RunningNode::upload(BytesView file, const std::string& type, const http::Headers& headers, const std::string& report) {
  Sending sending{.headers = headers, .body = {}, .content_type = "multipart/form-data; boundary=frontier"};
  sending.body =
      "--frontier\r\nContent-Disposition: form-data; name=\"report\"\r\nContent-Type: application/json\r\n\r\n" + report +
      "\r\n--frontier\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a\"\r\nContent-Type: " + type + "\r\n\r\n";
  sending.body += as_text(file);
  sending.body += "\r\n--frontier--\r\n";
  sending.headers.try_emplace("Idempotency-Key", "key-" + encode_hex(random().bytes<8>()));
  return ask(Door::machine, http::Method::post, "/v1/reports", sending);
}

std::string filled(const std::string& pattern) {
  std::string path = pattern;
  const auto replace = [&](const std::string& name, const std::string& value) {
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  };
  replace("{token}", std::string(64, 'a'));
  replace("{subject_type}", "item");
  if (path.ends_with("/*")) path.replace(path.size() - 1, 1, "0/x001/067");
  while (path.find('{') != std::string::npos) {
    const auto begin = path.find('{');
    path.replace(begin, path.find('}') - begin + 1, "019ac1a0-0000-7000-8000-000000000001");
  }
  return path;
}

}  // namespace tutela::test
