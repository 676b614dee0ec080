#pragma once

#include <string>
#include <vector>

// What tutela-verify does, a function a command: reads, checks, prints, and returns the exit code.
namespace tutela::ledger {

// Beside those of base/error.h: two checkpoints that one key signed cannot both be true.
inline constexpr int kEquivocationExitCode = 80;

struct Options {
  std::string key, successions, file, other_file, proof, tiles, evidence, stamp, roots;
  std::vector<std::string> witnesses, known;
  bool json = false;
};

int check_excerpt(const Options& options);
int check_consistency(const Options& options);
int check_contradiction(const Options& options);
int check_export(const Options& options);
int check_checkpoint(const Options& options);

}  // namespace tutela::ledger
