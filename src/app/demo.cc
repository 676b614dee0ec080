#include "app/demo.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "app/demo_host.h"
#include "app/node.h"
#include "app/server.h"
#include "casework/indicator.h"
#include "crypto/digest.h"
#include "fingerprint/drawn_picture.h"
#include "intake/submission.h"
#include "line/accounts.h"
#include "line/concerns.h"
#include "line/referrals.h"
#include "line/reporting.h"
#include "line/reviewing.h"

namespace tutela::app {
namespace {

constexpr std::uint16_t kHotlinePort = 8080;
constexpr std::uint16_t kAuthorityPort = 8180;

struct Account {
  std::string node;
  std::string login;
  std::string roles;
  Sensitive<std::string> password;
};

// Photographs that a Debian package brings; the day does without those that are not installed.
constexpr std::array<std::string_view, 3> kPhotographs{"/usr/share/backgrounds/mate/nature/Aqua.jpg",
                                                       "/usr/share/backgrounds/mate/nature/FreshFlower.jpg",
                                                       "/usr/share/backgrounds/mate/nature/Dune.jpg"};

void say(std::string_view what) {
  fmt::print("  {}\n", what);
  std::fflush(stdout);
}

Config config_at(std::uint16_t first_port, const std::filesystem::path& mail) {
  Config config;
  config.listen.public_port = first_port;
  config.listen.console_port = static_cast<std::uint16_t>(first_port + 1);
  config.listen.portal_port = static_cast<std::uint16_t>(first_port + 2);
  config.listen.machine_port = static_cast<std::uint16_t>(first_port + 3);
  config.listen.metrics_port = static_cast<std::uint16_t>(first_port + 4);
  config.urls.public_door = fmt::format("http://127.0.0.1:{}", config.listen.public_port);
  config.urls.console = fmt::format("http://localhost:{}", config.listen.console_port);
  config.urls.portal = fmt::format("http://127.0.0.1:{}", config.listen.portal_port);
  config.mail.folder = mail.string();
  config.mail.from = "notices@hotline.test";
  config.clocks.recheck = std::chrono::seconds(5);
  config.clocks.outbox_first = std::chrono::seconds(2);
  config.clocks.answers_poll = std::chrono::seconds(3);
  return config;
}

// One day of a hotline, told through the same use cases that the doors use.
class Day {
 public:
  Day(const line::Context& hotline, const TokenId& platform) : context_(hotline), platform_(platform) {}

  Result<> sign_in(const Account& account) {
    TUTELA_ASSIGN(auto session, line::sign_in(context_, account.login, account.password));
    members_.emplace(account.login, std::move(session.member));
    return {};
  }

  Result<> tell() {
    say("a known picture: reported, assessed by two, approved");
    TUTELA_ASSIGN(const auto known, upload(drawn(1, 2), {}, "DE"));
    TUTELA_TRY(assess(known, {Act::b, AgeBand::prepubescent}));
    TUTELA_TRY(approve_referrals(known));
    say("the same picture again, and one much like it");
    TUTELA_TRY(upload(drawn(1, 2), {}, "DE"));
    TUTELA_TRY(upload(drawn(1, 6), {}, "US"));
    say("new pictures: photographs and drawings");
    for (const auto path : kPhotographs) TUTELA_TRY(upload_photograph(path));
    TUTELA_TRY(upload(drawn(7, 3), {}, "GB"));
    say("a picture at a host, ready for a notice");
    TUTELA_ASSIGN(const auto hosted, upload(drawn(31, 2), demo_host_address(1), std::nullopt));
    TUTELA_TRY(assess(hosted, {Act::a, AgeBand::prepubescent}));
    say("addresses that members of the public reported");
    TUTELA_TRY(report_address(demo_host_address(2), "On the second page of the gallery."));
    TUTELA_TRY(report_address(demo_host_address(3), ""));
    say("worries about a child");
    TUTELA_TRY(worry(casework::ConcernKind::grooming, casework::DangerSaid::now,
                     "Somebody presses a pupil of mine to meet tonight.", "A pupil of class 6b, school in Examplestadt",
                     "player1@game.test"));
    TUTELA_TRY(worry(casework::ConcernKind::worry, casework::DangerSaid::not_said,
                     "A neighbour's child tells of gifts from somebody online.", "", ""));
    return {};
  }

 private:
  static Bytes drawn(std::uint64_t seed, std::uint32_t noise) {
    return fingerprint::DrawnPicture({.seed = seed, .width = 640, .height = 480, .shapes = 40, .noise = noise}).to_pnm();
  }

  Result<ItemId> upload(const Bytes& picture, const std::string& address, const std::optional<std::string>& uploader_country,
                        std::string type = "image/x-portable-anymap") {
    intake::SubmissionDraft draft;
    draft.channel = intake::Channel::machine;
    draft.kind = intake::ReportKind::content;
    draft.media_parts = 1;
    draft.uploader_country = uploader_country;
    if (!address.empty()) draft.addresses.emplace_back(address);
    TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
    const auto digest = crypto::sha256(picture);
    const line::MachineCaller caller{platform_, "demo-" + std::to_string(++uploads_), Bytes(digest.begin(), digest.end())};
    TUTELA_ASSIGN(const auto received, line::receive_report(context_, submission, line::Media{picture, std::move(type)}, caller));
    return received.items.front().id;
  }

  Result<> upload_photograph(std::string_view path) {
    std::ifstream file{std::string(path), std::ios::binary};
    if (!file) return {};
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    TUTELA_TRY(upload(to_bytes(content), {}, "US", "image/jpeg"));
    return {};
  }

  Result<> report_address(const std::string& address, const std::string& text) {
    intake::SubmissionDraft draft;
    draft.addresses.emplace_back(address);
    draft.text = Sensitive<std::string>(text);
    TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
    TUTELA_TRY(line::receive_report(context_, submission, std::nullopt, std::nullopt));
    return {};
  }

  Result<> worry(casework::ConcernKind kind, casework::DangerSaid danger, const std::string& text, const std::string& child,
                 const std::string& account) {
    intake::SubmissionDraft draft;
    draft.kind = intake::ReportKind::concern;
    draft.concern = intake::ConcernDraft{kind, danger};
    draft.text = Sensitive<std::string>(text);
    if (!child.empty())
      draft.persons.push_back({casework::PersonRole::child_at_risk, AgeBand::prepubescent, Sensitive<std::string>(child)});
    if (!account.empty()) draft.indicators.push_back({casework::IndicatorType::account, Sensitive<std::string>(account)});
    TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
    TUTELA_TRY(line::receive_report(context_, submission, std::nullopt, std::nullopt));
    return {};
  }

  Result<> assess(const ItemId& item, const Classification& classification) {
    for (const auto* login : {"analyst", "assessor"}) {
      const auto& member = members_.at(login);
      TUTELA_TRY(line::claim_item(context_, item, member));
      TUTELA_ASSIGN(const auto view, line::open_view(context_, item, review::ViewMode::grey, std::nullopt, member));
      TUTELA_TRY(line::close_view(context_, view.view.id, 0, member));
      TUTELA_TRY(line::assess_item(
          context_, item, {classification, review::Viewed::here, 0, Sensitive<std::string>("Demo: a drawn picture.")}, member));
    }
    return {};
  }

  Result<> approve_referrals(const ItemId& item) {
    TUTELA_ASSIGN(const auto referrals, in_snapshot<std::vector<filing::ReferralRow>>(context_.store, [&](store::Reader& reader) {
                    return filing::referrals_of_subject(reader, item.bytes());
                  }));
    for (const auto& referral : referrals) TUTELA_TRY(line::approve_referral(context_, referral.id, members_.at("manager")));
    return {};
  }

  const line::Context& context_;
  TokenId platform_;
  std::map<std::string, line::SignedIn> members_;
  int uploads_ = 0;
};

Result<Account> add_account(const Node& node, const std::string& name, const std::string& login, const std::string& roles) {
  SystemRandom random;
  Account account{name, login, roles, line::make_password(random)};
  TUTELA_ASSIGN(const auto set, parse_roles(roles));
  TUTELA_TRY(line::add_member(node.context(), {login, account.password, set}, line::Actor::node()));
  return account;
}

Result<> record_demo_mandate(const Node& node, const std::string& first, const std::string& second) {
  TUTELA_ASSIGN(const auto one, line::find_member_by_login(node.context(), first));
  TUTELA_ASSIGN(const auto other, line::find_member_by_login(node.context(), second));
  return line::record_mandate(node.context(), {"Invented Act, section 1 (demo)", "Invented counsel", std::chrono::days(365)},
                              one.id, other.id);
}

Result<> write_accounts(const std::filesystem::path& path, const std::string& text) {
  const std::string part = path.string() + ".part";
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::unavailable, "node.folder_unwritable");
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(part.c_str(), path.c_str()) != 0) return fail(ErrorCode::unavailable, "node.folder_unwritable");
  return {};
}

// Both nodes, their accounts and the day. Returns the text of accounts.txt.
Result<std::string> make_day(const std::filesystem::path& folder) {
  const DataFolder hotline{folder / "hotline"};
  const DataFolder authority{folder / "authority"};
  say("two nodes: hotline.test in Germany and police.test in Germany");
  TUTELA_ASSIGN(const auto hotline_made,
                create_node(hotline, {"hotline.test", "hotline", "DE", true, config_at(kHotlinePort, folder / "mail")}));
  TUTELA_ASSIGN(const auto authority_made,
                create_node(authority, {"police.test", "police", "DE", true, config_at(kAuthorityPort, {})}));

  std::vector<Account> accounts;
  accounts.push_back({"hotline", hotline_made.admin_login, "admin", hotline_made.admin_password});
  std::string authority_token;
  {
    TUTELA_ASSIGN(const auto node, Node::open(authority, DecoderUse::none));
    accounts.push_back({"police", authority_made.admin_login, "admin", authority_made.admin_password});
    for (const auto& [login, roles] : {std::pair{"officer", "manager analyst"}, {"second", "assessor"}, {"auditor", "auditor"}}) {
      TUTELA_ASSIGN(auto account, add_account(*node, "police", login, roles));
      accounts.push_back(std::move(account));
    }
    TUTELA_ASSIGN(const auto issued, line::issue_token(node->context(), "hotline.test",
                                                       {access::Scope::referral_receive, access::Scope::outcome_send},
                                                       std::chrono::days(365), line::Actor::node()));
    authority_token = issued.token.reveal();
    TUTELA_TRY(node->sequence());
  }
  TUTELA_ASSIGN(const auto node, Node::open(hotline, DecoderUse::start));
  for (const auto& [login, roles] : {std::pair{"analyst", "analyst"},
                                     {"assessor", "assessor"},
                                     {"manager", "manager"},
                                     {"deputy", "manager"},
                                     {"welfare", "welfare_lead"},
                                     {"auditor", "auditor"}}) {
    TUTELA_ASSIGN(auto account, add_account(*node, "hotline", login, roles));
    accounts.push_back(std::move(account));
  }
  TUTELA_TRY(record_demo_mandate(*node, "manager", "analyst"));
  TUTELA_ASSIGN(const auto manager, line::find_member_by_login(node->context(), "manager"));
  TUTELA_ASSIGN(const auto germany, Country::parse("DE"));
  TUTELA_TRY(line::adopt_authority(
      node->context(),
      {"police.test", "Invented police of the demo", germany, fmt::format("http://127.0.0.1:{}", kAuthorityPort + 3),
       Sensitive<std::string>(authority_token), law::AuthorityKind::police},
      manager.id, line::Actor::member(manager.pseudonym)));
  TUTELA_ASSIGN(const auto platform,
                line::issue_token(node->context(), "platform.test",
                                  {access::Scope::report_write, access::Scope::report_read, access::Scope::match},
                                  std::chrono::days(365), line::Actor::node()));
  Day day(node->context(), platform.id);
  for (const auto& account : accounts)
    if (account.node == "hotline" && account.login != "admin") TUTELA_TRY(day.sign_in(account));
  TUTELA_TRY(day.tell());
  TUTELA_TRY(node->sequence());

  std::string text = "node      login      roles            password\n";
  for (const auto& account : accounts)
    text += fmt::format("{:<9} {:<10} {:<16} {}\n", account.node, account.login, account.roles, account.password.reveal());
  return text + fmt::format("\nAPI token of platform.test at the hotline: {}\nPublic key of hotline.test: {}\n",
                            platform.token.reveal(), hotline_made.public_key);
}

Result<std::string> read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::not_found, "demo.no_accounts");
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

class RunningDemo final : public Demo {
 public:
  Result<> start(const std::filesystem::path& folder) {
    TUTELA_ASSIGN(host_, start_demo_host(folder / "mail"));
    TUTELA_ASSIGN(authority_, Node::open({folder / "authority"}, DecoderUse::start));
    TUTELA_ASSIGN(authority_server_, NodeServer::start(*authority_));
    TUTELA_ASSIGN(hotline_, Node::open({folder / "hotline"}, DecoderUse::start));
    TUTELA_ASSIGN(hotline_server_, NodeServer::start(*hotline_));
    return {};
  }

  void stop() override {
    hotline_server_->stop();
    authority_server_->stop();
    host_->stop();
  }

 private:
  std::unique_ptr<http::Server> host_;
  std::unique_ptr<Node> authority_;
  std::unique_ptr<NodeServer> authority_server_;
  std::unique_ptr<Node> hotline_;
  std::unique_ptr<NodeServer> hotline_server_;
};

}  // namespace

Result<std::unique_ptr<Demo>> start_demo(const std::filesystem::path& folder) {
  const auto accounts_file = folder / "accounts.txt";
  std::error_code error;
  if (!std::filesystem::exists(accounts_file, error)) {
    fmt::print("Making the demo in {}\n", folder.string());
    // What a broken-off start left is no day; it holds nothing real.
    std::filesystem::remove_all(folder / "hotline", error);
    std::filesystem::remove_all(folder / "authority", error);
    std::filesystem::create_directories(folder / "mail", error);
    TUTELA_ASSIGN(const auto text, make_day(folder));
    TUTELA_TRY(write_accounts(accounts_file, text));
  }
  auto running = std::make_unique<RunningDemo>();
  TUTELA_TRY(running->start(folder));
  TUTELA_ASSIGN(const auto accounts, read_text(accounts_file));
  fmt::print(
      "\nThe demo runs. Everything in it is invented, drawn, or an ordinary photograph; it reaches this machine only.\n\n"
      "  report something     http://127.0.0.1:{0}\n"
      "  hotline's console    http://localhost:{1}\n"
      "  police's console     http://localhost:{2}\n"
      "  the host             http://127.0.0.1:{3}   (what it serves, and its abuse desk's mailbox)\n"
      "  API for machines     http://127.0.0.1:{4}\n"
      "  metrics              http://127.0.0.1:{5}/metrics\n\n{6}\n"
      "Next: follow docs/first-report.md to take one report through the whole line. Ctrl-C stops the demo; accounts stay in "
      "{7}.\n",
      kHotlinePort, kHotlinePort + 1, kAuthorityPort + 1, kDemoHostPort, kHotlinePort + 3, kHotlinePort + 4, accounts,
      accounts_file.string());
  std::fflush(stdout);
  return running;
}

}  // namespace tutela::app
