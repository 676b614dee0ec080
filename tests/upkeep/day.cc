#include "upkeep/day.h"

#include <gmock/gmock.h>

#include <sstream>

#include "filing/outbox_repository.h"
#include "filing/referral_repository.h"
#include "intake/report_repository.h"
#include "line/delivery.h"
#include "line/notices.h"
#include "line/referrals.h"
#include "line/reports.h"
#include "match/bank_repository.h"
#include "notice/notice_repository.h"

namespace tutela::test {
namespace {

constexpr std::string_view kAddress = "https://host.test/a-path-of-the-day";
constexpr int kTries = 3;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream text(line);
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

// The result of the first try that worked; none after the last.
template <class Step>
auto persist(Step step) -> std::optional<typename decltype(step())::value_type> {
  for (int attempt = 1; attempt <= kTries; ++attempt)
    if (auto result = step()) return *std::move(result);
  return std::nullopt;
}

bool persist_plain(const std::function<Result<>()>& step) {
  for (int attempt = 1; attempt <= kTries; ++attempt)
    if (step()) return true;
  return false;
}

}  // namespace

Template::Template() : file_(png(500)), near_copy_(pnm(500, 3)), at_a_host_(png(501)) {
  authority_ = std::make_unique<LineNode>(NodeOptions{.name = "clearing.test", .kind = "hub", .seed = 7});
  const access::ScopeSet scopes{access::Scope::referral_receive, access::Scope::outcome_send};
  const auto token =
      must(line::issue_token(authority_->context(), "platform-a.test", scopes, std::chrono::days(300), line::Actor::node()));
  LineNode node(NodeOptions{.folder = folder_.path() / "node"});
  for (const auto* login : {"analyst", "assessor", "manager"}) {
    const std::string name = login;
    node.join(name, name == "analyst"    ? RoleSet{Role::analyst}
                    : name == "assessor" ? RoleSet{Role::assessor}
                                         : RoleSet{Role::manager});
    sessions_[name] = must(line::sign_in(node.context(), name, kPassword)).token.reveal();
  }
  const auto manager = member(node, "manager");
  must(line::adopt_authority(node.context(),
                             {"clearing.test", "Clearing house", must(Country::parse("US")), authority_->url(), token.token,
                              law::AuthorityKind::clearing_house},
                             manager.id(), manager.actor()));
  machine_ = node.machine().id;
  for (const auto* file : {&file_, &near_copy_, &at_a_host_})
    decoded_.emplace(*file, must(SwitchedDecoder::real().decode(*file, {.preview_side_px_max = limits::kPreviewSideMax})));
  std::filesystem::create_directories(folder_.path() / "node" / "mail");
  must(node.sequence());
}

NodeOptions Template::options(const std::filesystem::path& folder, std::uint64_t seed) const {
  return {.seed = seed, .folder = folder};
}

void Template::copy_to(const std::filesystem::path& folder) const {
  std::filesystem::copy(folder_.path() / "node", folder, std::filesystem::copy_options::recursive);
}

std::unique_ptr<LineNode> Template::open(const std::filesystem::path& folder, std::uint64_t seed) const {
  auto node = std::make_unique<LineNode>(options(folder, seed));
  node->use_machine(*machine_);
  node->decoder.known = &decoded_;
  return node;
}

line::SignedIn Template::member(LineNode& node, const std::string& login) const {
  return must(line::check_session(node.context(), sessions_.at(login)));
}

void live_day(const Template& day, LineNode& node, const Acknowledged& acknowledged, const std::function<void()>& between) {
  const auto& context = node.context();
  const auto session = [&](const std::string& login) { return day.member(node, login); };
  const auto upload = [&](const Bytes& file, const std::string& type, const std::string& key,
                          std::vector<std::string> addresses = {}) -> std::optional<ItemId> {
    const auto received = persist([&] { return node.upload(file, type, key, addresses); });
    between();
    if (!received) return std::nullopt;
    acknowledged("report " + received->id.to_string() + " " + received->receipt.reveal() + " " + key);
    return received->items.at(0).id;
  };

  const auto item = upload(day.file(), "image/png", "first-upload");
  persist_plain([&] { return node.sequence(); });
  between();
  const auto at_a_host = upload(day.at_a_host(), "image/png", "upload-of-a-host", {std::string(kAddress)});
  if (!item || !at_a_host) return;
  const auto analyst = session("analyst");
  const auto assessor = session("assessor");
  const auto manager = session("manager");
  node.on_view = [&](const ItemId& viewed, const ViewId& view) {
    acknowledged("viewed " + viewed.to_string() + " " + view.to_string());
  };
  for (const auto& judged : {*item, *at_a_host})
    for (const auto* member : {&analyst, &assessor}) {
      const auto taken = persist([&] { return node.judge(judged, *member); });
      between();
      if (!taken) continue;
      acknowledged("assessed " + judged.to_string() + " " + member->id().to_string());
      if (taken->verdict) acknowledged("final " + judged.to_string());
    }
  persist_plain([&] { return node.sequence(); });
  between();
  if (const auto copy = upload(day.near_copy(), "", "second-upload", {"https://other.test/a-copy"}))
    acknowledged("held " + copy->to_string());

  const auto referrals = in_snapshot<std::vector<filing::ReferralRow>>(
      node.store(), [&](store::Reader& reader) { return filing::referrals_of_subject(reader, item->bytes()); });
  for (const auto& referral : referrals.value_or(std::vector<filing::ReferralRow>{})) {
    if (persist_plain([&] { return line::approve_referral(context, referral.id, manager); }))
      acknowledged("approved " + referral.id.to_string());
    between();
  }
  const auto notices = in_snapshot<std::vector<notice::NoticeRow>>(
      node.store(), [&](store::Reader& reader) { return notice::notices_of_item(reader, *at_a_host); });
  for (const auto& row : notices.value_or(std::vector<notice::NoticeRow>{})) {
    if (persist_plain([&] { return line::approve_notice(context, row.id, "abuse@host.test", manager); }))
      acknowledged("notice " + row.id.to_string());
    between();
  }
  line::MailRoute mail;
  mail.folder = (node.folder() / "mail").string();
  persist([&] { return line::send_due(context, mail); });
  between();
  node.clock.advance(std::chrono::hours(1));
  persist([&] { return line::send_due(context, mail); });
  persist_plain([&] { return node.sequence(); });
  between();
  const auto entry = in_snapshot<std::optional<match::EntryRow>>(
      node.store(), [&](store::Reader& reader) { return match::find_entry_of_item(reader, *item); });
  if (entry && *entry) {
    if (persist([&] { return line::withdraw_entry(context, (*entry)->id, manager, "an example of the day"); }))
      acknowledged("withdrawn " + (*entry)->id.to_string());
    between();
  }
  persist_plain([&] { return node.sequence(); });
  between();
}

void expect_kept(LineNode& node, const std::vector<std::string>& acknowledged) {
  const auto& context = node.context();
  for (const auto& line : acknowledged) {
    const auto words = words_of(line);
    const auto count = [&](const std::string& sql) {
      const auto id = must(parse_uuid(words.at(1)));
      std::string text = sql;
      text.replace(text.find('?'), 1, "X'" + encode_hex(id) + "'");
      return node.count("SELECT COUNT(*) FROM " + text);
    };
    if (words[0] == "report") {
      EXPECT_EQ(count("report WHERE id = ?"), 1) << line;
      const auto receipt = intake::Receipt::parse(words.at(2));
      ASSERT_TRUE(receipt) << line;
      EXPECT_TRUE(line::state_for_receipt(context, *receipt)) << line;
    } else if (words[0] == "viewed") {
      // On record before a byte could leave, under the view's own name.
      const auto entries = node.payloads("item", must(ItemId::parse(words.at(1))).bytes(), "item.viewed");
      EXPECT_THAT(entries, testing::Contains(testing::HasSubstr(words.at(2)))) << line;
    } else if (words[0] == "assessed") {
      // Taken back with its verdict when the entry was withdrawn; the ledger keeps that it was given.
      const auto id = must(ItemId::parse(words.at(1)));
      EXPECT_THAT(node.events("item", id), testing::Contains("assessment.given")) << line;
    } else if (words[0] == "final") {
      const auto id = must(ItemId::parse(words.at(1)));
      EXPECT_THAT(node.events("item", id), testing::Contains("verdict.given")) << line;
    } else if (words[0] == "held") {
      EXPECT_THAT(node.events("item", must(ItemId::parse(words.at(1)))), testing::Contains("item.matched")) << line;
      EXPECT_EQ(count("item WHERE id = ?"), 1) << line;
    } else if (words[0] == "approved") {
      EXPECT_EQ(count("referral WHERE approved_by IS NOT NULL AND state <> 'drafted' AND id = ?"), 1) << line;
      EXPECT_EQ(count("outbox WHERE kind = 'referral' AND subject_id = ?"), 1) << line;
    } else if (words[0] == "notice") {
      EXPECT_EQ(count("notice WHERE approved_by IS NOT NULL AND id = ?"), 1) << line;
    } else if (words[0] == "withdrawn") {
      EXPECT_EQ(count("bank_entry WHERE status = 'withdrawn' AND id = ?"), 1) << line;
    } else {
      ADD_FAILURE() << "not understood: " << line;
    }
  }
}

}  // namespace tutela::test
