#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "match/answer.h"
#include "match/near_index.h"
#include "match_engine/exact_index.h"

// What a lookup sees: the banks at one moment.
namespace tutela::match_engine {

// Which banks a question is asked of.
class BankChoice {
 public:
  static BankChoice all() { return BankChoice({}, Kind::all); }
  // Banks that do not exist are passed over.
  static BankChoice only(std::vector<BankId> banks) { return BankChoice(std::move(banks), Kind::named); }
  bool holds(const BankId& bank) const;

 private:
  enum class Kind : std::uint8_t { all, named };
  BankChoice(std::vector<BankId> banks, Kind kind) : banks_(std::move(banks)), kind_(kind) {}
  std::vector<BankId> banks_;
  Kind kind_;
};

struct BankFacts {
  BankId id;
  match::BankPurpose purpose = match::BankPurpose::match;
  int distance_bits_max = match::kDistanceBitsDefault;

  // Its perceptual values are scanned by themselves, since no index finds such distances.
  bool is_wide() const { return distance_bits_max > static_cast<int>(match::kDistanceBitsIndexedMax); }
};

// What a match says of its entry besides the id, in four bytes that change in place: a withdrawal is seen by whoever reads an
// older generation, too (I5).
struct EntryFacts {
  std::uint16_t bank = 0;  // place in Generation::banks
  match::EntryStatus status = match::EntryStatus::active;
  match::EntrySource source = match::EntrySource::listed;
  Act act = Act::indicative;
  AgeBand age_band = AgeBand::unknown;

  std::uint32_t pack() const;
  // Only what pack() made.
  static EntryFacts unpack(std::uint32_t packed);
  friend bool operator==(const EntryFacts&, const EntryFacts&) = default;
};
std::uint32_t load_facts(const PagedColumn::View& facts, std::size_t entry);
void store_facts(const PagedColumn::View& facts, std::size_t entry, std::uint32_t packed);

struct NearPart {
  Algorithm algorithm;
  match::NearIndex index;
  PagedColumn::View entries;            // of each row
  std::uint32_t distance_bits_max = 0;  // of all banks that have rows here
};
// One wide bank's rows of one algorithm.
struct WidePart {
  Algorithm algorithm;
  std::uint16_t bank;
  match::CodesView codes;
  PagedColumn::View entries;
};
struct ExactPart {
  Algorithm algorithm;
  ExactView index;
  PagedColumn::View entries;
};

// A wide part to scan for one question.
struct WideScan {
  std::size_t part;  // place in Generation::wide
  Fingerprint question;
};

// Immutable, but for the entries' facts. Any number of threads may read it.
class Generation : public std::enable_shared_from_this<Generation> {
 public:
  std::int64_t number = 0;
  std::int64_t feed = 0;
  std::vector<BankFacts> banks;
  PagedColumn::View entry_ids{};
  PagedColumn::View entry_facts{};
  std::vector<NearPart> near;
  std::vector<WidePart> wide;
  std::vector<ExactPart> exact;

  // Appends every match of `question` outside the wide parts, in no particular order.
  void find(const Fingerprint& question, const BankChoice& choice, std::vector<match::Match>& matches) const;
  // The wide parts that a complete answer needs besides.
  void list_wide_scans(const Fingerprint& question, const BankChoice& choice, std::vector<WideScan>& scans) const;
  // Cost: 1.3 to 2 ns a row.
  void scan(const WideScan& scan, std::vector<match::Match>& matches) const;

 private:
  void add_match(std::uint32_t entry, const Algorithm& algorithm, std::uint32_t distance_bits, const BankChoice& choice,
                 std::vector<match::Match>& matches) const;
};

}  // namespace tutela::match_engine
