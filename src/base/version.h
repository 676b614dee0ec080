#pragma once

#include <string_view>

namespace tutela {

// Of the program, as its packages and backups say it.
inline constexpr std::string_view kProgramVersion = "0.1.0";

}  // namespace tutela
