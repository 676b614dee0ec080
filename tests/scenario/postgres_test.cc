#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "filing/referral_repository.h"
#include "line/concerns.h"
#include "line/referrals.h"
#include "match/bank_repository.h"
#include "scenario/line_node.h"
#include "support/postgres_server.h"

namespace tutela::test {
namespace {

// The same line on a really started PostgreSQL, and what only happens there: two at once.
TEST(OnPostgres, FromUploadToWithdrawalAndANewVerdict) {
  LineNode node({.postgresql = PostgresServer::shared().create_database()});
  const auto& context = node.context();
  const auto first = node.join("first", {Role::analyst});
  const auto second = node.join("second", {Role::assessor});
  const auto received = must(node.upload(png(90), "image/png", "key", {"https://host.test/a"}));
  EXPECT_EQ(must(node.upload(png(90), "image/png", "key", {"https://host.test/a"})).id, received.id);
  const auto item = received.items.at(0).id;
  node.finish(item, first, second);
  EXPECT_EQ(must(node.upload(pnm(90), "")).items.at(0).action, "hold");
  const auto entry =
      node.read<std::optional<match::EntryRow>>([&](store::Reader& reader) { return match::find_entry_of_item(reader, item); });
  EXPECT_EQ(must(line::withdraw_entry(context, entry->id, second, "a wrong call")).size(), 2U);
  node.clock.advance(std::chrono::minutes(1));
  node.finish(item, node.again("first"), node.again("second"), Act::b);
  const auto worry = must(node.report_worry("somebody presses the child for pictures"));
  must(line::assess_concern(context, *worry.concern, {casework::ConcernAssessment::out_of_remit, Sensitive<std::string>("no")},
                            first));
  const auto queue = node.read<line::QueueView>([&](store::Reader& reader) { return line::read_queue(context, reader); });
  EXPECT_EQ(queue.counts.waiting, 1);
  EXPECT_EQ(queue.items.size(), 1U);
  EXPECT_EQ((node.read<std::map<ItemId, std::int64_t>>(review::count_waiting_reports)),
            (std::map<ItemId, std::int64_t>{{queue.items.at(0).id, 1}}));
  EXPECT_TRUE((node.read<std::map<ItemId, std::int64_t>>(review::count_waiting_locations)).empty());
  const auto events = node.events("item", item);
  EXPECT_EQ(events.front(), "item.created");
  EXPECT_GT(events.size(), 15U);
}

TEST(OnPostgres, TheSameKeyTwiceAtOnceIsOneReport) {
  LineNode node({.postgresql = PostgresServer::shared().create_database()});
  const auto file = png(91);
  node.machine();
  std::atomic<int> given{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      const auto received = node.upload(file, "image/png", "key");
      EXPECT_TRUE(received) << reason_of(received);
      if (received) ++given;
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(given, 4);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 1);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item"), 1);
  EXPECT_EQ(node.object_files(), 1U);
}

TEST(OnPostgres, TwoClaimsAtOnceGiveOneLease) {
  LineNode node({.postgresql = PostgresServer::shared().create_database()});
  std::vector<line::SignedIn> members;
  for (const auto* login : {"first", "second", "third", "fourth"}) members.push_back(node.join(login, {Role::analyst}));
  const auto item = must(node.upload(png(92), "image/png")).items.at(0).id;
  std::atomic<int> leases{0};
  std::vector<std::thread> claims;
  for (const auto& member : members)
    claims.emplace_back([&] {
      const auto lease = line::claim_item(node.context(), item, member);
      if (lease)
        ++leases;
      else
        EXPECT_EQ(lease.error().code, ErrorCode::conflict) << reason_of(lease);
    });
  for (auto& claim : claims) claim.join();
  EXPECT_EQ(leases, 1);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM lease"), 1);
}

}  // namespace
}  // namespace tutela::test
