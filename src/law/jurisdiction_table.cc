#include "law/jurisdiction_table.h"

#include <algorithm>
#include <set>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/limits.h"
#include "law/jurisdiction_files.h"
#include "model/text.h"

namespace tutela::law {
namespace {

// Reads one TOML table key by key and knows at the end whether there was another.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string place) : table_(table), place_(std::move(place)) {}

  // A line of text, neither blank nor above limits::kJurisdictionTextBytesMax.
  Result<std::string> text(std::string_view key) {
    TUTELA_ASSIGN(const auto* node, required(key));
    return read_text(*node, key);
  }

  Result<std::optional<std::string>> optional_text(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr) return std::nullopt;
    TUTELA_ASSIGN(auto value, read_text(*node, key));
    return value;
  }

  // At least `least`, at most a hundred years in hours.
  Result<std::int64_t> number(std::string_view key, std::int64_t least) {
    TUTELA_ASSIGN(const auto* node, required(key));
    const auto* value = node->as_integer();
    if (value == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
    if (value->get() < least || value->get() > 24 * 366 * 100) return fail(ErrorCode::invalid, "law.bad_value", at(key));
    return value->get();
  }

  Result<std::optional<std::int64_t>> optional_number(std::string_view key) {
    if (!table_.contains(key)) return std::nullopt;
    TUTELA_ASSIGN(const auto value, number(key, 1));
    return value;
  }

  Result<bool> boolean(std::string_view key) {
    TUTELA_ASSIGN(const auto* node, required(key));
    const auto* value = node->as_boolean();
    if (value == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
    return value->get();
  }

  // Words, each parsed, none twice.
  template <class Parse>
  auto words(std::string_view key, Parse parse, std::size_t least)
      -> Result<std::vector<typename decltype(parse(""))::value_type>> {
    TUTELA_ASSIGN(const auto* node, required(key));
    const auto* array = node->as_array();
    if (array == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
    std::vector<typename decltype(parse(""))::value_type> values;
    for (const auto& element : *array) {
      const auto* word = element.as_string();
      if (word == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
      const auto value = parse(word->get());
      if (!value || std::find(values.begin(), values.end(), *value) != values.end())
        return fail(ErrorCode::invalid, "law.bad_value", at(key));
      values.push_back(*value);
    }
    if (values.size() < least) return fail(ErrorCode::invalid, "law.bad_value", at(key));
    return values;
  }

  // The tables of [[key]]; none is an empty answer.
  Result<std::vector<const toml::table*>> tables(std::string_view key) {
    std::vector<const toml::table*> found;
    const auto* node = take(key);
    if (node == nullptr) return found;
    const auto* array = node->as_array();
    if (array == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
    for (const auto& element : *array) {
      if (element.as_table() == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
      found.push_back(element.as_table());
    }
    return found;
  }

  Result<Source> source() {
    Source source;
    TUTELA_ASSIGN(source.law, text("law"));
    TUTELA_ASSIGN(source.section, text("section"));
    TUTELA_ASSIGN(source.url, text("url"));
    TUTELA_ASSIGN(source.quote, text("quote"));
    TUTELA_ASSIGN(source.read_on, text("read_on"));
    if (!source.url.starts_with("https://") && !source.url.starts_with("http://"))
      return fail(ErrorCode::invalid, "law.bad_value", at("url"));
    if (source.read_on.size() != 10 || !parse_rfc3339(source.read_on + "T00:00:00Z"))
      return fail(ErrorCode::invalid, "law.bad_value", at("read_on"));
    return source;
  }

  Result<> finish() const {
    for (const auto& [key, value] : table_)
      if (!taken_.contains(std::string(key.str()))) return fail(ErrorCode::invalid, "law.unknown_key", place_);
    return {};
  }

  std::string at(std::string_view key) const { return place_ + " " + std::string(key); }

 private:
  const toml::node* take(std::string_view key) {
    taken_.emplace(key);
    return table_.get(key);
  }

  Result<const toml::node*> required(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr) return fail(ErrorCode::invalid, "law.missing_key", at(key));
    return node;
  }

  Result<std::string> read_text(const toml::node& node, std::string_view key) const {
    const auto* value = node.as_string();
    if (value == nullptr) return fail(ErrorCode::invalid, "law.wrong_type", at(key));
    const std::string& text = value->get();
    if (is_blank(text) || text.size() > limits::kJurisdictionTextBytesMax || !is_clean_text(text, Lines::one))
      return fail(ErrorCode::invalid, "law.bad_value", at(key));
    return text;
  }

  const toml::table& table_;
  std::string place_;
  std::set<std::string, std::less<>> taken_;
};

// toml++ 3.3 meets some malformed keys with an assertion instead of an error (found by fuzzing), so only the few line shapes that
// a table needs are let through to it: blank, comment, [[name]], and name = "text", a number, true, false or an array, each on
// one line.
bool is_plain_line(std::string_view line) {
  constexpr std::string_view kBare = "abcdefghijklmnopqrstuvwxyz_";
  if (line.empty() || line.front() == '#') return is_clean_text(line, Lines::many);
  if (line.starts_with("[["))
    return line.size() > 4 && line.ends_with("]]") &&
           line.substr(2, line.size() - 4).find_first_not_of(kBare) == std::string_view::npos;
  const auto equals = line.find(" = ");
  if (equals == 0 || equals == std::string_view::npos ||
      line.substr(0, equals).find_first_not_of(kBare) != std::string_view::npos)
    return false;
  const auto value = line.substr(equals + 3);
  if (value.starts_with("\"\"\"") || !is_clean_text(value, Lines::one)) return false;
  constexpr std::string_view kFirst = "\"'[tf0123456789";
  const bool quoted = value.starts_with('"') || value.starts_with('\'');
  return !value.empty() && kFirst.find(value.front()) != std::string_view::npos &&
         (quoted || value.find('{') == std::string_view::npos);
}

Result<> verify_lines(std::string_view text) {
  std::size_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (!is_plain_line(text.substr(start, end - start)))
      return fail(ErrorCode::invalid, "law.malformed", "line " + std::to_string(number));
    start = end + 1;
  }
  return {};
}

// Row ids are part of ledger entries and messages: lower-case letters, digits and '_'.
Result<std::string> read_id(TableReader& row) {
  TUTELA_ASSIGN(auto id, row.text("id"));
  const bool good = id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good) return fail(ErrorCode::invalid, "law.bad_value", row.at("id"));
  return id;
}

Result<RowReference> read_reference(TableReader& row, const Country& country, std::set<std::string>& ids) {
  TUTELA_ASSIGN(auto id, read_id(row));
  if (!ids.insert(id).second) return fail(ErrorCode::invalid, "law.row_repeated", row.at("id"));
  return std::string(country.text()) + "/" + id;
}

Result<IllegalRow> read_illegal(TableReader row, const Country& country, std::set<std::string>& ids) {
  TUTELA_ASSIGN(auto reference, read_reference(row, country, ids));
  TUTELA_ASSIGN(auto acts, row.words("acts", parse_act, 1));
  TUTELA_ASSIGN(auto age_bands, row.words("age_bands", parse_age_band, 1));
  TUTELA_ASSIGN(const auto word, row.text("illegal"));
  const auto illegal = parse_illegal(word);
  if (!illegal) return fail(ErrorCode::invalid, "law.bad_value", row.at("illegal"));
  TUTELA_ASSIGN(auto source, row.source());
  TUTELA_TRY(row.finish());
  return IllegalRow{std::move(reference), std::move(acts), std::move(age_bands), *illegal, std::move(source)};
}

Result<TellRow> read_tell(TableReader row, const Country& country, std::set<std::string>& ids) {
  TUTELA_ASSIGN(auto reference, read_reference(row, country, ids));
  TUTELA_ASSIGN(auto authority, row.text("authority"));
  TUTELA_ASSIGN(const auto word, row.text("kind"));
  const auto kind = parse_authority_kind(word);
  if (!kind) return fail(ErrorCode::invalid, "law.bad_value", row.at("kind"));
  TUTELA_ASSIGN(auto subjects, row.words("subjects", parse_subject, 1));
  TUTELA_ASSIGN(auto must, row.words("must", parse_organisation_kind, 0));
  TUTELA_ASSIGN(auto due_hours, row.optional_number("due_hours"));
  TUTELA_ASSIGN(auto due_words, row.optional_text("due_words"));
  TUTELA_ASSIGN(auto working_hours, row.optional_number("working_hours"));
  if (due_hours.has_value() == working_hours.has_value())
    return fail(ErrorCode::invalid, "law.bad_value", row.at("working_hours"));
  if (due_hours && due_words) return fail(ErrorCode::invalid, "law.bad_value", row.at("due_words"));
  TUTELA_ASSIGN(const bool takes_from_abroad, row.boolean("takes_from_abroad"));
  TUTELA_ASSIGN(auto source, row.source());
  TUTELA_TRY(row.finish());
  return TellRow{std::move(reference), std::move(authority), *kind,
                 std::move(subjects),  std::move(must),      due_hours,
                 std::move(due_words), working_hours,        takes_from_abroad,
                 std::move(source)};
}

Result<RetentionRow> read_retention(TableReader row, const Country& country, std::set<std::string>& ids) {
  TUTELA_ASSIGN(auto reference, read_reference(row, country, ids));
  TUTELA_ASSIGN(auto must, row.words("must", parse_organisation_kind, 1));
  TUTELA_ASSIGN(const auto days, row.number("days", 1));
  TUTELA_ASSIGN(auto source, row.source());
  TUTELA_TRY(row.finish());
  return RetentionRow{std::move(reference), std::move(must), days, std::move(source)};
}

Result<std::string> parse_record(std::string_view word) {
  const bool good = word.size() <= 32 && std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
  if (!good) return fail(ErrorCode::invalid, "law.bad_value");
  return std::string(word);
}

Result<KeepRow> read_keep(TableReader row, const Country& country, std::set<std::string>& ids) {
  TUTELA_ASSIGN(auto reference, read_reference(row, country, ids));
  TUTELA_ASSIGN(auto records, row.words("records", parse_record, 1));
  TUTELA_ASSIGN(const auto months, row.number("months", 1));
  if (months > limits::kKeepMonthsMax) return fail(ErrorCode::invalid, "law.bad_value", row.at("months"));
  TUTELA_TRY(row.finish());
  return KeepRow{std::move(reference), std::move(records), months};
}

Result<> verify_kept_once(const std::vector<KeepRow>& rows) {
  std::set<std::string_view> claimed;
  for (const auto& row : rows)
    for (const auto& record : row.records)
      if (!claimed.insert(record).second) return fail(ErrorCode::invalid, "law.rows_overlap", row.reference);
  return {};
}

Result<> verify_no_overlap(const std::vector<IllegalRow>& rows) {
  std::set<std::pair<Act, AgeBand>> claimed;
  for (const auto& row : rows)
    for (const auto act : row.acts)
      for (const auto age_band : row.age_bands)
        if (!claimed.emplace(act, age_band).second) return fail(ErrorCode::invalid, "law.rows_overlap", row.reference);
  return {};
}

}  // namespace

const KeepRow* Jurisdiction::kept(std::string_view record) const {
  const auto found =
      std::ranges::find_if(keep, [&](const KeepRow& row) { return std::ranges::find(row.records, record) != row.records.end(); });
  return found == keep.end() ? nullptr : &*found;
}

Result<> JurisdictionTable::add(Jurisdiction jurisdiction) {
  const Country country = jurisdiction.country;
  if (!rows_.emplace(country, std::move(jurisdiction)).second) return fail(ErrorCode::conflict, "law.country_repeated");
  return {};
}

const Jurisdiction* JurisdictionTable::find(const Country& country) const {
  const auto found = rows_.find(country);
  return found == rows_.end() ? nullptr : &found->second;
}

Result<Jurisdiction> parse_jurisdiction(std::string_view text) {
  if (text.size() > limits::kJurisdictionFileBytesMax) return fail(ErrorCode::limit, "law.file_too_large");
  TUTELA_TRY(verify_lines(text));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return fail(ErrorCode::invalid, "law.malformed", "line " + std::to_string(parsed.error().source().begin.line));

  TableReader file(parsed.table(), "file");
  TUTELA_ASSIGN(const auto code, file.text("country"));
  const auto country = Country::parse(code);
  if (!country) return fail(ErrorCode::invalid, "law.bad_value", "file country");
  TUTELA_ASSIGN(auto title, file.text("title"));
  Jurisdiction jurisdiction{*country, std::move(title), {}, {}, {}, {}};

  TUTELA_ASSIGN(const auto illegal, file.tables("illegal"));
  TUTELA_ASSIGN(const auto tell, file.tables("tell"));
  TUTELA_ASSIGN(const auto retention, file.tables("retention"));
  TUTELA_ASSIGN(const auto keep, file.tables("keep"));
  TUTELA_TRY(file.finish());
  if (illegal.size() + tell.size() + retention.size() + keep.size() > limits::kJurisdictionRowsMax)
    return fail(ErrorCode::limit, "law.too_many_rows");
  if (illegal.empty()) return fail(ErrorCode::invalid, "law.missing_key", "file illegal");

  std::set<std::string> ids;
  const auto place = [](std::string_view name, std::size_t position) {
    return std::string(name) + " row " + std::to_string(position + 1);
  };
  for (std::size_t i = 0; i < illegal.size(); ++i) {
    TUTELA_ASSIGN(auto row, read_illegal(TableReader(*illegal[i], place("illegal", i)), *country, ids));
    jurisdiction.illegal.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < tell.size(); ++i) {
    TUTELA_ASSIGN(auto row, read_tell(TableReader(*tell[i], place("tell", i)), *country, ids));
    jurisdiction.tell.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < retention.size(); ++i) {
    TUTELA_ASSIGN(auto row, read_retention(TableReader(*retention[i], place("retention", i)), *country, ids));
    jurisdiction.retention.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < keep.size(); ++i) {
    TUTELA_ASSIGN(auto row, read_keep(TableReader(*keep[i], place("keep", i)), *country, ids));
    jurisdiction.keep.push_back(std::move(row));
  }
  TUTELA_TRY(verify_no_overlap(jurisdiction.illegal));
  TUTELA_TRY(verify_kept_once(jurisdiction.keep));
  return jurisdiction;
}

Result<JurisdictionTable> built_in_table() {
  JurisdictionTable table;
  for (const auto& file : jurisdiction_files()) {
    auto jurisdiction = parse_jurisdiction(file.text);
    if (!jurisdiction)
      return fail(ErrorCode::corrupt, jurisdiction.error().reason, std::string(file.name) + " " + jurisdiction.error().place);
    TUTELA_TRY(table.add(*std::move(jurisdiction)));
  }
  return table;
}

}  // namespace tutela::law
