#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "match/hamming_kernel.h"
#include "model/ids.h"

namespace tutela::match {

// Looks for a caller who uses questions to find out what the banks hold, rather than whether something of theirs is in them.
//
// Of unrelated pictures, perceptual values differ in about 128 of 256 bits, hardly ever in fewer than 90. So a caller's questions
// that stand close together, without being equal, have one origin. Two shapes of that are told apart:
//
//   around one value   among the caller's last 64 different questions at least 16 are within 64 bits of the newest: somebody
//                      varies one value to find where matching ends
//   a walk             16 times in a row a question was within 31 bits of the one before: somebody goes step by step
//
// Frames of one film and copies of one picture look like that, too. So it raises an alarm, at most one an hour and caller, and
// never blocks. Questions that repeat an earlier one count for nothing. Bounded memory: 2 KB a caller, and of more than
// kCallersMax callers the one that asked longest ago is forgotten. Not thread-safe. Cost: about 0.2 us a question.
class ProbeDetector {
 public:
  static constexpr std::size_t kRemembered = 64;
  static constexpr int kAroundBits = 64;
  static constexpr int kAroundMin = 16;
  static constexpr int kStepBits = 31;
  static constexpr int kStepsMin = 16;
  static constexpr std::size_t kCallersMax = 1000;
  static constexpr Duration kQuiet = std::chrono::hours{1};
  // What is older than this has nothing to do with what is asked now.
  static constexpr Duration kMemory = std::chrono::hours{1};

  enum class Probing : std::uint8_t { around_one_value, walk };

  // One perceptual question of a caller.
  std::optional<Probing> observe(const TokenId& caller, const Bits256& question, Time now);
  std::size_t callers() const { return callers_.size(); }

 private:
  struct Asked {
    Bits256 question;
    Time at;
  };
  struct Caller {
    TokenId id;
    std::array<Asked, kRemembered> asked{};
    std::size_t count = 0;  // ever remembered; the newest stands at (count - 1) % kRemembered
    int steps = 0;
    std::optional<Time> alarmed_at = std::nullopt;
  };
  Caller& caller_of(const TokenId& id);

  std::list<Caller> callers_;  // asked last first
  std::map<TokenId, std::list<Caller>::iterator> by_id_;
};
std::string_view to_word(ProbeDetector::Probing probing);  // "around_one_value", "walk"

}  // namespace tutela::match
