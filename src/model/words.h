#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/check.h"

// The words of an enumeration that is stored or sent, as one table that both directions read.
namespace tutela {

template <class E>
struct Word {
  E value;
  std::string_view word;
};

// Every value must be in its table: a missing one is a bug and aborts.
template <class E, std::size_t N>
constexpr std::string_view word_of(const std::array<Word<E>, N>& words, E value) {
  for (const auto& entry : words)
    if (entry.value == value) return entry.word;
  check_failed("every value has a word");
}

template <class E, std::size_t N>
constexpr std::optional<E> value_of(const std::array<Word<E>, N>& words, std::string_view word) {
  for (const auto& entry : words)
    if (entry.word == word) return entry.value;
  return std::nullopt;
}

}  // namespace tutela
