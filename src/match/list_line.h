#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "match/list_entry.h"

// Lists of fingerprints as text, one entry a line (docs/banks.md): read and written here, line by line, without a file.
namespace tutela::match {

enum class ListFormat : std::uint8_t {
  csv,         // RFC 4180 without line breaks in fields; the first line names the columns
  json_lines,  // one JSON object a line
  text,        // "pdq <hex>": python-threatexchange's local file
};
inline constexpr std::array kListFormats = {ListFormat::csv, ListFormat::json_lines, ListFormat::text};
std::string_view to_word(ListFormat format);                  // "csv", "jsonl", "text"
Result<ListFormat> parse_list_format(std::string_view word);  // invalid, "list.unknown_format"

// A value as text: lower-case hexadecimal; PhotoDNA, whose lists are base64, that. Both are read where the length tells them
// apart. invalid, "list.upper_case", "list.bad_value", "list.bad_length" (not the algorithm's), "list.bad_quality".
Result<Fingerprint> parse_list_value(const Algorithm& algorithm, std::string_view text, std::optional<std::int64_t> quality);
std::string list_value_text(const Fingerprint& fingerprint);

// Reads the lines of one list. Never holds more than one line.
class ListParser {
 public:
  // CSV begins with a line that names its columns: reference, act, age_band, status, entry, and for each algorithm one column of
  // its name, with another "<algorithm>.quality" where it has one; an algorithm that is only carried here is "other:<algorithm>".
  // invalid, "list.bad_header" (a column twice, none of an algorithm, any other name).
  static Result<ListParser> open(ListFormat format);
  bool needs_header() const { return format_ == ListFormat::csv; }
  Result<> read_header(std::string_view line);

  // `line` without its line end. Every reason is invalid and "list.…": empty_line, not_utf8, malformed, unknown_field,
  // no_fingerprint, algorithm_repeated, bad_algorithm, bad_act, bad_age_band, bad_status, bad_reference, too_many_fingerprints,
  // and those of parse_list_value().
  Result<ListEntry> parse(std::string_view line) const;

 private:
  enum class Field : std::uint8_t { reference, act, age_band, status, entry, value, quality };
  struct Column {
    Field field;
    std::optional<Algorithm> algorithm;
  };

  explicit ListParser(ListFormat format) : format_(format) {}
  static Result<Column> parse_column(std::string_view name);
  Result<ListEntry> parse_csv(std::string_view line) const;

  ListFormat format_;
  std::vector<Column> columns_;
};

// Writes what ListParser reads, each line with its line end.
class ListWriter {
 public:
  // The algorithms become CSV's columns; an entry must not bring others. The other formats take none.
  ListWriter(ListFormat format, std::vector<Algorithm> algorithms) : format_(format), algorithms_(std::move(algorithms)) {}

  std::string header() const;  // empty where the format has none
  // The text format has one line a fingerprint, and nothing of an entry but those.
  std::string line(const ListEntry& entry) const;

 private:
  ListFormat format_;
  std::vector<Algorithm> algorithms_;
};

}  // namespace tutela::match
