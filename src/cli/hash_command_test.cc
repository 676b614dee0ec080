#include "cli/hash_command.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "crypto/digest.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"

namespace tutela::cli {
namespace {

struct Ran {
  int exit_code = -1;
  std::vector<std::string> lines;
};

Ran run_hash(const std::vector<std::string>& arguments) {
  CLI::App app("test");
  Ran ran;
  add_hash_command(app, ran.exit_code);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
  reversed.emplace_back("hash");
  std::ostringstream captured;
  {
    // Put back also when the arguments are refused by an exception.
    const auto put_back = [](std::streambuf* buffer) { std::cout.rdbuf(buffer); };
    const std::unique_ptr<std::streambuf, decltype(put_back)> real(std::cout.rdbuf(captured.rdbuf()), put_back);
    app.parse(reversed);
  }
  std::istringstream in(captured.str());
  for (std::string line; std::getline(in, line);) ran.lines.push_back(line);
  return ran;
}

class HashCommand : public testing::Test {
 public:
  HashCommand() : folder_(std::filesystem::temp_directory_path() / ("hash_command_test_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~HashCommand() override { std::filesystem::remove_all(folder_); }

 protected:
  std::string write(const std::string& name, BytesView bytes) const {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << as_text(bytes);
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(HashCommand, OneObjectALineInTheOrderOfTheArguments) {
  std::vector<std::string> arguments = {"--json"};
  std::vector<fingerprint::DrawnPicture> pictures;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    pictures.emplace_back(fingerprint::DrawingRecipe{
        .seed = seed, .width = 900 - 100 * static_cast<std::uint32_t>(seed), .height = 400, .shapes = 6});
    arguments.push_back(write(std::to_string(seed) + ".ppm", pictures.back().to_pnm()));
  }
  const Ran ran = run_hash(arguments);
  EXPECT_EQ(ran.exit_code, 0);
  ASSERT_EQ(ran.lines.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto object = nlohmann::ordered_json::parse(ran.lines[i]);
    std::vector<std::string> keys;
    for (const auto& [key, _] : object.items()) keys.push_back(key);
    EXPECT_THAT(keys, testing::ElementsAre("file", "sha256", "sha1", "md5", "width", "height", "pdq", "pdq_nearest512"));
    EXPECT_EQ(object["file"], arguments[i + 1]);
    EXPECT_EQ(object["width"], pictures[i].view().width);
    const auto expected = fingerprint::pdq(pictures[i].view());
    EXPECT_EQ(object["pdq"].dump(),
              R"({"value":")" + expected.hash.to_hex() + R"(","quality":)" + std::to_string(expected.quality) + "}");
    EXPECT_EQ(object["pdq_nearest512"]["value"], fingerprint::pdq_nearest512(pictures[i].view()).hash.to_hex());
    EXPECT_EQ(object["sha256"], encode_hex(crypto::sha256(pictures[i].to_pnm())));
  }
}

TEST_F(HashCommand, TheAlgorithmsAskedForAndNoOthers) {
  const fingerprint::DrawnPicture picture({.seed = 7, .width = 600, .height = 300, .shapes = 6});
  const std::string file = write("picture.ppm", picture.to_pnm());
  const Ran one = run_hash({"--json", "--algorithm", "pdq_pytx", file});
  ASSERT_EQ(one.lines.size(), 1U);
  const auto object = nlohmann::json::parse(one.lines[0]);
  EXPECT_EQ(object["pdq_pytx"]["value"], fingerprint::pdq_pytx(picture.view()).hash.to_hex());
  EXPECT_FALSE(object.contains("pdq") || object.contains("pdq_nearest512"));
  const auto two = nlohmann::json::parse(
      run_hash({"--json", "--algorithm=pdq_nearest512,pdq_pytx", "--kernel", "baseline", file}).lines.at(0));
  EXPECT_EQ(two["pdq_pytx"], object["pdq_pytx"]);
  EXPECT_EQ(two["pdq_nearest512"]["value"], fingerprint::pdq_nearest512(picture.view()).hash.to_hex());
  EXPECT_FALSE(two.contains("pdq"));
}

TEST_F(HashCommand, UnknownNamesAreRefused) {
  EXPECT_THROW(run_hash({"--algorithm", "photodna", "x.jpg"}), CLI::ValidationError);
  EXPECT_THROW(run_hash({"--kernel", "fastest", "x.jpg"}), CLI::ValidationError);
}

TEST_F(HashCommand, AFileThatFailsHasItsErrorAndTheOthersTheirs) {
  const std::string good =
      write("good.ppm", fingerprint::DrawnPicture({.seed = 1, .width = 60, .height = 60, .shapes = 3}).to_pnm());
  const std::string text = write("text.txt", as_bytes("no picture"));
  const Ran ran = run_hash({"--json", text, good, folder_ / "missing.jpg"});
  ASSERT_EQ(ran.lines.size(), 3U);
  EXPECT_EQ(ran.exit_code, error_class(ErrorCode::invalid).exit_code);
  const auto first = nlohmann::json::parse(ran.lines[0]);
  EXPECT_EQ(first["error"]["reason"], "media.not_an_image");
  EXPECT_EQ(first["error"]["code"], "invalid");
  EXPECT_EQ(first["sha256"], encode_hex(crypto::sha256(as_bytes("no picture"))));
  EXPECT_FALSE(nlohmann::json::parse(ran.lines[1]).contains("error"));
  EXPECT_EQ(nlohmann::json::parse(ran.lines[2])["error"]["reason"], "hash.no_such_file");
}

TEST_F(HashCommand, WithoutJsonItIsForPeople) {
  const std::string good =
      write("good.ppm", fingerprint::DrawnPicture({.seed = 1, .width = 60, .height = 60, .shapes = 3}).to_pnm());
  const Ran ran = run_hash({good});
  ASSERT_EQ(ran.lines.size(), 8U);
  EXPECT_EQ(ran.lines[0], good);
  EXPECT_THAT(ran.lines[6], testing::MatchesRegex("  pdq [0-9a-f]+ [0-9]+"));
}

}  // namespace
}  // namespace tutela::cli
