#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "filing/outbox_repository.h"
#include "filing/referral_repository.h"
#include "line/concerns.h"
#include "line/delivery.h"
#include "line/notices.h"
#include "line/referrals.h"
#include "line/reports.h"
#include "notice/notice_repository.h"
#include "scenario/line_node.h"
#include "support/captured_log.h"

namespace tutela::test {
namespace {

using namespace std::chrono_literals;

// I7: what came in, and what members wrote, stands nowhere but where it is sealed. A tour of the three paths, with what goes
// wrong on them, and then a look at every byte that was logged or stored.
TEST(Secrecy, NothingOfWhatCameInIsLoggedOrStoredInClear) {
  const CapturedLog log;
  LineNode node;
  const auto& context = node.context();
  const auto analyst = node.join("analyst", {Role::analyst});
  const auto assessor = node.join("assessor", {Role::assessor});
  const auto manager = node.join("manager", {Role::manager});
  const std::string address = "https://host.test/a-path-nobody-may-read";
  const auto file = png(80);
  std::vector<std::string> hidden{address,
                                  "a-path-nobody-may-read",
                                  "words of the reporter",
                                  "reporter@mail.test",
                                  "Robin of class 7",
                                  "player1@game.test",
                                  "an inner reason",
                                  "what the member states",
                                  "abuse@host.test",
                                  kPassword.reveal(),
                                  "token of theirs",
                                  "shapes on a gradient",
                                  "why it was closed"};

  // A: an address, and a hand-out of it.
  intake::SubmissionDraft draft;
  draft.addresses.emplace_back(address);
  draft.text = Sensitive<std::string>("words of the reporter");
  draft.contact = Sensitive<std::string>("reporter@mail.test");
  const auto reported = must(node.hand_in(std::move(draft)));
  hidden.push_back(reported.receipt.reveal());
  // B: a file at that address, judged, referred and noticed.
  const auto uploaded = must(node.upload(file, "image/png", "", {address}));
  hidden.push_back(uploaded.receipt.reveal());
  const auto item = uploaded.items.at(0).id;
  must(node.upload(BytesView(file).first(file.size() / 2), "image/png"));
  node.finish(item, analyst, assessor);
  const auto notice =
      node.read<std::vector<notice::NoticeRow>>([&](store::Reader& reader) { return notice::notices_of_item(reader, item); });
  must(line::approve_notice(context, notice.at(0).id, "abuse@host.test", manager));
  must(line::adopt_authority(context,
                             {"clearing.test", "Clearing house", must(Country::parse("US")), "http://127.0.0.1:9",
                              Sensitive<std::string>("token of theirs"), law::AuthorityKind::clearing_house},
                             manager.id(), manager.actor()));
  // C: a worry, urgent, with nobody there to take it.
  const auto worry = must(node.report_worry("words of the reporter", casework::DangerSaid::now));
  must(line::assess_concern(context, *worry.concern,
                            {casework::ConcernAssessment::urgent, Sensitive<std::string>("an inner reason")}, analyst));
  must(line::refer_concern(context, *worry.concern,
                           {"clearing.test", filing::Urgency::urgent, Sensitive<std::string>("what the member states")},
                           analyst));
  for (int i = 0; i < 22; ++i) {
    must(line::send_due(context, {}));
    node.clock.advance(20min);
  }
  must(line::run_notice_clocks(context));
  must(line::record_breaches(context));
  // What is refused is not told either.
  std::vector<Error> errors;
  const auto keep = [&](const auto& result) {
    ASSERT_FALSE(result);
    errors.push_back(result.error());
  };
  keep(line::sign_in(context, "analyst", Sensitive<std::string>("a password of this test, nearly")));
  keep(node.report_address("not an address: a-path-nobody-may-read"));
  keep(line::approve_notice(context, notice[0].id, "abuse@host.test and more", manager));
  keep(line::host_page(context, "a-path-nobody-may-read"));
  node.events("item", item);

  const auto digests = crypto::digests_of(file);
  const auto sha256 = encode_hex(digests.sha256);
  hidden.push_back(sha256);
  const std::string logged = log.text();
  EXPECT_NE(logged.find("outbox.attempt_failed"), std::string::npos) << "the tour did log";
  for (const auto& text : hidden) {
    EXPECT_EQ(logged.find(text), std::string::npos) << "logged: " << text;
    EXPECT_FALSE(node.database_holds(text)) << "stored in clear: " << text;
    for (const auto& error : errors) EXPECT_EQ(to_string(error).find(text), std::string::npos) << "told: " << text;
  }
  EXPECT_TRUE(node.database_holds("item.matched")) << "the look reads the ledger's rows, too";
}

}  // namespace
}  // namespace tutela::test
