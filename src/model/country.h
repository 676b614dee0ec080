#pragma once

#include <array>
#include <compare>
#include <string_view>

#include "base/result.h"

namespace tutela {

// An officially assigned ISO 3166-1 alpha-2 code, upper case.
class Country {
 public:
  // Exactly two upper-case letters that are assigned. invalid, "country.unknown".
  static Result<Country> parse(std::string_view code);

  std::string_view text() const { return {code_.data(), code_.size()}; }
  friend auto operator<=>(const Country&, const Country&) = default;

 private:
  explicit Country(std::array<char, 2> code) : code_(code) {}
  std::array<char, 2> code_;
};

}  // namespace tutela
