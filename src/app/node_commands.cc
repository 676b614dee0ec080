#include "app/node_commands.h"

#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "app/command_output.h"
#include "app/demo.h"
#include "app/node.h"
#include "app/privileges.h"
#include "app/server.h"
#include "base/log.h"
#include "line/accounts.h"

namespace tutela::app {
namespace {

using Json = nlohmann::json;

// What every command is given, and what it fills in.
struct Options {
  std::string data;
  bool json = false;
  std::string name, kind, country, legal_basis, counsel, login, roles, scopes, title, url, token, by, authority_kind;
  std::vector<std::string> members;
  int days = 365;
  bool demo = false;
  bool clock_was_ahead = false;
  int first_port = 8080;
};

void print(const Options& options, const Json& result) {
  print_result(result, options.json ? OutputForm::json : OutputForm::lines);
}

Result<std::unique_ptr<Node>> open_for_command(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  return Node::open({options.data}, DecoderUse::none);
}

Result<> init(const Options& options) {
  TUTELA_TRY(give_up_root(options.data, FolderUse::new_node, options.demo ? Unreachable::stay : Unreachable::refuse));
  NewNode wanted{options.name, options.kind, options.country, options.demo, {}};
  auto& listen = wanted.config.listen;
  const auto port = [&](int offset) { return static_cast<std::uint16_t>(options.first_port + offset); };
  listen.public_port = port(0);
  listen.console_port = port(1);
  listen.portal_port = port(2);
  listen.machine_port = port(3);
  listen.metrics_port = port(4);
  wanted.config.urls.public_door = fmt::format("http://127.0.0.1:{}", listen.public_port);
  wanted.config.urls.console = fmt::format("http://localhost:{}", listen.console_port);
  wanted.config.urls.portal = fmt::format("http://127.0.0.1:{}", listen.portal_port);
  wanted.config.mail.from = "notices@" + options.name;
  TUTELA_ASSIGN(const auto created, create_node({options.data}, wanted));
  Json result = {{"data", options.data}, {"public_key", created.public_key}};
  if (options.json) {
    result["admin"] = {{"login", created.admin_login}, {"password", created.admin_password.reveal()}};
    print(options, result);
    return {};
  }
  result["login"] = created.admin_login;
  result["password"] = created.admin_password.reveal();
  print(options, result);
  fmt::print("\nThe password is shown this once. Next: 'tutela member add', 'tutela mandate record', then 'tutela serve'.\n");
  return {};
}

Result<> add_member(const Options& options) {
  std::string words = options.roles;
  std::replace(words.begin(), words.end(), ',', ' ');
  TUTELA_ASSIGN(const auto roles, parse_roles(words));
  TUTELA_ASSIGN(const auto node, open_for_command(options));
  const auto password = line::make_password(node->random());
  TUTELA_ASSIGN(const auto row, line::add_member(node->context(), {options.login, password, roles}, line::Actor::node()));
  TUTELA_TRY(node->sequence());
  print(options,
        {{"member_id", row.id.to_string()}, {"login", row.login}, {"pseudonym", row.pseudonym}, {"password", password.reveal()}});
  return {};
}

Result<> record_mandate(const Options& options) {
  if (options.members.size() != 2) return fail(ErrorCode::invalid, "mandate.two_members");
  TUTELA_ASSIGN(const auto node, open_for_command(options));
  TUTELA_ASSIGN(const auto first, line::find_member_by_login(node->context(), options.members[0]));
  TUTELA_ASSIGN(const auto second, line::find_member_by_login(node->context(), options.members[1]));
  TUTELA_TRY(line::record_mandate(node->context(), {options.legal_basis, options.counsel, std::chrono::days(options.days)},
                                  first.id, second.id));
  TUTELA_TRY(node->sequence());
  print(options, {{"mandate", "recorded"}, {"days", options.days}});
  return {};
}

Result<> issue_token(const Options& options) {
  std::string words = options.scopes;
  std::replace(words.begin(), words.end(), ',', ' ');
  TUTELA_ASSIGN(const auto scopes, access::parse_scopes(words));
  TUTELA_ASSIGN(const auto node, open_for_command(options));
  TUTELA_ASSIGN(const auto issued,
                line::issue_token(node->context(), options.name, scopes, std::chrono::days(options.days), line::Actor::node()));
  TUTELA_TRY(node->sequence());
  print(options, {{"token_id", issued.id.to_string()}, {"name", options.name}, {"token", issued.token.reveal()}});
  return {};
}

Result<> adopt_authority(const Options& options) {
  TUTELA_ASSIGN(const auto country, Country::parse(options.country));
  std::optional<law::AuthorityKind> kind;
  if (!options.authority_kind.empty()) {
    TUTELA_ASSIGN(kind, law::parse_authority_kind(options.authority_kind));
  }
  TUTELA_ASSIGN(const auto node, open_for_command(options));
  TUTELA_ASSIGN(const auto by, line::find_member_by_login(node->context(), options.by));
  TUTELA_TRY(line::adopt_authority(
      node->context(), {options.name, options.title, country, options.url, Sensitive<std::string>(options.token), kind}, by.id,
      line::Actor::member(by.pseudonym)));
  TUTELA_TRY(node->sequence());
  print(options, {{"authority", options.name}, {"country", options.country}});
  return {};
}

// Blocks SIGINT and SIGTERM in every thread started after it; wait() is where they arrive.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void wait() {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_;
};

void print_doors(const Config& config) {
  fmt::print(
      "public door   {}\nconsole       {}\nhost portal   {}\nmachine API   http://{}:{}\nmetrics       http://{}:{}/metrics\n",
      config.urls.public_door, config.urls.console, config.urls.portal, config.listen.address, config.listen.machine_port,
      config.listen.address, config.listen.metrics_port);
  std::fflush(stdout);
}

Result<> serve(const Options& options) {
  StopSignals signals;
  TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
  TUTELA_ASSIGN(const auto node, Node::open({options.data}, DecoderUse::start, {.clock_was_ahead = options.clock_was_ahead}));
  TUTELA_ASSIGN(const auto server, NodeServer::start(*node));
  log::info("node.serving");
  print_doors(node->config());
  signals.wait();
  log::info("node.stopping");
  server->stop();
  return {};
}

Result<> demo(const Options& options) {
  StopSignals signals;
  TUTELA_TRY(give_up_root(options.data, FolderUse::demo, Unreachable::stay));
  // The log goes beside the data, so that addresses and accounts stay in sight.
  const std::string log_file = options.data + "/demo.log";
  if (std::freopen(log_file.c_str(), "a", stderr) == nullptr) return fail(ErrorCode::unavailable, "node.folder_unwritable");
  const auto running = start_demo(options.data);
  if (!running) {
    fmt::print("tutela: {}\n", to_string(running.error()));
    return std::unexpected(running.error());
  }
  signals.wait();
  (*running)->stop();
  return {};
}

CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what, Options& options, int& exit_code,
                  Result<> (*run)(const Options&)) {
  auto* added = parent.add_subcommand(name, what);
  added->add_option("--data", options.data, "Folder of the node")->required();
  added->add_flag("--json", options.json, "Print one JSON object");
  added->callback([&options, &exit_code, run] {
    if (const auto done = run(options); !done) exit_code = report_error(done.error());
  });
  return added;
}

}  // namespace

void add_node_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* made =
      command(program, "init", "Make a node: its folder, keys, database and first administrator", options, exit_code, init);
  made->add_option("--name", options.name, "Name that others know it by, such as hotline.example.org")->required();
  made->add_option("--kind", options.kind, "platform, hotline, police, hub, financial, support, education, health or igo")
      ->required();
  made->add_option("--country", options.country, "ISO 3166-1 code, such as DE")->required();
  made->add_option("--first-port", options.first_port, "First of five ports: public, console, portal, machine, metrics")
      ->check(CLI::Range(1024, 65000));
  made->add_flag("--demo", options.demo, "Reaches loopback only");

  auto* served = command(program, "serve", "Run the node until it is told to stop", options, exit_code, serve);
  served->add_flag("--clock-was-ahead", options.clock_was_ahead,
                   "Start although the node recorded later times: the clock was wrong then, and is right now");
  command(program, "demo", "Run two invented nodes with a synthetic day, to try the whole line by hand", options, exit_code,
          demo);

  auto* member = program.add_subcommand("member", "Members of the organisation")->require_subcommand(1);
  auto* add = command(*member, "add", "Add a member with a random password, shown once", options, exit_code, add_member);
  add->add_option("--login", options.login)->required();
  add->add_option("--roles", options.roles, "Of admin, manager, welfare_lead, analyst, assessor, auditor, separated by commas")
      ->required();

  auto* mandate = program.add_subcommand("mandate", "What allows this node to hold media")->require_subcommand(1);
  auto* recorded =
      command(*mandate, "record", "Record the mandate; two members stand behind it", options, exit_code, record_mandate);
  recorded->add_option("--legal-basis", options.legal_basis)->required();
  recorded->add_option("--counsel", options.counsel, "Authority or counsel that confirmed it")->required();
  recorded->add_option("--days", options.days, "How long it is valid")->check(CLI::Range(1, 3660));
  recorded->add_option("--member", options.members, "Login of a member; twice")->required()->expected(1, 2);

  auto* token = program.add_subcommand("token", "API tokens of machines")->require_subcommand(1);
  auto* issued = command(*token, "issue", "Issue a token, shown once", options, exit_code, issue_token);
  issued->add_option("--name", options.name, "What the machine is called")->required();
  issued
      ->add_option("--scopes", options.scopes,
                   "Of report:write, report:read, match, match:external, match:distance, referral:receive, outcome:send, "
                   "ledger:read, separated by commas")
      ->required();
  issued->add_option("--days", options.days, "How long it is valid")->check(CLI::Range(1, 3660));

  auto* authority = program.add_subcommand("authority", "Authorities that referrals may go to")->require_subcommand(1);
  auto* adopted = command(*authority, "adopt", "Adopt an authority's channel", options, exit_code, adopt_authority);
  adopted->add_option("--name", options.name)->required();
  adopted->add_option("--title", options.title, "Official name")->required();
  adopted->add_option("--country", options.country)->required();
  adopted->add_option("--url", options.url, "Of its machine API")->required();
  adopted->add_option("--token", options.token, "What it issued to this node")->required();
  adopted->add_option("--kind", options.authority_kind, "clearing_house, police, hotline or regulator");
  adopted->add_option("--by", options.by, "Login of the member who adopts it")->required();
}

}  // namespace tutela::app
