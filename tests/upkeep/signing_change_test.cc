#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "app/beside_database.h"
#include "app/signing_change.h"
#include "doctor/examination.h"
#include "ledger/ledger_view.h"
#include "line/retention.h"
#include "line/schema_steps.h"
#include "program/program.h"
#include "store/sqlite/sqlite_snapshot.h"
#include "upkeep/broken_off.h"
#include "upkeep/running_folder.h"

// The change of the signing key is broken off at every call that reaches the disk. Whatever stands there then is a node of the
// old key, a node of the next key, or one that says that it waits for the rest; never a node of neither.
namespace tutela::test {
namespace {

enum class Stands : std::uint8_t { old_key, unfinished, next_key };

class SigningChange : public testing::Test {
 protected:
  SigningChange() {
    const auto node = home.open();
    entry = home.add_entry(*node, 600);
    manager = home.manager(*node);
    home.report(*node, "https://host.test/one");
    must(node->sequence());
    old_key = node->context().keys.signing_key().public_key();
    old_file = text_of(home.folder().keys() / "signing.key");
  }

  static BrokenOff change_in_child(const app::DataFolder& folder, Trouble trouble, std::int64_t n) {
    return break_off(folder.root, trouble, n, [&] { return app::change_signing_key(folder).has_value(); });
  }

  static app::DataFolder copy_of(const app::DataFolder& from, const TempFolder& to, const std::string& name) {
    std::filesystem::copy(from.root, to.path() / name, std::filesystem::copy_options::recursive);
    return {to.path() / name};
  }

  Stands what_stands(const app::DataFolder& folder) const {
    const auto keys = vault::KeyStore::open(folder.keys());
    const auto opened = reason_of(app::Node::open(folder, app::DecoderUse::none));
    if (!keys) {
      EXPECT_EQ(reason_of(keys), "keys.change_unfinished");
      EXPECT_EQ(opened, "keys.change_unfinished");
      return Stands::unfinished;
    }
    EXPECT_EQ(opened, "ok");
    const bool is_old = keys->signing_key().public_key() == old_key;
    EXPECT_EQ(keys->key_chain().successions().size(), is_old ? 0U : 1U);
    return is_old ? Stands::old_key : Stands::next_key;
  }

  static std::string newest_of(const app::DataFolder& folder) {
    const auto store = must(store::open_sqlite_read_only(folder.database(), store::Beside::a_writer));
    return must(in_snapshot<std::string>(*store, ledger::latest_checkpoint));
  }

  // The database of before the change beside keys, list and head of after it.
  void expect_older_database_refused(const app::DataFolder& folder) const {
    const TempFolder place;
    const auto mixed = copy_of(folder, place, "mixed");
    for (const auto* ending : {"", "-wal", "-shm"}) std::filesystem::remove(mixed.database().string() + ending);
    std::filesystem::copy_file(home.folder().database(), mixed.database());
    EXPECT_EQ(reason_of(app::Node::open(mixed, app::DecoderUse::none)), "ledger.older_than_known");
    EXPECT_EQ(newest_of(mixed), newest_of(home.folder())) << "nothing was signed in it";
  }

  // A node that signs with one next key: it goes on in ledger and list, and either key verifies all of it.
  void expect_changed(const app::DataFolder& folder, std::size_t epochs) const {
    {
      const auto node = must(app::Node::open(folder, app::DecoderUse::none));
      const auto& keys = node->context().keys;
      ASSERT_EQ(keys.key_chain().successions().size(), 1U);
      EXPECT_NE(keys.signing_key().public_key(), old_key);
      must(line::withdraw_entry(node->context(), *entry, *manager, "a wrong call"));
      must(node->sequence());
      const auto excerpt = must(in_snapshot<std::string>(node->context().store, [&](store::Reader& reader) {
        return ledger::export_excerpt(reader, {"node", {}}, {keys.signing_key(), keys.subject_key(), keys.successions()});
      }));
      for (const auto& key : {old_key, keys.signing_key().public_key()}) {
        const auto report = ledger::verify_excerpt(excerpt, key);
        ASSERT_TRUE(report) << reason_of(report);
        EXPECT_EQ(report->epochs.size(), epochs);
        EXPECT_EQ(must(vault::read_list(folder.after_list(), key)).size(), 1U);
      }
    }
    expect_no_damage(folder);
    for (const auto& file : std::filesystem::directory_iterator(folder.keys())) {
      EXPECT_THAT(file.path().filename(), testing::Not(testing::AnyOf("signing-next.key", "signing-old.key")));
      if (!file.is_regular_file()) continue;
      EXPECT_NE(text_of(file.path()), old_file) << "the old key is still there";
    }
  }

  NodeFolder home;
  std::optional<EntryId> entry;
  std::optional<line::SignedIn> manager;
  crypto::PublicKey old_key{};
  std::string old_file;
};

TEST_F(SigningChange, KilledAtAnyCallItIsOfTheOldKeyOrOfTheNextAndTheSameCommandGoesOn) {
  const TempFolder undisturbed;
  const auto whole = copy_of(home.folder(), undisturbed, "node");
  const auto calls = change_in_child(whole, Trouble::killed, kNoCall).calls;
  expect_changed(whole, 2);
  ASSERT_GE(calls, 20);
  std::map<Stands, int> seen;
  // Torn, which kills at every call, at each; the others at every third.
  for (const auto trouble : {Trouble::killed, Trouble::torn, Trouble::io_error, Trouble::power_cut})
    for (std::int64_t n = 1; n <= calls; n += trouble == Trouble::torn ? 1 : 3) {
      SCOPED_TRACE("trouble " + std::to_string(static_cast<int>(trouble)) + " at call " + std::to_string(n));
      const TempFolder place;
      const auto folder = copy_of(home.folder(), place, "node");
      const auto broken = change_in_child(folder, trouble, n);
      EXPECT_TRUE(broken.is_killed() || trouble == Trouble::io_error) << "status " << broken.status;
      const auto stands = what_stands(folder);
      ++seen[stands];
      if (stands == Stands::next_key) {
        EXPECT_EQ(must(app::read_ledger_head(folder)), newest_of(folder));
        expect_older_database_refused(folder);
      }
      if (stands != Stands::next_key) {
        const auto changed = app::change_signing_key(folder);
        ASSERT_TRUE(changed) << reason_of(changed);
        EXPECT_EQ(changed->resumed, stands == Stands::unfinished);
        EXPECT_EQ(must(app::read_ledger_head(folder)), newest_of(folder));
      }
      expect_changed(folder, 2);
      if (HasFailure()) return;
    }
  std::cout << "[ change of the key ] " << calls << " calls; old " << seen[Stands::old_key] << ", unfinished "
            << seen[Stands::unfinished] << ", next " << seen[Stands::next_key] << std::endl;
  EXPECT_GT(seen[Stands::old_key], 0);
  EXPECT_GT(seen[Stands::unfinished], 0);
  EXPECT_GT(seen[Stands::next_key], 0);
}

// Keys and list as they stand at such a moment, and a backup of before: the restored node is of one key as well.
TEST_F(SigningChange, ABackupOfBeforeIsRestoredWithTheKeysOfAnyMoment) {
  must(home.back_up("backup"));
  const TempFolder undisturbed;
  const auto calls = change_in_child(copy_of(home.folder(), undisturbed, "node"), Trouble::killed, kNoCall).calls;
  for (std::int64_t n = 1; n <= calls; n += 2) {
    SCOPED_TRACE("at call " + std::to_string(n));
    const TempFolder place;
    const auto folder = copy_of(home.folder(), place, "node");
    change_in_child(folder, Trouble::killed, n);
    const auto stands = what_stands(folder);
    const app::DataFolder again{place.path() / "again"};
    const auto restored = app::restore_node({home.path("backup"), again, folder.keys(), folder.after_list()});
    ASSERT_TRUE(restored) << reason_of(restored);
    // Behind the epoch that the change opened, or was about to.
    EXPECT_GT(restored->epoch, stands == Stands::old_key ? 1U : 2U);
    EXPECT_EQ(what_stands(again), stands == Stands::old_key ? Stands::old_key : Stands::next_key);
    if (stands == Stands::old_key) must(app::change_signing_key(again));
    expect_changed(again, stands == Stands::old_key ? 3 : 2);
    if (HasFailure()) return;
  }
}

TEST_F(SigningChange, KeysOrAListOfBeforeAreRefusedAfterwards) {
  const TempFolder place;
  const auto before = copy_of(home.folder(), place, "before");
  must(app::change_signing_key(home.folder()));
  must(home.back_up("backup"));
  const auto restore = [&](const app::DataFolder& keys, const app::DataFolder& list) {
    const app::DataFolder target{place.path() / "again"};
    const auto reason = reason_of(app::restore_node({home.path("backup"), target, keys.keys(), list.after_list()}));
    EXPECT_EQ(std::filesystem::exists(target.root), reason == "ok");
    return reason;
  };
  EXPECT_EQ(restore(before, home.folder()), "restore.older_keys");
  EXPECT_EQ(restore(home.folder(), before), "restore.older_list");
  EXPECT_EQ(restore(home.folder(), home.folder()), "ok");
  // Nor does a data folder that was changed open with the keys of before.
  std::filesystem::remove_all(home.folder().keys());
  std::filesystem::copy(before.keys(), home.folder().keys(), std::filesystem::copy_options::recursive);
  EXPECT_EQ(reason_of(app::Node::open(home.folder(), app::DecoderUse::none)), "node.other_keys");
}

TEST_F(SigningChange, ADatabaseOfBeforeIsRefusedAfterwards) {
  const TempFolder place;
  const auto changed = copy_of(home.folder(), place, "changed");
  must(app::change_signing_key(changed));
  expect_older_database_refused(changed);
  // So it is when the keys of before, or the list, come along.
  const auto older_keys = copy_of(home.folder(), place, "older keys");
  const auto copy = [&](const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  copy(changed.ledger_head(), older_keys.ledger_head());
  EXPECT_EQ(reason_of(app::Node::open(older_keys, app::DecoderUse::none)), "restore.older_keys");
  EXPECT_EQ(reason_of(app::change_signing_key(older_keys)), "restore.older_keys");
  copy(home.folder().ledger_head(), older_keys.ledger_head());
  copy(changed.after_list(), older_keys.after_list());
  EXPECT_EQ(reason_of(app::Node::open(older_keys, app::DecoderUse::none)), "restore.older_keys");
  copy(home.folder().after_list(), changed.after_list());
  EXPECT_EQ(reason_of(app::Node::open(changed, app::DecoderUse::none)), "restore.older_list");
}

TEST_F(SigningChange, NothingIsMadeAnewInPlaceOfWhatIsMissing) {
  const auto folder = home.folder();
  for (const auto& [file, reason] :
       {std::pair{folder.after_list(), "after_list.missing"}, {folder.ledger_head(), "ledger.head_missing"}}) {
    const auto aside = home.path("aside");
    std::filesystem::rename(file, aside);
    EXPECT_EQ(reason_of(app::change_signing_key(folder)), reason);
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_TRUE(must(vault::KeyStore::open(folder.keys())).successions().empty());
    std::filesystem::rename(aside, file);
  }
  // Nor while a change waits for the rest.
  const TempFolder place;
  for (std::int64_t n = 1; !HasFailure(); ++n) {
    ASSERT_LT(n, 1'000) << "no kill left it unfinished";
    const auto broken = copy_of(folder, place, std::to_string(n));
    change_in_child(broken, Trouble::killed, n);
    if (what_stands(broken) != Stands::unfinished) continue;
    std::filesystem::rename(broken.after_list(), place.path() / "aside");
    EXPECT_EQ(reason_of(app::change_signing_key(broken)), "after_list.missing");
    EXPECT_FALSE(std::filesystem::exists(broken.after_list()));
    std::filesystem::rename(place.path() / "aside", broken.after_list());
    EXPECT_TRUE(must(app::change_signing_key(broken)).resumed);
    expect_changed(broken, 2);
    return;
  }
}

// A node of a release without the two files whose key was changed.
TEST_F(SigningChange, FirstFilesAreOfTheNewestKey) {
  const auto folder = home.folder();
  must(app::change_signing_key(folder));
  std::filesystem::remove(folder.after_list());
  std::filesystem::remove(folder.ledger_head());
  EXPECT_EQ(reason_of(app::Node::open(folder, app::DecoderUse::none)), "ledger.head_missing");
  must(app::Node::open(folder, app::DecoderUse::none, {.beside = app::BesideFiles::made_if_missing}));
  const auto node = must(app::Node::open(folder, app::DecoderUse::none));
  const auto& keys = node->context().keys;
  EXPECT_EQ(must(vault::read_after_list(folder.after_list(), keys.signing_key().public_key())).last_key,
            keys.signing_key().public_key());
  EXPECT_EQ(must(app::read_ledger_head(folder)), newest_of(folder));
}

}  // namespace
}  // namespace tutela::test
