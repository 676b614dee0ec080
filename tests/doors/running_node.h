#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/node.h"
#include "app/server.h"
#include "line/accounts.h"
#include "line/match_watch.h"
#include "net/http_client.h"
#include "support/temp_folder.h"

// A node that really serves on free ports of loopback, and a client that speaks to it as anybody could.
namespace tutela::test {

template <class T>
T must(Result<T> result, std::source_location site = std::source_location::current()) {
  if (!result) {
    ADD_FAILURE_AT(site.file_name(), static_cast<int>(site.line())) << to_string(result.error());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

struct Reply {
  int status;
  http::Headers headers;
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  // Of a problem: its reason; of anything else: nothing.
  std::string reason() const {
    const auto parsed = json();
    return parsed.is_object() && parsed.contains("reason") ? parsed["reason"].get<std::string>() : "";
  }
};

struct Sending {
  http::Headers headers = {};
  std::string body = {};
  std::string content_type = "application/json";
};

enum class Door : std::uint8_t { public_door, console, portal, machine, metrics };
inline constexpr std::array kDoors{Door::public_door, Door::console, Door::portal, Door::machine, Door::metrics};

class RunningNode {
 public:
  RunningNode();
  ~RunningNode();

  const line::Context& context() const { return node_->context(); }
  Random& random() { return node_->random(); }
  std::string url(Door door) const;
  std::vector<http::Route> routes(Door door);

  Reply ask(Door door, http::Method method, const std::string& path, const Sending& sending = {});
  Reply get(Door door, const std::string& path, const http::Headers& headers = {}) {
    return ask(door, http::Method::get, path, {.headers = headers});
  }

  // Headers of a member with these roles, signed in over HTTP.
  struct Session {
    std::string cookie;
    std::string csrf;
    http::Headers reading() const { return {{"Cookie", cookie}}; }
    http::Headers writing() const { return {{"Cookie", cookie}, {"X-Tutela-Csrf", csrf}}; }
  };
  Session sign_in(const std::string& login, RoleSet roles);
  Reply try_sign_in(const std::string& login, const std::string& password);
  http::Headers token(access::ScopeSet scopes, const std::string& name = "machine");

  // Every row of every table that a request could change, as one text.
  std::string fingerprint_of_everything();
  std::int64_t count(std::string_view sql);
  // What stands behind the portal's address in the mail that waits.
  std::string token_in_outbox();
  // A report with a file, handed in as a platform does; returns the item.
  Reply upload(BytesView file, const std::string& type, const http::Headers& headers,
               const std::string& report = R"({"kind":"content"})");

  static constexpr std::string_view kPassword = "a password of this test";

 private:
  SystemClock clock_;
  TempFolder folder_;
  std::unique_ptr<app::Node> node_;
  std::unique_ptr<app::NodeServer> server_;
  line::MatchWatch match_watch_{clock_};  // of routes() only
};

// "/v1/items/{item_id}" with something that could be there.
std::string filled(const std::string& pattern);
// The first of five ports in a row that nobody listens on.
std::uint16_t free_ports();
// The five doors on ports in a row, and the addresses that name them.
void listen_from(app::Config& config, std::uint16_t first);

}  // namespace tutela::test
