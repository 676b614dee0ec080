#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

#include "app/opening_checks.h"
#include "store/sqlite/sqlite_store.h"
#include "upkeep/refusal.h"
#include "upkeep/system_calls.h"

// What a node meets on a bad day, each refused before anything of it is changed, and with what to do.
namespace tutela::test {
namespace {

using testing::HasSubstr;

TEST_F(Refusal, ANewerSchema) {
  change("INSERT INTO schema_version (version) VALUES (999)");
  expect_refused("store.newer_schema", "nothing was changed");
}

TEST_F(Refusal, AForeignDatabase) {
  std::filesystem::remove(node().database());
  {
    const auto store = must(store::open_sqlite(node().database()));
    must(store->write([](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("CREATE TABLE bookmark (id INTEGER PRIMARY KEY, url TEXT)"));
      return {};
    }));
  }
  expect_refused("store.foreign_schema", "Nothing was changed");
}

TEST_F(Refusal, ASchemaThatSomebodyAddedTo) {
  change("CREATE TABLE visitor (id INTEGER PRIMARY KEY)");
  expect_refused("store.foreign_schema", "Nothing was changed");
}

TEST_F(Refusal, AFileThatIsNoDatabase) {
  write_text(node().database(), "this is a text and no database, however long it may become");
  expect_refused("store.corrupt", "restore the last backup");
}

TEST_F(Refusal, AHalfCopiedFolder) {
  std::filesystem::rename(node().objects(), home.path("objects aside"));
  expect_refused("node.half_copied", "copied by halves");
  std::filesystem::rename(home.path("objects aside"), node().objects());
  std::filesystem::rename(node().database(), home.path("database aside"));
  expect_refused("node.half_copied", "copied by halves");
  std::filesystem::rename(home.path("database aside"), node().database());
  std::filesystem::rename(node().keys(), home.path("keys aside"));
  expect_refused("vault.no_keys", "key store");
  std::filesystem::rename(home.path("keys aside"), node().keys());
  std::filesystem::rename(node().settings(), home.path("settings aside"));
  expect_refused("node.no_folder", "no node in that folder");
}

TEST_F(Refusal, TheKeysOfAnotherNode) {
  const NodeFolder other("other.test");
  std::filesystem::remove_all(node().keys());
  std::filesystem::copy(other.folder().keys(), node().keys(), std::filesystem::copy_options::recursive);
  expect_refused("node.other_keys", "another node's");
}

TEST_F(Refusal, AForgedCheckpoint) {
  change(
      "UPDATE ledger_checkpoint SET note = replace(note, 'node.test/epoch-1' || char(10), 'node.test/epoch-1' || char(10) || "
      "'1')");
  const auto opened = app::Node::open(node(), app::DecoderUse::none);
  EXPECT_EQ(reason_of(opened), "note.bad_signature");
}

TEST_F(Refusal, AServerBesideAnother) {
  const auto held = home.open();
  const auto ran = home_program.run({"serve", "--data", node().root.string()});
  EXPECT_EQ(ran.exit_code, 73);
  EXPECT_THAT(ran.err, HasSubstr("store.in_use"));
  EXPECT_THAT(ran.err, HasSubstr("Stop it first"));
}

TEST_F(Refusal, AClockThatRunsBackwards) {
  change("UPDATE ledger_checkpoint SET signed_at = signed_at + 7200000");
  const auto before = files_of(node().root);
  const auto ran = home_program.run({"serve", "--data", node().root.string()});
  EXPECT_EQ(ran.exit_code, 73) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("node.clock_behind"));
  EXPECT_THAT(ran.err, HasSubstr("Set it right"));
  EXPECT_EQ(files_of(node().root), before);
  expect_refused("node.clock_behind", "Set it right");
  const auto opened = must(app::Node::open(node(), app::DecoderUse::none, {.clock_was_ahead = true}));
  must(opened->context().store.read([&](store::Reader& reader) {
    EXPECT_EQ(reason_of(app::check_clock(reader, SystemClock().now() + std::chrono::hours(2))), "ok");
    return Result<>{};
  }));
}

// Where nothing can be written; in a child, since root could.
TEST_F(Refusal, AReadOnlyDisk) {
  const passwd* nobody = ::getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  std::filesystem::permissions(home.path("").parent_path(), std::filesystem::perms(0755));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(node().root)) {
    if (::geteuid() == 0) {
      ASSERT_EQ(::lchown(entry.path().c_str(), nobody->pw_uid, nobody->pw_gid), 0);
    }
    std::filesystem::permissions(entry.path(), std::filesystem::perms(entry.is_directory() ? 0500 : 0400));
  }
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) != 0) ::_exit(2);
    const auto opened = app::Node::open(node(), app::DecoderUse::none);
    if (opened || opened.error().reason != Reason("store.cannot_open"))
      std::cerr << (opened ? "opened" : to_string(opened.error())) << std::endl;
    ::_exit(!opened && opened.error().reason == Reason("store.cannot_open") ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(node().root))
    std::filesystem::permissions(entry.path(), std::filesystem::perms(entry.is_directory() ? 0700 : 0600));
}

TEST_F(Refusal, AFullDiskAtABackupOrARestoreLeavesNothing) {
  must(home.back_up("first"));
  watch_calls(home.path(""));
  for (const int n : {1, 3, 10, 40}) {
    plan_trouble(Trouble::full_from, n);
    const auto taken = home.back_up("second");
    heal();
    if (!taken) {
      // SQLite calls it a failed input or output where it makes room for what its processes share.
      EXPECT_THAT(reason_of(taken), testing::AnyOf("store.disk_full", "vault.disk_full", "store.io", "backup.target_unwritable"));
      EXPECT_FALSE(std::filesystem::exists(home.path("second")));
    }
    plan_trouble(Trouble::full_from, n);
    const auto target = "again" + std::to_string(n);
    const auto restored = app::restore_node(home.request("first", target));
    heal();
    if (!restored) {
      EXPECT_EQ(reason_of(app::Node::open({home.path(target)}, app::DecoderUse::none)), "node.no_folder");
    }
    std::filesystem::remove_all(home.path("second"));
  }
  for (const auto& entry : std::filesystem::directory_iterator(home.path("")))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << "left behind: " << entry.path();
}

}  // namespace
}  // namespace tutela::test
