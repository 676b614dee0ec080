#include "app/found_again.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "match/bank_repository.h"

namespace tutela::app {
namespace {

struct Sample {
  EntryId entry;
  std::vector<Fingerprint> fingerprints;  // that it is found by
};

Result<std::vector<Fingerprint>> found_by(store::Reader& reader, const match::DrawnEntry& drawn) {
  TUTELA_ASSIGN(const auto bank, match::find_bank(reader, drawn.bank));
  TUTELA_ASSIGN(const auto purpose, match::parse_bank_purpose(bank.purpose));
  TUTELA_ASSIGN(const auto rows, match::fingerprints_of_entry(reader, drawn.entry));
  std::vector<Fingerprint> fingerprints;
  for (const auto& row : rows) {
    TUTELA_ASSIGN(const auto algorithm, Algorithm::parse(row.algorithm));
    TUTELA_ASSIGN(auto fingerprint, Fingerprint::make(algorithm, row.value, row.quality));
    if (match::is_compared_in(purpose, fingerprint)) fingerprints.push_back(std::move(fingerprint));
  }
  return fingerprints;
}

}  // namespace

Result<std::int64_t> find_again(const line::Context& context, std::uint64_t seed) {
  TUTELA_TRY(context.banks.refresh(context.store));
  SeededRandom random(seed);
  std::vector<Sample> samples;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto drawn, match::draw_entries(reader, kEntriesTriedMax, random));
    for (const auto& one : drawn) {
      TUTELA_ASSIGN(auto fingerprints, found_by(reader, one));
      if (!fingerprints.empty()) samples.push_back({one.entry, std::move(fingerprints)});
    }
    return {};
  }));
  for (const auto& sample : samples) {
    TUTELA_ASSIGN(const auto found, context.banks.find(sample.fingerprints));
    if (std::ranges::any_of(found.answer.matches, [&](const auto& match) { return match.entry == sample.entry; })) continue;
    if (!found.is_complete) return fail(ErrorCode::unavailable, "match.wide_busy");
    return fail(ErrorCode::corrupt, "restore.not_found_again",
                fmt::format("{}, --sample-seed {}", sample.entry.to_string(), seed));
  }
  return static_cast<std::int64_t>(samples.size());
}

}  // namespace tutela::app
