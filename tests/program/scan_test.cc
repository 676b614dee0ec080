#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"
#include "program/program.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::test {
namespace {

using nlohmann::json;

fingerprint::DrawnPicture picture(std::uint64_t seed) {
  return fingerprint::DrawnPicture({.seed = seed, .width = 200, .height = 150, .shapes = 30});
}

class ScanProgram : public testing::Test {
 public:
  ScanProgram() { std::filesystem::create_directories(program_.path("files") / "b"); }

 protected:
  void draw(const std::string& name, std::uint64_t seed) {
    write_text(program_.path("files") / name, std::string(as_text(picture(seed).to_pnm())));
  }
  void list_of(std::vector<std::uint64_t> seeds) {
    std::string text = "reference,pdq\n";
    for (const auto seed : seeds) {
      EXPECT_GE(fingerprint::pdq(picture(seed).view()).quality, 50) << seed;
      text += "drawn " + std::to_string(seed) + "," + fingerprint::pdq(picture(seed).view()).hash.to_hex() + "\n";
    }
    write_text(program_.path("known.csv"), text);
  }
  std::vector<std::string> words(const std::string& out, std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"scan", "--list", program_.path("known.csv"), "--out", program_.path(out)};
    if (more.empty() || more[0] != "--manifest") all.insert(all.end(), {"--folder", program_.path("files")});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::vector<json> rows(const std::string& out) {
    std::vector<json> all;
    std::istringstream lines(text_of(program_.path(out)));
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
    return all;
  }

  Program program_;
};

TEST_F(ScanProgram, OneRowAFileInAFixedOrderAndEachTroubleSaysItsReason) {
  list_of({1});
  draw("b/known.pnm", 1);
  draw("a new one.pnm", 2);
  draw("line\nbreak.pnm", 1);
  draw("\xFF\xFE.pnm", 1);
  const auto files = program_.path("files");
  write_text(files / "empty", "");
  write_text(files / "text.jpg", "no picture");
  write_text(files / "closed.pnm", "P6");
  std::filesystem::create_symlink(files / "b/known.pnm", files / "link.pnm");
  std::filesystem::create_directory_symlink(files / "b", files / "link-folder");
  ::mkfifo((files / "pipe").c_str(), 0600);
  const auto ran = program_.run(words("out.jsonl"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto all = rows("out.jsonl");
  std::vector<std::string> names;
  std::map<std::string, json> by_name;
  for (const auto& row : all) {
    names.push_back(row.contains("file") ? row["file"].get<std::string>() : "base64 " + row["file_base64"].get<std::string>());
    by_name[names.back()] = row;
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"a new one.pnm", "b/known.pnm", "closed.pnm", "empty", "line\nbreak.pnm", "link-folder",
                                      "link.pnm", "pipe", "text.jpg", "base64 " + encode_base64(as_bytes("\xFF\xFE.pnm"))}));
  EXPECT_EQ(by_name["a new one.pnm"]["matches"], json::array());
  for (const auto& name : {names[1], names[4], names[9]}) {
    ASSERT_EQ(by_name[name]["matches"].size(), 1U) << name;
    EXPECT_EQ(by_name[name]["matches"][0]["entry"], "drawn 1");
    EXPECT_EQ(by_name[name]["matches"][0]["distance"], 0);
    EXPECT_EQ(by_name[name]["matches"][0]["why"], "pdq within 31");
    EXPECT_EQ(by_name[name]["width"], 200);
    EXPECT_EQ(by_name[name]["sha256"], encode_hex(crypto::sha256(picture(1).to_pnm())));
  }
  EXPECT_EQ(by_name["empty"]["error"]["reason"], "scan.empty");
  EXPECT_EQ(by_name["link.pnm"]["error"]["reason"], "scan.symlink");
  EXPECT_EQ(by_name["link-folder"]["error"]["reason"], "scan.symlink");
  EXPECT_EQ(by_name["pipe"]["error"]["reason"], "scan.not_a_file");
  EXPECT_EQ(by_name["text.jpg"]["error"]["reason"], "media.not_an_image");
  EXPECT_EQ(by_name["text.jpg"]["sha256"], encode_hex(crypto::sha256(as_bytes("no picture"))));
  struct stat facts{};
  ::stat(program_.path("out.jsonl").c_str(), &facts);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  // Again: nothing is done, nothing changes.
  const auto before = text_of(program_.path("out.jsonl"));
  const auto again = program_.run(words("out.jsonl", {"--json"}));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.json()["was_complete"], true);
  EXPECT_EQ(text_of(program_.path("out.jsonl")), before);
}

TEST_F(ScanProgram, KilledAnywhereAndResumedTheResultIsTheSameToTheByte) {
  list_of({3, 7, 11});
  constexpr int kFiles = 900;
  for (int i = 0; i < kFiles; ++i)
    draw((i % 3 == 0 ? "b/" : "") + std::to_string(i) + ".pnm", static_cast<std::uint64_t>(i % 20));
  ASSERT_EQ(program_.run(words("whole.jsonl")).exit_code, 0);
  int killed = 0;
  for (const int after_ms : {5, 60, 120, 250, 400, 600, 900, 1300, 100, 1700, 30, 800})
    killed += program_.run_killed(words("broken.jsonl"), after_ms) ? 1 : 0;
  EXPECT_GT(killed, 3);
  const auto ran = program_.run(words("broken.jsonl"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto whole = text_of(program_.path("whole.jsonl"));
  EXPECT_EQ(std::ranges::count(whole, '\n'), kFiles);
  EXPECT_TRUE(text_of(program_.path("broken.jsonl")) == whole);
}

// All parts stand there, as a kill before the result was put together leaves them: this start scans nothing, and says so.
TEST_F(ScanProgram, AResumedScanTellsTheRateOfThisStart) {
  list_of({1});
  constexpr std::size_t kFiles = 250;
  for (std::size_t i = 0; i < kFiles; ++i) write_text(program_.path("files") / std::to_string(i), "no picture");
  ASSERT_EQ(program_.run(words("out.jsonl")).exit_code, 0);
  const auto work = program_.path("out.jsonl.scan");
  const auto whole = text_of(program_.path("out.jsonl"));
  std::array<std::string, 2> parts;
  std::string files;
  std::istringstream lines(whole);
  for (std::size_t i = 0; i < kFiles; ++i) {
    std::string line;
    std::getline(lines, line);
    parts.at(i / 200) += line + "\n";
    files += json::parse(line)["file"].get<std::string>() + '\0';
  }
  write_text(work / "files", files);
  write_text(work / "part-000000000", parts[0]);
  write_text(work / "part-000000001", parts[1]);
  auto plan = json::parse(text_of(work / "plan.json"));
  plan["finished"] = false;
  write_text(work / "plan.json", plan.dump());
  std::filesystem::remove(program_.path("out.jsonl"));
  const auto ran = program_.run(words("out.jsonl"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.err.find("250 files, 0/s\n"), std::string::npos) << ran.err;
  EXPECT_EQ(text_of(program_.path("out.jsonl")), whole);
}

TEST_F(ScanProgram, ShardsTogetherAreTheWhole) {
  list_of({1});
  for (int i = 0; i < 23; ++i) draw(std::to_string(i) + ".pnm", static_cast<std::uint64_t>(i));
  ASSERT_EQ(program_.run(words("whole.jsonl")).exit_code, 0);
  std::multiset<std::string> whole;
  std::multiset<std::string> parts;
  for (const auto& row : rows("whole.jsonl")) whole.insert(row.dump());
  for (const std::string shard : {"1/3", "2/3", "3/3"}) {
    const std::string out = "shard-" + shard.substr(0, 1);
    ASSERT_EQ(program_.run(words(out, {"--shard", shard})).exit_code, 0);
    for (const auto& row : rows(out)) parts.insert(row.dump());
  }
  EXPECT_EQ(whole, parts);
}

TEST_F(ScanProgram, AManifestNamesFilesByLineOrByNul) {
  list_of({1});
  draw("a.pnm", 1);
  draw("two\nlines.pnm", 1);
  const auto a = program_.path("files") / "a.pnm";
  const auto two = program_.path("files") / "two\nlines.pnm";
  write_text(program_.path("lines"), a.string() + "\n" + program_.path("gone").string());
  ASSERT_EQ(program_.run(words("lines.jsonl", {"--manifest", program_.path("lines")})).exit_code, 0);
  auto all = rows("lines.jsonl");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["file"], a.string());
  EXPECT_EQ(all[1]["error"]["reason"], "scan.missing");
  write_text(program_.path("nuls"), two.string() + '\0' + a.string() + '\0');
  ASSERT_EQ(program_.run(words("nuls.jsonl", {"--manifest", program_.path("nuls"), "--null"})).exit_code, 0);
  all = rows("nuls.jsonl");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["file"], two.string());
  EXPECT_EQ(all[0]["matches"].size(), 1U);
}

TEST_F(ScanProgram, WhatChangedMeanwhileIsRefused) {
  list_of({1});
  draw("a.pnm", 1);
  ASSERT_EQ(program_.run(words("out.jsonl")).exit_code, 0);
  const auto says = [&](const std::vector<std::string>& command, const std::string& reason) {
    const auto ran = program_.run(command);
    EXPECT_NE(ran.exit_code, 0);
    EXPECT_NE(ran.err.find(reason), std::string::npos) << reason << ": " << ran.err;
  };
  says(words("out.jsonl", {"--shard", "1/2"}), "scan.other_plan");
  list_of({2});
  says(words("out.jsonl"), "scan.other_plan");
  write_text(program_.path("mine.jsonl"), "not a scan's");
  says(words("mine.jsonl"), "scan.out_exists");
  says(words("files/out.jsonl"), "scan.out_inside");
  for (const auto* shard : {"0/2", "3/2", "1", "1/0", "a/b", "1/2x"})
    says(words("s.jsonl", {"--shard", shard}), "scan.bad_shard");
  says(words("t.jsonl", {"--threshold", "300"}), "match.distance_out_of_range");
  says({"scan", "--list", program_.path("known.csv"), "--out", program_.path("o")}, "scan.folder_or_manifest");
  says({"scan", "--folder", program_.path("files"), "--out", program_.path("o")}, "match.one_source");
  says({"scan", "--folder", program_.path("none"), "--list", program_.path("known.csv"), "--out", program_.path("o")},
       "scan.no_such_folder");
}

TEST_F(ScanProgram, MatchAnswersForFilesAndValues) {
  list_of({1, 2});
  draw("a.pnm", 2);
  const auto value = fingerprint::pdq(picture(1).view()).hash.to_hex();
  const auto list = program_.path("known.csv").string();
  const auto ran = program_.run({"match", "--json", "--list", list, value, "pdq:" + value, program_.path("files") / "a.pnm",
                                 "pdq:" + std::string(64, '0')});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  std::vector<json> answers;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) answers.push_back(json::parse(line));
  ASSERT_EQ(answers.size(), 4U);
  for (const int i : {0, 1}) EXPECT_EQ(answers[static_cast<std::size_t>(i)]["matches"][0]["entry"], "drawn 1");
  EXPECT_EQ(answers[2]["matches"][0]["entry"], "drawn 2");
  EXPECT_EQ(answers[3]["matches"], json::array());
  const auto text = program_.run({"match", "--list", list, "pdq:" + value});
  EXPECT_NE(text.out.find("drawn 1  distance 0 of 31  pdq within 31"), std::string::npos) << text.out;
  const auto bad = program_.run({"match", "--list", list, "pdq:" + value.substr(1), "nonsense", "pdq:" + value});
  EXPECT_EQ(bad.exit_code, 65);
  EXPECT_NE(bad.out.find("list.bad_length"), std::string::npos);
  EXPECT_NE(bad.out.find("question.unclear"), std::string::npos);
  EXPECT_NE(bad.out.find("drawn 1"), std::string::npos) << "the others are answered";
}

// One colour: whatever its hash is, it says nothing of the picture.
TEST_F(ScanProgram, WhatIsTooPoorToBeComparedSaysSoOnEitherSide) {
  list_of({1});
  std::string flat = "P6\n200 150\n255\n" + std::string(std::size_t{3} * 200 * 150, 'x');
  write_text(program_.path("files") / "flat.pnm", flat);
  draw("a.pnm", 1);
  const auto value = fingerprint::pdq(picture(1).view()).hash.to_hex();
  const auto answers = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"match", "--json"});
    const auto ran = program_.run(words);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    std::vector<json> all;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
    return std::pair(all, ran.err);
  };
  const auto list = program_.path("known.csv").string();
  const auto flat_file = (program_.path("files") / "flat.pnm").string();
  const auto [asked, _] = answers({"--list", list, flat_file, "pdq:" + value + ":49", "pdq:" + value + ":50", "pdq:" + value,
                                   "vpdq:" + value, program_.path("files") / "a.pnm"});
  ASSERT_EQ(asked.size(), 6U);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(asked[i].value("not_compared", ""), "quality_below_50") << i;
    EXPECT_EQ(asked[i].at("matches"), json::array()) << i;
  }
  for (const std::size_t i : {2U, 3U, 5U}) {
    EXPECT_FALSE(asked[i].contains("not_compared")) << i;
    EXPECT_EQ(asked[i].at("matches").size(), 1U) << i;
  }
  EXPECT_EQ(asked[4].value("not_compared", ""), "algorithm_carried_only");
  const auto text = program_.run({"match", "--list", list, "pdq:" + value + ":49"}).out;
  EXPECT_NE(text.find("not compared: quality_below_50"), std::string::npos) << text;
  ASSERT_EQ(program_.run(words("out.jsonl")).exit_code, 0);
  EXPECT_EQ(rows("out.jsonl")[1]["not_compared"], "quality_below_50");

  // The same on the side of what is known: a list, and a node's banks.
  write_text(program_.path("poor.csv"), "pdq,pdq.quality,other:vpdq\n" + value + ",49,\n" + value + ",,00\n");
  const auto poor = program_.path("poor.csv").string();
  const auto node = program_.path("node").string();
  ASSERT_EQ(
      program_.run({"init", "--data", node, "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo"}).exit_code,
      0);
  ASSERT_EQ(program_.run({"bank", "create", "--data", node, "--bank", "known", "--source", "s", "--legal-basis", "l"}).exit_code,
            0);
  ASSERT_EQ(program_.run({"bank", "import", "--data", node, "--bank", "known", poor}).exit_code, 0);
  for (const std::vector<std::string>& source : {std::vector<std::string>{"--list", poor}, {"--data", node}}) {
    const auto [answer, said] = answers({source[0], source[1], "pdq:" + value});
    EXPECT_EQ(answer.at(0).at("matches").size(), 1U) << "only the one whose quality is not known";
    EXPECT_NE(said.find("1 entries have a PDQ value below quality 50"), std::string::npos) << said;
    EXPECT_NE(said.find("1 entries have a value that is only carried here"), std::string::npos) << said;
  }
}

// Turned by half: the last pixel first.
TEST_F(ScanProgram, ATurnedPictureMatchesWhenAskedAndSaysWhichForm) {
  const fingerprint::DrawnPicture drawn({.seed = 3, .width = 220, .height = 160, .shapes = 14});
  const auto view = drawn.view();
  write_text(program_.path("known.csv"), "reference,pdq\ndrawn," + fingerprint::pdq(view).hash.to_hex() + "\n");
  write_text(program_.path("as_stored.pnm"), std::string(as_text(drawn.to_pnm())));
  std::string turned = "P6\n" + std::to_string(view.width) + " " + std::to_string(view.height) + "\n255\n";
  for (std::uint32_t y = view.height; y-- > 0;)
    for (std::uint32_t x = view.width; x-- > 0;) turned += as_text(view.row(y).subspan(std::size_t{3} * x, 3));
  write_text(program_.path("turned.pnm"), turned);
  const auto ask = [&](const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"match", "--json", "--list", program_.path("known.csv"), file};
    words.insert(words.end(), more.begin(), more.end());
    const auto ran = program_.run(words);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.json().value("matches", json::array());
  };
  EXPECT_EQ(ask(program_.path("turned.pnm")), json::array());
  const auto found = ask(program_.path("turned.pnm"), {"--turned"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value("form", ""), "rotate180");
  EXPECT_EQ(found[0].value("entry", ""), "drawn");
  const auto as_stored = ask(program_.path("as_stored.pnm"), {"--turned"});
  ASSERT_EQ(as_stored.size(), 1U) << "each entry once";
  EXPECT_FALSE(as_stored[0].contains("form"));
}

// I3: who asks a node's banks past its API leaves a trace, too, once a start, whatever is answered; nobody who was answered
// nothing.
TEST_F(ScanProgram, WhoAsksANodesFolderStandsInItsLedger) {
  draw("a.pnm", 1);
  draw("b.pnm", 2);
  const auto node = program_.path("node");
  ASSERT_EQ(
      program_.run({"init", "--data", node, "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo"}).exit_code,
      0);
  const auto numbered = [&] {
    const auto opened = store::open_sqlite(node / "data" / "tutela.sqlite");
    EXPECT_TRUE(opened);
    std::int64_t count = -1;
    EXPECT_TRUE((*opened)->read([&](store::Reader& reader) -> Result<> {
      TUTELA_ASSIGN(const auto row, reader.query_one("SELECT COUNT(*) FROM ledger_leaf WHERE kind = 'match.asked_here'"));
      count = row->integer(0);
      return {};
    }));
    return count;
  };
  const auto match = [&](const std::string& question) { return program_.run({"match", "--data", node, question}).exit_code; };
  EXPECT_NE(match("nonsense"), 0);
  EXPECT_EQ(numbered(), 0) << "nothing was asked";
  EXPECT_EQ(match("pdq:" + std::string(64, '0')), 0);
  EXPECT_EQ(numbered(), 1) << "no match is an answer, too";
  EXPECT_EQ(match(program_.path("files") / "a.pnm"), 0);
  EXPECT_EQ(numbered(), 2);
  const std::vector<std::string> scan = {
      "scan", "--data", node, "--folder", program_.path("files"), "--out", program_.path("out")};
  ASSERT_EQ(program_.run(scan).exit_code, 0);
  EXPECT_EQ(numbered(), 3) << "one a start, not one a file";
  ASSERT_EQ(program_.run(scan).exit_code, 0);
  EXPECT_EQ(numbered(), 3) << "the result was there";
  list_of({1});
  ASSERT_EQ(program_.run(words("by-list.jsonl")).exit_code, 0);
  EXPECT_EQ(numbered(), 3);
}

TEST_F(ScanProgram, ANodesFolderAnswersAsItsExportDoes) {
  list_of({1, 2, 3});
  for (int i = 0; i < 6; ++i) draw(std::to_string(i) + ".pnm", static_cast<std::uint64_t>(i));
  const auto node = program_.path("node").string();
  ASSERT_EQ(
      program_.run({"init", "--data", node, "--name", "node.test", "--kind", "hotline", "--country", "DE", "--demo"}).exit_code,
      0);
  ASSERT_EQ(program_.run({"bank", "create", "--data", node, "--bank", "known", "--source", "s", "--legal-basis", "l"}).exit_code,
            0);
  ASSERT_EQ(program_.run({"bank", "import", "--data", node, "--bank", "known", program_.path("known.csv")}).exit_code, 0);
  ASSERT_EQ(program_.run(words("by-list.jsonl")).exit_code, 0);
  const auto ran =
      program_.run({"scan", "--data", node, "--folder", program_.path("files"), "--out", program_.path("by-node.jsonl")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto here = rows("by-node.jsonl");
  const auto there = rows("by-list.jsonl");
  ASSERT_EQ(here.size(), there.size());
  for (std::size_t i = 0; i < here.size(); ++i) {
    EXPECT_EQ(here[i]["sha256"], there[i]["sha256"]);
    EXPECT_EQ(here[i]["matches"].size(), there[i]["matches"].size());
  }
  // A bank that changed is another question.
  ASSERT_EQ(program_.run({"bank", "create", "--data", node, "--bank", "more", "--source", "s", "--legal-basis", "l"}).exit_code,
            0);
  EXPECT_NE(program_.run({"scan", "--data", node, "--folder", program_.path("files"), "--out", program_.path("by-node.jsonl")})
                .err.find("scan.other_plan"),
            std::string::npos);
}

}  // namespace
}  // namespace tutela::test
