#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/limits.h"
#include "crypto/digest.h"
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
  VaultTest() : random(31), lookup(crypto::LookupKey::make(random)) {
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
  const crypto::LookupKey lookup;
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
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
  const auto key = RowKey::make(random);
  Bytes content(200'000);
  random.fill(content);
  const auto id = objects.put(key, content, random).value();
  EXPECT_EQ(objects.get(key, id).value(), content);
  EXPECT_TRUE(objects.verify(key, id));
  EXPECT_EQ(objects.get(RowKey::make(random), id).error().reason, Reason("vault.corrupt_object"));
  EXPECT_EQ(objects.get(key, std::string(32, '0')).error().reason, Reason("vault.no_object"));
  EXPECT_EQ(objects.get(key, "../keys/signing.key").error().reason, Reason("vault.no_object"));
  EXPECT_TRUE(objects.remove(id));
  EXPECT_TRUE(objects.remove(id)) << "resumable";
  EXPECT_EQ(objects.get(key, id).error().reason, Reason("vault.no_object"));
  EXPECT_EQ(objects.put(key, Bytes(limits::kMediaBytesMax + 1), random).error().reason, Reason("vault.object_too_large"));
}

TEST_F(VaultTest, ObjectsOfEverySizeAroundAChunkAreBitExact) {
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
  const auto key = RowKey::make(random);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kObjectChunkBytes - 1, kObjectChunkBytes, kObjectChunkBytes + 1,
                                 2 * kObjectChunkBytes, 2 * kObjectChunkBytes + 1, limits::kMediaBytesMax}) {
    Bytes content(size);
    random.fill(content);
    const auto id = objects.put(key, content, random).value();
    auto reader = objects.read(key, id).value();
    EXPECT_EQ(reader.size_bytes(), size);
    Bytes read;
    for (;;) {
      const auto chunk = reader.next().value();
      if (!chunk) break;
      ASSERT_LE(chunk->size(), kObjectChunkBytes) << "memory stays bounded";
      append_bytes(read, *chunk);
    }
    EXPECT_EQ(crypto::sha256(read), crypto::sha256(content)) << size;
  }
}

TEST_F(VaultTest, AnObjectsFileBearsNeitherItsIdNorItsDigest) {
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
  const auto key = RowKey::make(random);
  const Bytes content(10, 7);
  const auto id = objects.put(key, content, random).value();
  const auto file = fs::directory_iterator(folder / "objects")->path().filename().string();
  EXPECT_EQ(file, objects.file_name(id));
  EXPECT_NE(file, id);
  EXPECT_EQ(encode_hex(crypto::sha256(content)).find(file), std::string::npos);
  EXPECT_EQ(encode_hex(crypto::digests_of(content).md5).find(file), std::string::npos);
  // Without the node's own key the id leads to no file.
  const auto other_lookup = crypto::LookupKey::make(random);
  const auto stranger = ObjectStore::open(folder / "objects", other_lookup).value();
  EXPECT_EQ(stranger.get(key, id).error().reason, Reason("vault.no_object"));
}

TEST_F(VaultTest, ACutMovedForeignOrChangedChunkIsRefused) {
  constexpr std::size_t kHead = 25;
  constexpr std::size_t kSealed = kObjectChunkBytes + 17;
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
  const auto key = RowKey::make(random);
  Bytes content(3 * kObjectChunkBytes);
  random.fill(content);
  const auto id = objects.put(key, content, random).value();
  const auto other = objects.put(key, content, random).value();
  const auto path = folder / "objects" / objects.file_name(id);
  const auto genuine = read_file(path, 1'000'000).value();
  const auto foreign = read_file(folder / "objects" / objects.file_name(other), 1'000'000).value();
  ASSERT_EQ(genuine.size(), kHead + 3 * kSealed);
  const auto refused = [&](const Bytes& file) {
    EXPECT_TRUE(write_durably(path, file, IfExists::replace));
    const auto got = objects.get(key, id);
    EXPECT_EQ(objects.verify(key, id).has_value(), got.has_value());
    return !got && got.error().reason == Reason("vault.corrupt_object");
  };
  const auto part = [&](const Bytes& file, std::size_t chunk) {
    return BytesView(file).subspan(kHead + chunk * kSealed, kSealed);
  };
  const auto built = [&](std::initializer_list<BytesView> chunks) {
    Bytes file(genuine.begin(), genuine.begin() + kHead);
    for (const auto chunk : chunks) append_bytes(file, chunk);
    return file;
  };
  EXPECT_TRUE(refused(built({part(genuine, 0), part(genuine, 1)}))) << "whole chunks cut off at the end";
  EXPECT_TRUE(refused(built({part(genuine, 1), part(genuine, 2)}))) << "at the beginning";
  EXPECT_TRUE(refused(built({part(genuine, 0), part(genuine, 2)}))) << "in the middle";
  EXPECT_TRUE(refused(built({part(genuine, 1), part(genuine, 0), part(genuine, 2)}))) << "moved";
  EXPECT_TRUE(refused(built({part(genuine, 0), part(foreign, 1), part(genuine, 2)}))) << "of another object under the same key";
  EXPECT_TRUE(refused(built({part(genuine, 0), part(genuine, 1), part(genuine, 2), part(genuine, 2)}))) << "repeated";
  EXPECT_TRUE(refused(foreign)) << "another object under this name";
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, kHead, kHead + 1, kHead + kSealed - 1, genuine.size() - 1})
    EXPECT_TRUE(refused(Bytes(genuine.begin(), genuine.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, kHead, kHead + kSealed, genuine.size() - 1}) {
    auto changed = genuine;
    changed[at] ^= 1;
    EXPECT_TRUE(refused(changed)) << at;
  }
  ASSERT_TRUE(write_durably(path, genuine, IfExists::replace));
  EXPECT_EQ(objects.get(key, id).value(), content);
}

TEST_F(VaultTest, AReaderOutlivesARemoval) {
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
  const auto key = RowKey::make(random);
  const auto id = objects.put(key, Bytes(2 * kObjectChunkBytes), random).value();
  auto reader = objects.read(key, id).value();
  ASSERT_TRUE(objects.remove(id));
  EXPECT_TRUE(reader.next().value().has_value());
  EXPECT_TRUE(reader.next().value().has_value());
  EXPECT_FALSE(reader.next().value().has_value());
}

TEST_F(VaultTest, ADestroyedClassIsGoneForEveryProcess) {
  auto one = make_keys();
  auto two = open_key_store(keys_folder()).value();
  const auto row = new_row_key(one, march, random).value();
  const auto kept = new_row_key(one, april, random).value();
  ASSERT_TRUE(two.unwrap_key(row.wrapped)) << "in its memory now";
  EXPECT_EQ(one.classes().value().size(), 2U);
  ASSERT_TRUE(one.destroy_class(march, from_unix_ms(0)));
  ASSERT_TRUE(one.destroy_class(march, from_unix_ms(1))) << "resumable";
  EXPECT_EQ(one.unwrap_key(row.wrapped).error().reason, Reason("vault.key_destroyed"));
  EXPECT_EQ(two.unwrap_key(row.wrapped).error().reason, Reason("vault.key_destroyed"));
  two.forget_destroyed();
  EXPECT_TRUE(two.unwrap_key(kept.wrapped));
  EXPECT_TRUE(two.is_destroyed(march));
  EXPECT_FALSE(two.is_destroyed(april));
  EXPECT_EQ(two.classes().value().size(), 1U);
  EXPECT_FALSE(fs::exists(keys_folder() / "class" / "report-2027-03.key"));
  // What would have gone there goes to another generation of the month.
  const auto late = new_row_key(two, march, random).value();
  EXPECT_EQ(to_string(class_of_wrapped(late.wrapped).value()), "report-2027-03-g2");
}

TEST_F(VaultTest, AClosedClassOpensWhatItHasAndTakesNothingInAnyProcess) {
  auto one = make_keys();
  auto two = open_key_store(keys_folder()).value();
  const auto row = new_row_key(one, march, random).value();
  ASSERT_TRUE(new_row_key(two, march, random)) << "in its memory now";
  ASSERT_TRUE(one.close_class(march, from_unix_ms(0)));
  ASSERT_TRUE(one.close_class(march, from_unix_ms(1))) << "resumable";
  EXPECT_TRUE(two.unwrap_key(row.wrapped));
  const auto next = new_row_key(two, march, random).value();
  EXPECT_EQ(to_string(class_of_wrapped(next.wrapped).value()), "report-2027-03-g2");
  EXPECT_EQ(one.classes().value().size(), 2U);
  ASSERT_TRUE(one.destroy_class(march, from_unix_ms(0)));
  EXPECT_EQ(two.unwrap_key(row.wrapped).error().reason, Reason("vault.key_destroyed"));
  EXPECT_TRUE(two.unwrap_key(next.wrapped));
  EXPECT_FALSE(fs::exists(keys_folder() / "class" / "report-2027-03.closed"));
  auto second = march;
  second.generation = 2;
  ASSERT_TRUE(one.destroy_class(second, from_unix_ms(0)));
  EXPECT_EQ(to_string(class_of_wrapped(new_row_key(one, march, random).value().wrapped).value()), "report-2027-03-g3");
}

TEST_F(VaultTest, OnlyTheNamesThatItMakesAreClasses) {
  for (const std::string name : {"report-2027-03", "report-2027-03-g2", "outbox-2031-12-g9999"})
    EXPECT_EQ(to_string(parse_destruction_class(name).value()), name);
  for (const std::string name : {"report-2027-03-", "report-2027-03-g", "report-2027-03-g1", "report-2027-03-g02",
                                 "report-2027-03-g10000", "report-2027-03-gx", "report-2027-03-2", "report-2027-03g2",
                                 "report-2027-03-g2-g3", "report", "report-", "-2027-03", "", "report-2027-3-g2"})
    EXPECT_EQ(parse_destruction_class(name).error().reason, Reason("vault.bad_class")) << name;
}

TEST_F(VaultTest, ADestructionThatCrashedBehindItsMarkCountsAndIsCompleted) {
  auto keys = make_keys();
  const auto row = new_row_key(keys, march, random).value();
  const auto file = keys_folder() / "class" / "report-2027-03.key";
  const auto saved = read_file(file, 1'000).value();
  ASSERT_TRUE(keys.destroy_class(march, from_unix_ms(0)));
  ASSERT_TRUE(write_durably(file, saved, IfExists::keep)) << "as if the crash came before the removal";
  auto after = open_key_store(keys_folder()).value();
  EXPECT_EQ(after.unwrap_key(row.wrapped).error().reason, Reason("vault.key_destroyed"));
  EXPECT_TRUE(after.classes().value().empty());
  ASSERT_TRUE(after.destroy_class(march, from_unix_ms(0)));
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(VaultTest, AFullDiskIsALimitAndLeavesNothing) {
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
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
  auto objects = ObjectStore::open(folder / "objects", lookup).value();
  const auto key = RowKey::make(random);
  const auto kept = objects.put(key, Bytes(10), random).value();
  std::ofstream(folder / "objects" / (std::string(kTemporaryPrefix) + "1-1")) << "half";
  EXPECT_EQ(objects.remove_leftovers(SystemClock().now() - 1h).value(), 0U);
  EXPECT_EQ(objects.remove_leftovers(SystemClock().now() + 1h).value(), 1U);
  EXPECT_EQ(files_in(folder / "objects"), 1U);
  EXPECT_TRUE(objects.get(key, kept));
}

TEST_F(VaultTest, AMissingFolderIsUnavailable) {
  EXPECT_EQ(ObjectStore::open(folder / "no" / "such", lookup).error().reason, Reason("vault.io"));
  EXPECT_EQ(write_durably(folder / "no" / "file", {}, IfExists::keep).error().place, "ENOENT");
}

}  // namespace
}  // namespace tutela::vault
