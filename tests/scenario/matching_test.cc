#include <gtest/gtest.h>

#include <latch>

#include "base/limits.h"
#include "fingerprint/drawn_picture.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "line/matching.h"
#include "match/bank_repository.h"
#include "scenario/line_node.h"
#include "vault/after_list.h"

// What a match does to an item: banks above 31 bits that are slow, pictures that are stored turned, floods, and safe entries
// beside others.
namespace tutela::test {
namespace {

using namespace std::chrono_literals;

match::ListEntry entry_of(Fingerprint fingerprint) {
  match::ListEntry entry;
  entry.fingerprints.push_back(std::move(fingerprint));
  entry.reference = "row";
  return entry;
}

match::BankRow bank_with(LineNode& node, const std::string& name, int distance_bits_max, Fingerprint fingerprint) {
  const auto bank = must(line::create_bank(node.context(), {name, match::BankPurpose::match, distance_bits_max, "a list", "law"},
                                           line::Actor::node()));
  const auto mark = must(line::begin_list_import(node.context(), bank, crypto::Sha256{}, match::ListFormat::text));
  std::vector<match::ListEntry> entries;
  entries.push_back(entry_of(std::move(fingerprint)));
  must(
      line::import_batch(node.context(), bank, {std::move(entries), mark}, {Act::a, AgeBand::prepubescent}, line::Actor::node()));
  line::take_over_change(node.context());
  return bank;
}

// The PDQ value of a file with so many of its bits changed.
Fingerprint pdq_of(LineNode& node, BytesView file, int bits) {
  const auto decoded = must(node.decoder.decode(file, {}));
  auto bytes = decoded.pdq.hash.to_bytes();
  for (int bit = 0; bit < bits; ++bit) bytes[static_cast<std::size_t>(bit) / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  return Fingerprint::make(Algorithm::pdq(), Bytes(bytes.begin(), bytes.end()), 100).value();
}

std::vector<match::Match> matches_of(LineNode& node, const ItemId& item) {
  return node.read<std::vector<match::Match>>(
      [&](store::Reader& reader) { return line::stored_matches(node.context(), reader, item); });
}

TEST(WideBanks, AnUploadIsComparedWithThem) {
  LineNode node;
  bank_with(node, "wide", 60, pdq_of(node, pnm(1), 40));
  const auto item = must(node.upload(pnm(1))).items.at(0);
  EXPECT_EQ(item.action, "hold");
  ASSERT_EQ(item.matches.size(), 1U);
  EXPECT_EQ(item.matches[0].distance_bits, 40);
  EXPECT_EQ(item.matches[0].why, "pdq within 60");
}

// Nobody waits in a transaction, nothing is refused, and what was left out is made good.
TEST(WideBanks, OneThatIsBusyRefusesNoReportAndIsAskedLater) {
  std::latch let_go(1);
  std::atomic<bool> holds_up = true;
  LineNode node({.wide = {.wait_max = 1ms, .scan_max = 0ms, .before_scan = [&] {
                            if (holds_up.exchange(false)) let_go.wait();
                          }}});
  bank_with(node, "wide", 60, pdq_of(node, pnm(1), 40));
  const auto owed = node.banks.additions();
  const auto item = must(node.upload(pnm(1))).items.at(0);
  EXPECT_EQ(item.action, "none");
  EXPECT_GT(node.banks.additions(), owed) << "the background compares again";
  EXPECT_EQ(must(line::compare_undecided_items(node.context())).is_complete, false) << "still busy";
  let_go.count_down();
  line::ItemsCompared compared{.matched = 0, .is_complete = false};
  for (int round = 0; round < 2'000 && !compared.is_complete; ++round)
    compared = must(line::compare_undecided_items(node.context()));
  EXPECT_TRUE(compared.is_complete);
  EXPECT_EQ(node.item(item.id).action, "hold");
  EXPECT_EQ(matches_of(node, item.id).size(), 1U);
}

TEST(WideBanks, WhatTheyHoldStaysHeldWhenTheItemIsMatchedForAnotherReason) {
  LineNode node;
  const auto bank = bank_with(node, "wide", 60, pdq_of(node, pnm(1), 40));
  const auto item = must(node.upload(pnm(1))).items.at(0);
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(line::match_item(node.context(), tx, item.id));
    return {};
  }));
  EXPECT_EQ(node.item(item.id).action, "hold");
  // Until it is withdrawn.
  const auto manager = node.join("manager", {Role::manager});
  must(line::withdraw_entry(node.context(), item.matches.at(0).entry, manager, "wrong"));
  EXPECT_EQ(node.item(item.id).action, "none");
  EXPECT_TRUE(matches_of(node, item.id).empty());
}

TEST(Thresholds, WhatLiesWithinTheNewDistanceMatchesAndTheChangeIsRecorded) {
  LineNode node;
  const auto& context = node.context();
  const auto bank = bank_with(node, "near", 31, pdq_of(node, pnm(1), 40));
  const auto item = must(node.upload(pnm(1))).items.at(0);
  EXPECT_EQ(item.action, "none");
  const auto manager = node.join("manager", {Role::manager});
  const auto before = node.banks.additions();
  must(line::change_threshold(context, bank.id, 60, manager, "a closed word"));
  EXPECT_GT(node.banks.additions(), before) << "the background compares again";
  EXPECT_EQ(must(line::compare_undecided_items(context)).matched, 1U);
  EXPECT_EQ(node.item(item.id).action, "hold");
  EXPECT_EQ(node.events("bank", bank.id).back(), "bank.threshold_changed");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM decision_reason WHERE kind = 'bank.threshold_changed'"), 1);
  EXPECT_FALSE(node.database_holds("a closed word"));
  // What it has already is no change; what is refused changes nothing.
  const auto events = node.events("bank", bank.id);
  must(line::change_threshold(context, bank.id, 60, manager, "the same"));
  for (const int bits : {-1, 257})
    EXPECT_EQ(reason_of(line::change_threshold(context, bank.id, bits, manager, "why")), "bank.distance_out_of_range");
  EXPECT_EQ(reason_of(line::change_threshold(context, bank.id, 31, manager, "")), "bank.reason_missing");
  EXPECT_EQ(reason_of(line::change_threshold(context, BankId::make(node.clock.now(), node.random), 31, manager, "why")),
            "bank.unknown");
  const auto safe = must(line::create_safe_bank(context, "harmless", "own", "law", std::chrono::days(30), line::Actor::node()));
  EXPECT_EQ(reason_of(line::change_threshold(context, safe.id, 31, manager, "why")), "bank.safe_is_exact");
  EXPECT_EQ(node.events("bank", bank.id), events);
  for (const int bits : {256, 0}) must(line::change_threshold(context, bank.id, bits, manager, "the ends"));
  EXPECT_TRUE(matches_of(node, item.id).empty()) << "too far away for it now";
}

// A bank that is scanned is kept small. The own bank grows with every verdict, and none may fail for want of room.
TEST(Thresholds, NoFullBankBecomesWideAndTheOwnBankNeverDoes) {
  LineNode node;
  const auto& context = node.context();
  const auto manager = node.join("manager", {Role::manager});
  const auto bank = bank_with(node, "near", 31, pdq_of(node, pnm(1), 4));
  const auto fill = [&](std::int64_t from, std::int64_t until) {
    must(node.store().write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(
          tx.execute("INSERT INTO bank_entry (id, bank_id, status, act, age_band, source, created_at, version, feed) "
                     "WITH RECURSIVE n(i) AS (SELECT $2 UNION ALL SELECT i + 1 FROM n WHERE i < $3) SELECT "
                     "CAST(printf('%016d', i) AS BLOB), $1, 'active', 'a', 'unknown', 'own', 0, 1, 0 FROM n",
                     {bank.id, from, until}));
      return {};
    }));
  };
  fill(1, limits::kWideBankEntriesMax - 1);
  must(line::change_threshold(context, bank.id, 32, manager, "just as many as may be"));
  must(line::change_threshold(context, bank.id, 31, manager, "indexed"));
  fill(limits::kWideBankEntriesMax, limits::kWideBankEntriesMax);
  EXPECT_EQ(reason_of(line::change_threshold(context, bank.id, 32, manager, "one too many")), "bank.wide_too_large");
  EXPECT_EQ(node.count("SELECT threshold FROM bank WHERE name = 'near'"), 31);

  const auto own = node.read<std::optional<match::BankRow>>(
      [](store::Reader& reader) { return match::find_bank_by_name(reader, std::string(line::kOwnBank)); });
  ASSERT_TRUE(own);
  EXPECT_EQ(reason_of(line::change_threshold(context, own->id, 32, manager, "wider")), "bank.own_stays_indexed");
  EXPECT_EQ(node.count("SELECT threshold FROM bank WHERE name = 'decided-here'"), 31);
  must(line::change_threshold(context, own->id, 20, manager, "narrower"));
}

// What a restore could not be told is not done.
TEST(ManyWithdrawals, AreRefusedBeforeTheListIsFull) {
  LineNode node;
  const auto bank = bank_with(node, "first", 31, pdq_of(node, pnm(1), 4));
  const auto manager = node.join("manager", {Role::manager});
  const auto entry =
      node.read<std::vector<match::EntryRow>>([&](store::Reader& reader) { return match::entries_of_bank(reader, bank.id); })
          .at(0)
          .id;
  must(node.write_after_list());
  auto context = node.context();
  context.settings.after_list = node.folder() / "after.list";
  const auto whole = std::filesystem::file_size(context.settings.after_list);
  std::filesystem::resize_file(context.settings.after_list, vault::kAfterListBytesMax - vault::kAfterListReserveBytes);
  EXPECT_EQ(reason_of(line::withdraw_entry(context, entry, manager, "wrong")), "after_list.full");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM bank_entry WHERE status = 'withdrawn'"), 0);
  EXPECT_NE(node.events("bank", bank.id).back(), "bank.entry_withdrawn");
  std::filesystem::resize_file(context.settings.after_list, whole);
  must(line::withdraw_entry(context, entry, manager, "wrong"));
  EXPECT_EQ(must(node.write_after_list()), 1U);
}

// One transaction: what rested on two of them is compared anew without either, and is reopened once.
TEST(ManyWithdrawals, WhatRestedOnThemIsComparedAnewWithoutAnyOfThem) {
  LineNode node;
  const auto first = bank_with(node, "first", 31, pdq_of(node, pnm(1), 4));
  const auto second = bank_with(node, "second", 31, pdq_of(node, pnm(1), 8));
  bank_with(node, "third", 31, pdq_of(node, pnm(2), 4));
  const auto item = must(node.upload(pnm(1))).items.at(0);
  const auto stays = must(node.upload(pnm(2), "", "other")).items.at(0);
  ASSERT_EQ(item.matches.size(), 2U);
  const auto manager = node.join("manager", {Role::manager});
  const auto unknown = EntryId::make(node.clock.now(), node.random);
  const std::vector<EntryId> ids = {item.matches[0].entry, unknown, item.matches[1].entry, item.matches[0].entry};
  const auto held = node.events("item", item.id).size();
  auto done = must(line::withdraw_entries(node.context(), ids, manager, "wrong"));
  EXPECT_EQ(done.entries, (std::vector{item.matches[0].entry, item.matches[1].entry}));
  EXPECT_EQ(done.already, std::vector{item.matches[0].entry}) << "named twice";
  EXPECT_EQ(done.unknown, std::vector{unknown});
  EXPECT_EQ(done.reopened, std::vector{item.id});
  EXPECT_EQ(node.item(item.id).action, "none");
  EXPECT_TRUE(matches_of(node, item.id).empty());
  EXPECT_EQ(node.item(stays.id).action, "hold");
  EXPECT_EQ(node.events("item", item.id).size(), held + 2) << "let go once, and compared once";
  for (const auto& bank : {first, second}) EXPECT_EQ(node.events("bank", bank.id).back(), "bank.entry_withdrawn");
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM decision_reason WHERE kind = 'bank.entry_withdrawn'"), 2);
  EXPECT_EQ(must(node.write_after_list()), 2U);

  done = must(line::withdraw_entries(node.context(), ids, manager, "wrong"));
  EXPECT_EQ(done.already.size(), 3U);
  EXPECT_TRUE(done.entries.empty() && done.reopened.empty());
  EXPECT_EQ(must(node.write_after_list()), 0U);
  EXPECT_EQ(reason_of(line::withdraw_entries(node.context(), ids, manager, "")), "bank.reason_missing");
  EXPECT_EQ(reason_of(line::withdraw_entries(node.context(), ids, manager, std::string(limits::kReasonBytesMax + 1, 'x'))),
            "bank.reason_too_long");
  EXPECT_EQ(reason_of(line::withdraw_entries(node.context(), std::vector<EntryId>(line::kWithdrawnAtOnceMax + 1, unknown),
                                             manager, "wrong")),
            "bank.too_many_entries");
}

// An uncompressed TIFF of three bytes a pixel, whose orientation tag says how it is shown.
Bytes tiff_of(const fingerprint::DrawnPicture& picture, std::uint16_t orientation) {
  const auto view = picture.view();
  Bytes file;
  const auto put16 = [&](std::uint32_t value) {
    file.push_back(static_cast<std::uint8_t>(value));
    file.push_back(static_cast<std::uint8_t>(value >> 8));
  };
  const auto put32 = [&](std::uint32_t value) {
    put16(value & 0xFFFF);
    put16(value >> 16);
  };
  constexpr std::uint32_t kTags = 11;
  constexpr std::uint32_t kBits = 8 + 2 + kTags * 12 + 4;
  constexpr std::uint32_t kPixels = kBits + 6;
  append_bytes(file, as_bytes("II"));
  put16(42);
  put32(8);
  put16(kTags);
  const auto tag = [&](std::uint32_t name, std::uint32_t type, std::uint32_t count, std::uint32_t value) {
    put16(name);
    put16(type);
    put32(count);
    put32(value);
  };
  tag(256, 3, 1, view.width);
  tag(257, 3, 1, view.height);
  tag(258, 3, 3, kBits);
  tag(259, 3, 1, 1);
  tag(262, 3, 1, 2);
  tag(273, 4, 1, kPixels);
  tag(274, 3, 1, orientation);
  tag(277, 3, 1, 3);
  tag(278, 3, 1, view.height);
  tag(279, 4, 1, view.width * view.height * 3);
  tag(284, 3, 1, 1);
  put32(0);
  for (int channel = 0; channel < 3; ++channel) put16(8);
  append_bytes(file, picture.rgb());
  return file;
}

// EXIF is not applied to what is stored, but the form that a viewer shows is compared, too.
TEST(Turned, APictureThatIsStoredOnItsSideMatchesWhatAViewerShows) {
  const fingerprint::DrawnPicture drawn({.seed = 8, .width = 220, .height = 160, .shapes = 14});
  LineNode node;
  // The known one: the same picture as shown, a quarter clockwise from how the other is stored.
  const auto stored = must(node.decoder.decode(drawn.to_pnm(), {.forms = fingerprint::PdqForms::dihedral}));
  const auto shown = decode::shown_form([&] {
    auto turned = stored;
    turned.orientation = media::Orientation::right_top;
    return turned;
  }());
  ASSERT_TRUE(shown);
  bank_with(node, "known", 31, shown->fingerprints.at(0));
  EXPECT_EQ(must(node.upload(tiff_of(drawn, 1), "", "upright")).items.at(0).action, "none");
  const auto item = must(node.upload(tiff_of(drawn, 6), "", "turned")).items.at(0);
  EXPECT_EQ(item.action, "hold");
  ASSERT_EQ(item.matches.size(), 1U);
  EXPECT_EQ(item.matches[0].why, "pdq within 31, rotate270");
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(line::match_item(node.context(), tx, item.id));
    return {};
  }));
  EXPECT_EQ(node.item(item.id).action, "hold") << "whenever it is compared again";
}

// A transaction that came to nothing has raised no alarm, so the next one does.
TEST(Floods, AnAlarmIsNotLostWithATransactionThatFails) {
  LineNode node({.flood = {.matches_max = 2}});
  const auto bank = bank_with(node, "known", 31, pdq_of(node, pnm(1), 0));
  for (unsigned variant = 1; variant <= 2; ++variant) must(node.upload(pnm(1, variant), "", std::to_string(variant)));
  int failures = 0;
  for (int call = 1;; ++call) {
    node.faults->fail_call(call);
    const auto taken = node.upload(pnm(1, 3), "", "third");
    const bool has_failed = node.faults->has_failed();
    node.faults->heal();
    if (taken) {
      EXPECT_FALSE(has_failed);
      EXPECT_EQ(node.item(taken->items.at(0).id).stack_entry, taken->items.at(0).matches.at(0).entry);
      break;
    }
    EXPECT_EQ(node.floods.alarms(), 0) << "at call " << call;
    ++failures;
  }
  EXPECT_GT(failures, 10);
  EXPECT_EQ(node.floods.alarms(), 1);
  EXPECT_EQ(node.payloads("bank", bank.id.bytes(), "match.flood_suspected").size(), 1U);
}

// A safe entry lowers only what nothing else is known of.
TEST(SafeEntries, BesideAHoldLowerNothing) {
  LineNode node;
  bank_with(node, "known", 31, pdq_of(node, pnm(1), 0));
  const auto safe =
      must(line::create_safe_bank(node.context(), "harmless", "own", "law", std::chrono::days(30), line::Actor::node()));
  must(line::adopt_bank(node.context(), safe, node.join("first", {Role::manager}), "press pictures"));
  must(line::adopt_bank(node.context(), safe, node.join("second", {Role::assessor}), "press pictures"));
  const auto mark = must(line::begin_list_import(node.context(), safe, crypto::Sha256{}, match::ListFormat::text));
  const auto digest = crypto::sha256(pnm(1));
  std::vector<match::ListEntry> entries;
  entries.push_back(entry_of(Fingerprint::make(Algorithm::sha256(), Bytes(digest.begin(), digest.end())).value()));
  must(line::import_batch(node.context(), safe, {std::move(entries), mark}, {}, line::Actor::node()));
  line::take_over_change(node.context());
  const auto item = must(node.upload(pnm(1))).items.at(0);
  EXPECT_EQ(item.action, "hold");
  EXPECT_EQ(item.matches.size(), 2U) << "the annotation stands beside";
  EXPECT_FALSE(node.item(item.id).is_safe);
}

}  // namespace
}  // namespace tutela::test
