#include "match/near_index.h"

#include <algorithm>
#include <bit>
#include <thread>

#include <gmock/gmock.h>

#include "base/random.h"

namespace tutela::match {
namespace {

using Hits = std::vector<HammingHit>;

Bits256 random_bits(SeededRandom& random) { return {random.next(), random.next(), random.next(), random.next()}; }

void flip(Bits256& bits, std::size_t bit) { bits[bit / 64] ^= std::uint64_t{1} << (bit % 64); }

// `count` different bits.
Bits256 with_flips(Bits256 bits, std::size_t count, SeededRandom& random) {
  std::array<bool, 256> flipped{};
  while (count > 0) {
    const std::size_t bit = random.next() % 256;
    if (std::exchange(flipped[bit], true)) continue;
    flip(bits, bit);
    --count;
  }
  return bits;
}

CodePages pages_of(const std::vector<Bits256>& codes) {
  CodePages pages;
  for (const Bits256& code : codes) pages.append(code);
  return pages;
}

// Segments that end at these rows; what lies behind the last is the tail.
NearIndex index_of(const CodesView& codes, const std::vector<std::size_t>& ends,
                   const HammingKernel& kernel = best_hamming_kernel(),
                   const BucketKernel& bucket_kernel = best_bucket_kernel()) {
  std::vector<std::shared_ptr<const NearSegment>> segments;
  std::size_t first = 0;
  for (const std::size_t end : ends) {
    segments.push_back(NearSegment::build(codes, first, end));
    first = end;
  }
  return {codes, std::move(segments), kernel, bucket_kernel};
}

Hits scan(const CodesView& codes, const Bits256& query, std::uint32_t distance_bits_max) {
  Hits hits;
  scan_codes(codes, 0, query, distance_bits_max, hits, hamming_kernels().front());
  return hits;
}

Hits find(const NearIndex& index, const Bits256& query, std::uint32_t distance_bits_max) {
  const auto scratch = make_near_scratch();
  Hits hits;
  index.find(query, distance_bits_max, *scratch, hits);
  return hits;
}

Hits find_by_tables(const NearIndex& index, const Bits256& query, std::uint32_t distance_bits_max) {
  const auto scratch = make_near_scratch();
  Hits hits;
  index.find_by_tables(query, distance_bits_max, *scratch, hits);
  return hits;
}

constexpr std::size_t kRows = 100'000;

// Uniform rows, and for each of the queries one row at every distance from 0 to 40.
struct Planted {
  std::vector<Bits256> queries;
  CodePages pages;
};
const Planted& planted() {
  static const Planted made = [] {
    SeededRandom random(20'261'123);
    Planted planted;
    std::vector<Bits256> codes;
    for (int query = 0; query < 1'000; ++query) planted.queries.push_back(random_bits(random));
    for (std::size_t query = 0; query < 1'000; ++query)
      for (std::size_t distance = 0; distance <= 40; ++distance)
        codes.push_back(with_flips(planted.queries[query], distance, random));
    while (codes.size() < kRows) codes.push_back(random_bits(random));
    for (std::size_t row = kRows - 1; row > 0; --row) std::swap(codes[row], codes[random.next() % (row + 1)]);
    planted.pages = pages_of(codes);
    return planted;
  }();
  return made;
}

TEST(NearIndex, EveryKernelAndCutGivesTheScansAnswer) {
  const auto& [queries, pages] = planted();
  std::vector<Hits> truth;
  std::size_t hits = 0;
  for (const Bits256& query : queries) {
    truth.push_back(scan(pages.view(), query, 31));
    hits += truth.back().size();
  }
  EXPECT_GE(hits, queries.size() * 32);
  std::vector<NearIndex> indexes;
  for (const BucketKernel& bucket_kernel : bucket_kernels())
    if (bucket_kernel.is_supported()) indexes.push_back(index_of(pages.view(), {kRows}, best_hamming_kernel(), bucket_kernel));
  for (const HammingKernel& kernel : hamming_kernels())
    if (kernel.is_supported()) indexes.push_back(index_of(pages.view(), {65'536, 70'001}, kernel));
  indexes.push_back(index_of(pages.view(), {30'000, 60'000, 99'000}));
  for (const NearIndex& index : indexes)
    for (std::size_t query = 0; query < queries.size(); ++query) {
      ASSERT_EQ(find_by_tables(index, queries[query], 31), truth[query]) << "query " << query;
      ASSERT_EQ(find(index, queries[query], 31), truth[query]) << "query " << query;
    }
}

TEST(NearIndex, EveryThresholdGivesTheScansAnswer) {
  const auto& [queries, pages] = planted();
  const NearIndex index = index_of(pages.view(), {kRows});
  for (std::uint32_t distance = 0; distance <= kDistanceBitsIndexedMax; ++distance)
    for (std::size_t query = 0; query < 40; ++query)
      ASSERT_EQ(find_by_tables(index, queries[query], distance), scan(pages.view(), queries[query], distance)) << distance;
  for (const std::uint32_t distance : {32U, 40U, 64U, 256U})
    ASSERT_EQ(find(index, queries[0], distance), scan(pages.view(), queries[0], distance)) << distance;
}

TEST(NearIndex, ManyThreadsAndOneScratchForManyQuestions) {
  const auto& [queries, pages] = planted();
  const NearIndex index = index_of(pages.view(), {60'000});
  std::vector<Hits> alone;
  for (const Bits256& query : queries) alone.push_back(find(index, query, 31));
  std::vector<std::vector<Hits>> answers(4);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < answers.size(); ++thread)
    threads.emplace_back([&, thread] {
      const auto scratch = make_near_scratch();
      for (std::size_t query = 0; query < queries.size(); ++query) {
        // Each thread asks in another order.
        Hits hits;
        index.find(queries[(query * (2 * thread + 1)) % queries.size()], 31, *scratch, hits);
        answers[thread].push_back(std::move(hits));
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t thread = 0; thread < answers.size(); ++thread)
    for (std::size_t query = 0; query < queries.size(); ++query)
      ASSERT_EQ(answers[thread][query], alone[(query * (2 * thread + 1)) % queries.size()]);
}

// While its tables are built anew one after the other, and after it, a segment gives the scan's answer.
TEST(NearIndex, GrowsTableByTable) {
  const auto& [queries, pages] = planted();
  auto base = NearSegment::build(pages.view(), 0, 50'000);
  const auto middle = NearSegment::build(pages.view(), 50'000, 90'000);
  for (std::size_t part = 0; part <= base->part_count(); ++part) {
    const bool is_whole = base->end_row() == 95'000;
    ASSERT_EQ(is_whole, part == base->part_count());
    const NearIndex index = is_whole ? NearIndex(pages.view(), {base}) : NearIndex(pages.view(), {base, middle});
    for (std::size_t query = 0; query < 60; ++query)
      ASSERT_EQ(find_by_tables(index, queries[query], 31), scan(pages.view(), queries[query], 31)) << part << " tables are new";
    if (!is_whole) base = NearSegment::with_table(*base, pages.view(), part, 95'000);
  }
}

// Differences of 31 bits that only one bucket of one table finds: every word differs in as many bits as it may without being
// found, but one. A single mask that is not looked up loses a row.
class EveryMask {
 public:
  EveryMask(const CodesView& codes, std::uint64_t step) : codes_(codes), index_(index_of(codes, {codes.size()})), step_(step) {}

  void ask(const std::array<std::uint16_t, kWordsPerCode>& differing) {
    row_ = (row_ + step_) % codes_.size();
    Bits256 query = codes_[row_];
    for (std::size_t word = 0; word < kWordsPerCode; ++word)
      query[word / 4] ^= std::uint64_t{differing[word]} << (16 * (word % 4));
    Hits hits;
    index_.find_by_tables(query, 31, *scratch_, hits);
    if (std::ranges::find(hits, HammingHit{static_cast<std::uint32_t>(row_), 31}) == hits.end()) ++lost_;
  }
  std::size_t lost() const { return lost_; }

 private:
  CodesView codes_;
  NearIndex index_;
  NearScratchPointer scratch_ = make_near_scratch();
  std::uint64_t step_;
  std::size_t row_ = 0;
  std::size_t lost_ = 0;
};

// Counted out here once more: a mask that the index forgot is not forgotten by the questions.
std::vector<std::uint16_t> words_of(int bits) {
  std::vector<std::uint16_t> words;
  for (unsigned word = 0; word < 65'536; ++word)
    if (std::popcount(word) == bits) words.push_back(static_cast<std::uint16_t>(word));
  return words;
}

// Evenly spread codes: radius 1 everywhere.
TEST(NearIndex, NeedsEveryMaskOfOneBit) {
  SeededRandom random(10);
  CodePages pages;
  for (std::size_t made = 0; made < 100'000; ++made) pages.append(random_bits(random));
  EveryMask every(pages.view(), 7919);
  for (std::size_t finder = 0; finder < kWordsPerCode; ++finder)
    for (const std::uint16_t mask : words_of(1)) {
      std::array<std::uint16_t, kWordsPerCode> differing;
      differing.fill(0x0810);
      differing[finder] = mask;
      every.ask(differing);
    }
  EXPECT_EQ(every.lost(), 0U);
}

// A word that is the same in all codes is better left out, and two others are asked with radius 2. Which ones those are depends
// on how full the buckets are, so all are tried.
TEST(NearIndex, NeedsEveryMaskOfTwoBits) {
  constexpr std::size_t kSameWord = 5;
  SeededRandom random(11);
  CodePages pages;
  for (std::size_t made = 0; made < 100'000; ++made) {
    Bits256 code = random_bits(random);
    code[kSameWord / 4] &= ~(std::uint64_t{0xFFFF} << (16 * (kSameWord % 4)));
    pages.append(code);
  }
  EveryMask every(pages.view(), 7919);
  std::array<std::uint16_t, kWordsPerCode> differing;
  for (std::size_t wide = 0; wide < kWordsPerCode; ++wide)
    for (std::size_t other = 0; other < kWordsPerCode; ++other) {
      if (wide == other || wide == kSameWord || other == kSameWord) continue;
      const auto begin = [&] {
        differing.fill(0x0810);
        differing[kSameWord] = 0;
        differing[other] = 0x4201;
      };
      for (const std::uint16_t mask : words_of(2)) {
        begin();
        differing[wide] = mask;
        every.ask(differing);
      }
      if (wide > other) continue;
      for (std::size_t finder = 0; finder < kWordsPerCode; ++finder)
        for (const std::uint16_t mask : words_of(1)) {
          if (finder == wide || finder == other || finder == kSameWord) continue;
          begin();
          differing[wide] = 0x4201;
          differing[finder] = mask;
          every.ask(differing);
        }
    }
  EXPECT_EQ(every.lost(), 0U);
}

// Where half of the words are the same everywhere, the others are asked with radius 3: eight times four bits are one too many.
TEST(NearIndex, NeedsEveryMaskOfThreeBits) {
  for (const bool alternate : {false, true}) {
    const auto is_same = [&](std::size_t word) { return alternate ? word % 2 == 1 : word >= kWordsPerCode / 2; };
    SeededRandom random(12);
    CodePages pages;
    for (std::size_t made = 0; made < 100'000; ++made) {
      Bits256 code = random_bits(random);
      for (std::size_t word = 0; word < kWordsPerCode; ++word)
        if (is_same(word)) code[word / 4] &= ~(std::uint64_t{0xFFFF} << (16 * (word % 4)));
      pages.append(code);
    }
    EveryMask every(pages.view(), 7919);
    std::size_t asked = 0;
    for (std::size_t finder = 0; finder < kWordsPerCode; ++finder)
      for (const std::uint16_t mask : words_of(3)) {
        if (is_same(finder)) continue;
        std::array<std::uint16_t, kWordsPerCode> differing{};
        for (std::size_t word = 0; word < kWordsPerCode; ++word)
          if (!is_same(word)) differing[word] = 0x4821;
        differing[finder] = mask;
        every.ask(differing);
        ++asked;
      }
    EXPECT_EQ(asked, 8U * 560U);
    EXPECT_EQ(every.lost(), 0U) << "alternate " << alternate;
  }
}

// All 65,536 codes of 16 bits, each bit standing for 1 to 4 bits of its word: every combination of words that differ, at
// distances from 0 to 40.
TEST(NearIndex, ExhaustiveOnSmallCodes) {
  for (std::size_t shift = 0; shift < 16; shift += 5) {
    CodePages pages;
    const auto spread = [&](std::size_t code) {
      Bits256 bits{};
      for (std::size_t word = 0; word < kWordsPerCode; ++word)
        if ((code >> word & 1U) != 0)
          for (std::size_t bit = 0; bit <= word % 4; ++bit) flip(bits, 16 * word + (shift + 3 * bit) % 16);
      return bits;
    };
    for (std::size_t code = 0; code < 65'536; ++code) pages.append(spread(code));
    const NearIndex index = index_of(pages.view(), {65'536});
    for (std::size_t query = 0; query < 65'536; query += 9'001)
      for (std::uint32_t distance = 0; distance <= kDistanceBitsIndexedMax; ++distance)
        ASSERT_EQ(find_by_tables(index, spread(query), distance), scan(pages.view(), spread(query), distance))
            << "shift " << shift << ", query " << query << ", distance " << distance;
  }
}

// Many near duplicates of a few pictures: full buckets, many true hits, and codes at every small distance from each other.
TEST(NearIndex, ClusteredCodesGiveTheScansAnswer) {
  SeededRandom random(5);
  std::vector<Bits256> centres;
  for (int centre = 0; centre < 20; ++centre) centres.push_back(random_bits(random));
  std::vector<Bits256> codes;
  for (int row = 0; row < 50'000; ++row) codes.push_back(with_flips(centres[random.next() % 20], random.next() % 40, random));
  const CodePages pages = pages_of(codes);
  const NearIndex index = index_of(pages.view(), {50'000});
  for (int round = 0; round < 200; ++round) {
    const Bits256 query = with_flips(centres[random.next() % 20], random.next() % 24, random);
    const Hits truth = scan(pages.view(), query, 31);
    ASSERT_EQ(find_by_tables(index, query, 31), truth);
    ASSERT_EQ(find(index, query, 31), truth);
  }
}

TEST(NearIndex, EdgesOfSize) {
  SeededRandom random(6);
  const Bits256 code = random_bits(random);
  const NearIndex none;
  EXPECT_TRUE(find(none, code, 31).empty());
  const CodePages one = pages_of({code});
  for (const auto& ends : {std::vector<std::size_t>{}, std::vector<std::size_t>{1}})
    EXPECT_EQ(find(index_of(one.view(), ends), code, 0), (Hits{{0, 0}}));
  EXPECT_TRUE(find(index_of(one.view(), {1}), with_flips(code, 1, random), 0).empty());
}

TEST(NearIndex, AMillionIdenticalCodes) {
  SeededRandom random(7);
  const Bits256 code = random_bits(random);
  CodePages pages;
  for (int row = 0; row < 1'000'000; ++row) pages.append(code);
  const NearIndex index = index_of(pages.view(), {1'000'000});
  const Hits all = find(index, with_flips(code, 31, random), 31);
  ASSERT_EQ(all.size(), 1'000'000U);
  EXPECT_EQ(all.back(), (HammingHit{999'999, 31}));
  EXPECT_TRUE(find(index, with_flips(code, 32, random), 31).empty());
  EXPECT_EQ(find_by_tables(index, code, 0).size(), 1'000'000U);
}

// One word is the same everywhere: its table is one bucket.
TEST(NearIndex, AllInOneBucketOfOneTable) {
  SeededRandom random(8);
  for (std::size_t word = 0; word < kWordsPerCode; ++word) {
    std::vector<Bits256> codes;
    for (int row = 0; row < 20'000; ++row) {
      codes.push_back(random_bits(random));
      codes.back()[word / 4] &= ~(std::uint64_t{0xffff} << (16 * (word % 4)));
    }
    const CodePages pages = pages_of(codes);
    const NearIndex index = index_of(pages.view(), {codes.size()});
    for (std::size_t row = 0; row < 50; ++row) {
      const Bits256 query = with_flips(codes[row], row % 32, random);
      ASSERT_EQ(find_by_tables(index, query, 31), scan(pages.view(), query, 31));
    }
  }
}

TEST(CodePages, AViewKeepsWhatItSaw) {
  SeededRandom random(9);
  CodePages pages;
  std::vector<Bits256> codes;
  std::vector<CodesView> views;
  for (std::size_t row = 0; row < kRowsPerPage + 10; ++row) {
    codes.push_back(random_bits(random));
    pages.append(codes.back());
    if (row % 10'000 == 0) views.push_back(pages.view());
  }
  for (const CodesView& view : views) {
    EXPECT_EQ(view[view.size() - 1], codes[view.size() - 1]);
    EXPECT_EQ(scan(view, codes.back(), 0).size(), 0U);
  }
  EXPECT_EQ(pages.view().page_count(), 2U);
  EXPECT_EQ(pages.view()[kRowsPerPage], codes[kRowsPerPage]);
}

}  // namespace
}  // namespace tutela::match
