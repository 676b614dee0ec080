#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "app/beside_database.h"
#include "app/signing_change.h"
#include "app/store_copy.h"
#include "ledger/ledger_view.h"
#include "line/reports.h"
#include "line/retention.h"
#include "line/schema_steps.h"
#include "match/bank_repository.h"
#include "program/program.h"
#include "store/postgres/postgres_store.h"
#include "support/postgres_server.h"
#include "upkeep/running_folder.h"

// The same of a node on PostgreSQL: one format of backups, taken beside the server, restored into a database that is new (I12).
namespace tutela::test {
namespace {

class PostgresRestore : public testing::Test {
 protected:
  PostgresRestore() {
    {
      const auto node = home.open();
      before = home.add_entry(*node, 600);
    }
    must(app::copy_to_postgres(home.folder(), old));
    auto config = must(app::read_config(home.folder()));
    config.store.postgresql = old;
    write_text(home.folder().settings(), app::config_text(config));
    std::filesystem::remove(home.folder().database());
  }
  Result<backup::Taken> back_up(const std::string& name) {
    const auto keys = must(vault::KeyStore::open(home.folder().keys()));
    const auto steps = line::schema_steps();
    const auto server = must(store::open_postgres(old, 2));
    const auto folder = home.folder();
    return backup::take_backup(
        {folder.database(), folder.objects(), folder.settings(), folder.after_list(), keys, steps, server.get()}, home.path(name),
        SystemClock().now());
  }
  static std::string database() {
    const auto conninfo = PostgresServer::shared().create_database();
    // The program gives up root, and must reach the server's socket all the same.
    const auto folder = conninfo.substr(5, conninfo.find(' ') - 5);
    std::filesystem::permissions(folder, std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
    return conninfo;
  }

  std::string old = database();
  NodeFolder home;
  std::optional<EntryId> before;
};

TEST_F(PostgresRestore, WhatWasAcknowledgedBeforeIsInItAndWhatHappenedSinceIsSoAgain) {
  std::vector<Sensitive<std::string>> acknowledged;
  std::string known;
  {
    const auto node = home.open();
    // As if the time of the lease that came along from SQLite were over.
    must(node->context().store.write([](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0"));
      return {};
    }));
    for (int i = 0; i < 5; ++i) acknowledged.push_back(home.report(*node, "https://host.test/before").receipt);
    std::atomic<bool> stop = false;
    std::atomic<int> beside = 0;
    std::thread writer([&] {
      do {
        home.report(*node, "https://host.test/beside");
        ++beside;
      } while (!stop);
    });
    const auto taken = back_up("backup");
    stop = true;
    writer.join();
    EXPECT_GT(beside, 0);
    ASSERT_TRUE(taken) << reason_of(taken);
    home.report(*node, "https://host.test/later");
    must(line::withdraw_entry(node->context(), *before, home.manager(*node), "a wrong call"));
    must(node->sequence());
    known = must(in_snapshot<std::string>(node->context().store, ledger::latest_checkpoint));
    must(node->stop_sequencing());
  }
  auto request = home.request("backup", "again");
  request.last_known = known;
  request.to = database();
  const auto restored = must(app::restore_node(request));
  EXPECT_GT(restored.epoch, 1U);
  EXPECT_GT(restored.entries_lost, 0U);
  EXPECT_EQ(restored.withdrawn, 1);
  EXPECT_EQ(restored.matches_tried, 1);
  EXPECT_EQ(must(app::read_config(request.target)).store.postgresql, *request.to);
  EXPECT_FALSE(std::filesystem::exists(request.target.database()));
  {
    const auto node = must(app::Node::open(request.target, app::DecoderUse::none));
    EXPECT_EQ(node->context().store.backend(), "postgresql");
    for (const auto& receipt : acknowledged)
      EXPECT_TRUE(line::state_for_receipt(node->context(), must(intake::Receipt::parse(receipt.reveal()))));
    const auto entry = must(in_snapshot<match::EntryRow>(
        node->context().store, [&](store::Reader& reader) { return match::find_entry(reader, *before); }));
    EXPECT_EQ(entry.status, "withdrawn");
    const auto& keys = node->context().keys;
    const auto excerpt = must(in_snapshot<std::string>(node->context().store, [&](store::Reader& reader) {
      return ledger::export_excerpt(reader, {"node", {}}, {keys.signing_key(), keys.subject_key()});
    }));
    const auto report = must(ledger::verify_excerpt(excerpt, keys.signing_key().public_key()));
    ASSERT_EQ(report.epochs.size(), 2U);
    EXPECT_EQ(report.epochs[0].lost.leaves, restored.entries_lost);
  }
  const Program program;
  const auto looked = program.run({"doctor", "--data", request.target.root.string(), "--deep", "--json"});
  EXPECT_EQ(looked.exit_code, 0) << looked.out << looked.err;
  EXPECT_EQ(looked.json()["damages"], 0) << looked.out;
}

TEST_F(PostgresRestore, TheOldDatabaseIsNeitherOpenedNorWrittenInto) {
  must(back_up("backup"));
  auto request = home.request("backup", "again");
  EXPECT_EQ(reason_of(app::restore_node(request)), "restore.no_database");
  request.to = old;
  EXPECT_EQ(reason_of(app::restore_node(request)), "store.not_empty");
  request.to = database();
  request.since_list.clear();
  EXPECT_EQ(reason_of(app::restore_node(request)), "restore.no_list");
  EXPECT_FALSE(std::filesystem::exists(request.target.root)) << "something was made";
  // With all that it needs it does not matter that the old one is out of reach.
  PostgresServer::shared().run("ALTER DATABASE " + old.substr(old.rfind('=') + 1) + " ALLOW_CONNECTIONS false");
  request.since_list = home.folder().after_list();
  EXPECT_EQ(reason_of(app::restore_node(request)), "ok");
}

// Every server of a cluster should be stopped when the key is changed. One that was forgotten can sign nothing any more, and what
// it acknowledged is numbered by who has the next key.
TEST_F(PostgresRestore, AServerThatKeptTheOldKeySignsNothingAndLosesNothing) {
  const auto forgotten = home.open();
  must(forgotten->context().store.write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0"));
    return {};
  }));
  home.report(*forgotten, "https://host.test/one");
  // While it numbers, nothing is changed.
  EXPECT_EQ(reason_of(app::change_signing_key(home.folder())), "ledger.sequenced_elsewhere");
  EXPECT_TRUE(must(vault::KeyStore::open(home.folder().keys())).successions().empty());
  must(forgotten->stop_sequencing());
  must(back_up("backup"));
  const auto changed = must(app::change_signing_key(home.folder()));
  EXPECT_EQ(changed.succession.epoch, 2U);

  intake::SubmissionDraft draft;
  draft.addresses.emplace_back("https://host.test/two");
  const auto receipt = must(line::receive_report(forgotten->context(), must(intake::Submission::validate(std::move(draft))),
                                                 std::nullopt, std::nullopt))
                           .receipt;
  EXPECT_EQ(reason_of(forgotten->sequence()), "ledger.key_changed");
  EXPECT_EQ(reason_of(forgotten->sequence()), "ledger.key_changed") << "and not the time after";
  const auto& old_keys = forgotten->context().keys;
  EXPECT_EQ(reason_of(in_snapshot<std::string>(forgotten->context().store,
                                               [&](store::Reader& reader) {
                                                 return ledger::export_excerpt(
                                                     reader, {"node", {}}, {old_keys.signing_key(), old_keys.subject_key(), ""});
                                               })),
            "note.wrong_key");
  must(forgotten->stop_sequencing());

  const auto node = home.open();
  EXPECT_GT(must(node->sequence()), 0U);
  EXPECT_TRUE(line::state_for_receipt(node->context(), must(intake::Receipt::parse(receipt.reveal()))));
  must(node->stop_sequencing());
  auto request = home.request("backup", "again");
  request.to = database();
  EXPECT_GT(must(app::restore_node(request)).epoch, changed.succession.epoch);
  const Program program;
  for (const auto& root : {home.folder().root, request.target.root}) {
    const auto looked = program.run({"doctor", "--data", root.string(), "--deep", "--json"});
    EXPECT_EQ(looked.exit_code, 0) << looked.out << looked.err;
  }
}

// The same of a server whose database was put back with its own tools.
TEST_F(PostgresRestore, AnOlderDatabaseIsNotOpenedToBeWritten) {
  const auto older = database();
  const auto point_at = [&](const std::string& conninfo) {
    auto config = must(app::read_config(home.folder()));
    config.store.postgresql = conninfo;
    write_text(home.folder().settings(), app::config_text(config));
  };
  {
    must(back_up("backup"));
    auto request = home.request("backup", "copied");
    request.to = older;
    must(app::restore_node(request));
  }
  {
    const auto opened = home.open();
    // As if the time of the lease that the last process held were over.
    must(opened->context().store.write([](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE ledger_lease SET expires_at = 0"));
      return {};
    }));
    must(line::add_member(opened->context(), {"one", kPassword, RoleSet{Role::analyst}}, line::Actor::node()));
    must(opened->sequence());
  }
  const auto known = must(app::read_ledger_head(home.folder()));
  // As it was before: without the epoch that the restore opened.
  const auto server = must(store::open_postgres(older, 1));
  must(server->write([](store::Transaction& tx) -> Result<> {
    for (const auto* table : {"ledger_leaf", "ledger_tile", "ledger_checkpoint", "ledger_epoch"})
      TUTELA_TRY(tx.execute(std::string("DELETE FROM ") + table + " WHERE epoch > 1"));
    return {};
  }));
  point_at(older);
  EXPECT_EQ(reason_of(app::Node::open(home.folder(), app::DecoderUse::none)), "ledger.older_than_known");
  EXPECT_EQ(reason_of(app::change_signing_key(home.folder())), "ledger.older_than_known");
  EXPECT_TRUE(must(vault::KeyStore::open(home.folder().keys())).successions().empty());
  EXPECT_EQ(must(app::read_ledger_head(home.folder())), known);
  point_at(old);
  EXPECT_EQ(reason_of(app::Node::open(home.folder(), app::DecoderUse::none)), "ok");
}

}  // namespace
}  // namespace tutela::test
