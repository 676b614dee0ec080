#include "match_engine/snapshot.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "match_engine/bank_test_support.h"

namespace tutela::match_engine {
namespace {

using namespace testing_banks;

class Snapshot : public testing::Test {
 public:
  Snapshot() {
    std::string name = (std::filesystem::temp_directory_path() / "snapshot-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Snapshot() override { std::filesystem::remove_all(folder_); }

 protected:
  SnapshotPlace place(std::uint8_t key = 1, std::string source = "node.test/epoch-1") {
    return {folder_ / "match.snapshot", SnapshotKey::from_bytes(Bytes(32, key)).value(), std::move(source), random_};
  }
  // Enough rows for several chunks.
  TableState drawn_state(int entries) {
    TableState state;
    EXPECT_TRUE(state.set_banks(std::vector{bank_row(1), bank_row(2, 44), bank_row(3, 31, match::BankPurpose::safe)}).value());
    for (int number = 1; number <= entries; ++number) {
      auto change = entry(static_cast<std::uint64_t>(number), drawn_.fingerprints(), 1 + drawn_.below(3));
      change.entry.status = match::kEntryStatuses[drawn_.below(2)];
      change.entry.act = kActs[drawn_.below(kActs.size())];
      EXPECT_TRUE(state.apply(change));
      if (drawn_.below(10) == 0) {
        change.entry.status = match::EntryStatus::withdrawn;
        EXPECT_TRUE(state.apply(change));
      }
    }
    state.feed = 77;
    return state;
  }
  Bytes content() {
    std::ifstream file(place().path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const Bytes& content) {
    std::ofstream file(place().path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
  std::string reason(const SnapshotPlace& from) {
    const auto read = read_snapshot(from);
    return read ? "fine" : std::string(read.error().reason.text());
  }

  std::filesystem::path folder_;
  SeededRandom random_{5};
  Drawn drawn_{6};
};

TEST_F(Snapshot, GivesWhatItWasGivenWithoutWhatIsWithdrawn) {
  const TableState state = drawn_state(5'000);
  const auto before = state.make_generation(1);
  ASSERT_TRUE(write_snapshot(place(), *before));
  auto read = read_snapshot(place());
  ASSERT_TRUE(read) << to_string(read.error());
  (*read)->index_all(2);
  const auto after = (*read)->make_generation(1);
  EXPECT_EQ(after->feed, 77);
  EXPECT_EQ((*read)->entry_count(), state.entry_count() - state.withdrawn_count());
  EXPECT_EQ((*read)->withdrawn_count(), 0U);
  for (int asked = 0; asked < 300; ++asked) {
    const auto question = drawn_.fingerprint();
    ASSERT_EQ(lines_of(ask(*after, {question})), lines_of(ask(*before, {question})));
  }
  // And it goes on from there.
  ASSERT_TRUE((*read)->apply(entry(9'999, {pdq(0)})));
  EXPECT_FALSE(ask(*(*read)->make_generation(2), {pdq(0)}).matches.empty());
}

TEST_F(Snapshot, AnEmptyOneIsOne) {
  ASSERT_TRUE(write_snapshot(place(), *TableState().make_generation(1)));
  EXPECT_EQ(reason(place()), "fine");
}

TEST_F(Snapshot, IsTheOwnersAndHidesItsValues) {
  TableState state;
  ASSERT_TRUE(state.set_banks(std::vector{bank_row(1)}).value());
  for (std::uint64_t number = 0; number < 100; ++number)
    ASSERT_TRUE(state.apply(entry(number, {digest(Algorithm::sha256(), 0xab)})));
  ASSERT_TRUE(write_snapshot(place(), *state.make_generation(1)));
  struct stat facts{};
  ASSERT_EQ(::stat(place().path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  const Bytes bytes = content();
  const Bytes value(8, 0xab);
  EXPECT_TRUE(std::ranges::search(bytes, value).empty());
  ASSERT_EQ(::chmod(place().path.c_str(), 0640), 0);
  EXPECT_EQ(reason(place()), "match.snapshot_exposed");
}

TEST_F(Snapshot, RefusesAnotherKeySourceAndVersion) {
  EXPECT_EQ(reason(place()), "match.no_snapshot");
  ASSERT_TRUE(write_snapshot(place(), *drawn_state(50).make_generation(1)));
  EXPECT_EQ(reason(place(2)), "match.snapshot_broken");
  EXPECT_EQ(reason(place(1, "node.test/epoch-2")), "match.snapshot_foreign");
  Bytes newer = content();
  newer[8] = 2;
  replace(newer);
  EXPECT_EQ(reason(place()), "match.snapshot_version");
}

TEST_F(Snapshot, RefusesEveryCut) {
  ASSERT_TRUE(write_snapshot(place(), *drawn_state(300).make_generation(1)));
  const Bytes whole = content();
  for (std::size_t length = 0; length < whole.size(); length += 1 + length / 64) {
    replace(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    ASSERT_EQ(reason(place()), "match.snapshot_cut") << "at " << length;
  }
  Bytes longer = whole;
  longer.push_back(0);
  replace(longer);
  EXPECT_EQ(reason(place()), "match.snapshot_broken");
}

TEST_F(Snapshot, RefusesEveryChange) {
  ASSERT_TRUE(write_snapshot(place(), *drawn_state(300).make_generation(1)));
  const Bytes whole = content();
  for (std::size_t at = 0; at < whole.size(); at += 1 + at / 64) {
    Bytes changed = whole;
    changed[at] ^= 0x10;
    replace(changed);
    ASSERT_NE(reason(place()), "fine") << "at " << at;
  }
}

// Chunks belong to one place of one file.
TEST_F(Snapshot, RefusesChunksThatMoved) {
  const SnapshotPlace where = place();
  const auto write = [&](std::uint8_t fill) {
    auto writer = SnapshotWriter::create(where.path, where.key, random_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(Bytes(2 * kSnapshotChunkBytes + 100, fill)));
    ASSERT_TRUE(writer->finish());
  };
  const auto read = [&]() -> Result<> {
    TUTELA_ASSIGN(auto reader, SnapshotReader::open(where.path, where.key));
    Bytes all(2 * kSnapshotChunkBytes + 100);
    TUTELA_TRY(reader.read(all));
    return reader.finish();
  };
  const auto refused = [&] {
    const auto result = read();
    return result ? "fine" : std::string(result.error().reason.text());
  };
  write(1);
  EXPECT_EQ(refused(), "fine");
  const Bytes whole = content();
  constexpr std::ptrdiff_t kHead = 32;
  constexpr std::ptrdiff_t kChunk = 4 + kSnapshotChunkBytes + 41;
  Bytes swapped = whole;
  std::swap_ranges(swapped.begin() + kHead, swapped.begin() + kHead + kChunk, swapped.begin() + kHead + kChunk);
  replace(swapped);
  EXPECT_EQ(refused(), "match.snapshot_broken");
  Bytes without_second(whole.begin(), whole.begin() + kHead + kChunk);
  without_second.insert(without_second.end(), whole.begin() + kHead + 2 * kChunk, whole.end());
  replace(without_second);
  EXPECT_EQ(refused(), "match.snapshot_broken");
  replace(Bytes(whole.begin(), whole.begin() + kHead + 2 * kChunk));
  EXPECT_EQ(refused(), "match.snapshot_cut") << "between two chunks";
  write(2);
  Bytes mixed = content();
  std::copy(whole.begin() + kHead, whole.begin() + kHead + kChunk, mixed.begin() + kHead);
  replace(mixed);
  EXPECT_EQ(refused(), "match.snapshot_broken") << "a chunk of another file";
}

TEST_F(Snapshot, OneThatIsNotFinishedLeavesTheOldOne) {
  const SnapshotPlace where = place();
  ASSERT_TRUE(write_snapshot(place(), *drawn_state(50).make_generation(1)));
  {
    auto writer = SnapshotWriter::create(where.path, where.key, random_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(Bytes(1'000, 1)));
  }
  EXPECT_EQ(reason(place()), "fine");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace tutela::match_engine
