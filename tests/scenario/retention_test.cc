#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "line/record.h"
#include "line/retention.h"
#include "line/sealed.h"
#include "scenario/line_node.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"

// What is kept until when, and what is left of what was destroyed (I13).
namespace tutela::test {
namespace {

using namespace std::chrono_literals;
using retention::DestructionRow;
using retention::DestructionState;
namespace fs = std::filesystem;

class Retention : public testing::Test {
 public:
  // Two members, a picture that both found to be nothing, and a report by word of mouth.
  explicit Retention(NodeOptions options = {})
      : node(std::move(options)),
        first(node.join("first", {Role::manager, Role::analyst})),
        second(node.join("second", {Role::manager, Role::assessor})) {
    reading = {node.clock.now(), "boot", 1h};
    must(vault::create_after_list(list(), context().keys.signing_key(), node.clock.now()));
    must(line::watch_clock(context(), reading));
    pass(73h);
  }
  // Whatever was held, destroyed or refused: nothing is lost and nothing contradicts the record.
  ~Retention() override {
    if (!filed_by_hand) {
      EXPECT_THAT(what_doctor_finds(node.folder(), node.store(), node.clock.now()),
                  testing::Each(testing::StartsWith("doctor.destroyed ")));
    }
  }

  const line::Context& context() { return node.context(); }
  fs::path list() const { return node.folder() / "after.list"; }
  std::vector<vault::AfterEntry> listed() {
    must(node.write_after_list());
    return must(vault::read_list(list(), context().keys.signing_key().public_key()));
  }

  // Both clocks move, and the node looks.
  void pass(Duration time) {
    node.clock.advance(time);
    reading.wall = node.clock.now();
    reading.since_boot += time;
    must(line::watch_clock(context(), reading));
  }
  // Past the end of everything that was received now, and somebody sits at the desk.
  void pass_months(int months) {
    pass(months * 31 * 24h);
    first = node.again("first");
    second = node.again("second");
  }
  ItemId dismissed_item(std::uint64_t seed) {
    const auto id = must(node.upload(png(seed), "image/png", "", {"https://host.test/" + std::to_string(seed)})).items.at(0).id;
    node.finish(id, first, second, Act::not_illegal);
    return id;
  }
  std::optional<DestructionRow> destruction_of(const std::string& name) {
    return node.read<std::optional<DestructionRow>>(
        [&](store::Reader& reader) { return retention::find_destruction_of(reader, name); });
  }
  std::string class_of(const ItemId& id) { return vault::to_string(vault::class_of_wrapped(node.item(id).wrapped_key).value()); }
  DestructionRow approved(const std::string& name) {
    must(line::propose_destructions(context()));
    const auto row = destruction_of(name);
    if (!row) throw std::runtime_error("not proposed: " + name);
    must(line::approve_destruction(context(), row->id, first));
    return must(line::approve_destruction(context(), row->id, second));
  }
  retention::HoldRow hold(std::string_view type, BytesView id) {
    return must(line::set_hold(
        context(), {std::string(type), Bytes(id.begin(), id.end()), std::nullopt, Sensitive<std::string>("case 12")}, first));
  }

  LineNode node;
  line::SignedIn first, second;
  retention::ClockReading reading;
  bool filed_by_hand = false;  // a referral without what belongs to one
};

TEST_F(Retention, AClockProposesAndTwoMembersDecide) {
  const auto item = dismissed_item(1);
  const auto name = class_of(item);
  EXPECT_EQ(must(line::propose_destructions(context())), 0U);
  pass_months(23);
  EXPECT_EQ(must(line::propose_destructions(context())), 0U) << "not before its month is over";
  pass_months(3);
  EXPECT_GT(must(line::propose_destructions(context())), 0U);
  EXPECT_EQ(must(line::propose_destructions(context())), 0U) << "once";
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U) << "a clock alone destroys nothing";
  const auto row = *destruction_of(name);
  EXPECT_EQ(row.state, DestructionState::proposed);
  must(line::approve_destruction(context(), row.id, first));
  EXPECT_EQ(reason_of(line::approve_destruction(context(), row.id, first)), "retention.same_member");
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U) << "nor one member";
  EXPECT_TRUE(context().keys.unwrap_key(node.item(item).wrapped_key));
  must(line::approve_destruction(context(), row.id, second));
  const auto wrapped = node.item(item).wrapped_key;
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_EQ(destruction_of(name)->state, DestructionState::destroyed);
  EXPECT_EQ(reason_of(context().keys.unwrap_key(wrapped)), "vault.key_destroyed");
  EXPECT_EQ(node.object_files(), 0U);
  EXPECT_EQ(node.events("class", as_bytes(name)),
            (std::vector<std::string>{"retention.proposed", "retention.approved", "retention.approved", "retention.intended",
                                      "retention.destroyed"}));
  const auto entries = listed();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.at(0).kind, vault::AfterKind::tombstone);
  EXPECT_EQ(entries.at(0).subject.id, name);
  EXPECT_EQ(must(node.write_after_list()), 0U) << "once";
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U);
}

TEST_F(Retention, AnOlderCopyOfTheDataAndTodaysKeysOpenNothing) {
  const auto item = dismissed_item(2);
  const auto before = node.item(item);
  const auto name = class_of(item);
  // A backup as careless as can be: database, write-ahead log and objects as they lie there.
  const auto backup = node.folder() / "backup";
  node.copy_database(backup, {before.wrapped_key});
  fs::copy(node.folder() / "objects", backup / "objects");
  pass_months(26);
  approved(name);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);

  const auto keys = must(vault::KeyStore::open(node.folder() / "keys"));
  const auto objects = must(vault::ObjectStore::open(backup / "objects", keys.lookup_key()));
  const auto old = must(store::open_sqlite(backup / "tutela.sqlite"));
  const auto row =
      must(in_snapshot<review::ItemRow>(*old, [&](store::Reader& reader) { return review::find_item(reader, item); }));
  EXPECT_EQ(row.wrapped_key, before.wrapped_key) << "the copy is whole";
  EXPECT_TRUE(fs::exists(backup / "objects" / objects.file_name(*row.object_name)));
  EXPECT_EQ(reason_of(keys.unwrap_key(row.wrapped_key)), "vault.key_destroyed");
  // Nor does any other key that is left: every one of the store is tried on the file and on the wrapped key.
  for (const auto& one : must(keys.classes())) {
    auto forged = vault::wrapped_prefix(one);
    append_bytes(
        forged,
        BytesView(row.wrapped_key).subspan(vault::wrapped_prefix(vault::class_of_wrapped(row.wrapped_key).value()).size()));
    EXPECT_FALSE(keys.unwrap_key(forged));
  }
}

TEST_F(Retention, WhatIsLeftOfAnItemIsStillFoundAndTakesWhatComesLater) {
  const auto item = dismissed_item(3);
  const auto name = class_of(item);
  pass_months(26);
  approved(name);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  const auto left = node.item(item);
  EXPECT_EQ(left.state, "final");
  EXPECT_FALSE(left.object_name);
  EXPECT_FALSE(left.sealed_capture);
  const auto again = must(node.upload(png(3), "image/png", "", {"https://other.test/again"}));
  EXPECT_EQ(again.items.at(0).id, item) << "known by its digest";
}

TEST_F(Retention, AHoldIsLookedAtAgainAtTheMomentOfDestruction) {
  const auto held = dismissed_item(4);
  const auto other = dismissed_item(5);
  const auto name = class_of(held);
  pass_months(26);
  const auto row = approved(name);
  must(line::advance_destruction(context(), row.id, reading));
  // Approved, intended, and only now somebody needs it.
  const auto its_hold = hold("item", held.bytes());
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_NE(class_of(held), name);
  EXPECT_TRUE(node.item(held).object_name);
  const auto key = must(context().keys.unwrap_key(node.item(held).wrapped_key));
  EXPECT_EQ(must(context().objects.get(key, *node.item(held).object_name)), png(4)) << "bit for bit";
  EXPECT_FALSE(node.item(other).object_name);
  EXPECT_EQ(node.object_files(), 1U);
  EXPECT_GE(destruction_of(name)->kept, 1);

  // It outlives every further month until it is lifted.
  const auto later = class_of(held);
  pass_months(6);
  approved(later);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_TRUE(node.item(held).object_name);
  must(line::lift_hold(context(), its_hold.id, Sensitive<std::string>("the court is done"), second));
  EXPECT_EQ(reason_of(line::lift_hold(context(), its_hold.id, Sensitive<std::string>("again"), second)), "hold.already_lifted");
  const auto last = class_of(held);
  pass_months(6);
  approved(last);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_FALSE(node.item(held).object_name);

  std::set<vault::AfterKind> kinds;
  for (const auto& entry : listed()) kinds.insert(entry.kind);
  EXPECT_TRUE(kinds.contains(vault::AfterKind::hold_set) && kinds.contains(vault::AfterKind::hold_lifted));
  const auto events = node.events("item", held.bytes());
  EXPECT_EQ(std::ranges::count(events, "hold.set"), 1);
  EXPECT_EQ(std::ranges::count(events, "hold.lifted"), 1);
}

TEST_F(Retention, AHoldOnAReportCoversItsItemAndOneThatEndsEnds) {
  const auto report = must(node.upload(png(6), "image/png")).id;
  const auto item = must(node.upload(png(6), "image/png")).items.at(0).id;
  node.finish(item, first, second, Act::not_illegal);
  const auto ends = node.clock.now() + 27 * 31 * 24h;
  must(line::set_hold(
      context(), {"report", Bytes(report.bytes().begin(), report.bytes().end()), ends, Sensitive<std::string>("order")}, first));
  const auto name = class_of(item);
  pass_months(26);
  approved(name);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_TRUE(node.item(item).object_name);
  const auto later = class_of(item);
  pass_months(5);
  approved(later);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_FALSE(node.item(item).object_name);
}

TEST_F(Retention, OnceItIsBeingDestroyedAHoldComesTooLateAndSaysSo) {
  const auto item = dismissed_item(7);
  const auto name = class_of(item);
  pass_months(26);
  const auto row = approved(name);
  must(line::advance_destruction(context(), row.id, reading));
  must(line::advance_destruction(context(), row.id, reading));
  ASSERT_EQ(destruction_of(name)->state, DestructionState::destroying);
  const line::NewHold late{"item", Bytes(item.bytes().begin(), item.bytes().end()), std::nullopt, Sensitive<std::string>("late")};
  EXPECT_EQ(reason_of(line::set_hold(context(), late, first)), "hold.being_destroyed");
  EXPECT_EQ(reason_of(line::refuse_destruction(context(), row.id, first)), "retention.not_waiting");
  must(line::carry_out_destructions(context(), reading));
  const auto unknown = ItemId::make(node.clock.now(), node.random);
  EXPECT_EQ(
      reason_of(line::set_hold(
          context(), {"item", Bytes(unknown.bytes().begin(), unknown.bytes().end()), std::nullopt, Sensitive<std::string>("x")},
          first)),
      "hold.unknown_record");
}

TEST_F(Retention, NothingIsDestroyedWithinThreeDaysOfAClockJump) {
  const auto item = dismissed_item(8);
  const auto name = class_of(item);
  pass_months(26);
  approved(name);
  for (const Duration jump : {Duration(24h * 30), Duration(-24h * 30)}) {
    node.clock.advance(jump);
    reading.wall = node.clock.now();
    EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U);
    pass(71h);
    EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U);
    EXPECT_EQ(destruction_of(name)->state, DestructionState::approved);
  }
  // A jump between the intent and the deed stops it, too.
  pass(2h);
  must(line::advance_destruction(context(), destruction_of(name)->id, reading));
  ASSERT_EQ(destruction_of(name)->state, DestructionState::intended);
  node.clock.advance(24h);
  reading.wall = node.clock.now();
  EXPECT_EQ(reason_of(line::advance_destruction(context(), destruction_of(name)->id, reading)), "retention.clock_unsettled");
  EXPECT_TRUE(node.item(item).object_name);
  pass(72h);
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_FALSE(node.item(item).object_name);
}

TEST_F(Retention, NothingIsDestroyedWithinThreeDaysOfARestore) {
  const auto name = class_of(dismissed_item(9));
  pass_months(26);
  approved(name);
  must(node.store().write([&](store::Transaction& tx) { return line::note_restore(tx, reading); }));
  pass(71h);
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U);
  pass(1h);
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
}

TEST_F(Retention, AScheduleOfTwoApprovesWhatComesDueUntilItEnds) {
  const auto early = class_of(dismissed_item(10));
  const auto schedule = must(line::begin_schedule(context(), vault::RecordClass::item, first));
  pass_months(26);
  must(line::propose_destructions(context()));
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U) << "one member's schedule is none";
  EXPECT_EQ(reason_of(line::approve_schedule(context(), schedule.id, first)), "retention.same_member");
  must(line::approve_schedule(context(), schedule.id, second));
  must(line::propose_destructions(context()));
  ASSERT_EQ(destruction_of(early)->state, DestructionState::approved);
  // Ended before it was carried out: it waits for members.
  must(line::end_schedule(context(), schedule.id, second));
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 0U);
  const auto next = must(line::begin_schedule(context(), vault::RecordClass::item, second));
  must(line::approve_schedule(context(), next.id, first));
  must(line::refuse_destruction(context(), destruction_of(early)->id, first));
  pass(31 * 24h);
  must(line::propose_destructions(context()));
  EXPECT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
}

TEST_F(Retention, WhatIsNotFinishedIsKept) {
  const auto open = must(node.upload(png(11), "image/png")).items.at(0).id;
  const auto done = dismissed_item(12);
  const auto name = class_of(open);
  pass_months(26);
  approved(name);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_TRUE(node.item(open).object_name);
  EXPECT_FALSE(node.item(done).object_name);
  const auto key = must(context().keys.unwrap_key(node.item(open).wrapped_key));
  EXPECT_EQ(must(context().objects.get(key, *node.item(open).object_name)), png(11));
}

TEST_F(Retention, WhatWasFiledIsKeptAsLongAsTheLawOfTheNodeAsks) {
  const auto item = dismissed_item(13);
  const auto name = class_of(item);
  pass_months(26);
  // Filed late: 18 U.S.C. 2258A(h)(1) counts from the submission.
  const auto id = ReferralId::make(node.clock.now(), node.random);
  filed_by_hand = true;
  const auto key = must(line::new_key(context(), vault::RecordClass::referral));
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(
        tx.execute("INSERT INTO referral (id, reference, subject_type, subject_id, authority, state, urgent, drafted_by, "
                   "drafted_at, sent_at, "
                   "answer_sequence, supplement_sequence, wrapped_key, sealed_message, version) "
                   "VALUES ($1, 'r-1', 'item', $2, 'a', 'outcome', 0, $3, $4, $4, 0, 0, $5, $6, 1)",
                   {id, item, first.id(), node.clock.now(), key.wrapped, Bytes(1)}));
    return {};
  }));
  approved(name);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_TRUE(node.item(item).object_name);
  for (int quarter = 0; quarter < 5; ++quarter) {
    const auto now_in = class_of(item);
    pass_months(5);
    approved(now_in);
    must(line::carry_out_destructions(context(), reading));
    EXPECT_EQ(node.item(item).object_name.has_value(), quarter < 2) << quarter << ": a year after it was filed";
    if (!node.item(item).object_name) break;
  }
}

// Every call to the store fails once; what follows resumes, and the end is the same.
TEST_F(Retention, ACrashAtEveryCallIsResumed) {
  const auto gone = dismissed_item(14);
  const auto held = dismissed_item(15);
  hold("item", held.bytes());
  const auto name = class_of(gone);
  const auto wrapped = node.item(gone).wrapped_key;
  pass_months(26);
  approved(name);
  int faults = 0;
  for (int call = 1;; ++call) {
    node.faults->fail_call(call);
    const auto done = line::carry_out_destructions(context(), reading);
    const bool failed = node.faults->has_failed();
    node.faults->heal();
    faults += failed ? 1 : 0;
    // Whatever was reached, nothing that is held is lost, and the ledger's intent came first.
    EXPECT_TRUE(context().keys.unwrap_key(node.item(held).wrapped_key)) << call;
    if (!context().keys.unwrap_key(wrapped)) {
      const auto events = node.events("class", as_bytes(name));
      EXPECT_NE(std::ranges::find(events, "retention.intended"), events.end());
    }
    if (!failed) break;
    ASSERT_LT(call, 500);
    if (!done) {
      EXPECT_EQ(reason_of(done), "store.disk_full");
    }
  }
  EXPECT_GT(faults, 30);
  EXPECT_EQ(destruction_of(name)->state, DestructionState::destroyed);
  EXPECT_EQ(reason_of(context().keys.unwrap_key(wrapped)), "vault.key_destroyed");
  EXPECT_TRUE(node.item(held).object_name);
  EXPECT_EQ(node.object_files(), 1U);
  const auto events = node.events("class", as_bytes(name));
  EXPECT_EQ(std::ranges::count(events, "retention.intended"), 1);
  EXPECT_EQ(std::ranges::count(events, "retention.destroyed"), 1);
  EXPECT_EQ(std::ranges::count_if(listed(), [](const auto& entry) { return entry.kind == vault::AfterKind::tombstone; }), 1);
}

// Whoever is told that a hold is in force finds the record; whoever is told that it is too late does not.
void race_holds_against_the_deed(Retention& test);

class RetentionOnPostgres : public Retention {
 public:
  RetentionOnPostgres() : Retention({.postgresql = PostgresServer::shared().create_database()}) {}
};

TEST_F(RetentionOnPostgres, HeldIsKeptAndTheRestIsDestroyed) {
  const auto held = dismissed_item(20);
  const auto gone = dismissed_item(21);
  hold("item", held.bytes());
  const auto name = class_of(held);
  const auto wrapped = node.item(gone).wrapped_key;
  pass_months(26);
  approved(name);
  ASSERT_EQ(must(line::carry_out_destructions(context(), reading)), 1U);
  EXPECT_TRUE(node.item(held).object_name);
  EXPECT_TRUE(context().keys.unwrap_key(node.item(held).wrapped_key));
  EXPECT_FALSE(node.item(gone).object_name);
  EXPECT_EQ(reason_of(context().keys.unwrap_key(wrapped)), "vault.key_destroyed");
  EXPECT_EQ(listed().size(), 2U) << "the hold and the tombstone";
}

TEST_F(RetentionOnPostgres, AHoldAndTheDeedAtOnceAgreeOnWhoWasFirst) { race_holds_against_the_deed(*this); }
TEST_F(Retention, AHoldAndTheDeedAtOnceAgreeOnWhoWasFirst) { race_holds_against_the_deed(*this); }

void race_holds_against_the_deed(Retention& test) {
  std::vector<ItemId> items;
  for (std::uint64_t seed = 30; seed < 36; ++seed) items.push_back(test.dismissed_item(seed));
  const auto name = test.class_of(items.front());
  test.pass_months(26);
  const auto row = test.approved(name);
  must(line::advance_destruction(test.context(), row.id, test.reading));
  std::vector<std::string> answers(items.size());
  std::thread deed([&] {
    const auto done = line::advance_destruction(test.context(), row.id, test.reading);
    EXPECT_TRUE(done) << reason_of(done);
  });
  std::thread holds([&] {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const line::NewHold wanted{"item", Bytes(items[i].bytes().begin(), items[i].bytes().end()), std::nullopt,
                                 Sensitive<std::string>("now")};
      answers[i] = reason_of(line::set_hold(test.context(), wanted, test.first));
    }
  });
  deed.join();
  holds.join();
  must(line::carry_out_destructions(test.context(), test.reading));
  EXPECT_EQ(test.destruction_of(name)->state, DestructionState::destroyed);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool kept = test.node.item(items[i]).object_name.has_value();
    EXPECT_TRUE(answers[i] == "ok" || answers[i] == "hold.being_destroyed") << answers[i];
    EXPECT_EQ(kept, answers[i] == "ok") << i;
  }
}

TEST_F(Retention, AWithdrawalReachesTheList) {
  const auto item = must(node.upload(png(16), "image/png")).items.at(0).id;
  node.finish(item, first, second);
  const auto entry =
      node.read<std::optional<match::EntryRow>>([&](store::Reader& reader) { return match::find_entry_of_item(reader, item); });
  must(line::withdraw_entry(context(), entry->id, first, "a wrong call"));
  const auto entries = listed();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.at(0).kind, vault::AfterKind::withdrawal);
  EXPECT_EQ(entries.at(0).subject, (vault::AfterSubject{"entry", entry->id.to_string()}));
}

// It stands in after_pending instead, and names no class; the list must not stop at it.
TEST_F(Retention, ATombstoneOfAnOlderReleaseIsLeftToItsTable) {
  const std::string name = "item-2026-01";
  const auto destroyed = [&](const nlohmann::json& facts) {
    must(context().store.write([&](store::Transaction& tx) {
      return line::record(context(), tx, "retention.destroyed", {"class", as_bytes(name)}, line::Actor::node(), facts);
    }));
  };
  destroyed({{"destruction", "of an older release"}});
  destroyed({{"class", name}});
  const auto entries = listed();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.at(0).subject, (vault::AfterSubject{"class", name}));
}

TEST_F(Retention, EveryTableWithAKeyOfItsOwnIsMoved) {
  const auto rows = node.read<std::vector<store::Row>>([](store::Reader& reader) {
    return reader.query(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'wrapped_key' "
        "WHERE m.type = 'table'");
  });
  std::set<std::string> in_schema, known;
  for (const auto& row : rows) in_schema.insert(row.text(0));
  for (const auto& table : retention::keyed_tables()) known.emplace(table.name);
  EXPECT_EQ(in_schema, known);
}

}  // namespace
}  // namespace tutela::test
