#include <gtest/gtest.h>

#include "filing/referral_repository.h"
#include "line/referrals.h"
#include "match/bank_repository.h"
#include "scenario/line_node.h"

namespace tutela::test {
namespace {

// Every table's rows, so that "nothing was written" leaves nothing out.
std::vector<std::int64_t> row_counts(LineNode& node) {
  std::vector<std::int64_t> counts;
  for (const auto* table :
       {"report",     "idempotency",       "report_item", "item",       "item_location", "item_fingerprint", "item_match",
        "bank_entry", "entry_fingerprint", "lease",       "assessment", "verdict",       "concern",          "person",
        "indicator",  "routing_task",      "referral",    "notice",     "outbox",        "ledger_staged"})
    counts.push_back(node.count(std::string("SELECT COUNT(*) FROM ") + table));
  return counts;
}

// Runs `step` with the first, second, … call to the store failing until one run meets no fault, and checks after each failure
// that nothing was written.
template <class Step>
int survive_every_fault(LineNode& node, Step step) {
  const auto before = row_counts(node);
  const auto files = node.object_files();
  for (int call = 1;; ++call) {
    node.faults->fail_call(call);
    const auto result = step();
    const bool failed = node.faults->has_failed();
    node.faults->heal();
    if (!failed) {
      EXPECT_TRUE(result) << reason_of(result);
      return call - 1;
    }
    // What was committed before the fault struck is answered as done.
    if (result) return call - 1;
    EXPECT_EQ(reason_of(result), "store.disk_full") << "call " << call;
    EXPECT_EQ(row_counts(node), before) << "call " << call;
    EXPECT_EQ(node.object_files(), files) << "call " << call << ": a file that no row names";
    if (testing::Test::HasFailure()) return call;
  }
}

TEST(Faults, AReportIsWholeOrNotThereAtAll) {
  LineNode node;
  const auto file = png(70);
  node.machine();
  const int faults = survive_every_fault(node, [&] { return node.upload(file, "image/png", "key", {"https://host.test/a"}); });
  EXPECT_GT(faults, 20);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 1);
  EXPECT_EQ(node.object_files(), 1U);
}

TEST(Faults, AConcernIsWholeOrNotThereAtAll) {
  LineNode node;
  EXPECT_GT(survive_every_fault(node, [&] { return node.report_worry("somebody presses the child for pictures"); }), 7);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM person"), 1);
}

TEST(Faults, AReportWhoseCommitNobodyKnowsOfIsFoundByItsKey) {
  LineNode node;
  const auto file = png(71);
  node.machine();
  node.faults->lose_answers(true);
  EXPECT_EQ(reason_of(node.upload(file, "image/png", "key")), "store.unknown_outcome");
  EXPECT_EQ(node.object_files(), 1U) << "it may be named by what was committed";
  node.faults->lose_answers(false);
  const auto found = must(node.upload(file, "image/png", "key"));
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM report"), 1);
  EXPECT_EQ(node.object_files(), 1U);
  EXPECT_TRUE(node.item(found.items.at(0).id).object_name);
}

TEST(Faults, TheDecidingAssessmentWritesAllOfWhatFollowsOrNothing) {
  LineNode node;
  const auto first = node.join("first", {Role::analyst});
  const auto second = node.join("second", {Role::assessor});
  const auto& context = node.context();
  must(line::adopt_authority(context,
                             {"clearing.test", "Clearing house", must(Country::parse("US")), "http://127.0.0.1:9",
                              Sensitive<std::string>("token of theirs"), law::AuthorityKind::clearing_house},
                             first.id(), first.actor()));
  const auto item = must(node.upload(png(74), "image/png", "")).items.at(0).id;
  must(node.judge(item, first));
  must(line::claim_item(context, item, second));
  must(line::open_view(context, item, review::ViewMode::full, std::nullopt, second));
  const int faults = survive_every_fault(node, [&] {
    return line::assess_item(
        context, item, {{Act::a, AgeBand::prepubescent}, review::Viewed::here, 0, Sensitive<std::string>("shapes")}, second);
  });
  EXPECT_GT(faults, 40);
  EXPECT_EQ(node.item(item).state, "final");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM verdict"), 1);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM bank_entry"), 1);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM referral"), 1);
  // Whatever became of the index, the next copy is known.
  EXPECT_EQ(must(node.upload(pnm(74), "")).items.at(0).action, "hold");

  const auto referral = node.read<std::vector<filing::ReferralRow>>(
      [&](store::Reader& reader) { return filing::referrals_of_subject(reader, item.bytes()); });
  EXPECT_GT(survive_every_fault(node, [&] { return line::approve_referral(context, referral.at(0).id, first); }), 5);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM outbox"), 1);
}

TEST(Faults, AWithdrawalReopensAllOrNothing) {
  LineNode node;
  const auto first = node.join("first", {Role::analyst});
  const auto second = node.join("second", {Role::assessor});
  const auto item = must(node.upload(png(73), "image/png")).items.at(0).id;
  node.finish(item, first, second);
  must(node.upload(pnm(73), ""));
  const auto entry =
      node.read<std::optional<match::EntryRow>>([&](store::Reader& reader) { return match::find_entry_of_item(reader, item); });
  EXPECT_GT(survive_every_fault(node, [&] { return line::withdraw_entry(node.context(), entry->id, second, "a wrong call"); }),
            20);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item WHERE state = 'queued'"), 2);
}

TEST(Faults, ManyWithdrawalsAreAllOrNothing) {
  LineNode node;
  const auto first = node.join("first", {Role::analyst});
  const auto second = node.join("second", {Role::assessor});
  std::vector<EntryId> ids;
  for (const std::uint64_t seed : {81U, 82U, 83U}) {
    const auto item = must(node.upload(png(seed), "image/png", std::to_string(seed))).items.at(0).id;
    node.finish(item, first, second);
    const auto entry =
        node.read<std::optional<match::EntryRow>>([&](store::Reader& reader) { return match::find_entry_of_item(reader, item); });
    ids.push_back(entry->id);
  }
  EXPECT_GT(survive_every_fault(node, [&] { return line::withdraw_entries(node.context(), ids, second, "a wrong call"); }), 20);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM bank_entry WHERE status = 'withdrawn'"), 3);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item WHERE state = 'queued'"), 3);
  EXPECT_EQ(must(node.write_after_list()), 3U);
}

}  // namespace
}  // namespace tutela::test
