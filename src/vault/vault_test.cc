#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/limits.h"
#include "model/ids.h"
#include "vault/durable_file.h"
#include "vault/field_sealing.h"
#include "vault/key_store.h"
#include "vault/object_store.h"

namespace tutela::vault {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class VaultTest : public testing::Test {
 public:
  VaultTest() : random(31) {
    std::string name = (fs::temp_directory_path() / "tutela-vault-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  ~VaultTest() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

 protected:
  fs::path keys_folder() const { return folder / "keys"; }
  KeyStore make_keys() { return KeyStore::create(keys_folder(), random).value(); }
  std::size_t files_in(const fs::path& where) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(where), fs::directory_iterator()));
  }

  SeededRandom random;
  fs::path folder;
  const DestructionClass march{RecordClass::report, std::chrono::year{2027} / 3};
  const DestructionClass april{RecordClass::report, std::chrono::year{2027} / 4};
};

TEST_F(VaultTest, KeysAreMadeOnceAndFoundAgain) {
  const auto made = make_keys();
  const auto opened = open_key_store(keys_folder());
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(opened->signing_key().public_key(), made.signing_key().public_key());
  EXPECT_EQ(crypto::keyed_hash(opened->subject_key(), "item", {}), crypto::keyed_hash(made.subject_key(), "item", {}));
  EXPECT_EQ(crypto::keyed_hash(opened->lookup_key(), "receipt", {}), crypto::keyed_hash(made.lookup_key(), "receipt", {}));
  EXPECT_EQ(KeyStore::create(keys_folder(), random).error().reason, Reason("vault.keys_exist"));
  EXPECT_EQ(open_key_store(folder / "nothing").error().reason, Reason("vault.no_keys"));
  EXPECT_EQ(fs::status(keys_folder()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(keys_folder() / "signing.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(VaultTest, ACreationThatCrashedIsCompleted) {
  {
    const auto made = make_keys();
  }
  fs::remove(keys_folder() / "signing.key");
  EXPECT_EQ(open_key_store(keys_folder()).error().reason, Reason("vault.no_keys"));
  EXPECT_TRUE(KeyStore::create(keys_folder(), random));
}

TEST_F(VaultTest, ExposedOrDamagedKeysAreRefused) {
  {
    const auto made = make_keys();
  }
  const auto file = keys_folder() / "lookup.key";
  fs::permissions(file, fs::perms::owner_all | fs::perms::group_read);
  EXPECT_EQ(open_key_store(keys_folder()).error().reason, Reason("vault.keys_exposed"));
  fs::permissions(file, fs::perms::owner_all);
  EXPECT_TRUE(open_key_store(keys_folder()));
  fs::permissions(keys_folder(), fs::perms::owner_all | fs::perms::others_exec);
  EXPECT_EQ(open_key_store(keys_folder()).error().reason, Reason("vault.keys_exposed"));
  fs::permissions(keys_folder(), fs::perms::owner_all);
  // A key of another purpose is not taken for it, nor is a cut one.
  fs::copy_file(keys_folder() / "subject.key", file, fs::copy_options::overwrite_existing);
  EXPECT_EQ(open_key_store(keys_folder()).error().reason, Reason("vault.corrupt_key"));
  std::ofstream(file) << "tutela-key-v1 lookup QUJD\n";
  EXPECT_EQ(open_key_store(keys_folder()).error().reason, Reason("vault.corrupt_key"));
  std::ofstream(file) << std::string(10'000, 'a');
  EXPECT_EQ(open_key_store(keys_folder()).error().reason, Reason("vault.corrupt_key"));
}

TEST_F(VaultTest, WrappedKeysOutliveTheProcessButNotTheirClass) {
  Bytes wrapped;
  Bytes plain;
  {
    auto keys = make_keys();
    const auto row = new_row_key(keys, march, random).value();
    wrapped = row.wrapped;
    plain.assign(row.key.reveal().begin(), row.key.reveal().end());
    EXPECT_TRUE(fs::exists(keys_folder() / "class" / "report-2027-03.key"));
  }
  {
    const auto keys = open_key_store(keys_folder()).value();
    EXPECT_TRUE(crypto::constant_time_equal(keys.unwrap_key(wrapped).value().reveal(), plain));
  }
  fs::remove(keys_folder() / "class" / "report-2027-03.key");
  const auto keys = open_key_store(keys_folder()).value();
  EXPECT_EQ(keys.unwrap_key(wrapped).error().reason, Reason("vault.key_destroyed"));
}

TEST_F(VaultTest, EveryFlippedByteOfAWrappedKeyIsRefused) {
  auto keys = make_keys();
  const auto row = new_row_key(keys, march, random).value();
  ASSERT_TRUE(keys.wrap_key(april, row.key, random));
  for (std::size_t i = 0; i < row.wrapped.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = row.wrapped;
      flipped[i] = static_cast<std::uint8_t>(flipped[i] ^ 1 << bit);
      EXPECT_FALSE(keys.unwrap_key(flipped)) << i;
    }
    EXPECT_FALSE(keys.unwrap_key(BytesView(row.wrapped).first(i)));
  }
}

TEST_F(VaultTest, AWrappedKeyCannotNameAFileElsewhere) {
  const auto keys = make_keys();
  for (const std::string name :
       {"../subject", "report-2027-0a", "../../etc/report-2027-03", "reports-2027-03", "report_2027_03", ""}) {
    Bytes wrapped{1};
    append_prefixed(wrapped, as_bytes(name));
    wrapped.resize(wrapped.size() + 80);
    EXPECT_EQ(keys.unwrap_key(wrapped).error().reason, Reason("vault.corrupt_wrapped_key")) << name;
  }
}

TEST_F(VaultTest, TwoProcessesThatMakeAClassKeyMeetInOne) {
  {
    const auto made = make_keys();
  }
  auto one = open_key_store(keys_folder()).value();
  auto two = open_key_store(keys_folder()).value();
  Bytes from_one;
  Bytes from_two;
  std::thread first([&] { from_one = new_row_key(one, march, random).value().wrapped; });
  std::thread second([&] { from_two = new_row_key(two, march, random).value().wrapped; });
  first.join();
  second.join();
  EXPECT_TRUE(two.unwrap_key(from_one));
  EXPECT_TRUE(one.unwrap_key(from_two));
  EXPECT_EQ(files_in(keys_folder() / "class"), 1U);
}

TEST_F(VaultTest, RecordClassesHaveWordsAndMonths) {
  for (int i = 0; i <= static_cast<int>(RecordClass::outbox); ++i) {
    const auto record = static_cast<RecordClass>(i);
    EXPECT_EQ(parse_record_class(to_word(record)).value(), record);
  }
  EXPECT_FALSE(parse_record_class("none"));
  const Time november = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + 23h;
  EXPECT_EQ(month_after(november, 0), std::chrono::year{2026} / 11);
  EXPECT_EQ(month_after(november, 3), std::chrono::year{2027} / 2);
}

TEST_F(VaultTest, FieldsOpenOnlyInTheirPlace) {
  const auto key = RowKey::make(random);
  const auto id = ItemId::make(from_unix_ms(1), random);
  const auto other = ItemId::make(from_unix_ms(1), random);
  const auto sealed = seal_text(key, {"report.sealed_text", id.bytes()}, "words", random);
  EXPECT_EQ(open_text(key, {"report.sealed_text", id.bytes()}, sealed).value(), "words");
  EXPECT_EQ(open_text(key, {"report.sealed_contact", id.bytes()}, sealed).error().reason, Reason("vault.corrupt_field"));
  EXPECT_FALSE(open_text(key, {"report.sealed_text", other.bytes()}, sealed));
  EXPECT_FALSE(open_text(RowKey::make(random), {"report.sealed_text", id.bytes()}, sealed));
}

TEST_F(VaultTest, ObjectsComeBackWholeOrNotAtAll) {
  auto objects = ObjectStore::open(folder / "objects").value();
  const auto key = RowKey::make(random);
  const Bytes content(100'000, 7);
  const auto name = objects.put(key, content, random).value();
  EXPECT_EQ(objects.get(key, name).value(), content);
  EXPECT_EQ(objects.get(RowKey::make(random), name).error().reason, Reason("vault.corrupt_object"));
  EXPECT_EQ(objects.get(key, std::string(32, '0')).error().reason, Reason("vault.no_object"));
  EXPECT_EQ(objects.get(key, "../keys/signing.key").error().reason, Reason("vault.no_object"));
  // Another object's bytes under this name, a changed byte, a cut file.
  const auto path = folder / "objects" / name;
  const auto other = objects.put(key, content, random).value();
  const auto genuine = read_file(path, 1'000'000).value();
  fs::copy_file(folder / "objects" / other, path, fs::copy_options::overwrite_existing);
  EXPECT_EQ(objects.get(key, name).error().reason, Reason("vault.corrupt_object"));
  auto changed = genuine;
  changed[changed.size() / 2] ^= 1;
  ASSERT_TRUE(write_durably(path, changed, IfExists::replace));
  EXPECT_EQ(objects.get(key, name).error().reason, Reason("vault.corrupt_object"));
  ASSERT_TRUE(write_durably(path, BytesView(genuine).first(50'000), IfExists::replace));
  EXPECT_EQ(objects.get(key, name).error().reason, Reason("vault.corrupt_object"));
  ASSERT_TRUE(write_durably(path, {}, IfExists::replace));
  EXPECT_EQ(objects.get(key, name).error().reason, Reason("vault.corrupt_object"));
  ASSERT_TRUE(write_durably(path, genuine, IfExists::replace));
  EXPECT_EQ(objects.get(key, name).value(), content);
  EXPECT_TRUE(objects.remove(name));
  EXPECT_TRUE(objects.remove(name)) << "resumable";
  EXPECT_EQ(objects.get(key, name).error().reason, Reason("vault.no_object"));
  EXPECT_EQ(objects.put(key, Bytes(limits::kMediaBytesMax + 1), random).error().reason, Reason("vault.object_too_large"));
}

TEST_F(VaultTest, AFullDiskIsALimitAndLeavesNothing) {
  auto objects = ObjectStore::open(folder / "objects").value();
  const auto key = RowKey::make(random);
  // A limit on file sizes fails a write in its middle, as a full disk does.
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{64 * 1024, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto name = objects.put(key, Bytes(100'000), random);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, ErrorCode::limit);
  EXPECT_EQ(name.error().reason, Reason("vault.disk_full"));
  EXPECT_EQ(files_in(folder / "objects"), 0U);
  EXPECT_TRUE(objects.put(key, Bytes(100'000), random)) << "usable again when there is room";
}

TEST_F(VaultTest, LeftoversOfACrashAreRemovedWhenOld) {
  auto objects = ObjectStore::open(folder / "objects").value();
  const auto key = RowKey::make(random);
  const auto kept = objects.put(key, Bytes(10), random).value();
  std::ofstream(folder / "objects" / (std::string(kTemporaryPrefix) + "1-1")) << "half";
  EXPECT_EQ(objects.remove_leftovers(SystemClock().now() - 1h).value(), 0U);
  EXPECT_EQ(objects.remove_leftovers(SystemClock().now() + 1h).value(), 1U);
  EXPECT_EQ(files_in(folder / "objects"), 1U);
  EXPECT_TRUE(objects.get(key, kept));
}

TEST_F(VaultTest, AMissingFolderIsUnavailable) {
  EXPECT_EQ(ObjectStore::open(folder / "no" / "such").error().reason, Reason("vault.io"));
  EXPECT_EQ(write_durably(folder / "no" / "file", {}, IfExists::keep).error().place, "ENOENT");
}

}  // namespace
}  // namespace tutela::vault
