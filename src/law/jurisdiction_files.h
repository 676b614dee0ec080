#pragma once

#include <span>
#include <string_view>

namespace tutela::law {

struct JurisdictionFile {
  std::string_view name;  // "us.toml"
  std::string_view text;
};

// data/jurisdictions/*.toml as they stood when the program was built (src/law/CMakeLists.txt), by name.
std::span<const JurisdictionFile> jurisdiction_files();

}  // namespace tutela::law
