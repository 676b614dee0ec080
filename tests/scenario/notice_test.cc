#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "filing/outbox_repository.h"
#include "line/delivery.h"
#include "line/notices.h"
#include "line/sealed.h"
#include "notice/notice_repository.h"
#include "scenario/line_node.h"

namespace tutela::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

// A host on loopback that serves, or does not.
class Host {
 public:
  Host() {
    std::vector<http::Route> routes{{http::Method::get, "/*", 0, [this](const http::Request&) {
                                       ++looks;
                                       return http::text_response(status, "text/plain", "words");
                                     }}};
    std::vector<http::ListenerOptions> listeners;
    listeners.push_back({.name = "host", .router = must(http::Router::build(std::move(routes)))});
    listeners.back().access_record = http::AccessRecord::silent;
    server_ = must(http::Server::start(std::move(listeners)));
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(server_->port("host")) + path; }

  std::atomic<int> status{200};
  std::atomic<int> looks{0};

 private:
  std::unique_ptr<http::Server> server_;
};

class Notices : public testing::Test {
 protected:
  NoticeId drafted(const std::string& path) {
    item = must(node.upload(png(60), "image/png", "", {host.url(path)})).items.at(0).id;
    node.finish(*item, analyst, assessor);
    const auto rows =
        node.read<std::vector<notice::NoticeRow>>([&](store::Reader& reader) { return notice::notices_of_item(reader, *item); });
    EXPECT_EQ(rows.size(), 1U);
    return rows.at(0).id;
  }
  notice::NoticeRow row(const NoticeId& id) {
    return node.read<notice::NoticeRow>([&](store::Reader& reader) { return notice::find_notice(reader, id); });
  }
  NoticeId sent(const std::string& path) {
    const auto id = drafted(path);
    must(line::approve_notice(context, id, "abuse@host.test", manager));
    EXPECT_EQ(must(line::send_due(context, mail)), 1U);
    return id;
  }
  // What stands in the mail behind the portal's address.
  std::string token_of(const NoticeId& id) {
    const auto waiting = node.read<std::optional<filing::OutboxRow>>(
        [&](store::Reader& reader) { return filing::find_outbox_by_key(reader, "notice/" + id.to_string()); });
    const auto payload = must(line::open_sealed_text(context, waiting->wrapped_key, "outbox.sealed_payload", waiting->id.bytes(),
                                                     waiting->sealed_payload));
    const auto text = nlohmann::json::parse(payload).at("text").get<std::string>();
    const auto begin = text.find("/n/");
    return text.substr(begin + 3, 64);
  }

  Host host;
  LineNode node;
  const line::Context& context = node.context();
  line::SignedIn analyst = node.join("analyst", {Role::analyst});
  line::SignedIn assessor = node.join("assessor", {Role::assessor});
  line::SignedIn manager = node.join("manager", {Role::manager});
  TempFolder mails;
  line::MailRoute mail{{}, mails.path().string()};
  std::optional<ItemId> item;
};

TEST_F(Notices, ApprovalPutsOneMailIntoTheOutbox) {
  const auto id = drafted("/a");
  EXPECT_EQ(row(id).state, "drafted");
  EXPECT_EQ(reason_of(line::approve_notice(context, id, "not an address", manager)), "mail.address_malformed");
  must(line::approve_notice(context, id, "abuse@host.test", manager));
  EXPECT_EQ(reason_of(line::approve_notice(context, id, "abuse@host.test", manager)), "notice.already_approved");
  EXPECT_EQ(row(id).state, "drafted") << "sent only when the mail server took it";
  EXPECT_EQ(reason_of(line::close_notice(context, id, "no longer needed", manager)), "notice.sending");
  EXPECT_EQ(must(line::send_due(context, mail)), 1U);
  EXPECT_EQ(row(id).state, "sent");
  EXPECT_EQ(must(line::contact_of(context, row(id))), "abuse@host.test");
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(mails.path())) files += file.path().extension() == ".eml" ? 1 : 0;
  EXPECT_EQ(files, 1U);
  EXPECT_EQ(node.events("notice", id), (Words{"notice.drafted", "notice.approved", "notice.sent"}));
}

TEST_F(Notices, RemovedIsBelievedOnlyWhenItIsSeen) {
  const auto id = sent("/b");
  const auto token = token_of(id);
  const auto page = must(line::host_page(context, token));
  EXPECT_EQ(page.address, host.url("/b"));
  EXPECT_EQ(reason_of(line::host_page(context, std::string(64, '0'))), "link.unknown");
  must(line::answer_notice(context, token, notice::HostAnswer::removed));
  EXPECT_EQ(row(id).state, "answered");
  node.clock.advance(2min);
  EXPECT_EQ(must(line::run_notice_clocks(context)), 1U);
  EXPECT_EQ(host.looks, 1);
  EXPECT_TRUE(row(id).contradicted);
  EXPECT_FALSE(row(id).closed_at) << "it still serves";
  manager = node.again("manager");
  EXPECT_EQ(reason_of(line::close_notice(context, id, "they said so", manager)), "notice.still_serving");

  host.status = 404;
  must(line::check_notice(context, id, manager.actor()));
  EXPECT_EQ(row(id).state, "removed");
  EXPECT_TRUE(row(id).closed_at);
  const auto location =
      node.read<review::LocationRow>([&](store::Reader& reader) { return review::find_location(reader, row(id).location_id); });
  EXPECT_EQ(location.state, "gone");
  EXPECT_EQ(node.events("notice", id), (Words{"notice.drafted", "notice.approved", "notice.sent", "notice.answered",
                                              "notice.checked", "notice.contradicted", "notice.checked", "notice.closed"}));
  EXPECT_EQ(must(line::run_notice_clocks(context)), 0U);
  EXPECT_EQ(reason_of(line::answer_notice(context, token, notice::HostAnswer::removed)), "notice.answered");
}

TEST_F(Notices, SilenceIsNotedAndTheLooksGoOn) {
  const auto id = sent("/c");
  for (int hour = 0; hour < 26 && row(id).state == "sent"; ++hour) {
    node.clock.advance(1h);
    must(line::run_notice_clocks(context));
  }
  EXPECT_EQ(row(id).state, "silent");
  EXPECT_TRUE(row(id).next_check_at);
  node.clock.advance(30 * 24h);
  EXPECT_EQ(reason_of(line::host_page(context, token_of(id))), "link.unknown") << "the link has run out";
}

TEST_F(Notices, WithoutAWayToSendTheMailWaitsAndIsThenUndeliverable) {
  const auto id = drafted("/d");
  must(line::approve_notice(context, id, "abuse@host.test", manager));
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(must(line::send_due(context, {})), 0U);
    node.clock.advance(20min);
  }
  EXPECT_EQ(row(id).state, "failed");
  EXPECT_TRUE(row(id).closed_at);
}

TEST_F(Notices, NothingLeavesOfAVerdictThatWasTakenBack) {
  const auto id = drafted("/e");
  const auto entry =
      node.read<std::vector<store::Row>>([](store::Reader& reader) { return reader.query("SELECT id FROM bank_entry"); });
  must(line::withdraw_entry(context, entry.at(0).id<EntryId>(0), manager, "a wrong call"));
  EXPECT_EQ(reason_of(line::approve_notice(context, id, "abuse@host.test", manager)), "item.no_verdict");
  must(line::close_notice(context, id, "the verdict was taken back", manager));
  EXPECT_EQ(must(in_snapshot<std::vector<std::string>>(
                node.store(), [&](store::Reader& reader) { return line::reasons_of(context, reader, id.bytes()); })),
            Words{"the verdict was taken back"});
}

}  // namespace
}  // namespace tutela::test
