#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "model/ids.h"
#include "store/store.h"

// How many match questions each caller was answered in each minute, without a commit for every answer.
//
// Before an answer leaves, a durable row says that its caller may have had at least so many answers in this minute: an upper
// bound, raised in growing steps. What was really answered is counted in memory and written once a second; when the minute is
// over, the bound comes down to it. So the ledger's number is exact, unless a process ended without a last word: then the entry
// says "at most" beside what was counted, and no answer is missing from the record (I3).
namespace tutela::line {

// Thread-safe.
class AnswerCounts {
 public:
  // Before `questions` answers leave, of which `hits` matched. `digest` is of the questions. Usually touches memory only.
  // Errors as Store::write(): then nothing may be answered.
  Result<> count(store::Store& store, const Clock& clock, const TokenId& caller, std::int64_t questions, std::int64_t hits,
                 const std::array<std::uint8_t, 32>& digest);

  enum class Settling : std::uint8_t { minutes_that_are_over, all };
  // Writes what was counted since the last time; what is settled for good gives back what it did not use. Errors as
  // Store::write(): then it is tried again the next time.
  Result<> settle(store::Store& store, const Clock& clock, Settling settling);

 private:
  using Minute = std::pair<TokenId, std::int64_t>;
  struct Count {
    std::int64_t promised = 0;   // of the durable bound, by this process
    std::int64_t questions = 0;  // answered
    std::int64_t written = 0;    // of these, in the row
    std::int64_t hits_unwritten = 0;
    Bytes digest_unwritten;
  };

  std::mutex mutex_;
  std::map<Minute, Count> counts_;
};

}  // namespace tutela::line
