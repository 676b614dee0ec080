#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "line/after_restore.h"
#include "line/concerns.h"
#include "line/erasures.h"
#include "line/retention.h"
#include "line/sealed.h"
#include "scenario/line_node.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"

// Named records destroyed before their month is over: what is named does not open from any copy, everything else goes on.
namespace tutela::test {
namespace {

using namespace std::chrono_literals;
using retention::DestructionState;
using retention::ErasureReason;
using retention::ErasureRecord;
using retention::ErasureRow;
using retention::KeptBecause;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

template <class Tag>
Bytes bytes_of(const Id<Tag>& id) {
  return {id.bytes().begin(), id.bytes().end()};
}
ErasureRecord named(const ItemId& id) { return {"item", bytes_of(id)}; }
ErasureRecord named(const ReportId& id) { return {"report", bytes_of(id)}; }

class Erasure : public testing::Test {
 public:
  explicit Erasure(NodeOptions options = {})
      : node(std::move(options)),
        first(node.join("first", {Role::manager, Role::analyst})),
        second(node.join("second", {Role::manager, Role::assessor})) {
    reading = {node.clock.now(), "boot", 1h};
    must(vault::create_after_list(list(), context().keys.signing_key(), node.clock.now()));
    must(line::watch_clock(context(), reading));
    pass(73h);
    first = node.again("first");
    second = node.again("second");
  }
  // Whatever was held, destroyed or refused: nothing is lost and nothing contradicts the record.
  ~Erasure() override {
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
  void pass(Duration time) {
    node.clock.advance(time);
    reading.wall = node.clock.now();
    reading.since_boot += time;
    must(line::watch_clock(context(), reading));
  }
  ItemId upload(std::uint64_t seed) {
    return must(node.upload(png(seed), "image/png", "", {"https://host.test/" + std::to_string(seed)})).items.at(0).id;
  }
  Result<ErasureRow> propose(std::vector<ErasureRecord> records) {
    return line::propose_erasure(
        context(), {std::move(records), ErasureReason::court_order, Sensitive<std::string>("order 7 of the court")}, first);
  }
  ErasureRow approved(std::vector<ErasureRecord> records) {
    const auto row = must(propose(std::move(records)));
    return must(line::approve_erasure(context(), row.id, second));
  }
  ErasureRow now(const ErasureRow& row) {
    return node.read<ErasureRow>([&](store::Reader& reader) { return retention::find_erasure(reader, row.id); });
  }
  std::size_t carry_out() { return must(line::carry_out_erasures(context(), reading)); }
  retention::HoldRow hold(std::string_view type, const Bytes& id) {
    return must(line::set_hold(context(), {std::string(type), id, std::nullopt, Sensitive<std::string>("case 12")}, first));
  }
  std::string class_of(const ItemId& id) { return vault::to_string(vault::class_of_wrapped(node.item(id).wrapped_key).value()); }
  // Its file comes back bit for bit.
  void expect_whole(const ItemId& id, std::uint64_t seed) {
    const auto item = node.item(id);
    ASSERT_TRUE(item.object_name);
    const auto key = must(context().keys.unwrap_key(item.wrapped_key));
    EXPECT_EQ(must(context().objects.get(key, *item.object_name)), png(seed));
  }
  // Every row that has a key opens, or belongs to what was destroyed: how many do not.
  std::size_t unopened() {
    std::size_t count = 0;
    for (const auto& table : retention::keyed_tables()) {
      const auto rows = node.read<std::vector<store::Row>>(
          [&](store::Reader& reader) { return reader.query("SELECT wrapped_key FROM " + std::string(table.name)); });
      for (const auto& row : rows) count += context().keys.unwrap_key(row.blob(0)) ? 0 : 1;
    }
    return count;
  }

  LineNode node;
  line::SignedIn first, second;
  retention::ClockReading reading;
  bool filed_by_hand = false;  // a referral without what belongs to one
};

// What both databases must do.
void destroy_one_of_three(Erasure& test) {
  const auto gone = test.upload(1);
  const auto kept = test.upload(2);
  const auto word_of_mouth = must(test.node.report_worry("a worry")).id;
  const auto name = test.class_of(gone);
  ASSERT_EQ(test.class_of(kept), name);
  const auto wrapped = test.node.item(gone).wrapped_key;

  const auto row = must(test.propose({named(gone)}));
  EXPECT_EQ(test.carry_out(), 0U) << "one member alone destroys nothing";
  EXPECT_EQ(reason_of(line::approve_erasure(test.context(), row.id, test.first)), "retention.same_member");
  EXPECT_EQ(reason_of(test.propose({named(gone)})), "erasure.already_proposed");
  must(line::approve_erasure(test.context(), row.id, test.second));
  ASSERT_EQ(test.carry_out(), 1U);

  const auto done = test.now(row);
  EXPECT_EQ(done.state, DestructionState::destroyed);
  EXPECT_EQ(done.destroyed, 1);
  EXPECT_GE(done.kept, 1);
  EXPECT_EQ(reason_of(test.context().keys.unwrap_key(wrapped)), "vault.key_destroyed");
  EXPECT_FALSE(test.node.item(gone).object_name);
  EXPECT_EQ(test.node.object_files(), 1U) << "its file is gone, too";
  EXPECT_EQ(test.class_of(kept), name + "-g2") << "the same month";
  test.expect_whole(kept, 2);
  EXPECT_EQ(test.unopened(), 0U);
  EXPECT_TRUE(test.node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, word_of_mouth); })
                  .sealed_text);

  const auto events = test.node.events("item", gone.bytes());
  EXPECT_EQ(Words(events.end() - 4, events.end()),
            (Words{"erasure.proposed", "erasure.approved", "erasure.intended", "erasure.destroyed"}));
  EXPECT_EQ(test.node.events("class", as_bytes(name)), (Words{"retention.intended", "retention.destroyed"}));
  const auto entries = test.listed();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.at(0).kind, vault::AfterKind::tombstone);
  EXPECT_EQ(entries.at(0).subject.id, name);

  // The same file is found again; what is new about it is sealed under a key that opens.
  const auto again = must(test.node.upload(png(1), "image/png", "", {"https://other.test/again"}));
  EXPECT_EQ(again.items.at(0).id, gone) << "known by its digest";
  EXPECT_EQ(test.class_of(test.upload(3)), name + "-g2") << "what comes new takes the same way";
  EXPECT_EQ(test.unopened(), 0U);
  EXPECT_FALSE(test.node.database_holds("order 7 of the court"));
}

TEST_F(Erasure, TwoMembersDestroyOneRecordAndTheRestGoesOn) { destroy_one_of_three(*this); }

TEST_F(Erasure, AnOlderCopyAndTodaysKeysOpenNeitherItNorWhatSurvived) {
  const auto gone = upload(1);
  const auto kept = upload(2);
  const auto backup = node.folder() / "backup";
  node.copy_database(backup, {node.item(gone).wrapped_key, node.item(kept).wrapped_key});
  approved({named(gone)});
  ASSERT_EQ(carry_out(), 1U);

  const auto keys = must(vault::KeyStore::open(node.folder() / "keys"));
  const auto old = must(store::open_sqlite(backup / "tutela.sqlite"));
  for (const auto& id : {gone, kept}) {
    const auto row =
        must(in_snapshot<review::ItemRow>(*old, [&](store::Reader& reader) { return review::find_item(reader, id); }));
    EXPECT_EQ(reason_of(keys.unwrap_key(row.wrapped_key)), "vault.key_destroyed");
    for (const auto& one : must(keys.classes())) {
      auto forged = vault::wrapped_prefix(one);
      append_bytes(
          forged,
          BytesView(row.wrapped_key).subspan(vault::wrapped_prefix(vault::class_of_wrapped(row.wrapped_key).value()).size()));
      EXPECT_FALSE(keys.unwrap_key(forged));
    }
  }
  expect_whole(kept, 2);
}

TEST_F(Erasure, ARestoredCopyAppliesTheTombstone) {
  const auto gone = upload(1);
  const auto wrapped = node.item(gone).wrapped_key;
  const auto copy = node.folder() / "copy";
  fs::create_directories(copy);
  for (const auto& entry : fs::directory_iterator(node.folder()))
    if (entry.path() != copy) fs::copy(entry.path(), copy / entry.path().filename(), fs::copy_options::recursive);
  approved({named(gone)});
  ASSERT_EQ(carry_out(), 1U);
  const auto entries = listed();

  LineNode restored({.folder = copy});
  ASSERT_TRUE(restored.context().keys.unwrap_key(wrapped)) << "an old copy of the keys opens it, until the list is applied";
  EXPECT_EQ(must(line::apply_after_list(restored.context(), entries)).destroyed, 1);
  EXPECT_EQ(reason_of(restored.context().keys.unwrap_key(wrapped)), "vault.key_destroyed");
  EXPECT_FALSE(restored.item(gone).object_name);
  EXPECT_EQ(restored.object_files(), 0U);
  EXPECT_EQ(must(line::apply_after_list(restored.context(), entries)).destroyed, 0) << "once";
}

TEST_F(Erasure, AnyMemberRefusesAndWhatWasRefusedStaysSo) {
  const auto item = upload(1);
  const auto row = must(propose({named(item)}));
  must(line::refuse_erasure(context(), row.id, second));
  EXPECT_EQ(reason_of(line::approve_erasure(context(), row.id, second)), "retention.not_waiting");
  const auto other = approved({named(item)});
  must(line::refuse_erasure(context(), other.id, first));
  pass(40 * 24h);
  EXPECT_EQ(carry_out(), 0U);
  expect_whole(item, 1);
  EXPECT_EQ(std::ranges::count(node.events("item", item.bytes()), "erasure.refused"), 2);
}

TEST_F(Erasure, AHoldRefusesAtEveryMomentUpToTheLast) {
  const auto item = upload(1);
  const auto report = must(node.upload(png(1), "image/png")).id;
  const auto before = hold("item", bytes_of(item));
  EXPECT_EQ(reason_of(propose({named(item)})), "retention.held");
  must(line::lift_hold(context(), before.id, Sensitive<std::string>("done"), first));
  const auto proposed = must(propose({named(item)}));
  const auto of_report = hold("report", bytes_of(report));
  EXPECT_EQ(reason_of(line::approve_erasure(context(), proposed.id, second)), "retention.held") << "a report's hold covers it";
  must(line::lift_hold(context(), of_report.id, Sensitive<std::string>("done"), first));
  must(line::approve_erasure(context(), proposed.id, second));
  ASSERT_EQ(must(line::advance_erasure(context(), proposed.id, reading)).state, DestructionState::intended);
  EXPECT_EQ(reason_of(line::refuse_erasure(context(), proposed.id, first)), "retention.not_waiting");
  const auto last = hold("item", bytes_of(item));
  EXPECT_EQ(carry_out(), 0U);
  EXPECT_EQ(now(proposed).state, DestructionState::refused);
  EXPECT_EQ(now(proposed).refused_because, KeptBecause::hold);
  expect_whole(item, 1);
  EXPECT_EQ(unopened(), 0U);

  // Once it is being destroyed a hold comes too late, and says so.
  must(line::lift_hold(context(), last.id, Sensitive<std::string>("done"), first));
  const auto row = approved({named(item)});
  must(line::advance_erasure(context(), row.id, reading));
  ASSERT_EQ(must(line::advance_erasure(context(), row.id, reading)).state, DestructionState::destroying);
  for (const auto& [type, id] : {std::pair{"item", bytes_of(item)}, std::pair{"report", bytes_of(report)}})
    EXPECT_EQ(reason_of(line::set_hold(context(), {type, id, std::nullopt, Sensitive<std::string>("late")}, first)),
              "hold.being_destroyed");
  EXPECT_EQ(carry_out(), 1U);
  EXPECT_FALSE(node.item(item).object_name);
}

TEST_F(Erasure, WhatTheLawAsksToKeepIsRefusedWithItsRow) {
  const auto item = upload(1);
  const auto other = upload(2);
  const auto id = ReferralId::make(node.clock.now(), node.random);
  const auto file = [&](std::string_view state, const std::optional<Time>& sent_at) {
    must(node.store().write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("DELETE FROM referral", {}));
      TUTELA_ASSIGN(const auto key, line::new_key(context(), vault::RecordClass::referral));
      return tx.append(
          "INSERT INTO referral (id, reference, subject_type, subject_id, authority, state, urgent, drafted_by, drafted_at, "
          "sent_at, answer_sequence, supplement_sequence, wrapped_key, sealed_message, version) "
          "VALUES ($1, 'r-1', 'item', $2, 'a', $7, 0, $3, $4, $8, 0, 0, $5, $6, 1)",
          {id, item, first.id(), node.clock.now(), key.wrapped, Bytes(1), state, sent_at});
    }));
  };
  filed_by_hand = true;
  file("sending", std::nullopt);
  EXPECT_EQ(reason_of(propose({named(other), named(item)})), "retention.unfinished") << "its referral is under way";
  EXPECT_EQ(reason_of(propose({{"referral", bytes_of(id)}})), "retention.unfinished");
  file("outcome", node.clock.now());
  const auto refused = propose({named(item)});
  EXPECT_EQ(reason_of(refused), "retention.preserved");
  EXPECT_FALSE(refused.error().place.empty()) << "which row of the law";
  EXPECT_EQ(reason_of(propose({{"referral", bytes_of(id)}})), "retention.preserved");
  // A referral that is filed between approval and deed.
  file("drafted", std::nullopt);
  must(node.store().write([&](store::Transaction& tx) { return tx.append("DELETE FROM referral", {}); }));
  const auto row = approved({named(item)});
  file("outcome", node.clock.now());
  EXPECT_EQ(carry_out(), 0U);
  EXPECT_EQ(now(row).refused_because, KeptBecause::preservation);
  EXPECT_EQ(now(row).law_row, refused.error().place);
  expect_whole(item, 1);
  // A year later the law has no objection.
  pass(366 * 24h);
  first = node.again("first");
  second = node.again("second");
  approved({named(item), {"referral", bytes_of(id)}});
  EXPECT_EQ(carry_out(), 1U);
  EXPECT_FALSE(node.item(item).object_name);
  expect_whole(other, 2);
}

TEST_F(Erasure, AReportLosesItsTextsAndStaysAReport) {
  const auto report = must(node.report_worry("somebody writes to my daughter"));
  const auto other = must(node.report_worry("another worry"));
  EXPECT_EQ(reason_of(propose({named(report.id)})), "retention.unfinished") << "nobody has looked at the child's danger yet";
  must(line::assess_concern(context(), *report.concern,
                            {casework::ConcernAssessment::out_of_remit, Sensitive<std::string>("a quarrel")}, first));
  approved({named(report.id)});
  ASSERT_EQ(carry_out(), 1U);
  const auto row = node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, report.id); });
  EXPECT_FALSE(row.sealed_text);
  EXPECT_FALSE(row.sealed_contact);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM person WHERE sealed_description IS NOT NULL"), 1) << "the other report's";
  EXPECT_EQ(unopened(), 0U);
  EXPECT_EQ(must(line::read_concern(context(), *other.concern, first)).text, "another worry");
  EXPECT_FALSE(must(line::read_concern(context(), *report.concern, first)).text) << "the page still opens";
}

TEST_F(Erasure, AMachineThatAsksAgainLearnsThatItsReportIsErased) {
  const auto report = must(node.upload(png(1), "image/png", "key-1"));
  approved({named(report.id)});
  ASSERT_EQ(carry_out(), 1U);
  EXPECT_EQ(reason_of(node.upload(png(1), "image/png", "key-1")), "report.erased");
}

// Handed in again it is a new receipt, which the law that binds the node speaks of anew: found by what is known of it, and kept.
TEST_F(Erasure, TheSameFileHandedInAgainIsKnownAndKeptAgain) {
  const auto item = upload(1);
  const auto files = node.object_files();
  approved({named(item)});
  ASSERT_EQ(carry_out(), 1U);
  ASSERT_EQ(node.object_files(), files - 1);
  const auto again = must(node.upload(png(1), "image/png", "another key"));
  EXPECT_EQ(again.items.at(0).id, item);
  EXPECT_EQ(node.object_files(), files);
  const auto wrapped = node.item(item).wrapped_key;
  EXPECT_TRUE(context().keys.unwrap_key(wrapped));
  EXPECT_EQ(reason_of(propose({named(item)})), "ok") << "and may be erased again";
}

TEST_F(Erasure, WhatMembersSaidAboutItGoesWithItAndWhyItWasErasedStays) {
  const auto item = upload(1);
  const auto other = upload(2);
  for (const auto& id : {item, other}) {
    const auto its_hold = hold("item", bytes_of(id));
    must(line::lift_hold(context(), its_hold.id, Sensitive<std::string>("done"), first));
  }
  const auto row = approved({named(item)});
  ASSERT_EQ(carry_out(), 1U);
  EXPECT_EQ(now(row).destroyed, 3) << "the item and two reasons";
  EXPECT_EQ(unopened(), 2U) << "the two reasons";
  EXPECT_EQ(must(line::read_words_of_erasure(context(), row.id, second)).reveal(), "order 7 of the court");
  EXPECT_EQ(node.events("item", item.bytes()).back(), "detail.read");
  EXPECT_EQ(reason_of(propose({{"item", Bytes(16, 7)}})), "erasure.unknown_record");
}

TEST_F(Erasure, OnlyWhatIsNamedOnceAndNotTooMuchIsTaken) {
  const auto item = upload(1);
  EXPECT_EQ(reason_of(propose({})), "erasure.no_records");
  EXPECT_EQ(reason_of(propose({named(item), named(item)})), "erasure.repeated_record");
  EXPECT_EQ(reason_of(propose(std::vector<ErasureRecord>(51, named(item)))), "erasure.too_many_records");
}

TEST_F(Erasure, NothingIsDestroyedWithinThreeDaysOfAClockJumpOrARestore) {
  const auto item = upload(1);
  const auto row = approved({named(item)});
  node.clock.advance(-24h);
  reading.wall = node.clock.now();
  EXPECT_EQ(carry_out(), 0U);
  pass(71h);
  EXPECT_EQ(carry_out(), 0U);
  EXPECT_EQ(now(row).state, DestructionState::approved);
  pass(2h);
  must(line::advance_erasure(context(), row.id, reading));
  ASSERT_EQ(now(row).state, DestructionState::intended);
  must(node.store().write([&](store::Transaction& tx) { return line::note_restore(tx, reading); }));
  EXPECT_EQ(reason_of(line::advance_erasure(context(), row.id, reading)), "retention.clock_unsettled");
  EXPECT_EQ(now(row).state, DestructionState::intended);
  expect_whole(item, 1);
  pass(72h);
  EXPECT_EQ(carry_out(), 1U);
}

TEST_F(Erasure, ErasuresGoOneByOneAndTheSecondFollowsIntoTheNextGeneration) {
  const auto one = upload(1);
  const auto two = upload(2);
  const auto kept = upload(3);
  const auto name = class_of(one);
  const auto early = approved({named(one)});
  const auto late = approved({named(two)});
  must(line::advance_erasure(context(), early.id, reading));
  EXPECT_EQ(reason_of(line::advance_erasure(context(), late.id, reading)), "retention.class_busy");
  EXPECT_EQ(carry_out() + carry_out(), 2U) << "who is met first may have to wait for the other";
  EXPECT_EQ(class_of(kept), name + "-g3");
  expect_whole(kept, 3);
  EXPECT_EQ(unopened(), 0U);
  EXPECT_EQ(listed().size(), 2U);
}

TEST_F(Erasure, AMonthThatWaitsForItsOwnDestructionIsProposedAnew) {
  const auto gone = upload(1);
  const auto kept = upload(2);
  const auto name = class_of(gone);
  pass(26 * 31 * 24h);
  first = node.again("first");
  second = node.again("second");
  must(line::propose_destructions(context()));
  approved({named(gone)});
  ASSERT_EQ(carry_out(), 1U);
  const auto state_of = [&](const std::string& wanted) {
    return node.read<std::optional<retention::DestructionRow>>(
        [&](store::Reader& reader) { return retention::find_destruction_of(reader, wanted); });
  };
  EXPECT_EQ(state_of(name)->state, DestructionState::refused);
  must(line::propose_destructions(context()));
  EXPECT_EQ(state_of(name + "-g2")->state, DestructionState::proposed) << "not a day later than before";
  pass(40 * 24h);
  must(line::propose_destructions(context()));
  EXPECT_EQ(state_of(name)->state, DestructionState::refused) << "there is nothing left to propose";
  expect_whole(kept, 2);
}

// A row that came to stand in the class behind the mover's back, as with a folder that shows the mark late.
TEST_F(Erasure, WhatComesLateIsMovedBeforeTheKeyGoes) {
  const auto gone = upload(1);
  const auto late = upload(2);
  const auto old_wrapped = node.item(late).wrapped_key;
  const auto row = approved({named(gone)});
  must(line::advance_erasure(context(), row.id, reading));
  must(line::advance_erasure(context(), row.id, reading));
  ASSERT_EQ(now(row).state, DestructionState::destroying);
  must(node.store().write(
      [&](store::Transaction& tx) { return tx.append("UPDATE item SET wrapped_key = $2 WHERE id = $1", {late, old_wrapped}); }));
  EXPECT_EQ(carry_out(), 1U);
  expect_whole(late, 2);
}

TEST_F(Erasure, ACrashAtEveryCallIsResumed) {
  const auto gone = upload(1);
  const auto kept = upload(2);
  const auto report = must(node.report_worry("a worry")).id;
  const auto its_hold = hold("item", bytes_of(gone));
  must(line::lift_hold(context(), its_hold.id, Sensitive<std::string>("done"), first));
  const auto name = class_of(gone);
  const auto wrapped = node.item(gone).wrapped_key;
  const auto row = approved({named(gone)});
  int faults = 0;
  for (int call = 1;; ++call) {
    node.faults->fail_call(call);
    const auto done = line::carry_out_erasures(context(), reading);
    const bool failed = node.faults->has_failed();
    node.faults->heal();
    faults += failed ? 1 : 0;
    expect_whole(kept, 2);
    if (!context().keys.unwrap_key(wrapped)) {
      const auto events = node.events("item", gone.bytes());
      EXPECT_NE(std::ranges::find(events, "erasure.intended"), events.end());
    }
    if (!failed) break;
    ASSERT_LT(call, 500);
    if (!done) {
      EXPECT_EQ(reason_of(done), "store.disk_full");
    }
  }
  EXPECT_GT(faults, 40);
  EXPECT_EQ(now(row).state, DestructionState::destroyed);
  EXPECT_EQ(reason_of(context().keys.unwrap_key(wrapped)), "vault.key_destroyed");
  EXPECT_EQ(node.object_files(), 1U);
  EXPECT_EQ(unopened(), 2U) << "what was said about it";
  EXPECT_EQ(std::ranges::count(node.events("item", gone.bytes()), "erasure.destroyed"), 1);
  EXPECT_EQ(std::ranges::count(node.events("class", as_bytes(name)), "retention.destroyed"), 1);
  EXPECT_EQ(std::ranges::count_if(listed(), [](const auto& entry) { return entry.kind == vault::AfterKind::tombstone; }), 1);
  EXPECT_TRUE(
      node.read<intake::ReportRow>([&](store::Reader& reader) { return intake::find_report(reader, report); }).sealed_text);
}

// Reports are taken while the class that they would stand in is closed, emptied and dropped: none of them is lost (I6).
void take_reports_meanwhile(Erasure& test) {
  constexpr int kRounds = 6;
  std::atomic<bool> done = false;
  std::atomic<int> taken = 0;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 3; ++sender)
    senders.emplace_back([&] {
      while (!done.load()) {
        const auto report = test.node.report_worry("while it is erased");
        EXPECT_TRUE(report) << reason_of(report);
        taken.fetch_add(1);
      }
    });
  for (int round = 0; round < kRounds; ++round) {
    const auto before = taken.load();
    const auto gone = must(test.node.report_address("https://host.test/" + std::to_string(round), "a text")).id;
    test.approved({named(gone)});
    EXPECT_EQ(test.carry_out(), 1U);
    while (taken.load() <= before) std::this_thread::yield();
  }
  done.store(true);
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(test.unopened(), 0U);
  EXPECT_EQ(test.node.count("SELECT COUNT(*) FROM report WHERE sealed_text IS NOT NULL"), taken.load());
}

TEST_F(Erasure, ReportsThatComeMeanwhileAreNotLost) { take_reports_meanwhile(*this); }

class ErasureOnPostgres : public Erasure {
 public:
  ErasureOnPostgres() : Erasure({.postgresql = PostgresServer::shared().create_database()}) {}
};

TEST_F(ErasureOnPostgres, TwoMembersDestroyOneRecordAndTheRestGoesOn) { destroy_one_of_three(*this); }
TEST_F(ErasureOnPostgres, ReportsThatComeMeanwhileAreNotLost) { take_reports_meanwhile(*this); }

}  // namespace
}  // namespace tutela::test
