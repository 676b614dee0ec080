#pragma once

#include <string>

#include "support/temp_folder.h"

namespace tutela::test {

// Everything that the program logs while this lives.
class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  std::string text() const;
  // How many lines say so.
  long lines(std::string_view part) const;

 private:
  TempFolder folder_;
  int saved_;
};

}  // namespace tutela::test
