#include "bench/photo_codes.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "match/near_index.h"
#include "support/temp_folder.h"

// The near index against the scan (I4) on many versions of few photographs: full buckets, words that say little, and true
// neighbours that nobody planted.
namespace tutela::match {
namespace {

using Hits = std::vector<HammingHit>;

constexpr std::uint64_t kSeed = 11;
constexpr std::size_t kRows = 50'000;

Hits scan(const CodesView& codes, const Bits256& query, std::uint32_t distance_bits_max) {
  Hits hits;
  scan_codes(codes, 0, query, distance_bits_max, hits, best_hamming_kernel());
  return hits;
}

TEST(PhotoCodes, TheIndexGivesTheScansAnswer) {
  const test::TempFolder folder;
  CodePages pages;
  for (const Bits256& code : bench::photo_codes(kRows, bench::Photographs::stored, kSeed, folder.path())) pages.append(code);
  const auto unknown = bench::photo_codes(150, bench::Photographs::held_out, kSeed, folder.path());
  const auto known = bench::photo_codes(150, bench::Photographs::stored, kSeed + 1, folder.path());
  const auto& codes = pages.view();
  const NearIndex whole(codes, {NearSegment::build(codes, 0, kRows)});
  const NearIndex cut(codes, {NearSegment::build(codes, 0, 32'768), NearSegment::build(codes, 32'768, 49'152)});
  ASSERT_GT(whole.segments()[0]->part_count(), 0U) << "nothing but a scan was compared with the scan";
  const auto scratch = make_near_scratch();
  SeededRandom random(kSeed);
  std::size_t found = 0;
  const auto ask = [&](const Bits256& query, std::uint32_t distance) {
    const Hits truth = scan(codes, query, distance);
    found += truth.size();
    for (const NearIndex* index : {&whole, &cut}) {
      Hits by_tables;
      index->find_by_tables(query, distance, *scratch, by_tables);
      ASSERT_EQ(by_tables, truth) << "seed " << kSeed << ", distance " << distance;
      Hits hits;
      index->find(query, distance, *scratch, hits);
      ASSERT_EQ(hits, truth) << "seed " << kSeed << ", distance " << distance;
    }
  };
  for (const auto* questions : {&unknown, &known})
    for (const Bits256& question : *questions) ask(question, 31);
  // Among uniform codes these questions have no neighbours: the expected count is below 10^-25.
  EXPECT_GT(found, 20U) << "the codes are not as near each other as photographs' are";
  for (std::size_t question = 0; question < 150; ++question) {
    Bits256 near = codes[random.next() % kRows];
    for (auto flips = random.next() % 32; flips > 0; --flips) near[random.next() % 4] ^= std::uint64_t{1} << (random.next() % 64);
    ask(near, question % 2 == 0 ? 31 : static_cast<std::uint32_t>(question % 32));
  }
}

}  // namespace
}  // namespace tutela::match
