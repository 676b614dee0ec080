#include "match/list_line.h"

#include <gmock/gmock.h>

#include "base/random.h"

namespace tutela::match {
namespace {

const std::string kPdq(64, '7');
const std::string kSha256(64, 'a');

ListParser parser(ListFormat format, std::string_view header = {}) {
  auto opened = ListParser::open(format).value();
  if (!header.empty()) {
    EXPECT_TRUE(opened.read_header(header));
  }
  return opened;
}

std::string reason(const ListParser& parser, std::string_view line) {
  const auto entry = parser.parse(line);
  return entry ? "ok" : std::string(entry.error().reason.text());
}

Fingerprint made(std::string_view algorithm, Bytes value, std::optional<std::int64_t> quality = std::nullopt) {
  return Fingerprint::make(Algorithm::parse(algorithm).value(), std::move(value), quality).value();
}

// Every listed algorithm and one that nobody here knows.
ListEntry everything(SeededRandom& random) {
  const auto value = [&](std::size_t size) {
    Bytes bytes(size);
    random.fill(bytes);
    return bytes;
  };
  ListEntry entry;
  entry.fingerprints = {made("sha256", value(32)),      made("sha512", value(64)),    made("sha1", value(20)),
                        made("md5", value(16)),         made("pdq", value(32), 50),   made("pdq_nearest512", value(32)),
                        made("pdq_pytx", value(32), 0), made("photodna", value(144)), made("vpdq", value(2048)),
                        made("tmk_x1", value(1), 100)};
  entry.act = Act::b;
  entry.age_band = AgeBand::prepubescent;
  entry.reference = "list 7, \"row\" 3";
  entry.status = EntryStatus::disputed;
  entry.entry = "0198c0de-0000-7000-8000-000000000001";
  return entry;
}

std::vector<Algorithm> algorithms_of(const ListEntry& entry) {
  std::vector<Algorithm> algorithms;
  for (const auto& fingerprint : entry.fingerprints) algorithms.push_back(fingerprint.algorithm());
  return algorithms;
}

std::string_view without_end(std::string_view line) { return line.substr(0, line.size() - 1); }

TEST(ListLine, EveryAlgorithmRoundTripsThroughCsvAndJsonUnchanged) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    const ListEntry entry = everything(random);
    for (const ListFormat format : {ListFormat::csv, ListFormat::json_lines}) {
      const ListWriter writer(format, algorithms_of(entry));
      const auto header = writer.header();
      const auto read = parser(format, header.empty() ? "" : without_end(header)).parse(without_end(writer.line(entry)));
      ASSERT_TRUE(read) << to_word(format) << " seed " << seed << " " << to_string(read.error());
      EXPECT_TRUE(*read == entry) << to_word(format) << " seed " << seed;
    }
    const std::string lines = ListWriter(ListFormat::text, {}).line(entry);
    EXPECT_EQ(std::ranges::count(lines, '\n'), std::ssize(entry.fingerprints));
    std::size_t begin = 0;
    for (const auto& fingerprint : entry.fingerprints) {
      const std::size_t end = lines.find('\n', begin);
      const auto read = parser(ListFormat::text).parse(lines.substr(begin, end - begin));
      ASSERT_TRUE(read);
      EXPECT_EQ(read->fingerprints[0].reveal_value(), fingerprint.reveal_value());
      begin = end + 1;
    }
  }
}

TEST(ListLine, PhotoDnaIsBase64AndReadAsHexadecimalToo) {
  const Bytes value(144, 0xC3);
  const std::string base64 = encode_base64(value);
  const auto text = parser(ListFormat::text);
  EXPECT_EQ(text.parse("photodna " + base64)->fingerprints[0].reveal_value(), value);
  EXPECT_EQ(text.parse("photodna " + encode_hex(value))->fingerprints[0].reveal_value(), value);
  EXPECT_EQ(ListWriter(ListFormat::text, {}).line(*text.parse("photodna " + encode_hex(value))), "photodna " + base64 + "\n");
  EXPECT_EQ(reason(text, "photodna " + base64.substr(4)), "list.bad_length");
}

TEST(ListLine, SaysWhatIsWrongWithAValue) {
  const auto text = parser(ListFormat::text);
  EXPECT_EQ(reason(text, "pdq " + kPdq), "ok");
  EXPECT_EQ(reason(text, "pdq " + kPdq.substr(1)), "list.bad_length");
  EXPECT_EQ(reason(text, "pdq " + kPdq + "7"), "list.bad_length");
  EXPECT_EQ(reason(text, "pdq " + std::string(64, 'A')), "list.upper_case");
  EXPECT_EQ(reason(text, "pdq " + std::string(64, 'g')), "list.bad_value");
  EXPECT_EQ(reason(text, "pdq  " + kPdq), "list.bad_length");
  EXPECT_EQ(reason(text, "PDQ " + kPdq), "list.bad_algorithm");
  EXPECT_EQ(reason(text, "pdq"), "list.malformed");
  EXPECT_EQ(reason(text, "mine 0"), "list.bad_value");
  EXPECT_EQ(reason(text, "mine " + std::string(4098, '0')), "list.bad_length");
  EXPECT_EQ(reason(text, "mine 00"), "ok") << "an algorithm nobody here knows is carried";
  EXPECT_EQ(reason(text, ""), "list.empty_line");
  EXPECT_EQ(reason(text, "pdq \xFF"), "list.not_utf8");
}

TEST(ListLine, JsonIsReadStrictly) {
  const auto json = parser(ListFormat::json_lines);
  const auto with = [&](const std::string& more, const std::string& inner = "") {
    return R"({"fingerprints":[{"algorithm":"pdq","value":")" + kPdq + "\"" + inner + "}]" + more + "}";
  };
  EXPECT_EQ(reason(json, with("")), "ok");
  EXPECT_EQ(reason(json, with(R"(,"act":"a","age_band":"unknown","reference":"r","status":"active")", R"(,"quality":49)")), "ok");
  EXPECT_EQ(reason(json, with(R"(,"act":"d")")), "list.bad_act");
  EXPECT_EQ(reason(json, with(R"(,"act":1)")), "list.malformed");
  EXPECT_EQ(reason(json, with(R"(,"age_band":"young")")), "list.bad_age_band");
  EXPECT_EQ(reason(json, with(R"(,"status":"withdrawn")")), "list.bad_status");
  EXPECT_EQ(reason(json, with(R"(,"reference":"two\nlines")")), "list.bad_reference");
  EXPECT_EQ(reason(json, with(R"(,"reference":")" + std::string(201, 'r') + "\"")), "list.bad_reference");
  EXPECT_EQ(reason(json, with(R"(,"source":"x")")), "list.unknown_field");
  EXPECT_EQ(reason(json, with("", R"(,"quality":101)")), "list.bad_quality");
  EXPECT_EQ(reason(json, with("", R"(,"quality":"50")")), "list.bad_quality");
  EXPECT_EQ(reason(json, with("", R"(,"size":1)")), "list.unknown_field");
  EXPECT_EQ(reason(json, with(R"(,"act":"a","act":"b")")), "list.malformed") << "a key twice";
  EXPECT_EQ(reason(json, with("") + "x"), "list.malformed");
  EXPECT_EQ(reason(json, R"({"fingerprints":[]})"), "list.no_fingerprint");
  EXPECT_EQ(reason(json, "[]"), "list.malformed");
  EXPECT_EQ(reason(json, std::string(30'000, '[')), "list.malformed");
  const std::string one = R"({"algorithm":"pdq","value":")" + kPdq + "\"}";
  EXPECT_EQ(reason(json, R"({"fingerprints":[)" + one + "," + one + "]}"), "list.algorithm_repeated");
}

TEST(ListLine, CsvColumnsAreNamedByTheFirstLine) {
  const auto csv = parser(ListFormat::csv, "sha256,reference,pdq.quality,pdq");
  const auto entry = csv.parse(kSha256 + ",\"a, \"\"b\"\"\",70," + kPdq);
  ASSERT_TRUE(entry) << to_string(entry.error());
  EXPECT_EQ(entry->reference, "a, \"b\"");
  ASSERT_EQ(entry->fingerprints.size(), 2U);
  EXPECT_EQ(entry->fingerprints[1].quality(), 70);
  EXPECT_EQ(csv.parse(kSha256 + ",,,")->fingerprints.size(), 1U);
  EXPECT_EQ(reason(csv, ",,,"), "list.no_fingerprint");
  EXPECT_EQ(reason(csv, kSha256), "list.malformed") << "too few fields";
  EXPECT_EQ(reason(csv, kSha256 + ",,x," + kPdq), "list.bad_quality");
  EXPECT_EQ(reason(csv, kSha256 + ",\"open,,"), "list.malformed");
  EXPECT_EQ(reason(csv, kSha256 + ",a\"b,,"), "list.malformed");
  for (const auto* header : {"", "reference", "pdq,pdq", "pdq,md5.quality", "PDQ", "pdq,,md5", "pdq,two words", "\"pdq"})
    EXPECT_FALSE(ListParser::open(ListFormat::csv)->read_header(header)) << header;
  EXPECT_TRUE(ListParser::open(ListFormat::csv)->read_header("\xEF\xBB\xBFpdq")) << "spreadsheets begin with a byte order mark";
}

TEST(ListLine, AnAlgorithmThatIsOnlyCarriedSaysSoInCsv) {
  for (const auto* header : {"refrence,pdq", "act,vpdq", "other:pdq", "other:"})
    EXPECT_FALSE(ListParser::open(ListFormat::csv)->read_header(header)) << header;
  const auto csv = parser(ListFormat::csv, "act,other:act,other:act.quality");
  const auto entry = csv.parse("a,00ff,7");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->fingerprints[0], made("act", {0x00, 0xFF}, 7));
}

TEST(ListLine, TheKeyIsOfTheFingerprintsAlone) {
  const auto pdq = made("pdq", Bytes(32, 1), 60);
  const auto better = made("pdq", Bytes(32, 1), 90);
  const auto sha = made("sha256", Bytes(32, 1));
  EXPECT_EQ(key_of(std::vector{pdq, sha}), key_of(std::vector{sha, better}));
  EXPECT_NE(key_of(std::vector{pdq}), key_of(std::vector{sha})) << "one value of two algorithms";
  EXPECT_NE(key_of(std::vector{pdq}), key_of(std::vector{pdq, sha}));
}

}  // namespace
}  // namespace tutela::match
