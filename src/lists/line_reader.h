#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tutela::lists {

// The lines of a file of any size, one in memory at a time. Not thread-safe.
class LineReader {
 public:
  // Where reading begins; {0, 0} is the beginning of the file.
  struct Place {
    std::int64_t position_bytes = 0;
    std::int64_t lines = 0;  // before it
  };
  // `file` is open for reading and outlives this.
  LineReader(int file, Place place);

  struct Line {
    std::string_view text;   // without "\n" or "\r\n"; valid until the next call
    std::int64_t number;     // from 1
    std::int64_t end_bytes;  // where the next line begins
    bool is_cut;             // longer than the limit: this is its beginning, the rest was passed over
  };
  // Nothing at the end. A last line needs no line end. unavailable, "list.cannot_read".
  Result<std::optional<Line>> next();

 private:
  // The next stretch of the file, when all of the last was consumed. False at the end.
  Result<bool> fill();

  int file_;
  Place place_;  // of what was consumed
  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not consumed
  std::string line_;
};

}  // namespace tutela::lists
