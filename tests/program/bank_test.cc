#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "base/bytes.h"
#include "base/random.h"
#include "program/program.h"

namespace tutela::test {
namespace {

std::string hex(SeededRandom& random, std::size_t bytes) {
  Bytes value(bytes);
  random.fill(value);
  return encode_hex(value);
}

class BankProgram : public testing::Test {
 public:
  BankProgram() {
    init("node");
    EXPECT_EQ(create("known").exit_code, 0);
  }

 protected:
  void init(const std::string& name) {
    const auto made = program_.run({"init", "--data", program_.path(name), "--name", "node.test", "--kind", "hotline",
                                    "--country", "DE", "--demo", "--json"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    admin_password_ = made.json()["admin"]["password"].get<std::string>();
  }
  Program::Ran bank(std::vector<std::string> words, const std::string& input = {}, const std::string& node = "node") {
    words.insert(words.begin(), "bank");
    words.insert(words.begin() + 2, {"--data", program_.path(node), "--json"});
    return program_.run(words, input);
  }
  Program::Ran create(const std::string& name, std::vector<std::string> more = {}, const std::string& node = "node") {
    std::vector<std::string> words = {"create", "--bank", name, "--source", "an invented list", "--legal-basis", "test"};
    words.insert(words.end(), more.begin(), more.end());
    return bank(words, {}, node);
  }
  Program::Ran import(const std::string& file, std::vector<std::string> more = {}, const std::string& node = "node") {
    std::vector<std::string> words = {"import", "--bank", "known", program_.path(file)};
    words.insert(words.end(), more.begin(), more.end());
    return bank(words, {}, node);
  }
  nlohmann::json described(const std::string& name) {
    std::istringstream lines(bank({"list"}).out);
    for (std::string line; std::getline(lines, line);)
      if (auto one = nlohmann::json::parse(line); one["bank"] == name) return one;
    return {};
  }
  // Returns the password.
  std::string member(const std::string& login, const std::string& roles) {
    return program_.run({"member", "add", "--data", program_.path("node"), "--login", login, "--roles", roles, "--json"})
        .json()["password"]
        .get<std::string>();
  }
  // Every thousandth line is bad.
  std::string big_list(int lines) {
    SeededRandom random(3);
    std::string text = "reference,pdq,pdq.quality\n";
    for (int i = 2; i < lines + 2; ++i) {
      const auto value = hex(random, 32);
      text += "r" + std::to_string(i) + "," + (i % 1000 == 0 ? value.substr(1) : value) + ",80\n";
    }
    return text;
  }

  Program program_;
  std::string admin_password_;
};

TEST_F(BankProgram, EveryAlgorithmRoundTripsThroughEachFormat) {
  SeededRandom random(9);
  std::string list;
  for (int i = 0; i < 50; ++i) {
    Bytes photodna(144);
    random.fill(photodna);
    list += R"({"reference":"row )" + std::to_string(i) +
            R"(","act":"b","age_band":"pubescent","fingerprints":[{"algorithm":"md5","value":")" + hex(random, 16) +
            R"("},{"algorithm":"pdq","value":")" + hex(random, 32) + R"(","quality":77},{"algorithm":"photodna","value":")" +
            encode_base64(photodna) + R"("},{"algorithm":"sha1","value":")" + hex(random, 20) +
            R"("},{"algorithm":"unheard_of","value":")" + hex(random, 33) + "\"}]}\n";
  }
  write_text(program_.path("a.jsonl"), list);
  ASSERT_EQ(import("a.jsonl").exit_code, 0);
  // Without the id, which is the bank's own.
  const auto lines_of = [](const std::string& text) {
    std::multiset<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      auto one = nlohmann::json::parse(line);
      one.erase("entry");
      lines.insert(one.dump());
    }
    return lines;
  };
  const auto exported = bank({"export", "--bank", "known"}).out;
  EXPECT_EQ(lines_of(exported), lines_of(list));
  for (const std::string format : {"jsonl", "csv"}) {
    const auto again = bank({"export", "--bank", "known", "--format", format});
    ASSERT_EQ(again.exit_code, 0) << again.err;
    write_text(program_.path("b." + format), again.out);
    init("other-" + format);
    ASSERT_EQ(create("known", {}, "other-" + format).exit_code, 0);
    ASSERT_EQ(import("b." + format, {}, "other-" + format).exit_code, 0);
    EXPECT_EQ(lines_of(bank({"export", "--bank", "known"}, {}, "other-" + format).out), lines_of(list)) << format;
  }
}

TEST_F(BankProgram, BadLinesAreKeptAsideAndCountedAndTheRestIsTakenIn) {
  const std::string good(64, '1');
  const std::string upper(64, 'F');
  write_text(program_.path("l.txt"), "pdq " + good + "\npdq " + good.substr(2) + "\npdq " + upper + "\n\xFF\xFE\nPDQ " + good +
                                         "\nnot_known 00\n" + "pdq " + std::string(70'000, '0') + "\npdq " + good + "\n");
  const auto ran = import("l.txt");
  EXPECT_EQ(ran.exit_code, 65) << ran.err;
  EXPECT_EQ(ran.json()["imported"], 2);
  EXPECT_EQ(ran.json()["known"], 1) << "the same value again";
  EXPECT_EQ(ran.json()["refused"], 5);
  const auto kept = program_.path("l.txt.known.refused");
  std::vector<std::string> reasons;
  std::istringstream lines(text_of(kept));
  for (std::string line; std::getline(lines, line);) {
    const auto one = nlohmann::json::parse(line);
    reasons.push_back(one["line"].dump() + " " + one["reason"].get<std::string>());
    if (one["line"] == 3) {
      EXPECT_EQ(one["text"], "pdq " + upper);
    }
    if (one["line"] == 4) {
      EXPECT_EQ(one["base64"], "//4=");
    }
    if (one["line"] == 7) {
      EXPECT_TRUE(one["cut"]);
    }
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{"2 list.bad_length", "3 list.upper_case", "4 list.not_utf8",
                                               "5 list.bad_algorithm", "7 list.line_too_long"}));
  struct stat facts{};
  ASSERT_EQ(::stat(kept.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(ran.err.find(good.substr(0, 10)), std::string::npos) << "nothing of a value is printed";
}

// An entry is counted once, whatever of it is not compared, and not at all once it is withdrawn.
TEST_F(BankProgram, WhatIsNotComparedIsCountedWhereTheBankIsShown) {
  const std::string one(64, '1');
  const std::string two(64, '2');
  write_text(program_.path("l.csv"), "pdq,pdq.quality,pdq_pytx,pdq_pytx.quality,sha256,sha256.quality,other:vpdq\n" +  //
                                         one + ",49," + one + ",0,,,\n" +                                              //
                                         two + ",50,,,,,\n" +                                                          //
                                         std::string(64, '3') + ",,,,,,\n" +                                           //
                                         ",,,," + one + ",10,\n" +                                                     //
                                         std::string(64, '4') + ",20,,,,,00ff\n" +                                     //
                                         ",,,,,,00fe\n");
  const auto taken = import("l.csv");
  ASSERT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_EQ(taken.json()["imported"], 6) << "it is kept and handed out all the same";
  const auto expected = nlohmann::json::parse(R"({"quality_below_50":2,"algorithm_carried_only":2})");
  EXPECT_EQ(taken.json()["not_compared_in_bank"], expected);
  EXPECT_EQ(described("known")["not_compared"], expected);
  EXPECT_EQ(described("decided-here")["not_compared"],
            nlohmann::json::parse(R"({"quality_below_50":0,"algorithm_carried_only":0})"));
  EXPECT_EQ(import("l.csv").json()["not_compared_in_bank"], expected) << "of the bank, not of what this start took in";
  const auto mara = member("mara", "manager");
  std::istringstream lines(bank({"export", "--bank", "known"}).out);
  for (std::string line; std::getline(lines, line);)
    if (line.find(one) != std::string::npos && line.find("49") != std::string::npos) {
      const auto entry = nlohmann::json::parse(line)["entry"].get<std::string>();
      ASSERT_EQ(bank({"withdraw", "--entry", entry, "--by", "mara", "--reason", "wrong"}, mara + "\n").exit_code, 0);
    }
  EXPECT_EQ(described("known")["not_compared"]["quality_below_50"], 1);
}

TEST_F(BankProgram, KilledAnywhereItGoesOnAndEndsTheSame) {
  constexpr int kLines = 60'000;
  write_text(program_.path("big.csv"), big_list(kLines));
  int killed = 0;
  for (const int after_ms : {20, 150, 200, 250, 300, 350})
    killed += program_.run_killed(
                  {"bank", "import", "--data", program_.path("node"), "--bank", "known", program_.path("big.csv")}, after_ms)
                  ? 1
                  : 0;
  EXPECT_GT(killed, 0);
  const auto ran = import("big.csv");
  EXPECT_EQ(ran.json()["imported"], kLines - kLines / 1000) << ran.out << ran.err;
  EXPECT_EQ(ran.json()["refused"], kLines / 1000);
  EXPECT_EQ(ran.json()["known"], 0) << "no line was taken in twice";
  const auto refused = text_of(program_.path("big.csv.known.refused"));
  EXPECT_EQ(std::ranges::count(refused, '\n'), kLines / 1000);
  for (int i = 1000; i <= kLines; i += 1000)
    EXPECT_NE(refused.find("{\"line\":" + std::to_string(i) + ","), std::string::npos) << i;
  // The same list again changes nothing, and neither does one that says the same in another way.
  const auto before = described("known");
  import("big.csv");
  EXPECT_EQ(described("known"), before);
  write_text(program_.path("tail.csv"), big_list(kLines) + "new," + std::string(64, '5') + ",60\n");
  const auto longer = import("tail.csv").json();
  EXPECT_EQ(longer["imported"], 1);
  EXPECT_EQ(longer["known"], kLines - kLines / 1000);
}

TEST_F(BankProgram, TwoMembersAdoptASourceEachWithTheirOwnPassword) {
  write_text(program_.path("l.txt"), "sha256 " + std::string(64, '1') + "\n");
  ASSERT_EQ(import("l.txt", {"--act", "a", "--age-band", "prepubescent"}).exit_code, 0);
  const auto mara = member("mara", "manager");
  const auto tom = member("tom", "assessor");
  const auto ada = member("ada", "analyst");
  const auto adopt = [&](const std::string& login, const std::string& password, const std::string& reason = "a reason") {
    return bank({"adopt", "--bank", "known", "--by", login, "--reason", reason}, password + "\n");
  };
  EXPECT_NE(adopt("mara", "wrong").err.find("access.bad_login"), std::string::npos);
  EXPECT_NE(adopt("ada", ada).err.find("access.role_missing"), std::string::npos);
  EXPECT_NE(adopt("mara", mara, "").exit_code, 0) << "a reason is needed";
  EXPECT_EQ(adopt("mara", mara).json()["adoption"], "begun");
  EXPECT_NE(adopt("mara", mara).err.find("bank.second_member_needed"), std::string::npos);
  // What comes in between the two is not what the first adopted.
  write_text(program_.path("later.txt"), "sha256 " + std::string(64, '2') + "\n");
  ASSERT_EQ(import("later.txt").exit_code, 0);
  const auto done = adopt("tom", tom).json();
  EXPECT_EQ(done["adoption"], "completed");
  EXPECT_EQ(done["entries"], 1);
  EXPECT_EQ(described("known")["adopted"], 1);
}

TEST_F(BankProgram, AWithdrawnEntryIsNotHandedOutAndDoesNotComeBack) {
  write_text(program_.path("l.txt"), "pdq " + std::string(64, '1') + "\npdq " + std::string(64, '2') + "\n");
  ASSERT_EQ(import("l.txt").exit_code, 0);
  const auto mara = member("mara", "manager");
  const auto exported = bank({"export", "--bank", "known"}).out;
  const auto first = nlohmann::json::parse(exported.substr(0, exported.find('\n')));
  const auto id = first["entry"].get<std::string>();
  const auto gone = bank({"withdraw", "--entry", id, "--by", "mara", "--reason", "wrong"}, mara + "\n");
  ASSERT_EQ(gone.exit_code, 0) << gone.err;
  EXPECT_EQ(bank({"export", "--bank", "known"}).out.find(id), std::string::npos);
  write_text(program_.path("again.jsonl"), first.dump() + "\n");
  EXPECT_EQ(import("again.jsonl").json()["known"], 1);
  EXPECT_EQ(described("known")["active"], 1);
  EXPECT_EQ(described("known")["withdrawn"], 1);
}

TEST_F(BankProgram, ManyEntriesAreWithdrawnFromAFileAndItsBadLinesAreKeptAside) {
  constexpr int kEntries = 1'203;
  SeededRandom random(11);
  std::string list;
  for (int i = 0; i < kEntries; ++i) list += "sha256 " + hex(random, 32) + "\n";
  write_text(program_.path("l.txt"), list);
  ASSERT_EQ(import("l.txt").exit_code, 0);
  const auto mara = member("mara", "manager");
  const auto ada = member("ada", "analyst");
  const auto withdraw = [&](const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"withdraw", "--file",   program_.path(file),  "--by",
                                      "mara",     "--reason", "another source says"};
    words.insert(words.end(), more.begin(), more.end());
    return bank(words, mara + "\n");
  };
  // All but the last two, as an export has them, among lines that name nothing.
  std::vector<std::string> lines;
  std::istringstream exported(bank({"export", "--bank", "known"}).out);
  for (std::string line; std::getline(exported, line);) lines.push_back(line);
  ASSERT_EQ(std::ssize(lines), kEntries);
  std::vector<std::string> ids;
  for (const auto& line : lines) ids.push_back(nlohmann::json::parse(line)["entry"].get<std::string>());
  auto without = nlohmann::json::parse(lines[0]);
  without.erase("entry");
  std::string text = without.dump() + "\n";
  for (int i = 0; i < kEntries - 2; ++i) text += lines[static_cast<std::size_t>(i)] + "\n";
  auto other = nlohmann::json::parse(lines[0]);
  other["entry"] = "not an id";
  text += other.dump() + "\n" + lines[5] + "\n";
  other["entry"] = "0198c0de-0000-7000-8000-000000000000";
  text += other.dump() + "\n{\n" + std::string(70'000, ' ');
  write_text(program_.path("wrong.jsonl"), text);
  EXPECT_NE(bank({"withdraw", "--file", program_.path("wrong.jsonl"), "--by", "ada", "--reason", "a reason"}, ada + "\n")
                .err.find("access.role_missing"),
            std::string::npos);
  EXPECT_EQ(described("known")["withdrawn"], 0);

  const auto ran = withdraw("wrong.jsonl");
  EXPECT_EQ(ran.exit_code, 65) << ran.err;
  EXPECT_EQ(ran.json()["lines"], kEntries + 4);
  EXPECT_EQ(ran.json()["withdrawn"], kEntries - 2);
  EXPECT_EQ(ran.json()["already"], 1) << "named twice";
  EXPECT_EQ(ran.json()["refused"], 5);
  EXPECT_EQ(ran.json()["reopened_items"], 0);
  const auto kept = text_of(program_.path("wrong.jsonl.refused"));
  std::vector<std::string> reasons;
  std::istringstream refused(kept);
  for (std::string line; std::getline(refused, line);)
    reasons.push_back(nlohmann::json::parse(line)["line"].dump() + " " +
                      nlohmann::json::parse(line)["reason"].get<std::string>());
  const auto at = [](int number, const std::string& reason) { return std::to_string(number) + " " + reason; };
  EXPECT_EQ(reasons, (std::vector<std::string>{at(1, "list.no_entry"), at(kEntries, "list.bad_entry"),
                                               at(kEntries + 2, "bank.unknown_entry"), at(kEntries + 3, "list.malformed"),
                                               at(kEntries + 4, "list.line_too_long")}));
  struct stat facts{};
  ASSERT_EQ(::stat(program_.path("wrong.jsonl.refused").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(described("known")["withdrawn"], kEntries - 2);
  EXPECT_EQ(described("known")["active"], 2);
  // Each stands in the list that a restore applies, without a server that writes it.
  const auto after = text_of(program_.path("node") / "after.list");
  for (int i = 0; i < kEntries; ++i)
    EXPECT_EQ(after.find(ids[static_cast<std::size_t>(i)]) != std::string::npos, i < kEntries - 2) << i;

  // Again: nothing is changed, and the same lines are kept aside.
  const auto again = withdraw("wrong.jsonl");
  EXPECT_EQ(again.json()["withdrawn"], 0);
  EXPECT_EQ(again.json()["already"], kEntries - 1);
  EXPECT_EQ(text_of(program_.path("wrong.jsonl.refused")), kept);
  EXPECT_EQ(text_of(program_.path("node") / "after.list"), after);

  // The other formats, without a bad line.
  const auto csv = bank({"export", "--bank", "known", "--format", "csv"}).out;
  write_text(program_.path("one.csv"), csv.substr(0, csv.rfind('\n', csv.size() - 2) + 1));
  EXPECT_EQ(withdraw("one.csv").json()["withdrawn"], 1);
  write_text(program_.path("ids.txt"), ids[kEntries - 2] + "\n" + ids[kEntries - 1]);
  const auto last = withdraw("ids.txt");
  EXPECT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(last.json()["withdrawn"], 1);
  EXPECT_EQ(last.json()["already"], 1);
  EXPECT_FALSE(std::filesystem::exists(program_.path("ids.txt.refused")));
  EXPECT_EQ(described("known")["active"], 0);
  const auto looked = program_.run({"doctor", "--data", program_.path("node"), "--deep"});
  EXPECT_EQ(looked.exit_code, 0) << looked.out << looked.err;

  const auto says = [&](const Program::Ran& refusal, const std::string& reason) {
    EXPECT_NE(refusal.exit_code, 0);
    EXPECT_NE(refusal.err.find(reason), std::string::npos) << reason << ": " << refusal.err;
  };
  says(withdraw("ids.txt", {"--entry", ids[0]}), "bank.entry_or_file");
  says(bank({"withdraw", "--by", "mara", "--reason", "a reason"}, mara + "\n"), "bank.entry_or_file");
  says(withdraw("none.txt"), "list.no_such_file");
  says(withdraw("node"), "list.unknown_format");
  says(bank({"withdraw", "--file", program_.path("ids.txt"), "--by", "mara", "--reason", std::string(3'000, 'x')}, mara + "\n"),
       "bank.reason_too_long");
}

TEST_F(BankProgram, AWithdrawalKilledAnywhereGoesOnAndEndsTheSame) {
  constexpr int kEntries = 6'000;
  SeededRandom random(12);
  std::string list;
  for (int i = 0; i < kEntries; ++i) list += "sha256 " + hex(random, 32) + "\n";
  write_text(program_.path("l.txt"), list);
  ASSERT_EQ(import("l.txt").exit_code, 0);
  write_text(program_.path("password"), member("mara", "manager"));
  write_text(program_.path("wrong.jsonl"), "{}\n" + bank({"export", "--bank", "known"}).out);
  const std::vector<std::string> words = {"bank",
                                          "withdraw",
                                          "--data",
                                          program_.path("node"),
                                          "--file",
                                          program_.path("wrong.jsonl"),
                                          "--by",
                                          "mara",
                                          "--reason",
                                          "a reason",
                                          "--password-file",
                                          program_.path("password"),
                                          "--json"};
  int killed = 0;
  for (const int after_ms : {30, 250, 400, 550, 700}) killed += program_.run_killed(words, after_ms) ? 1 : 0;
  EXPECT_GT(killed, 0);
  const auto ran = program_.run(words);
  EXPECT_EQ(ran.exit_code, 65) << ran.err;
  EXPECT_EQ(ran.json()["withdrawn"].get<int>() + ran.json()["already"].get<int>(), kEntries);
  EXPECT_EQ(ran.json()["refused"], 1);
  EXPECT_EQ(described("known")["withdrawn"], kEntries);
  const auto after = text_of(program_.path("node") / "after.list");
  std::set<std::string> in_list;
  std::istringstream lines(after);
  for (std::string line; std::getline(lines, line);)
    if (const auto place = line.find(" withdrawal entry "); place != std::string::npos)
      in_list.insert(line.substr(place + 18, 36));
  EXPECT_EQ(std::ssize(in_list), kEntries);
  const auto looked = program_.run({"doctor", "--data", program_.path("node"), "--deep"});
  EXPECT_EQ(looked.exit_code, 0) << looked.out << looked.err;
}

TEST_F(BankProgram, AMemberChangesHowFarNearValuesMayDiffer) {
  const std::string zeros(64, '0');
  write_text(program_.path("l.txt"), "pdq " + zeros + "\n");
  ASSERT_EQ(import("l.txt").exit_code, 0);
  const auto mara = member("mara", "manager");
  const auto tom = member("tom", "assessor");
  const auto change = [&](const std::string& bits, const std::string& login, const std::string& password,
                          const std::string& name = "known") {
    return bank({"threshold", "--bank", name, bits, "--by", login, "--reason", "a reason"}, password + "\n");
  };
  const auto matches = [&] {
    const auto ran =
        program_.run({"match", "--json", "--data", program_.path("node"), "pdq:" + std::string(10, 'f') + zeros.substr(10)});
    return ran.json()["matches"].size();
  };
  EXPECT_EQ(matches(), 0U) << "40 bits away";
  EXPECT_NE(change("40", "tom", tom).err.find("access.role_missing"), std::string::npos);
  const auto changed = change("40", "mara", mara);
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_EQ(changed.json(), nlohmann::json::parse(R"({"bank":"known","threshold":40,"threshold_before":31})"));
  EXPECT_EQ(described("known")["threshold"], 40);
  EXPECT_EQ(matches(), 1U);
  EXPECT_EQ(change("39", "mara", mara).exit_code, 0);
  EXPECT_EQ(matches(), 0U);
  const auto says = [&](const Program::Ran& ran, const std::string& reason) {
    EXPECT_NE(ran.exit_code, 0);
    EXPECT_NE(ran.err.find(reason), std::string::npos) << reason << ": " << ran.err;
  };
  says(change("257", "mara", mara), "bank.distance_out_of_range");
  says(change("40", "mara", mara, "nowhere"), "bank.unknown");
  ASSERT_EQ(create("harmless", {"--purpose", "safe", "--days", "90"}).exit_code, 0);
  says(change("40", "mara", mara, "harmless"), "bank.safe_is_exact");
  EXPECT_EQ(described("known")["threshold"], 39);
}

TEST_F(BankProgram, ASafeBankTakesExactDigestsAfterTwoMembersSpoke) {
  EXPECT_NE(create("harmless", {"--purpose", "safe"}).err.find("bank.safe_needs_term"), std::string::npos);
  ASSERT_EQ(create("harmless", {"--purpose", "safe", "--days", "90"}).exit_code, 0);
  write_text(program_.path("s.txt"),
             "sha256 " + std::string(64, '1') + "\npdq " + std::string(64, '1') + "\nmd5 " + std::string(32, '1') + "\n");
  const auto take_in = [&] { return bank({"import", "--bank", "harmless", program_.path("s.txt")}); };
  EXPECT_NE(take_in().err.find("bank.not_adopted"), std::string::npos);
  const auto mara = member("mara", "manager");
  const auto tom = member("tom", "assessor");
  for (const auto& [login, password] : {std::pair("mara", mara), std::pair("tom", tom)})
    ASSERT_EQ(bank({"adopt", "--bank", "harmless", "--by", login, "--reason", "own press pictures"}, password + "\n").exit_code,
              0);
  const auto taken = take_in();
  EXPECT_EQ(taken.json()["imported"], 1) << taken.err;
  EXPECT_EQ(taken.json()["refused"], 2);
  EXPECT_NE(text_of(program_.path("s.txt.harmless.refused")).find("list.not_exact"), std::string::npos);
}

TEST_F(BankProgram, WhatPeopleReportedThemselvesIsNotHandedOn) {
  ASSERT_EQ(create("own-reports", {"--purpose", "self_reported"}).exit_code, 0);
  const auto refused = bank({"export", "--bank", "own-reports"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.err.find("bank.not_exportable"), std::string::npos);
  EXPECT_EQ(refused.out, "");
}

TEST_F(BankProgram, SaysWhatIsWrongWithTheCommand) {
  write_text(program_.path("l.txt"), "pdq " + std::string(64, '1') + "\n");
  write_text(program_.path("l.dat"), "pdq " + std::string(64, '1') + "\n");
  write_text(program_.path("l.csv"), "what,is,this\n");
  const auto says = [&](const Program::Ran& ran, const std::string& reason) {
    EXPECT_NE(ran.exit_code, 0);
    EXPECT_NE(ran.err.find(reason), std::string::npos) << reason << ": " << ran.err;
  };
  says(create("far", {"--threshold", "257"}), "bank.distance_out_of_range");
  says(create("far", {"--threshold", "-1"}), "bank.distance_out_of_range");
  says(create("known"), "bank.name_taken");
  says(create("far", {"--purpose", "other"}), "bank.unknown_purpose");
  says(create("../far"), "bank.bad_name");
  says(bank({"import", "--bank", "nowhere", program_.path("l.txt")}), "bank.unknown");
  says(bank({"import", "--bank", "decided-here", program_.path("l.txt")}), "bank.own_takes_no_list");
  says(import("l.dat"), "list.unknown_format");
  says(import("l.dat", {"--format", "xml"}), "list.unknown_format");
  says(import("l.csv"), "list.bad_header");
  says(import("none.txt"), "list.no_such_file");
  says(import("node"), "list.unknown_format");
  says(import("node", {"--format", "text"}), "list.not_a_file");
  says(import("l.txt", {"--act", "z"}), "classification.unknown_act");
}

}  // namespace
}  // namespace tutela::test
