#pragma once

#include <map>
#include <string_view>

#include "law/jurisdiction.h"

namespace tutela::law {

// The rows of every country a node knows, built once at start-up and then only read.
class JurisdictionTable {
 public:
  // Adds one country's rows. conflict, "law.country_repeated".
  Result<> add(Jurisdiction jurisdiction);
  // Null when nothing is known of that country.
  const Jurisdiction* find(const Country& country) const;
  const std::map<Country, Jurisdiction>& all() const { return rows_; }

 private:
  std::map<Country, Jurisdiction> rows_;
};

// Reads one file of data/jurisdictions/: TOML, strict. Unknown keys, missing sources, empty lists, repeated row ids and a pair of
// act and age band that two rows claim are refused, so that an answer never depends on the order of rows.
//
// limit, "law.file_too_large" above limits::kJurisdictionFileBytesMax, "law.too_many_rows" above limits::kJurisdictionRowsMax
// invalid, "law.malformed" (not TOML, or TOML beyond one value a line), "law.unknown_key", "law.missing_key", "law.wrong_type",
// "law.bad_value", "law.row_repeated",
//          "law.rows_overlap"; the error's place names line or row
Result<Jurisdiction> parse_jurisdiction(std::string_view toml);

// The files compiled into the program. corrupt if they do not parse, which a test rules out.
Result<JurisdictionTable> built_in_table();

}  // namespace tutela::law
