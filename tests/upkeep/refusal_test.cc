#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pwd.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
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
  EXPECT_EQ(ran.exit_code, 75);
  EXPECT_THAT(ran.err, HasSubstr("store.in_use"));
  EXPECT_THAT(ran.err, HasSubstr("Stop it first"));
}

TEST_F(Refusal, AClockThatRunsBackwards) {
  change("UPDATE ledger_checkpoint SET signed_at = signed_at + 7200000");
  const auto before = files_of(node().root);
  const auto ran = home_program.run({"serve", "--data", node().root.string()});
  EXPECT_EQ(ran.exit_code, 69) << ran.err;
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

// A mount for the time of a test; as root only.
class Mounted {
 public:
  Mounted(std::filesystem::path at, bool is_mounted) : at_(std::move(at)), is_mounted_(is_mounted) {}
  ~Mounted() {
    if (is_mounted_) ::umount(at_.c_str());
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  explicit operator bool() const { return is_mounted_; }

 private:
  std::filesystem::path at_;
  bool is_mounted_;
};

TEST_F(Refusal, AFileSystemThatIsMountedReadOnly) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const auto root = node().root;
  const Mounted bound(root, ::mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) == 0);
  ASSERT_TRUE(bound) << std::strerror(errno);
  ASSERT_EQ(::mount(nullptr, root.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0) << std::strerror(errno);
  ASSERT_FALSE(std::ofstream(root / "probe").is_open()) << "it can be written";
  const auto before = files_of(root);
  EXPECT_EQ(reason_of(app::Node::open(node(), app::DecoderUse::none)), "store.cannot_open");
  EXPECT_EQ(files_of(root), before);
  // As root it is already the handing over to the node's own user that cannot be done.
  const auto ran = home_program.run({"member", "add", "--data", root.string(), "--login", "somebody", "--roles", "analyst"});
  EXPECT_NE(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("a disk that cannot be written"));
}

TEST_F(Refusal, ADiskWithoutRoom) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const auto place = home.path("small");
  std::filesystem::create_directory(place);
  const Mounted small(place, ::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=16m,mode=0700") == 0);
  ASSERT_TRUE(small) << std::strerror(errno);
  std::filesystem::copy(node().root, place / "node", std::filesystem::copy_options::recursive);
  {
    std::ofstream filler(place / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) continue;
  }
  const auto before = files_of(place / "node");
  const auto refused =
      home_program.run({"member", "add", "--data", (place / "node").string(), "--login", "somebody", "--roles", "analyst"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, testing::AnyOf(HasSubstr("store.disk_full"), HasSubstr("vault.disk_full")));
  EXPECT_THAT(refused.err, HasSubstr("room"));
  EXPECT_EQ(files_of(place / "node"), before);
  std::filesystem::remove(place / "filler");
  const auto added =
      home_program.run({"member", "add", "--data", (place / "node").string(), "--login", "somebody", "--roles", "analyst"});
  EXPECT_EQ(added.exit_code, 0) << added.err;
}

TEST_F(Refusal, AFullDiskAtABackupOrARestoreLeavesNothing) {
  must(home.back_up("first"));
  const auto node_before = files_of(node().root);
  const auto backup_before = files_of(home.path("first"));
  watch_calls(home.path(""));
  int backups_refused = 0, restores_refused = 0;
  for (const int n : {1, 3, 10, 40}) {
    plan_trouble(Trouble::full_from, n);
    const auto taken = home.back_up("second");
    heal();
    if (!taken) {
      ++backups_refused;
      // SQLite calls it a failed input or output where it makes room for what its processes share.
      EXPECT_THAT(reason_of(taken), testing::AnyOf("store.disk_full", "vault.disk_full", "store.io", "backup.target_unwritable"));
      EXPECT_FALSE(std::filesystem::exists(home.path("second")));
    }
    plan_trouble(Trouble::full_from, n);
    const auto target = "again" + std::to_string(n);
    const auto restored = app::restore_node(home.request("first", target));
    heal();
    if (!restored) {
      ++restores_refused;
      EXPECT_EQ(reason_of(app::Node::open({home.path(target)}, app::DecoderUse::none)), "node.no_folder");
    }
    std::filesystem::remove_all(home.path("second"));
    EXPECT_EQ(files_of(node().root), node_before);
    EXPECT_EQ(files_of(home.path("first")), backup_before);
  }
  EXPECT_EQ(backups_refused, 4);
  EXPECT_EQ(restores_refused, 4);
  for (const auto& entry : std::filesystem::directory_iterator(home.path("")))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << "left behind: " << entry.path();
}

}  // namespace
}  // namespace tutela::test
