#include <gtest/gtest.h>

#include "base/limits.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "scenario/line_node.h"
#include "support/postgres_server.h"

namespace tutela::test {
namespace {

using Words = std::vector<std::string>;

match::ListEntry digest_entry(BytesView value) {
  match::ListEntry entry;
  entry.fingerprints.push_back(Fingerprint::make(Algorithm::sha256(), Bytes(value.begin(), value.end())).value());
  entry.reference = "row";
  return entry;
}

void take_in(LineNode& node, const match::BankRow& bank, std::vector<match::ListEntry> entries, std::uint8_t list = 1) {
  crypto::Sha256 digest{};
  digest.fill(list);
  const auto mark = must(line::begin_list_import(node.context(), bank, digest, match::ListFormat::text));
  must(
      line::import_batch(node.context(), bank, {std::move(entries), mark}, {Act::a, AgeBand::prepubescent}, line::Actor::node()));
  line::take_over_change(node.context());
}

// On both back ends.
class BankLists : public testing::TestWithParam<const char*> {
 protected:
  BankLists()
      : node({.postgresql = std::string_view(GetParam()) == "postgresql" ? PostgresServer::shared().create_database() : "",
              .flood = {.matches_max = 3}}) {}

  match::BankRow create(match::BankPurpose purpose) {
    return must(line::create_bank(node.context(), {"listed", purpose, 31, "a list", "law"}, line::Actor::node()));
  }
  LineNode node;
};

TEST_P(BankLists, WhatTwoMembersAdoptedMayBeInheritedAndWhatCameLaterMayNot) {
  const auto& context = node.context();
  const auto bank = create(match::BankPurpose::match);
  take_in(node, bank, {digest_entry(crypto::sha256(pnm(1)))});
  EXPECT_EQ(must(node.upload(pnm(1), "", "before")).items.at(0).action, "hold") << "listed only";
  const auto first = node.join("first", {Role::manager});
  const auto second = node.join("second", {Role::assessor});
  EXPECT_EQ(must(line::adopt_bank(context, bank, first, "agreed")).state, line::Adoption::begun);
  EXPECT_EQ(reason_of(line::adopt_bank(context, bank, first, "agreed")), "bank.second_member_needed");
  EXPECT_EQ(must(node.upload(pnm(1, 1), "", "near")).items.at(0).action, "none") << "another file";
  node.clock.advance(std::chrono::seconds(1));
  take_in(node, bank, {digest_entry(crypto::sha256(pnm(2)))}, 2);
  const auto done = must(line::adopt_bank(context, bank, second, "agreed"));
  EXPECT_EQ(done.state, line::Adoption::completed);
  EXPECT_EQ(done.entries, 1);
  line::take_over_change(context);
  EXPECT_EQ(must(node.upload(pnm(2), "", "later")).items.at(0).action, "hold");
  const auto events = node.events("bank", bank.id);
  EXPECT_EQ(events, (Words{"bank.created", "bank.list_imported", "bank.adoption_begun", "bank.list_imported", "bank.adopted"}));
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM decision_reason WHERE kind LIKE 'bank.adopt%'"), 2);
  EXPECT_FALSE(node.database_holds("agreed")) << "reasons are sealed";
}

TEST_P(BankLists, AnExportVisitsWhatIsNotWithdrawnAndStandsInTheLedger) {
  const auto& context = node.context();
  const auto bank = create(match::BankPurpose::match);
  std::vector<match::ListEntry> entries;
  for (std::uint8_t i = 0; i < 20; ++i) entries.push_back(digest_entry(Bytes(32, i)));
  take_in(node, bank, std::move(entries));
  std::vector<match::ListEntry> seen;
  const auto visit = [&]() -> std::size_t {
    seen.clear();
    return must(line::export_bank(
        context, bank, line::Actor::node(),
        [](std::vector<Algorithm> algorithms) -> Result<> {
          EXPECT_EQ(algorithms, std::vector{Algorithm::sha256()});
          return {};
        },
        [&](const match::ListEntry& entry) -> Result<> {
          seen.push_back(entry);
          return {};
        }));
  };
  EXPECT_EQ(visit(), 20U);
  EXPECT_EQ(seen[0].reference, "row");
  EXPECT_EQ(seen[0].act, Act::a);
  const auto before = must(line::digest_of_banks(context));
  const auto member = node.join("member", {Role::manager});
  must(line::withdraw_entry(context, must(EntryId::parse(seen[3].entry)), member, "wrong"));
  EXPECT_EQ(visit(), 19U);
  EXPECT_NE(must(line::digest_of_banks(context)), before);
  EXPECT_EQ(must(line::keys_of_bank(context, bank)).size(), 20U) << "a withdrawn one is known all the same";
  EXPECT_EQ(node.payloads("bank", bank.id.bytes(), "bank.exported").size(), 2U);
}

TEST_P(BankLists, WhatIsNotComparedIsCountedByEntry) {
  const auto& context = node.context();
  const auto bank = create(match::BankPurpose::match);
  const auto count = [&] {
    return node.read<match::NotCompared>([&](store::Reader& reader) { return match::not_compared_in_bank(reader, bank.id); });
  };
  EXPECT_EQ(count(), match::NotCompared{}) << "a bank without an entry";
  const auto value = [](const char* algorithm, std::optional<std::int64_t> quality) {
    return must(Fingerprint::make(must(Algorithm::parse(algorithm)), Bytes(32, 7), quality));
  };
  const std::vector<std::vector<Fingerprint>> entries = {{value("pdq", 49), value("pdq_pytx", 0)},
                                                         {value("pdq", 50)},
                                                         {value("pdq_nearest512", {})},
                                                         {value("sha256", 3)},
                                                         {value("pdq", 1), value("vpdq", 100), value("tmk", {})}};
  std::vector<match::ListEntry> list(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) list[i].fingerprints = entries[i];
  take_in(node, bank, std::move(list));
  EXPECT_EQ(count(), (match::NotCompared{2, 1}));
  match::NotCompared by_hand;
  for (const auto& entry : entries) by_hand.add_entry(entry);
  EXPECT_EQ(count(), by_hand) << "what the store counts is what the values say";
  for (const auto& entry :
       node.read<std::vector<match::EntryRow>>([&](auto& reader) { return match::entries_of_bank(reader, bank.id); }))
    must(line::withdraw_entry(context, entry.id, node.join(entry.id.to_string(), {Role::manager}), "wrong"));
  EXPECT_EQ(count(), match::NotCompared{});
}

TEST_P(BankLists, ASafeBankEndsByItselfAndWhatItAnnotatedIsComparedAnew) {
  const auto& context = node.context();
  const auto bank = must(line::create_safe_bank(context, "harmless", "own", "law", std::chrono::days(30), line::Actor::node()));
  crypto::Sha256 digest{};
  EXPECT_EQ(reason_of(line::begin_list_import(context, bank, digest, match::ListFormat::text)), "bank.not_adopted");
  must(line::adopt_bank(context, bank, node.join("first", {Role::manager}), "press pictures"));
  must(line::adopt_bank(context, bank, node.join("second", {Role::assessor}), "press pictures"));
  take_in(node, bank, {digest_entry(crypto::sha256(pnm(5)))});
  const auto item = must(node.upload(pnm(5), "", "one")).items.at(0).id;
  EXPECT_TRUE(node.item(item).is_safe);
  node.clock.advance(std::chrono::days(29));
  EXPECT_EQ(must(line::end_safe_banks(context)), 0U);
  node.clock.advance(std::chrono::days(2));
  EXPECT_EQ(must(line::end_safe_banks(context)), 1U);
  EXPECT_FALSE(node.item(item).is_safe);
  EXPECT_EQ(must(line::end_safe_banks(context)), 0U);
  EXPECT_EQ(reason_of(line::begin_list_import(context, bank, digest, match::ListFormat::text)), "bank.term_over");
  EXPECT_EQ(node.events("bank", bank.id).back(), "bank.ended");
}

// Seven items near one entry, of which three are as many as usual.
TEST_P(BankLists, WhatOneEntryMatchesTooOftenIsOneStackAndNothingIsSuppressed) {
  const auto& context = node.context();
  const auto first = must(node.upload(pnm(1), "", "first")).items.at(0).id;
  const auto rows = node.read<std::vector<review::FingerprintRow>>(
      [&](store::Reader& reader) { return review::fingerprints_of_item(reader, first); });
  const auto pdq = *std::ranges::find(rows, "pdq", &review::FingerprintRow::algorithm);
  match::ListEntry entry;
  entry.fingerprints.push_back(Fingerprint::make(Algorithm::pdq(), pdq.value, pdq.quality).value());
  entry.reference = "row";
  const auto bank = create(match::BankPurpose::match);
  take_in(node, bank, {std::move(entry)});

  std::vector<ItemId> near;
  for (unsigned variant = 1; variant <= 7; ++variant) {
    const auto item = must(node.upload(pnm(1, variant), "", "near " + std::to_string(variant))).items.at(0);
    EXPECT_EQ(item.action, "hold") << variant;
    near.push_back(item.id);
    node.clock.advance(std::chrono::seconds(1));
  }
  const auto queue = node.read<line::QueueView>([&](store::Reader& reader) { return line::read_queue(context, reader); });
  EXPECT_EQ(queue.counts.waiting, 8) << "all of them wait";
  ASSERT_EQ(queue.stacks.size(), 1U);
  const auto& [stack, items] = *queue.stacks.begin();
  EXPECT_EQ(items, 4);
  std::vector<ItemId> listed;
  for (const auto& item : queue.items) listed.push_back(item.id);
  EXPECT_EQ(listed, (std::vector<ItemId>{first, near[0], near[1], near[2], near[3]})) << "of the stack the first";
  const auto in_stack =
      node.read<line::QueueView>([&](store::Reader& reader) { return line::read_stack(context, reader, stack); });
  ASSERT_EQ(in_stack.items.size(), 4U);
  EXPECT_EQ(in_stack.items.front().id, near[3]);
  EXPECT_EQ(node.events("bank", bank.id).back(), "match.flood_suspected");
  EXPECT_EQ(node.floods.alarms(), 1);

  // A withdrawn entry has no stack.
  must(line::withdraw_entry(context, stack, node.join("manager", {Role::manager}), "was everybody's"));
  const auto after = node.read<line::QueueView>([&](store::Reader& reader) { return line::read_queue(context, reader); });
  EXPECT_TRUE(after.stacks.empty());
  EXPECT_EQ(after.items.size(), 8U);
}

TEST_P(BankLists, ABankThatIsScannedIsKeptSmallAndAnIndexedOneIsNot) {
  auto bank = create(match::BankPurpose::match);
  take_in(node, bank, {digest_entry(crypto::sha256(pnm(1)))});
  const auto room_for = [&](std::int64_t threshold, std::int64_t adding) {
    bank.threshold = threshold;
    return node.context().store.read([&](store::Reader& reader) { return line::check_wide_room(reader, bank, adding); });
  };
  EXPECT_TRUE(room_for(31, limits::kWideBankEntriesMax));
  EXPECT_TRUE(room_for(32, limits::kWideBankEntriesMax - 1));
  EXPECT_EQ(reason_of(room_for(32, limits::kWideBankEntriesMax)), "bank.wide_too_large");
}

TEST_P(BankLists, AMarkThatSomebodyElseMovedIsAConflict) {
  const auto& context = node.context();
  const auto bank = create(match::BankPurpose::match);
  const auto mark = must(line::begin_list_import(context, bank, crypto::Sha256{}, match::ListFormat::text));
  must(line::import_batch(context, bank, {{digest_entry(Bytes(32, 1))}, mark}, {}, line::Actor::node()));
  EXPECT_EQ(reason_of(line::import_batch(context, bank, {{digest_entry(Bytes(32, 2))}, mark}, {}, line::Actor::node())),
            "store.row_changed");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM bank_entry"), 1) << "nothing of the other batch";
  EXPECT_EQ(reason_of(line::begin_list_import(context, bank, crypto::Sha256{}, match::ListFormat::csv)),
            "list.other_format_before");
}

INSTANTIATE_TEST_SUITE_P(BackEnds, BankLists, testing::Values("sqlite", "postgresql"),
                         [](const auto& back_end) { return std::string(back_end.param); });

}  // namespace
}  // namespace tutela::test
