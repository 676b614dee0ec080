#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "crypto/digest.h"
#include "doors/running_node.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"
#include "line/bank_lists.h"
#include "line/banks.h"
#include "match/list_line.h"

namespace tutela::test {
namespace {

using http::Method;
using nlohmann::json;
using Scope = access::Scope;

fingerprint::DrawnPicture picture(std::uint64_t seed) {
  return fingerprint::DrawnPicture({.seed = seed, .width = 220, .height = 160, .shapes = 14});
}

// A real photograph from mate-backgrounds, which `./dev setup` installs, made small by the node's own decoder.
struct Photograph {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes pixels;
  media::RgbView view() const { return {pixels, width, height, std::size_t{3} * width}; }
};

Photograph photograph(decode::Decoder& decoder, const std::string& name) {
  std::ifstream file("/usr/share/backgrounds/mate/nature/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name << " is missing: install Debian's package mate-backgrounds (./dev setup does)";
  const Bytes bytes(std::istreambuf_iterator<char>(file), {});
  auto decoded = must(decoder.decode(bytes, {.preview_side_px_max = 400}));
  return {decoded.preview->width, decoded.preview->height, decoded.preview->rgb.reveal()};
}

// How a picture is turned: first its rows and columns change places or not, then its columns, then its rows run backwards.
struct Turn {
  bool is_swapped;
  bool is_mirrored;
  bool is_upside_down;
  std::string_view undone_by;  // the form that makes it what it was
};
constexpr std::array kTurns = {
    Turn{false, true, true, "rotate180"},   Turn{false, true, false, "flip_y"},    Turn{false, false, true, "flip_x"},
    Turn{true, false, false, "flip_plus1"}, Turn{true, true, true, "flip_minus1"}, Turn{true, true, false, "rotate90"},
    Turn{true, false, true, "rotate270"},
};

std::string turned_pnm(const Photograph& picture, const Turn& turn) {
  const std::uint32_t width = turn.is_swapped ? picture.height : picture.width;
  const std::uint32_t height = turn.is_swapped ? picture.width : picture.height;
  std::string pnm = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      std::uint32_t from_x = turn.is_mirrored ? width - 1 - x : x;
      std::uint32_t from_y = turn.is_upside_down ? height - 1 - y : y;
      if (turn.is_swapped) std::swap(from_x, from_y);
      pnm += as_text(picture.view().row(from_y).subspan(std::size_t{3} * from_x, 3));
    }
  return pnm;
}

class MatchDoor : public testing::Test {
 public:
  MatchDoor()
      : bank_(must(
            line::create_bank(node.context(), {"known", match::BankPurpose::match, 31, "list", "law"}, line::Actor::node()))) {
    const auto pdq = fingerprint::pdq(picture(3).view());
    EXPECT_GE(pdq.quality, 50);
    value_ = pdq.hash.to_hex();
    import({"pdq " + value_, "sha256 " + std::string(64, 'a')});
  }

 protected:
  void import(const std::vector<std::string>& lines) {
    auto parser = must(match::ListParser::open(match::ListFormat::text));
    std::vector<match::ListEntry> entries;
    for (const auto& text : lines) entries.push_back(must(parser.parse(text)));
    auto row =
        must(line::begin_list_import(node.context(), bank_, crypto::sha256(as_bytes(lines.front())), match::ListFormat::text));
    must(line::import_batch(node.context(), bank_, {std::move(entries), row}, {Act::a, AgeBand::prepubescent},
                            line::Actor::node()));
    line::take_over_change(node.context());
  }
  Reply ask(const http::Headers& token, const std::string& body) {
    return node.ask(Door::machine, Method::post, "/v1/match", {.headers = token, .body = body});
  }
  static std::string question(const std::string& value, const std::string& more = "", const std::string& algorithm = "pdq") {
    return R"({"fingerprints":[{"algorithm":")" + algorithm + R"(","value":")" + value + "\"" + more + "}]}";
  }
  Reply send_file(const http::Headers& token, BytesView file, const std::string& question = "") {
    std::string body;
    if (!question.empty())
      body = "--b\r\nContent-Disposition: form-data; name=\"question\"\r\nContent-Type: application/json\r\n\r\n" + question +
             "\r\n";
    body += "--b\r\nContent-Disposition: form-data; name=\"media\"\r\nContent-Type: application/octet-stream\r\n\r\n" +
            std::string(as_text(file)) + "\r\n--b--\r\n";
    return node.ask(Door::machine, Method::post, "/v1/match",
                    {.headers = token, .body = body, .content_type = "multipart/form-data; boundary=b"});
  }

  Reply send_files(const http::Headers& token, const std::vector<std::string>& files) {
    std::string body;
    for (const auto& file : files) body += "--b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n" + file + "\r\n";
    return node.ask(Door::machine, Method::post, "/v1/match",
                    {.headers = token, .body = body + "--b--\r\n", .content_type = "multipart/form-data; boundary=b"});
  }

  RunningNode node;
  match::BankRow bank_;
  std::string value_;
};

TEST_F(MatchDoor, AnOwnPlatformSeesBankEntryDistanceAndWhy) {
  const auto token = node.token({Scope::match});
  const auto match = ask(token, question(value_)).json()["answers"][0]["matches"][0];
  EXPECT_EQ(match["bank"], "known");
  EXPECT_EQ(match["distance"], 0);
  EXPECT_EQ(match["threshold"], 31);
  EXPECT_EQ(match["why"], "pdq within 31");
  EXPECT_EQ(match["effect"], "holds");
  EXPECT_TRUE(EntryId::parse(match["entry_id"].get<std::string>()));
}

TEST_F(MatchDoor, AnotherOrganisationIsToldLabelAndTypeAndDistanceOnlyByItsOwnScope) {
  const auto near = ask(node.token({Scope::match_external}, "peer"), question(value_)).json()["answers"][0];
  EXPECT_EQ(near, json::parse(R"({"matches":[{"label":"known","match_type":"near"}]})"));
  const auto with =
      ask(node.token({Scope::match_external, Scope::match_distance}, "closer"), question(value_)).json()["answers"][0];
  EXPECT_EQ(with, json::parse(R"({"matches":[{"label":"known","match_type":"near","distance":0}]})"));
  const auto exact = ask(node.token({Scope::match_external}, "peer"), question(std::string(64, 'a'), "", "sha256")).json();
  EXPECT_EQ(exact["answers"][0]["matches"], json::parse(R"([{"label":"known","match_type":"exact"}])"));
  EXPECT_EQ(ask(node.token({Scope::match_distance}, "alone"), question(value_)).status, 403);
}

TEST_F(MatchDoor, AQuestionThatWasNotComparedSaysSo) {
  const auto token = node.token({Scope::match});
  auto answer = ask(token, question(value_, R"(,"quality":49)")).json()["answers"][0];
  EXPECT_EQ(answer["matches"], json::array());
  EXPECT_EQ(answer["not_compared"], "quality_below_50");
  answer = ask(token, question(value_, R"(,"quality":50)")).json()["answers"][0];
  EXPECT_EQ(answer["matches"].size(), 1U);
  EXPECT_FALSE(answer.contains("not_compared"));
  answer = ask(token, question("00ff", "", "unheard_of")).json()["answers"][0];
  EXPECT_EQ(answer["not_compared"], "algorithm_carried_only");
}

TEST_F(MatchDoor, WrongQuestionsAreRefusedWithTheirPlace) {
  const auto token = node.token({Scope::match});
  const auto says = [&](const std::string& body, const std::string& reason) {
    const auto reply = ask(token, body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.reason(), reason) << reply.body;
    EXPECT_EQ(reply.body.find(value_.substr(0, 20)), std::string::npos) << "nothing of a value comes back";
  };
  says(question(value_.substr(2)), "fingerprint.bad_length");
  says(question(std::string(64, 'A')), "hex.malformed");
  says(question(value_, "", "PDQ"), "fingerprint.bad_algorithm");
  says(question(value_, R"(,"quality":101)"), "json.field_range");
}

TEST_F(MatchDoor, AFileIsDecodedComparedAndNotKept) {
  const auto token = node.token({Scope::match});
  const auto before = node.count("SELECT COUNT(*) FROM item") + node.count("SELECT COUNT(*) FROM report");
  const auto as_stored = send_file(token, picture(3).to_pnm());
  ASSERT_EQ(as_stored.status, 200) << as_stored.body;
  const auto answer = as_stored.json()["answers"][0];
  ASSERT_FALSE(answer["matches"].empty());
  EXPECT_EQ(answer["matches"][0]["entry_id"].get<std::string>().size(), 36U);
  EXPECT_FALSE(answer["matches"][0].contains("form"));
  EXPECT_EQ(send_file(token, picture(9).to_pnm()).json()["answers"][0]["matches"], json::array());
  EXPECT_EQ(send_file(token, as_bytes("no picture")).json()["answers"][0]["decode_reason"], "media.not_an_image");
  EXPECT_EQ(send_file(token, {}).reason(), "media.empty");
  EXPECT_EQ(send_file(token, picture(3).to_pnm(), R"({"turn":true})").status, 400);
  EXPECT_EQ(node.count("SELECT COUNT(*) FROM item") + node.count("SELECT COUNT(*) FROM report"), before);
}

TEST_F(MatchDoor, SeveralFilesAreAnsweredInTheirOrder) {
  const auto token = node.token({Scope::match});
  const std::string known(as_text(picture(3).to_pnm()));
  const std::string unknown(as_text(picture(9).to_pnm()));
  const auto answers = send_files(token, {unknown, known, "no picture", known}).json()["answers"];
  ASSERT_EQ(answers.size(), 4U);
  for (const std::size_t i : {0U, 2U}) EXPECT_EQ(answers[i]["matches"], json::array()) << i;
  for (const std::size_t i : {1U, 3U}) EXPECT_EQ(answers[i]["matches"].size(), 1U) << i;
  EXPECT_EQ(answers[2]["decode_reason"], "media.not_an_image");
  EXPECT_FALSE(answers[3].contains("decode_reason"));

  EXPECT_EQ(send_files(token, std::vector<std::string>(16, "no picture")).json()["answers"].size(), 16U);
  EXPECT_EQ(send_files(token, std::vector<std::string>(17, "no picture")).reason(), "match.too_many_files");
  const auto empty = send_files(token, {known, ""});
  EXPECT_EQ(empty.reason(), "media.empty");
  EXPECT_NE(empty.body.find("part media 2"), std::string::npos) << empty.body;
}

TEST_F(MatchDoor, EachOfSeveralFilesCounts) {
  const auto external = node.token({Scope::match_external}, "peer");
  const std::vector<std::string> sixteen(16, "no picture");
  for (int round = 0; round < 5; ++round) EXPECT_EQ(send_files(external, sixteen).status, 200);
  EXPECT_EQ(send_files(external, sixteen).reason(), "match.rate_limited");
}

// Who may see the banks may choose among them; who may not is not told that there are several.
TEST_F(MatchDoor, AnOwnPlatformNamesTheBanksThatItAsks) {
  must(line::create_bank(node.context(), {"other", match::BankPurpose::match, 31, "list", "law"}, line::Actor::node()));
  line::take_over_change(node.context());
  const auto own = node.token({Scope::match});
  const auto with = [&](const std::string& banks) {
    auto body = question(value_);
    body.insert(body.size() - 1, R"(,"banks":)" + banks);
    return body;
  };
  EXPECT_EQ(ask(own, with(R"(["other"])")).json()["answers"][0]["matches"], json::array());
  EXPECT_EQ(ask(own, with(R"(["other","known"])")).json()["answers"][0]["matches"].size(), 1U);
  EXPECT_EQ(ask(own, with("[]")).json()["answers"][0]["matches"].size(), 1U) << "all";
  EXPECT_EQ(ask(own, with(R"(["none such"])")).reason(), "bank.unknown");
  EXPECT_EQ(ask(own, with(R"("known")")).status, 400);
  EXPECT_EQ(ask(node.token({Scope::match_external}, "peer"), with(R"(["known"])")).status, 400);
  EXPECT_EQ(send_file(own, picture(3).to_pnm(), R"({"banks":["other"]})").json()["answers"][0]["matches"], json::array());
}

TEST_F(MatchDoor, ATurnedPictureMatchesWhenAskedAndSaysWhichForm) {
  const auto token = node.token({Scope::match});
  // Turned by half: the last pixel first.
  const auto drawn = picture(3);
  const auto view = drawn.view();
  std::string turned = "P6\n" + std::to_string(view.width) + " " + std::to_string(view.height) + "\n255\n";
  for (std::uint32_t y = view.height; y-- > 0;)
    for (std::uint32_t x = view.width; x-- > 0;) {
      const auto pixel = view.row(y).subspan(std::size_t{3} * x, 3);
      turned += as_text(pixel);
    }
  EXPECT_EQ(send_file(token, as_bytes(turned)).json()["answers"][0]["matches"], json::array());
  const auto found = send_file(token, as_bytes(turned), R"({"turned":true})").json()["answers"][0]["matches"];
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["form"], "rotate180");
}

TEST_F(MatchDoor, APhotographIsFoundInEachOfItsSevenTurnsAndFlips) {
  const auto token = node.token({Scope::match});
  for (const std::string name : {"Storm.jpg", "FreshFlower.jpg", "LadyBird.jpg"}) {
    const Photograph picture = photograph(node.context().decoder, name);
    const auto pdq = fingerprint::pdq(picture.view());
    ASSERT_GE(pdq.quality, 50) << name;
    import({"pdq " + pdq.hash.to_hex()});
    for (const Turn& turn : kTurns) {
      const auto file = turned_pnm(picture, turn);
      EXPECT_EQ(send_file(token, as_bytes(file)).json()["answers"][0]["matches"], json::array())
          << name << " as stored, undone by " << turn.undone_by;
      const auto found = send_file(token, as_bytes(file), R"({"turned":true})").json()["answers"][0]["matches"];
      ASSERT_EQ(found.size(), 1U) << name << ", undone by " << turn.undone_by;
      EXPECT_EQ(found[0]["form"], turn.undone_by) << name;
    }
  }
}

TEST_F(MatchDoor, WhoAsksTooMuchWaitsAsLongAsItIsTold) {
  const auto external = node.token({Scope::match_external}, "peer");
  json many = {{"fingerprints", json::array()}};
  for (int i = 0; i < 1000; ++i) many["fingerprints"].push_back({{"algorithm", "md5"}, {"value", std::string(32, '0')}});
  EXPECT_EQ(ask(external, many.dump()).status, 200);
  EXPECT_EQ(ask(external, many.dump()).status, 200);
  const auto refused = ask(external, many.dump());
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.reason(), "match.rate_limited");
  EXPECT_EQ(refused.header("Retry-After"), "50");
  EXPECT_EQ(ask(node.token({Scope::match}, "own"), many.dump()).status, 200) << "each by itself";
}

TEST_F(MatchDoor, ProbingRaisesOneAlarmAndIsAnsweredAllTheSame) {
  const auto token = node.token({Scope::match_external}, "peer");
  auto bytes = *decode_hex(value_);
  for (std::size_t i = 0; i < 30; ++i) {
    bytes[i] ^= 1;
    const auto reply = ask(token, question(encode_hex(bytes)));
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json()["answers"][0]["matches"].size(), 1U) << "nothing is held back";
  }
  EXPECT_EQ(node.count("SELECT (SELECT COUNT(*) FROM ledger_leaf WHERE kind = 'match.probing_suspected') + "
                       "(SELECT COUNT(*) FROM ledger_staged WHERE kind = 'match.probing_suspected')"),
            1);
  EXPECT_NE(node.get(Door::metrics, "/metrics").body.find("tutela_match_probing_alarms 1\n"), std::string::npos);
}

TEST_F(MatchDoor, AFloodIsAlarmedAndEveryQuestionKeepsItsMatch) {
  const auto token = node.token({Scope::match});
  json many = {{"fingerprints", json::array()}};
  for (int i = 0; i < 600; ++i) many["fingerprints"].push_back({{"algorithm", "pdq"}, {"value", value_}});
  for (int round = 0; round < 2; ++round)
    for (const auto& answer : ask(token, many.dump()).json()["answers"]) EXPECT_EQ(answer["matches"].size(), 1U);
  EXPECT_EQ(node.count("SELECT (SELECT COUNT(*) FROM ledger_leaf WHERE kind = 'match.flood_suspected') + "
                       "(SELECT COUNT(*) FROM ledger_staged WHERE kind = 'match.flood_suspected')"),
            1);
  EXPECT_NE(node.get(Door::metrics, "/metrics").body.find("tutela_match_stacked_matches 200\n"), std::string::npos);
}

}  // namespace
}  // namespace tutela::test
