#pragma once

#include <ostream>
#include <utility>

#include <fmt/core.h>

namespace tutela {

// Content, fingerprints, identifiers of persons, free text. Cannot be printed, logged or formatted (I7); a must-not-compile test
// proves it. `reveal()` is the word to grep for.
template <class T>
class Sensitive {
 public:
  Sensitive() = default;
  explicit Sensitive(T value) : value_(std::move(value)) {}

  const T& reveal() const& { return value_; }
  T reveal() && { return std::move(value_); }
  friend bool operator==(const Sensitive&, const Sensitive&) = default;

 private:
  T value_{};
};

template <class T>
std::ostream& operator<<(std::ostream&, const Sensitive<T>&) = delete;

}  // namespace tutela

template <class T, class Char>
struct fmt::formatter<tutela::Sensitive<T>, Char> {
  formatter() = delete;
};
