// Asks a list whether values are known: ask_list LIST ALGORITHM VALUE…
#include <cstdio>

#include "tutela/match.h"

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "ask_list LIST ALGORITHM VALUE...\n");
    return 64;
  }
  const auto list = tutela::KnownList::load(argv[1]);
  if (!list) {
    std::fprintf(stderr, "%s\n", list.error().reason.c_str());
    return 65;
  }
  for (int i = 3; i < argc; ++i) {
    const auto found = list->ask(argv[2], argv[i]);
    if (!found) {
      std::fprintf(stderr, "%s\n", found.error().reason.c_str());
      return 65;
    }
    std::printf("%zu matches\n", found->size());
    for (const auto& one : *found)
      std::printf("  %s: %s, distance %d of %d\n", one.entry.c_str(), one.why.c_str(), one.distance_bits, one.threshold_bits);
  }
  return 0;
}
