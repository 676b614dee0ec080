#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "app/found_again.h"
#include "ledger/ledger_view.h"
#include "line/after_restore.h"
#include "line/reports.h"
#include "line/retention.h"
#include "match/bank_repository.h"
#include "program/program.h"
#include "store/sqlite/sqlite_store.h"
#include "upkeep/day.h"
#include "upkeep/running_folder.h"

// A backup is whole or not there, and a restore proves itself, opens the next epoch and does again what was done since (I12).
namespace tutela::test {
namespace {

using testing::IsEmpty;

std::string latest(app::Node& node) { return must(in_snapshot<std::string>(node.context().store, ledger::latest_checkpoint)); }

std::string status_of(app::Node& node, const EntryId& id) {
  return must(in_snapshot<match::EntryRow>(node.context().store,
                                           [&](store::Reader& reader) { return match::find_entry(reader, id); }))
      .status;
}

// Every file below a folder with its bytes.
std::map<std::string, std::string> everything(const std::filesystem::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    all[entry.path().string()] = entry.is_regular_file() ? text_of(entry.path()) : "";
  return all;
}

void damage(const std::filesystem::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
  file.put('\x55').put('\xAA');
}

class Restore : public testing::Test {
 protected:
  Restore() {
    const auto node = home.open();
    before = home.add_entry(*node, 600);
    reported = home.report(*node, "https://host.test/one").receipt;
  }
  // The reason; and that the target was not touched.
  std::string refused(const app::RestoreRequest& request) {
    const bool was_there = std::filesystem::exists(request.target.root);
    const auto restored = app::restore_node(request);
    EXPECT_EQ(std::filesystem::exists(request.target.root), was_there) << "something was made";
    return reason_of(restored);
  }

  NodeFolder home;
  std::optional<EntryId> before;
  Sensitive<std::string> reported;
};

TEST_F(Restore, BringsBackWhatTheBackupHeldAndSaysWhatWasLost) {
  // The server holds the folder and goes on working: the backup is taken beside it.
  std::string known;
  EntryId after = *before;
  {
    const auto node = home.open();
    const auto taken = must(home.back_up("backup"));
    EXPECT_EQ(taken.manifest.node, "node.test");
    EXPECT_FALSE(std::filesystem::exists(home.path("backup") / "keys"));
    home.report(*node, "https://host.test/later");
    must(line::withdraw_entry(node->context(), *before, home.manager(*node), "a wrong call"));
    after = home.add_entry(*node, 601);
    must(node->sequence());
    known = latest(*node);
  }
  auto request = home.request("backup", "again");
  request.last_known = known;
  const auto restored = must(app::restore_node(request));
  EXPECT_GT(restored.epoch, 1U);
  EXPECT_GT(restored.entries_lost, 0U);
  EXPECT_EQ(restored.withdrawn, 1);
  EXPECT_EQ(restored.matches_tried, 1);

  const auto node = must(app::Node::open(request.target, app::DecoderUse::none));
  EXPECT_EQ(status_of(*node, *before), "withdrawn");
  EXPECT_EQ(reason_of(in_snapshot<match::EntryRow>(node->context().store,
                                                   [&](store::Reader& reader) { return match::find_entry(reader, after); })),
            "bank.unknown_entry");
  EXPECT_TRUE(line::state_for_receipt(node->context(), must(intake::Receipt::parse(reported.reveal()))));
  EXPECT_TRUE(latest(*node).starts_with("node.test/epoch-" + std::to_string(restored.epoch) + "\n"));
  // An excerpt of the node itself names both epochs and what was cut.
  const auto& keys = node->context().keys;
  const auto excerpt = must(in_snapshot<std::string>(node->context().store, [&](store::Reader& reader) {
    return ledger::export_excerpt(reader, {"node", {}}, {keys.signing_key(), keys.subject_key()});
  }));
  const auto report = must(ledger::verify_excerpt(excerpt, keys.signing_key().public_key()));
  ASSERT_EQ(report.epochs.size(), 2U);
  EXPECT_EQ(report.epochs[0].lost.leaves, restored.entries_lost);
  // Nothing is destroyed for 72 hours.
  const auto clock = must(in_snapshot<std::optional<retention::ClockRow>>(node->context().store, retention::find_clock));
  EXPECT_EQ(clock->why, "restore");
}

// A withdrawal that is committed and waits for its number stands in no list yet. It comes into the restored node's, or an older
// backup that is restored with that list would match it again.
TEST_F(Restore, WhatTheBackupHadNotNumberedYetIsListed) {
  {
    const auto node = home.open();
    must(node->sequence());
    must(line::withdraw_entry(node->context(), *before, home.manager(*node), "a wrong call"));
    must(home.back_up("backup"));
  }
  const auto request = home.request("backup", "again");
  must(app::restore_node(request));
  const auto keys = must(vault::KeyStore::open(request.target.keys()));
  const auto list = must(vault::read_list(request.target.after_list(), keys.signing_key().public_key()));
  EXPECT_THAT(list, testing::Contains(testing::Field(&vault::AfterEntry::subject,
                                                     testing::Field(&vault::AfterSubject::id, before->to_string()))));
}

// Reports come in, are numbered and signed while it is made, and nobody waits for it.
TEST_F(Restore, ABackupUnderLoadHoldsEveryReceiptThatWasGivenBeforeIt) {
  std::mutex mutex;
  std::vector<std::string> given;
  const auto count_given = [&] {
    const std::lock_guard lock(mutex);
    return given.size();
  };
  std::vector<std::size_t> before_each;
  std::size_t beside = 0;
  {
    const auto node = home.open();
    std::jthread writer([&](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested(); ++i) {
        const auto received = home.report(*node, "https://host.test/" + std::to_string(i));
        const std::lock_guard lock(mutex);
        given.push_back(received.receipt.reveal());
      }
    });
    for (const auto* name : {"first", "second", "third"}) {
      while (count_given() < 20 * (before_each.size() + 1)) std::this_thread::yield();
      before_each.push_back(count_given());
      const auto taken = home.back_up(name);
      ASSERT_TRUE(taken) << reason_of(taken);
      beside += count_given() - before_each.back();
    }
  }
  std::cout << "[ backup under load ] " << given.size() << " receipts, " << beside << " while three were made" << std::endl;
  EXPECT_GT(beside, 0U) << "idle";
  for (std::size_t i = 0; i < before_each.size(); ++i) {
    const std::string name = std::array{"first", "second", "third"}[i];
    SCOPED_TRACE(name);
    const auto request = home.request(name, name + " again");
    must(app::restore_node(request));
    expect_no_damage(request.target);
    const auto node = must(app::Node::open(request.target, app::DecoderUse::none));
    std::size_t known = 0;
    while (known < given.size() && line::state_for_receipt(node->context(), must(intake::Receipt::parse(given[known])))) ++known;
    EXPECT_GE(known, before_each[i]);
    // One state: what is not in it is whatever came after the last that is.
    for (auto later = known; later < given.size(); ++later)
      EXPECT_FALSE(line::state_for_receipt(node->context(), must(intake::Receipt::parse(given[later]))));
  }
}

TEST_F(Restore, ANodeThatCameBackPassesTheDoctor) {
  must(home.back_up("backup"));
  must(app::restore_node(home.request("backup", "again")));
  const app::DataFolder folder{home.path("again")};
  const Program program;
  const auto looked = program.run({"doctor", "--data", folder.root.string(), "--deep", "--json"});
  EXPECT_EQ(looked.exit_code, 0) << looked.out << looked.err;
  EXPECT_EQ(looked.json()["damages"], 0) << looked.out;
}

TEST_F(Restore, WithoutTheListOfWhatHappenedSinceItStaysClosed) {
  must(home.back_up("backup"));
  auto request = home.request("backup", "again");
  request.since_list.clear();
  EXPECT_EQ(refused(request), "restore.no_list");
  request.since_list = home.path("nowhere");
  EXPECT_EQ(refused(request), "after_list.missing");
  write_text(home.path("empty"), "");
  request.since_list = home.path("empty");
  EXPECT_EQ(refused(request), "after_list.cut");
}

TEST_F(Restore, AListOlderThanTheBackupIsRefused) {
  std::filesystem::copy(home.folder().after_list(), home.path("old.list"));
  {
    const auto node = home.open();
    must(line::withdraw_entry(node->context(), *before, home.manager(*node), "a wrong call"));
    must(node->sequence());
  }
  must(home.back_up("backup"));
  auto request = home.request("backup", "again");
  request.since_list = home.path("old.list");
  EXPECT_EQ(refused(request), "restore.older_list");
}

TEST_F(Restore, AHoldSetSinceIsSetAgainAndADestroyedClassStaysDestroyed) {
  std::filesystem::copy(home.folder().keys(), home.path("old keys"), std::filesystem::copy_options::recursive);
  must(home.back_up("backup"));
  const auto keys = must(vault::KeyStore::open(home.folder().keys()));
  const auto now = SystemClock().now();
  SystemRandom random;
  const auto report = [&] {
    const auto node = home.open();
    return must(in_snapshot<Bytes>(node->context().store, [](store::Reader& reader) -> Result<Bytes> {
      TUTELA_ASSIGN(const auto row, reader.query_one("SELECT id FROM report"));
      return row->blob(0);
    }));
  }();
  const auto hold = HoldId::make(now, random);
  const auto lifted = HoldId::make(now, random);
  const std::string held = must(ReportId::from_bytes(report)).to_string();
  const auto classes = must(keys.classes());
  const auto item_class = std::ranges::find_if(classes, [](const auto& one) { return one.record == vault::RecordClass::item; });
  ASSERT_NE(item_class, classes.end());
  const vault::AfterSubject destroyed{"class", vault::to_string(*item_class)};
  const std::vector<vault::AfterEntry> since{
      {vault::AfterKind::tombstone, destroyed, destroyed, now},
      {vault::AfterKind::hold_lifted, {"hold", lifted.to_string()}, {"report", held}, now},
      {vault::AfterKind::hold_set, {"hold", hold.to_string()}, {"report", held}, now},
      {vault::AfterKind::hold_set, {"hold", lifted.to_string()}, {"report", held}, now},
  };
  must(vault::append_to_after_list(home.folder().after_list(), keys.signing_key(), since));

  auto request = home.request("backup", "again");
  request.keys = home.path("old keys");
  const auto restored = must(app::restore_node(request));
  EXPECT_EQ(restored.destroyed, 1);
  EXPECT_EQ(restored.holds, 3);
  const auto node = must(app::Node::open(request.target, app::DecoderUse::none));
  EXPECT_TRUE(node->context().keys.is_destroyed(*item_class));
  const auto find = [&](const HoldId& id) {
    return must(in_snapshot<retention::HoldRow>(node->context().store,
                                                [&](store::Reader& reader) { return retention::find_hold(reader, id); }));
  };
  EXPECT_TRUE(find(hold).is_in_force(now));
  EXPECT_FALSE(find(lifted).is_in_force(now));
  EXPECT_FALSE(std::filesystem::exists(home.path("again") / "keys" / "class" / (destroyed.id + ".key")));
  // The copy that was handed in is as it was.
  EXPECT_TRUE(std::filesystem::exists(home.path("old keys") / "class" / (destroyed.id + ".key")));
}

TEST_F(Restore, AnotherNodesBackupOrKeysAreRefused) {
  must(home.back_up("backup"));
  NodeFolder other("other.test");
  must(other.back_up("backup"));
  auto request = home.request("backup", "again");
  request.backup = other.path("backup");
  EXPECT_EQ(refused(request), "backup.other_node");
  request = home.request("backup", "again");
  request.keys = other.folder().keys();
  EXPECT_EQ(refused(request), "backup.other_node");
  request = home.request("backup", "again");
  request.since_list = other.folder().after_list();
  EXPECT_EQ(refused(request), "after_list.wrong_key");
  request = home.request("backup", "again");
  request.keys = home.path("no keys");
  EXPECT_EQ(refused(request), "vault.no_keys");
}

TEST_F(Restore, ATargetThatHoldsSomethingIsLeftAlone) {
  must(home.back_up("backup"));
  std::filesystem::create_directories(home.path("again"));
  write_text(home.path("again") / "a file", "of somebody");
  const auto before_it = everything(home.path("again"));
  EXPECT_EQ(refused(home.request("backup", "again")), "restore.target_not_empty");
  EXPECT_EQ(everything(home.path("again")), before_it);
  EXPECT_EQ(reason_of(home.back_up("backup")), "backup.target_exists");
}

TEST_F(Restore, EveryFileOfABackupIsMissedAndEveryChangeIsSeen) {
  must(home.back_up("backup"));
  for (const auto& [path, content] : everything(home.path("backup"))) {
    if (std::filesystem::is_directory(path)) continue;
    SCOPED_TRACE(path);
    const auto name = std::filesystem::path(path).filename().string();
    std::filesystem::rename(path, home.path("aside"));
    EXPECT_EQ(refused(home.request("backup", "again")), name == "manifest" ? "backup.not_a_backup" : "backup.incomplete");
    std::filesystem::copy_file(home.path("aside"), path);
    std::filesystem::resize_file(path, content.size() - 1);
    EXPECT_NE(refused(home.request("backup", "again")), "ok") << "cut";
    std::filesystem::remove(path);
    std::filesystem::copy_file(home.path("aside"), path);
    damage(path);
    EXPECT_NE(refused(home.request("backup", "again")), "ok") << "changed";
    std::filesystem::remove(path);
    std::filesystem::rename(home.path("aside"), path);
  }
  write_text(home.path("backup") / "objects" / "one-too-many", "x");
  EXPECT_EQ(refused(home.request("backup", "again")), "backup.surplus_file");
  std::filesystem::remove(home.path("backup") / "objects" / "one-too-many");
  EXPECT_EQ(reason_of(app::restore_node(home.request("backup", "again"))), "ok");
}

TEST_F(Restore, AForgedCheckpointIsRefused) {
  must(home.back_up("backup"));
  auto request = home.request("backup", "again");
  std::string note;
  {
    const auto node = home.open();
    note = latest(*node);
  }
  auto forged = note;
  forged.replace(forged.find('\n') + 1, 1, "9");
  request.last_known = forged;
  EXPECT_EQ(refused(request), "note.bad_signature");
  NodeFolder other("other.test");
  request.last_known = latest(*other.open());
  EXPECT_EQ(refused(request), "note.wrong_key");
  // Signed by our own key, of equal size and another root: two trees under one name.
  const auto keys = must(vault::KeyStore::open(home.folder().keys()));
  auto checkpoint = must(ledger::open_checkpoint(note, keys.signing_key().public_key()));
  checkpoint.root.fill(1);
  request.last_known = ledger::sign_checkpoint(checkpoint, keys.signing_key());
  EXPECT_EQ(reason_of(app::restore_node(request)), "ledger.forked");
  EXPECT_EQ(reason_of(app::Node::open(request.target, app::DecoderUse::none)), "node.no_folder") << "and it is no node";
}

TEST_F(Restore, ADamagedLedgerIsFoundBeforeItOpens) {
  {
    const auto store = must(store::open_sqlite(home.folder().database()));
    must(store->write([](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE ledger_leaf SET payload = '{\"by\":\"node\"}' WHERE leaf_index = 2"));
      return {};
    }));
  }
  must(home.back_up("backup"));
  EXPECT_EQ(reason_of(app::restore_node(home.request("backup", "again"))), "restore.damaged");
  EXPECT_EQ(reason_of(app::Node::open({home.path("again")}, app::DecoderUse::none)), "node.no_folder");
}

// Of a bank of 300 entries the last hundred stand where no engine reads them. What they say of themselves is in order.
TEST_F(Restore, EntriesAnywhereInABankThatAreNotFoundAgainAreRefused) {
  const auto shift = [&](const std::string& sign) {
    const auto store = must(store::open_sqlite(home.folder().database()));
    must(store->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE bank_entry SET feed = feed " + sign + " 1000000 WHERE source = 'the last hundred'"));
      return {};
    }));
  };
  {
    const auto node = home.open();
    must(node->context().store.write([&](store::Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto bank, match::find_bank_by_name(tx, std::string(line::kOwnBank)));
      TUTELA_ASSIGN(const auto feed, match::next_feed_number(tx));
      for (int i = 0; i < 300; ++i) {
        const auto id = EntryId::make(node->clock().now(), node->random());
        const auto digest = node->random().bytes<32>();
        TUTELA_TRY(
            match::insert_entry(tx, {id, bank->id, "active", "a", "prepubescent", i < 200 ? "node.test" : "the last hundred",
                                     std::nullopt, std::nullopt, std::nullopt, node->clock().now(), 1, feed}));
        TUTELA_TRY(match::insert_entry_fingerprint(tx, {id, "sha256", Bytes(digest.begin(), digest.end()), std::nullopt}));
      }
      return {};
    }));
  }
  must(home.back_up("sound"));
  shift("+");
  must(home.back_up("damaged"));
  auto request = home.request("damaged", "again");
  const auto refused = app::restore_node(request);
  ASSERT_EQ(reason_of(refused), "restore.not_found_again");
  EXPECT_EQ(reason_of(app::Node::open(request.target, app::DecoderUse::none)), "node.no_folder") << "and it is no node";
  // The number that is said draws the same again.
  const auto seed_at = refused.error().place.find("--sample-seed ");
  ASSERT_NE(seed_at, std::string::npos) << refused.error().place;
  request.target = {home.path("once more")};
  request.sample_seed = std::stoull(refused.error().place.substr(seed_at + 14));
  const auto once_more = app::restore_node(request);
  ASSERT_FALSE(once_more);
  EXPECT_EQ(once_more.error().place, refused.error().place);

  const auto restored = must(app::restore_node(home.request("sound", "sound again")));
  EXPECT_EQ(restored.matches_tried, app::kEntriesTriedMax);
}

// In a safe bank nothing is compared with but digests.
TEST_F(Restore, WhatNothingIsComparedWithIsNotMissed) {
  {
    const auto node = home.open();
    const auto bank = must(line::create_bank(
        node->context(), {"known-good", match::BankPurpose::safe, match::kDistanceBitsDefault, "node.test", "none"},
        line::Actor::node()));
    must(node->sequence());
    must(node->context().store.write([&](store::Transaction& tx) -> Result<> {
      const auto id = EntryId::make(node->clock().now(), node->random());
      TUTELA_TRY(match::insert_entry(tx, {id, bank.id, "active", "not_illegal", "unknown", "node.test", std::nullopt,
                                          std::nullopt, std::nullopt, node->clock().now(), 1}));
      return match::insert_entry_fingerprint(tx, {id, "pdq", Bytes(32, 0x5A), 100});
    }));
  }
  must(home.back_up("backup"));
  EXPECT_EQ(must(app::restore_node(home.request("backup", "again"))).matches_tried, 1) << "of the own bank";
}

TEST_F(Restore, ABackupThatCannotBeFinishedLeavesNothing) {
  // A row that names a file which is not there.
  const auto id = encode_hex(Bytes(16, 7));
  {
    const auto store = must(store::open_sqlite(home.folder().database()));
    must(store->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE item SET object_name = '" + id + "'"));
      return {};
    }));
  }
  EXPECT_EQ(reason_of(home.back_up("backup")), "backup.object_missing");
  for (const auto& entry : std::filesystem::directory_iterator(home.path("")))
    EXPECT_EQ(entry.path().filename(), "node") << "left behind";
}

}  // namespace
}  // namespace tutela::test
