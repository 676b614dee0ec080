#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "base/random.h"
#include "match/bank_changes.h"
#include "match_engine/table_state.h"

// Banks for tests, and what they must answer by definition.
namespace tutela::match_engine::testing_banks {

inline constexpr Time kNow = Time{std::chrono::milliseconds{1'700'000'000'000}};

template <class IdType>
IdType numbered(std::uint64_t number) {
  Bytes bytes(16, 0);
  for (std::size_t at = 0; at < 8; ++at) bytes[15 - at] = static_cast<std::uint8_t>(number >> (8 * at));
  return IdType::from_bytes(bytes).value();
}

inline Fingerprint digest(const Algorithm& algorithm, std::uint8_t fill) {
  return Fingerprint::make(algorithm, Bytes(*algorithm.value_bytes(), fill)).value();
}

// A PDQ value that differs from zero in exactly `bits` bits.
inline Fingerprint pdq(int bits, std::optional<std::int64_t> quality = 100, const Algorithm& algorithm = Algorithm::pdq()) {
  Bytes value(32, 0);
  for (int bit = 0; bit < bits; ++bit) value[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(1 << (bit % 8));
  return Fingerprint::make(algorithm, std::move(value), quality).value();
}

inline match::BankRow bank_row(std::uint64_t number, std::int64_t threshold = 31,
                               match::BankPurpose purpose = match::BankPurpose::match) {
  return {.id = numbered<BankId>(number),
          .name = "bank " + std::to_string(number),
          .purpose = std::string(match::to_word(purpose)),
          .threshold = threshold,
          .source = "",
          .legal_basis = "",
          .created_at = kNow};
}

inline match::ChangedEntry entry(std::uint64_t number, std::vector<Fingerprint> fingerprints, std::uint64_t bank = 1) {
  return {.bank = numbered<BankId>(bank),
          .entry = {.id = numbered<EntryId>(number),
                    .status = match::EntryStatus::active,
                    .source = match::EntrySource::final_verdict_adopted,
                    .act = Act::a,
                    .age_band = AgeBand::prepubescent,
                    .fingerprints = std::move(fingerprints)},
          .position = {}};
}

// The banks as a list that is compared one by one.
class PlainBanks {
 public:
  void put(const match::BankRow& bank) { banks_.insert_or_assign(bank.id, bank); }
  void put(const match::ChangedEntry& change) { entries_.insert_or_assign(change.entry.id, change); }
  const std::map<EntryId, match::ChangedEntry>& entries() const { return entries_; }

  match::MatchAnswer find(const Fingerprint& question) const {
    match::MatchAnswer answer;
    const Comparison comparison = question.algorithm().comparison();
    const bool is_near = comparison == Comparison::hamming_256;
    for (const auto& [id, change] : entries_) {
      const match::BankRow& bank = banks_.at(change.bank);
      if (change.entry.status == match::EntryStatus::withdrawn) continue;
      for (const auto& fingerprint : change.entry.fingerprints) {
        if (fingerprint.algorithm() != question.algorithm() || !fingerprint.is_comparable() || !question.is_comparable())
          continue;
        if (bank.purpose == "safe" && comparison != Comparison::digest) continue;
        const int distance = is_near ? match::hamming_distance(match::bits_from(question.reveal_value()),
                                                               match::bits_from(fingerprint.reveal_value()))
                                     : (question.reveal_value() == fingerprint.reveal_value() ? 0 : 1);
        const int threshold = is_near ? static_cast<int>(bank.threshold) : 0;
        if (distance > threshold) continue;
        answer.matches.push_back({.bank = bank.id,
                                  .entry = id,
                                  .algorithm = question.algorithm(),
                                  .distance_bits = distance,
                                  .threshold_bits = threshold,
                                  .purpose = match::parse_bank_purpose(bank.purpose).value(),
                                  .status = change.entry.status,
                                  .source = change.entry.source,
                                  .act = change.entry.act,
                                  .age_band = change.entry.age_band});
      }
    }
    match::sort_matches(answer.matches);
    return answer;
  }

 private:
  std::map<BankId, match::BankRow> banks_;
  std::map<EntryId, match::ChangedEntry> entries_;
};

// Everything that an answer says but its sentence, in one text a match.
inline std::vector<std::string> lines_of(const match::MatchAnswer& answer) {
  std::vector<std::string> lines;
  for (const auto& match : answer.matches)
    lines.push_back(match.entry.to_string() + " " + match.bank.to_string() + " " + std::string(match.algorithm.word()) + " " +
                    std::to_string(match.distance_bits) + "/" + std::to_string(match.threshold_bits) + " " +
                    std::string(match::to_word(match.purpose)) + " " + std::string(match::to_word(match.status)) + " " +
                    std::string(match::to_word(match.source)) + " " + std::string(to_word(match.act)) + " " +
                    std::string(to_word(match.age_band)));
  return lines;
}

// Of the wide banks, too.
inline match::MatchAnswer ask(const Generation& generation, const std::vector<Fingerprint>& questions,
                              const BankChoice& choice = BankChoice::all()) {
  match::MatchAnswer answer;
  std::vector<WideScan> scans;
  for (const auto& question : questions) {
    generation.find(question, choice, answer.matches);
    generation.list_wide_scans(question, choice, scans);
  }
  for (const auto& scan : scans) generation.scan(scan, answer.matches);
  match::sort_matches(answer.matches);
  return answer;
}

// Values that often meet: few digests, and PDQ values around few centres.
class Drawn {
 public:
  explicit Drawn(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t end) { return random_.next() % end; }

  Fingerprint fingerprint() {
    static const std::vector<Algorithm> algorithms = {Algorithm::pdq(), Algorithm::pdq_nearest512(),   Algorithm::sha256(),
                                                      Algorithm::md5(), *Algorithm::parse("photodna"), *Algorithm::parse("vpdq")};
    const Algorithm& algorithm = algorithms[below(algorithms.size())];
    if (algorithm.comparison() != Comparison::hamming_256)
      return Fingerprint::make(algorithm, Bytes(algorithm.value_bytes().value_or(20), static_cast<std::uint8_t>(below(40))))
          .value();
    Bytes value(32, static_cast<std::uint8_t>(below(4) * 0x55));
    for (auto flips = below(40); flips > 0; --flips) value[below(32)] ^= static_cast<std::uint8_t>(1 << below(8));
    std::optional<std::int64_t> quality;
    if (below(3) > 0) quality = static_cast<std::int64_t>(below(8) == 0 ? below(50) : 50 + below(51));
    return Fingerprint::make(algorithm, std::move(value), quality).value();
  }

  // One of each algorithm at most.
  std::vector<Fingerprint> fingerprints() {
    std::vector<Fingerprint> drawn;
    for (auto count = 1 + below(3); count > 0; --count) {
      auto one = fingerprint();
      if (std::ranges::none_of(drawn, [&](const auto& had) { return had.algorithm() == one.algorithm(); }))
        drawn.push_back(std::move(one));
    }
    return drawn;
  }

 private:
  SeededRandom random_;
};

}  // namespace tutela::match_engine::testing_banks
