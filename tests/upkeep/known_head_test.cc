#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <map>

#include "app/beside_database.h"
#include "ledger/checkpoint.h"
#include "ledger/ledger_view.h"
#include "ledger/sequencer.h"
#include "line/record.h"
#include "line/retention.h"
#include "upkeep/refusal.h"
#include "upkeep/system_calls.h"

// What lies beside the database and remembers more than an older copy of it: ledger.head and after.list.
namespace tutela::test {
namespace {

using testing::HasSubstr;

class KnownHead : public Refusal {
 protected:
  KnownHead() { std::filesystem::permissions(home.path("").parent_path(), std::filesystem::perms(0755)); }
  std::string newest(app::Node& opened) const {
    return must(in_snapshot<std::string>(opened.context().store, ledger::latest_checkpoint));
  }
  std::string head() const { return must(app::read_ledger_head(node())); }
  void set_head(const std::string& text) const { write_text(node().ledger_head(), text); }
  // Something that is signed.
  void go_on(const std::string& login) const {
    const auto opened = home.open();
    must(line::add_member(opened->context(), {login, kPassword, RoleSet{Role::analyst}}, line::Actor::node()));
    must(opened->sequence());
    EXPECT_EQ(head(), newest(*opened));
  }
  // In a child, which ends at that call that changes a file. How many calls there were, if it came to its end.
  static std::int64_t sequence_until(const app::DataFolder& folder, Trouble trouble, std::int64_t n) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto opened = app::Node::open(folder, app::DecoderUse::none);
      watch_calls(folder.root);
      plan_trouble(trouble, n, static_cast<std::uint64_t>(n));
      const bool numbered = opened && (*opened)->sequence();
      const auto calls = numbered ? calls_counted() : -1;
      static_cast<void>(!::write(ends[1], &calls, sizeof calls));
      ::_exit(0);
    }
    ::close(ends[1]);
    std::int64_t calls = 0;
    static_cast<void>(!::read(ends[0], &calls, sizeof calls));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return calls;
  }
  void put_database(const std::filesystem::path& copy) const {
    for (const auto* ending : {"", "-wal", "-shm"}) std::filesystem::remove(node().database().string() + ending);
    std::filesystem::copy_file(copy, node().database());
  }
};

TEST_F(KnownHead, FollowsEveryCheckpoint) {
  const auto first = head();
  go_on("one");
  EXPECT_NE(head(), first);
  go_on("two");
}

TEST_F(KnownHead, AnOlderDatabaseThatWasPutBackIsRefusedAndARestoreOpensTheNextEpoch) {
  std::filesystem::copy_file(node().database(), home.path("older"));
  go_on("one");
  put_database(home.path("older"));
  expect_refused("ledger.older_than_known", "nothing was changed");
  const auto migrated = home_program.run({"store", "migrate", "--data", node().root.string()});
  EXPECT_THAT(migrated.err, HasSubstr("ledger.older_than_known"));

  must(home.back_up("backup"));
  auto request = home.request("backup", "again");
  request.last_known = head();
  const auto restored = must(app::restore_node(request));
  EXPECT_GT(restored.epoch, 1U);
  EXPECT_GT(restored.entries_lost, 0U);
  const auto again = must(app::Node::open(request.target, app::DecoderUse::none));
  EXPECT_EQ(must(app::read_ledger_head(request.target)), newest(*again));
}

TEST_F(KnownHead, ADatabaseThatWasCopiedWithoutItsWalIsRefused) {
  {
    const auto opened = home.open();
    must(line::add_member(opened->context(), {"one", kPassword, RoleSet{Role::analyst}}, line::Actor::node()));
    must(opened->sequence());
    std::filesystem::copy_file(node().database(), home.path("without wal"));
  }
  EXPECT_EQ(reason_of(app::Node::open(node(), app::DecoderUse::none)), "ok");
  put_database(home.path("without wal"));
  expect_refused("ledger.older_than_known", "-wal");
}

TEST_F(KnownHead, WithoutItOrWithAnotherTheNodeIsRefused) {
  const auto own = head();
  std::filesystem::remove(node().ledger_head());
  expect_refused("ledger.head_missing", "nothing was changed");
  for (const auto& text : {std::string(), own.substr(0, own.size() / 2), own + "\n", std::string(100'000, 'x')}) {
    set_head(text);
    expect_refused("ledger.head_damaged", "nothing was changed");
  }
  auto forged = own;
  forged.replace(forged.find('\n') + 1, 1, "9");
  set_head(forged);
  expect_refused("ledger.head_damaged", "nothing was changed");
  const NodeFolder other("other.test");
  set_head(must(app::read_ledger_head(other.folder())));
  expect_refused("ledger.head_of_another_node", "own back");
  const auto keys = must(vault::KeyStore::open(node().keys()));
  auto checkpoint = must(ledger::open_checkpoint(own, keys.signing_key().public_key()));
  checkpoint.root.fill(1);
  set_head(ledger::sign_checkpoint(checkpoint, keys.signing_key()));
  expect_refused("ledger.forked", "evidence");
  set_head(own);
  go_on("one");
}

// The commit is durable before the head is written.
TEST_F(KnownHead, AKillBetweenCommitAndHeadIsMadeUpFor) {
  const auto before = head();
  go_on("one");
  set_head(before);
  const auto opened = home.open();
  must(opened->sequence());
  EXPECT_NE(head(), before);
  EXPECT_EQ(head(), newest(*opened));
}

// However much waits, no more than one batch is signed that the head does not know of, and never is the head of one that is lost.
TEST_F(KnownHead, AKillOrAPowerCutLeavesAtMostOneBatchThatTheHeadDoesNotKnow) {
  {
    const auto opened = home.open();
    must(opened->context().store.write([&](store::Transaction& tx) -> Result<> {
      for (std::int64_t i = 0; i < 2 * ledger::kBatchLeavesMax + 1; ++i)
        TUTELA_TRY(line::record(opened->context(), tx, "retention.clock_jumped", line::About::node(), line::Actor::node()));
      return {};
    }));
  }
  const auto copied = [&](const TempFolder& place) {
    std::filesystem::copy(node().root, place.path() / "node", std::filesystem::copy_options::recursive);
    return app::DataFolder{place.path() / "node"};
  };
  const TempFolder undisturbed;
  const auto calls = sequence_until(copied(undisturbed), Trouble::none, 1);
  ASSERT_GT(calls, 3 * 4);
  std::cout << "[ sequencing ] " << calls << " calls" << std::endl;
  std::map<std::int64_t, int> behind;
  for (std::int64_t n = 1; n <= 2 * calls; n += 3) {
    const auto trouble = n <= calls ? Trouble::killed : Trouble::power_cut;
    const auto call = n <= calls ? n : n - calls;
    SCOPED_TRACE((trouble == Trouble::killed ? "killed at call " : "power cut at call ") + std::to_string(call));
    const TempFolder place;
    const auto folder = copied(place);
    sequence_until(folder, trouble, call);
    const auto known = must(ledger::parse_checkpoint(must(ledger::parse_note(must(app::read_ledger_head(folder)))).text));
    const auto opened = must(app::Node::open(folder, app::DecoderUse::none));
    const auto newer =
        must(in_snapshot<std::int64_t>(opened->context().store, [&](store::Reader& reader) -> Result<std::int64_t> {
          TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*) FROM ledger_checkpoint WHERE size > $1",
                                                         {static_cast<std::int64_t>(known.size)}));
          return row->integer(0);
        }));
    EXPECT_LE(newer, 1);
    ++behind[newer];
    if (HasFailure()) return;
  }
  EXPECT_GT(behind[0], 0);
  EXPECT_GT(behind[1], 0);
}

// Such as a standby that lagged behind and took over.
TEST_F(KnownHead, ADatabaseThatGoesBackUnderARunningNodeIsNotSignedIn) {
  go_on("one");
  const auto opened = home.open();
  must(opened->context().store.write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("DELETE FROM ledger_checkpoint WHERE size = (SELECT max(size) FROM ledger_checkpoint)"));
    return {};
  }));
  must(line::add_member(opened->context(), {"two", kPassword, RoleSet{Role::analyst}}, line::Actor::node()));
  const auto numbered = opened->sequence();
  EXPECT_EQ(reason_of(numbered), "ledger.older_than_known");
}

TEST_F(KnownHead, WithoutTheAfterListTheNodeIsRefused) {
  std::filesystem::rename(node().after_list(), home.path("list aside"));
  expect_refused("after_list.missing", "Put its newest copy back");
  std::filesystem::rename(home.path("list aside"), node().after_list());
  const NodeFolder other("other.test");
  std::filesystem::copy_file(other.folder().after_list(), node().after_list(), std::filesystem::copy_options::overwrite_existing);
  expect_refused("after_list.wrong_key", "of another node");
}

TEST_F(KnownHead, ANodeOfAReleaseWithoutThemGetsThemByTheOperatorsWord) {
  std::optional<EntryId> entry;
  {
    const auto opened = home.open();
    entry = home.add_entry(*opened, 700);
    must(line::withdraw_entry(opened->context(), *entry, home.manager(*opened), "a wrong call"));
    must(opened->sequence());
  }
  std::filesystem::remove(node().after_list());
  std::filesystem::remove(node().ledger_head());
  EXPECT_THAT(home_program.run({"store", "migrate", "--data", node().root.string()}).err, HasSubstr("--first-files"));
  const auto made = home_program.run({"store", "migrate", "--first-files", "--data", node().root.string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto opened = home.open();
  EXPECT_EQ(head(), newest(*opened));
  const auto list = must(vault::read_after_list(node().after_list(), opened->context().keys.signing_key().public_key()));
  ASSERT_EQ(list.entries.size(), 1U);
  EXPECT_EQ(list.entries[0].subject.id, entry->to_string());
}

// How far a list without a head beside it came is known to nobody, such as that of a server which others outlived.
TEST_F(KnownHead, AListWithoutAHeadIsCompletedByTheOperatorsWord) {
  const auto list = text_of(node().after_list());
  std::optional<EntryId> entry;
  {
    const auto opened = home.open();
    entry = home.add_entry(*opened, 700);
    must(line::withdraw_entry(opened->context(), *entry, home.manager(*opened), "a wrong call"));
    must(opened->sequence());
  }
  write_text(node().after_list(), list);
  std::filesystem::remove(node().ledger_head());
  const auto made = home_program.run({"store", "migrate", "--first-files", "--data", node().root.string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto opened = home.open();
  const auto completed = must(vault::read_list(node().after_list(), opened->context().keys.signing_key().public_key()));
  ASSERT_EQ(completed.size(), 1U);
  EXPECT_EQ(completed[0].subject.id, entry->to_string());
}

// Nobody was told of it, and the next line takes its place.
TEST_F(KnownHead, ALineOfTheListThatACrashCutKeepsNoNodeClosed) {
  const auto cut = text_of(node().after_list()) + "tutela-after-v1 2 2026";
  write_text(node().after_list(), cut);
  must(home.back_up("backup"));
  const auto opened = home.open();
  const auto entry = home.add_entry(*opened, 700);
  must(line::withdraw_entry(opened->context(), entry, home.manager(*opened), "a wrong call"));
  must(opened->sequence());
  EXPECT_EQ(must(vault::read_list(node().after_list(), opened->context().keys.signing_key().public_key())).size(), 1U);
}

// By every command that writes, not by a server alone.
TEST_F(KnownHead, ADatabaseThatForgotAWithdrawalIsRefused) {
  {
    const auto opened = home.open();
    const auto entry = home.add_entry(*opened, 700);
    must(line::withdraw_entry(opened->context(), entry, home.manager(*opened), "a wrong call"));
    must(opened->sequence());
  }
  EXPECT_EQ(reason_of(app::Node::open(node(), app::DecoderUse::none)), "ok");
  change("UPDATE bank_entry SET status = 'active'");
  expect_refused("restore.list_not_applied", "restore that with --since-list");
}

}  // namespace
}  // namespace tutela::test
