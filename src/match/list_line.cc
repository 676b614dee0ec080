#include "match/list_line.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/utf8.h"
#include "crypto/digest.h"

namespace tutela::match {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPhotoDna = "photodna";
constexpr std::string_view kQualitySuffix = ".quality";
// So that a misspelt column is refused and not taken for an algorithm that nobody here knows.
constexpr std::string_view kOtherPrefix = "other:";

std::unexpected<Error> bad(Reason reason) { return fail(ErrorCode::invalid, reason); }

bool has_upper_hex(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'F'; }) && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
         });
}

bool is_base64_photodna(const Algorithm& algorithm, std::string_view text) {
  constexpr std::size_t kBase64Chars = 192;  // of 144 bytes
  return algorithm.word() == kPhotoDna && text.size() == kBase64Chars;
}

Result<Algorithm> parse_algorithm(std::string_view word) {
  auto algorithm = Algorithm::parse(word);
  if (!algorithm) return bad("list.bad_algorithm");
  return algorithm;
}

Result<std::int64_t> parse_quality(std::string_view text) {
  std::int64_t quality = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
  if (error != std::errc() || end != text.data() + text.size()) return bad("list.bad_quality");
  return quality;
}

Result<> set_act(ListEntry& entry, std::string_view word) {
  const auto act = parse_act(word);
  if (!act) return bad("list.bad_act");
  entry.act = *act;
  return {};
}

Result<> set_age_band(ListEntry& entry, std::string_view word) {
  const auto age_band = parse_age_band(word);
  if (!age_band) return bad("list.bad_age_band");
  entry.age_band = *age_band;
  return {};
}

// A list hands over what matches; what was withdrawn is not in it.
Result<> set_status(ListEntry& entry, std::string_view word) {
  const auto status = parse_entry_status(word);
  if (!status || *status == EntryStatus::withdrawn) return bad("list.bad_status");
  entry.status = *status;
  return {};
}

Result<> set_name(std::string& name, std::string_view text) {
  const bool is_one_line = std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; });
  if (text.size() > kListReferenceBytesMax || !is_one_line || !is_plain_text(text)) return bad("list.bad_reference");
  name = text;
  return {};
}

Result<> add(ListEntry& entry, Fingerprint fingerprint) {
  if (entry.fingerprints.size() >= kListFingerprintsMax) return bad("list.too_many_fingerprints");
  for (const Fingerprint& present : entry.fingerprints)
    if (present.algorithm() == fingerprint.algorithm()) return bad("list.algorithm_repeated");
  entry.fingerprints.push_back(std::move(fingerprint));
  return {};
}

// JSON of one line: shallow, and no key twice.
Result<Json> parse_object(std::string_view line) {
  std::vector<std::set<std::string>> keys;
  bool is_strict = true;
  constexpr int kDepthMax = 4;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kDepthMax) is_strict = false;
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) is_strict = false;
    return is_strict;
  };
  // A parser that refuses a value by its callback goes on without it; what it kept is thrown away here.
  Json object = Json::parse(line, watch, false);
  if (!is_strict || object.is_discarded() || !object.is_object()) return bad("list.malformed");
  return object;
}

Result<std::string_view> text_of(const Json& value) {
  if (!value.is_string()) return bad("list.malformed");
  return std::string_view(value.get_ref<const std::string&>());
}

Result<Fingerprint> parse_fingerprint(const Json& object) {
  if (!object.is_object()) return bad("list.malformed");
  std::string_view algorithm_word;
  std::string_view value;
  std::optional<std::int64_t> quality;
  for (const auto& [key, field] : object.items()) {
    if (key == "algorithm") {
      TUTELA_ASSIGN(algorithm_word, text_of(field));
    } else if (key == "value") {
      TUTELA_ASSIGN(value, text_of(field));
    } else if (key == "quality") {
      if (!field.is_number_integer()) return bad("list.bad_quality");
      quality = field.get<std::int64_t>();
    } else {
      return bad("list.unknown_field");
    }
  }
  TUTELA_ASSIGN(const auto algorithm, parse_algorithm(algorithm_word));
  return parse_list_value(algorithm, value, quality);
}

Result<ListEntry> parse_json_line(std::string_view line) {
  TUTELA_ASSIGN(const auto object, parse_object(line));
  ListEntry entry;
  for (const auto& [key, field] : object.items()) {
    if (key == "fingerprints") {
      if (!field.is_array()) return bad("list.malformed");
      for (const Json& one : field) {
        TUTELA_ASSIGN(auto fingerprint, parse_fingerprint(one));
        TUTELA_TRY(add(entry, std::move(fingerprint)));
      }
      continue;
    }
    TUTELA_ASSIGN(const auto text, text_of(field));
    if (key == "act") {
      TUTELA_TRY(set_act(entry, text));
    } else if (key == "age_band") {
      TUTELA_TRY(set_age_band(entry, text));
    } else if (key == "status") {
      TUTELA_TRY(set_status(entry, text));
    } else if (key == "reference") {
      TUTELA_TRY(set_name(entry.reference, text));
    } else if (key == "entry") {
      TUTELA_TRY(set_name(entry.entry, text));
    } else {
      return bad("list.unknown_field");
    }
  }
  return entry;
}

Result<ListEntry> parse_text_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return bad("list.malformed");
  TUTELA_ASSIGN(const auto algorithm, parse_algorithm(line.substr(0, space)));
  TUTELA_ASSIGN(auto fingerprint, parse_list_value(algorithm, line.substr(space + 1), std::nullopt));
  ListEntry entry;
  entry.fingerprints.push_back(std::move(fingerprint));
  return entry;
}

// The fields of one line of RFC 4180; a quote may stand only around a field, and doubled within one.
Result<std::vector<std::string>> split_csv(std::string_view line) {
  std::vector<std::string> fields;
  for (;;) {
    std::string field;
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      for (;;) {
        const std::size_t quote = line.find('"');
        if (quote == std::string_view::npos) return bad("list.malformed");
        field += line.substr(0, quote);
        line.remove_prefix(quote + 1);
        if (!line.starts_with('"')) break;
        field += '"';
        line.remove_prefix(1);
      }
      if (!line.empty() && line.front() != ',') return bad("list.malformed");
    } else {
      field = line.substr(0, line.find(','));
      if (field.find('"') != std::string::npos) return bad("list.malformed");
      line.remove_prefix(field.size());
    }
    fields.push_back(std::move(field));
    if (line.empty()) return fields;
    line.remove_prefix(1);
  }
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_line(const ListEntry& entry, const std::vector<Algorithm>& algorithms) {
  std::string line = csv_field(entry.entry) + "," + csv_field(entry.reference) + ",";
  if (entry.act) line += to_word(*entry.act);
  line += ",";
  if (entry.age_band) line += to_word(*entry.age_band);
  line += ",";
  line += to_word(entry.status);
  std::size_t written = 0;
  for (const Algorithm& algorithm : algorithms) {
    const auto found = std::ranges::find(entry.fingerprints, algorithm, &Fingerprint::algorithm);
    line += ",";
    if (found != entry.fingerprints.end()) {
      line += list_value_text(*found);
      ++written;
    }
    line += ",";
    if (found != entry.fingerprints.end() && found->quality()) line += std::to_string(*found->quality());
  }
  TUTELA_CHECK(written == entry.fingerprints.size());
  return line + "\n";
}

std::string json_line(const ListEntry& entry) {
  nlohmann::ordered_json object;
  if (!entry.entry.empty()) object["entry"] = entry.entry;
  if (!entry.reference.empty()) object["reference"] = entry.reference;
  if (entry.act) object["act"] = to_word(*entry.act);
  if (entry.age_band) object["age_band"] = to_word(*entry.age_band);
  if (entry.status != EntryStatus::active) object["status"] = to_word(entry.status);
  object["fingerprints"] = nlohmann::ordered_json::array();
  for (const Fingerprint& fingerprint : entry.fingerprints) {
    nlohmann::ordered_json one = {{"algorithm", fingerprint.algorithm().word()}, {"value", list_value_text(fingerprint)}};
    if (fingerprint.quality()) one["quality"] = *fingerprint.quality();
    object["fingerprints"].push_back(std::move(one));
  }
  return object.dump() + "\n";
}

std::string text_lines(const ListEntry& entry) {
  std::string lines;
  for (const Fingerprint& fingerprint : entry.fingerprints) {
    lines += fingerprint.algorithm().word();
    lines += " " + list_value_text(fingerprint) + "\n";
  }
  return lines;
}

}  // namespace

void NotCompared::add_entry(std::span<const Fingerprint> fingerprints) {
  const auto has = [&](std::string_view why) {
    return std::ranges::any_of(fingerprints, [&](const Fingerprint& one) { return one.why_not_compared() == why; });
  };
  quality_below_50 += has("quality_below_50") ? 1 : 0;
  algorithm_carried_only += has("algorithm_carried_only") ? 1 : 0;
}

ListEntryKey key_of(std::span<const Fingerprint> fingerprints) {
  std::vector<const Fingerprint*> ordered;
  for (const Fingerprint& fingerprint : fingerprints) ordered.push_back(&fingerprint);
  std::ranges::sort(ordered, {}, [](const Fingerprint* one) { return one->algorithm(); });
  Bytes identity;
  for (const Fingerprint* fingerprint : ordered) {
    append_prefixed(identity, as_bytes(fingerprint->algorithm().word()));
    append_prefixed(identity, fingerprint->reveal_value());
  }
  const auto digest = crypto::sha256(identity);
  ListEntryKey key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

std::string_view to_word(ListFormat format) {
  constexpr std::array<std::string_view, kListFormats.size()> kWords = {"csv", "jsonl", "text"};
  return kWords[static_cast<std::size_t>(format)];
}

Result<ListFormat> parse_list_format(std::string_view word) {
  for (const ListFormat format : kListFormats)
    if (to_word(format) == word) return format;
  return bad("list.unknown_format");
}

Result<Fingerprint> parse_list_value(const Algorithm& algorithm, std::string_view text, std::optional<std::int64_t> quality) {
  if (quality && (*quality < 0 || *quality > 100)) return bad("list.bad_quality");
  const bool is_base64 = is_base64_photodna(algorithm, text);
  if (!is_base64 && has_upper_hex(text)) return bad("list.upper_case");
  const std::size_t hex_chars_max = 2 * kFingerprintBytesMax;
  const std::size_t hex_chars = 2 * algorithm.value_bytes().value_or(0);
  if (!is_base64 && (text.size() > hex_chars_max || (hex_chars != 0 && text.size() != hex_chars))) return bad("list.bad_length");
  auto value = is_base64 ? decode_base64(text) : decode_hex(text);
  if (!value) return bad("list.bad_value");
  auto fingerprint = Fingerprint::make(algorithm, *std::move(value), quality);
  if (!fingerprint) return bad("list.bad_length");
  return fingerprint;
}

std::string list_value_text(const Fingerprint& fingerprint) {
  const Bytes& value = fingerprint.reveal_value();
  return fingerprint.algorithm().word() == kPhotoDna ? encode_base64(value) : encode_hex(value);
}

Result<ListParser> ListParser::open(ListFormat format) { return ListParser(format); }

Result<ListParser::Column> ListParser::parse_column(std::string_view name) {
  if (name == "reference") return Column{Field::reference, std::nullopt};
  if (name == "act") return Column{Field::act, std::nullopt};
  if (name == "age_band") return Column{Field::age_band, std::nullopt};
  if (name == "status") return Column{Field::status, std::nullopt};
  if (name == "entry") return Column{Field::entry, std::nullopt};
  const bool is_quality = name.ends_with(kQualitySuffix);
  if (is_quality) name.remove_suffix(kQualitySuffix.size());
  const bool is_other = name.starts_with(kOtherPrefix);
  if (is_other) name.remove_prefix(kOtherPrefix.size());
  auto algorithm = Algorithm::parse(name);
  if (!algorithm || (algorithm->comparison() == Comparison::carried) != is_other) return bad("list.bad_header");
  return Column{is_quality ? Field::quality : Field::value, *std::move(algorithm)};
}

Result<> ListParser::read_header(std::string_view line) {
  TUTELA_CHECK(needs_header());
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // spreadsheets write it
  const auto names = split_csv(line);
  if (!names) return bad("list.bad_header");
  std::vector<Column> columns;
  bool has_value = false;
  for (const std::string& name : *names) {
    TUTELA_ASSIGN(auto column, parse_column(name));
    for (const Column& present : columns)
      if (present.field == column.field && present.algorithm == column.algorithm) return bad("list.bad_header");
    has_value |= column.field == Field::value;
    columns.push_back(std::move(column));
  }
  for (const Column& column : columns) {
    const bool stands_alone = column.field == Field::quality && std::ranges::none_of(columns, [&](const Column& other) {
                                return other.field == Field::value && other.algorithm == column.algorithm;
                              });
    if (stands_alone) return bad("list.bad_header");
  }
  if (!has_value) return bad("list.bad_header");
  columns_ = std::move(columns);
  return {};
}

Result<ListEntry> ListParser::parse_csv(std::string_view line) const {
  TUTELA_ASSIGN(const auto fields, split_csv(line));
  if (fields.size() != columns_.size()) return bad("list.malformed");
  ListEntry entry;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].empty()) continue;
    const Column& column = columns_[i];
    switch (column.field) {
      case Field::reference:
        TUTELA_TRY(set_name(entry.reference, fields[i]));
        break;
      case Field::entry:
        TUTELA_TRY(set_name(entry.entry, fields[i]));
        break;
      case Field::act:
        TUTELA_TRY(set_act(entry, fields[i]));
        break;
      case Field::age_band:
        TUTELA_TRY(set_age_band(entry, fields[i]));
        break;
      case Field::status:
        TUTELA_TRY(set_status(entry, fields[i]));
        break;
      case Field::value: {
        std::optional<std::int64_t> quality;
        for (std::size_t other = 0; other < fields.size(); ++other) {
          if (columns_[other].field != Field::quality || columns_[other].algorithm != column.algorithm || fields[other].empty())
            continue;
          TUTELA_ASSIGN(quality, parse_quality(fields[other]));
        }
        TUTELA_ASSIGN(auto fingerprint, parse_list_value(*column.algorithm, fields[i], quality));
        TUTELA_TRY(add(entry, std::move(fingerprint)));
        break;
      }
      case Field::quality:
        break;  // read with its value
    }
  }
  return entry;
}

Result<ListEntry> ListParser::parse(std::string_view line) const {
  if (line.empty()) return bad("list.empty_line");
  if (line.size() > kListLineBytesMax) return bad("list.line_too_long");
  if (!is_utf8(as_bytes(line))) return bad("list.not_utf8");
  auto entry = [&]() -> Result<ListEntry> {
    switch (format_) {
      case ListFormat::csv:
        return parse_csv(line);
      case ListFormat::json_lines:
        return parse_json_line(line);
      case ListFormat::text:
        return parse_text_line(line);
    }
    check_failed("a list format");
  }();
  if (entry && entry->fingerprints.empty()) return bad("list.no_fingerprint");
  return entry;
}

std::string ListWriter::header() const {
  if (format_ != ListFormat::csv) return "";
  std::string line = "entry,reference,act,age_band,status";
  for (const Algorithm& algorithm : algorithms_) {
    std::string column(algorithm.comparison() == Comparison::carried ? kOtherPrefix : "");
    column += algorithm.word();
    line += "," + column + "," + column;
    line += kQualitySuffix;
  }
  return line + "\n";
}

std::string ListWriter::line(const ListEntry& entry) const {
  switch (format_) {
    case ListFormat::csv:
      return csv_line(entry, algorithms_);
    case ListFormat::json_lines:
      return json_line(entry);
    case ListFormat::text:
      return text_lines(entry);
  }
  check_failed("a list format");
}

}  // namespace tutela::match
