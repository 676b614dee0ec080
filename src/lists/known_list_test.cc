#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tutela/match.h"

namespace tutela {
namespace {

class KnownListFile : public testing::Test {
 public:
  KnownListFile() : path_(std::filesystem::temp_directory_path() / ("known-list-" + std::to_string(::getpid()) + ".csv")) {}
  ~KnownListFile() override { std::filesystem::remove(path_); }

 protected:
  KnownList load(const std::string& text, int threshold_bits = 31) {
    std::ofstream(path_) << text;
    return KnownList::load(path_, threshold_bits).value();
  }
  std::string reason(const std::expected<std::vector<Found>, MatchProblem>& answer) {
    return answer ? "ok" : answer.error().reason;
  }
  std::filesystem::path path_;
};

const std::string kZeros(64, '0');

TEST_F(KnownListFile, AnswersByDistanceThenInTheOrderOfTheList) {
  const auto list = load(
      "reference,pdq,sha256\nfar,0000000000000000000000000000000000000000000000000000000000000fff,\n,zz,\n"
      "again," +
      kZeros + ",\n," + kZeros + "," + kZeros + "\n");
  EXPECT_EQ(list.refused_lines(), 1U);
  const auto found = list.ask("pdq", kZeros);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].entry, "again");
  EXPECT_EQ((*found)[1].entry, "line 5");
  EXPECT_EQ((*found)[2].entry, "far");
  EXPECT_EQ((*found)[2].distance_bits, 12);
  EXPECT_EQ((*found)[2].why, "pdq within 31");
  EXPECT_EQ(list.ask("sha256", kZeros)->at(0).why, "exact sha256");
  EXPECT_TRUE(list.ask("pdq", std::string(64, 'f'))->empty());
}

TEST_F(KnownListFile, AnyThresholdIsExact) {
  const std::string text = "pdq\n0000000000000000000000000000000000000000000000000000000000000fff\n";
  EXPECT_TRUE(load(text, 11).ask("pdq", kZeros)->empty());
  EXPECT_EQ(load(text, 12).ask("pdq", kZeros)->size(), 1U);
  EXPECT_EQ(load(text, 256).ask("pdq", std::string(64, 'f'))->at(0).distance_bits, 244);
  EXPECT_EQ(KnownList::load(path_, 257).error().reason, "match.distance_out_of_range");
  EXPECT_EQ(KnownList::load(path_, -1).error().reason, "match.distance_out_of_range");
  EXPECT_EQ(KnownList::load(path_.string() + ".txt").error().reason, "list.no_such_file");
  EXPECT_EQ(KnownList::load("/tmp").error().reason, "list.unknown_format");
}

TEST_F(KnownListFile, SaysWhyAQuestionWasNotCompared) {
  const auto list = load("pdq\n" + kZeros + "\n");
  EXPECT_EQ(reason(list.ask("pdq", kZeros, 50)), "ok");
  EXPECT_EQ(reason(list.ask("pdq", kZeros, 49)), "question.quality_below_50");
  EXPECT_EQ(reason(list.ask("pdq", kZeros, 101)), "list.bad_quality");
  EXPECT_EQ(reason(list.ask("pdq", kZeros.substr(1))), "list.bad_length");
  EXPECT_EQ(reason(list.ask("pdq", std::string(64, 'F'))), "list.upper_case");
  EXPECT_EQ(reason(list.ask("PDQ", kZeros)), "list.bad_algorithm");
  EXPECT_EQ(reason(list.ask("unheard_of", "00")), "question.not_comparable");
  EXPECT_TRUE(load("pdq\n").ask("pdq", kZeros)->empty()) << "an empty list";
}

}  // namespace
}  // namespace tutela
