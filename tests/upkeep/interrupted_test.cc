#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "doctor/examination.h"
#include "intake/receipt.h"
#include "line/reports.h"
#include "line/schema_steps.h"
#include "store/sqlite/sqlite_snapshot.h"
#include "upkeep/broken_off.h"
#include "upkeep/running_folder.h"
#include "vault/field_sealing.h"

// An operator's command is killed, or the power is cut, at each of its calls that reach the disk. What it was to make is whole or
// not there, what was there before is as it was, and the same command given again does it.
namespace tutela::test {
namespace {

class Interrupted : public testing::Test {
 protected:
  using Secret = Sensitive<std::string>;

  Interrupted() {
    const auto node = home.open();
    home.add_entry(*node, 600);
    receipt = home.report(*node, "https://host.test/one").receipt;
  }

  // `work` on what `prepare` made, broken off at the calls it makes; then `look`. At most 40 of the calls are taken, evenly; all
  // of them in `./dev faults`.
  void at_every_call(const std::string& what, const std::function<std::filesystem::path(const std::filesystem::path&)>& prepare,
                     const std::function<bool(const std::filesystem::path&)>& work,
                     const std::function<void(const std::filesystem::path&)>& look) {
    const std::int64_t calls_max = std::getenv("TUTELA_FAULTS_SEEDS") != nullptr ? kNoCall : 40;
    std::int64_t calls = 0;
    {
      const TempFolder place;
      const auto folder = prepare(place.path());
      const auto whole = break_off(folder, Trouble::killed, kNoCall, [&] { return work(folder); });
      ASSERT_EQ(whole.status, 0) << what;
      calls = whole.calls;
      look(folder);
    }
    ASSERT_GT(calls, 2) << what;
    std::int64_t killed = 0, tried = 0;
    // The power also goes when all is done and said to be: what it takes then is drawn ten times.
    for (const auto trouble : {Trouble::killed, Trouble::power_cut})
      for (std::int64_t n = 1; n <= calls + (trouble == Trouble::power_cut ? 10 : 0);
           n += n > calls ? 1 : 1 + (calls - 1) / calls_max) {
        SCOPED_TRACE(what + (trouble == Trouble::killed ? ", killed" : ", power cut") + " at call " + std::to_string(n));
        const TempFolder place;
        const auto folder = prepare(place.path());
        killed += break_off(folder, trouble, n, [&] { return work(folder); }).is_killed() ? 1 : 0;
        ++tried;
        look(folder);
        if (HasFailure()) return;
      }
    std::cout << "[ " << what << " ] " << calls << " calls, " << killed << " of " << tried << " struck" << std::endl;
    EXPECT_GE(killed, tried * 9 / 10);
  }

  static std::filesystem::path copy_into(const std::filesystem::path& from, const std::filesystem::path& place) {
    std::filesystem::copy(from, place / "work" / from.filename(), std::filesystem::copy_options::recursive);
    return place / "work";
  }

  NodeFolder home;
  Secret receipt;
};

TEST_F(Interrupted, ANodeIsMadeWithAllThatItNeedsOrNotAtAll) {
  const auto make = [](const std::filesystem::path& place) {
    return app::create_node({place / "node"}, {"made.test", "hotline", "DE", true, {}});
  };
  at_every_call(
      "init",
      [](const auto& place) {
        std::filesystem::create_directories(place / "work");
        return place / "work";
      },
      [&](const auto& place) { return make(place).has_value(); },
      [&](const auto& place) {
        const app::DataFolder folder{place / "node"};
        if (const auto opened = reason_of(app::Node::open(folder, app::DecoderUse::none)); opened != "ok") {
          EXPECT_EQ(opened, "node.no_folder");
          if (std::filesystem::exists(folder.keys())) {
            EXPECT_EQ(reason_of(make(place)), "node.folder_not_empty");
          }
          std::filesystem::remove_all(folder.root);
          must(make(place));
        }
        EXPECT_EQ(reason_of(make(place)), "node.exists");
        {
          const auto node = must(app::Node::open(folder, app::DecoderUse::none));
          const auto reader = [&](const std::string& table) {
            return must(in_snapshot<std::int64_t>(node->context().store, [&](store::Reader& rows) -> Result<std::int64_t> {
              TUTELA_ASSIGN(const auto counted, rows.query("SELECT COUNT(*) FROM " + table));
              return counted.at(0).integer(0);
            }));
          };
          EXPECT_EQ(reader("member"), 1) << "the administrator";
          EXPECT_EQ(reader("bank"), 1) << "the bank of own verdicts";
        }
        expect_no_damage(folder);
      });
}

TEST_F(Interrupted, ABackupIsWholeOrNotThere) {
  const auto back_up = [](const std::filesystem::path& place, const std::string& name) {
    const app::DataFolder folder{place / "node"};
    const auto keys = must(vault::KeyStore::open(folder.keys()));
    const auto steps = line::schema_steps();
    return backup::take_backup({folder.database(), folder.objects(), folder.settings(), folder.after_list(), keys, steps},
                               place / name, SystemClock().now());
  };
  at_every_call(
      "backup",
      [&](const auto& place) {
        std::filesystem::create_directories(place / "work");
        return copy_into(home.folder().root, place);
      },
      [&](const auto& place) { return back_up(place, "taken").has_value(); },
      [&](const auto& place) {
        const app::DataFolder node{place / "node"};
        if (!std::filesystem::exists(place / "taken")) must(back_up(place, "taken"));
        const app::DataFolder again{place / "again"};
        const auto restored = app::restore_node({place / "taken", again, node.keys(), node.after_list()});
        EXPECT_TRUE(restored) << reason_of(restored);
        expect_no_damage(node);
      });
}

TEST_F(Interrupted, ARestoredNodeIsWholeOrNotThere) {
  must(home.back_up("backup"));
  const auto restore = [](const std::filesystem::path& place) {
    const app::DataFolder node{place / "node"};
    return app::restore_node({place / "backup", {place / "again"}, node.keys(), node.after_list()});
  };
  at_every_call(
      "restore",
      [&](const auto& place) {
        std::filesystem::create_directories(place / "work");
        copy_into(home.path("backup"), place);
        return copy_into(home.folder().root, place);
      },
      [&](const auto& place) { return restore(place).has_value(); },
      [&](const auto& place) {
        const app::DataFolder again{place / "again"};
        const auto opened = reason_of(app::Node::open(again, app::DecoderUse::none));
        if (opened != "ok") {
          // What was broken off is no node, and the command says so until somebody removes it.
          EXPECT_EQ(opened, "node.no_folder");
          if (std::filesystem::exists(again.root) && !std::filesystem::is_empty(again.root)) {
            EXPECT_EQ(reason_of(restore(place)), "restore.target_not_empty");
          }
          std::filesystem::remove_all(again.root);
          const auto restored = restore(place);
          ASSERT_TRUE(restored) << reason_of(restored);
        }
        {
          const auto node = must(app::Node::open(again, app::DecoderUse::none));
          const auto parsed = must(intake::Receipt::parse(receipt.reveal()));
          EXPECT_TRUE(line::state_for_receipt(node->context(), parsed));
        }
        expect_no_damage(again);
      });
}

TEST_F(Interrupted, AKeyFolderOpensWithTheOldPassphraseOrTheNew) {
  constexpr crypto::PassphraseCost kCheap{1, 8};
  const auto saying = [](const std::string& words) -> vault::AskSecret {
    return [words](vault::SealKind) -> Result<Secret> { return Secret(words); };
  };
  const vault::DestructionClass march{vault::RecordClass::report, std::chrono::year{2027} / 3};
  const TempFolder made;
  SeededRandom random(5);
  auto keys = must(vault::KeyStore::create(made.path() / "keys", random));
  const auto wrapped = must(vault::new_row_key(keys, march, random)).wrapped;
  const auto key = keys.signing_key().public_key();
  const auto opens = [&](const std::filesystem::path& folder, const std::string& words) {
    const auto opened = vault::KeyStore::open(folder / "keys", saying(words));
    return opened && opened->signing_key().public_key() == key && opened->unwrap_key(wrapped).has_value();
  };
  const auto seal = [&](const std::filesystem::path& folder, const std::string& old_words, const std::string& words) {
    SystemRandom fresh;
    return vault::KeyStore::seal_folder(folder / "keys", vault::SealKind::passphrase, saying(old_words), Secret(words), fresh,
                                        kCheap);
  };
  const auto first = std::string("the first of the words"), second = std::string("the second of the words");
  for (const bool is_change : {false, true})
    at_every_call(
        is_change ? "change of the passphrase" : "sealing",
        [&](const auto& place) {
          std::filesystem::create_directories(place / "work");
          auto folder = copy_into(made.path() / "keys", place);
          if (is_change) must(seal(folder, "", first));
          return folder;
        },
        [&](const auto& place) { return seal(place, first, second).has_value(); },
        [&](const auto& place) {
          EXPECT_TRUE(opens(place, first) || opens(place, second)) << "neither opens it";
          const auto again = seal(place, opens(place, first) ? first : second, second);
          EXPECT_TRUE(again) << reason_of(again);
          EXPECT_TRUE(opens(place, second));
          EXPECT_FALSE(opens(place, first));
          EXPECT_EQ(must(vault::KeyStore::examine(place / "keys")).readable_files, 0U);
        });
}

TEST_F(Interrupted, AClassIsDestroyedOrNotAndIsNeverHalfThere) {
  const vault::DestructionClass march{vault::RecordClass::report, std::chrono::year{2027} / 3};
  const vault::DestructionClass april{vault::RecordClass::report, std::chrono::year{2027} / 4};
  const TempFolder made;
  SeededRandom random(6);
  auto keys = must(vault::KeyStore::create(made.path() / "keys", random));
  const auto gone = must(vault::new_row_key(keys, march, random)).wrapped;
  const auto kept = must(vault::new_row_key(keys, april, random)).wrapped;
  int destroyed = 0, whole = 0;
  at_every_call(
      "destruction of a class",
      [&](const auto& place) {
        std::filesystem::create_directories(place / "work");
        return copy_into(made.path() / "keys", place);
      },
      [&](const auto& place) { return must(vault::KeyStore::open(place / "keys")).destroy_class(march, Time{}).has_value(); },
      [&](const auto& place) {
        auto opened = must(vault::KeyStore::open(place / "keys"));
        EXPECT_TRUE(opened.unwrap_key(kept));
        const auto unwrapped = opened.unwrap_key(gone);
        EXPECT_EQ(opened.is_destroyed(march), !unwrapped.has_value());
        if (!unwrapped) {
          EXPECT_EQ(reason_of(unwrapped), "vault.key_destroyed");
        }
        ++(unwrapped ? whole : destroyed);
        must(opened.destroy_class(march, Time{}));
        EXPECT_FALSE(std::filesystem::exists(place / "keys" / "class" / "report-2027-03.key"));
      });
  EXPECT_GT(destroyed, 0);
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace tutela::test
