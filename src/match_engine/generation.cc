#include "match_engine/generation.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "base/check.h"

namespace tutela::match_engine {
namespace {

// One a thread: it only saves allocations.
match::NearScratch& scratch_of_thread() {
  thread_local const match::NearScratchPointer scratch = match::make_near_scratch();
  return *scratch;
}

std::string why_of(Comparison comparison, std::string_view algorithm, int threshold_bits) {
  switch (comparison) {
    case Comparison::digest:
      return fmt::format("exact {}", algorithm);
    case Comparison::hamming_256:
      return fmt::format("{} within {}", algorithm, threshold_bits);
    case Comparison::weak_digest:
    case Comparison::equality:
      return fmt::format("equal {}", algorithm);
    case Comparison::carried:
      break;
  }
  check_failed("a comparison that can match");
}

std::atomic_ref<std::uint32_t> facts_at(const PagedColumn::View& facts, std::size_t entry) {
  return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(facts.place(entry)));
}

}  // namespace

bool BankChoice::holds(const BankId& bank) const { return kind_ == Kind::all || std::ranges::find(banks_, bank) != banks_.end(); }

std::uint32_t EntryFacts::pack() const {
  return static_cast<std::uint32_t>(bank) | static_cast<std::uint32_t>(status) << 16 | static_cast<std::uint32_t>(source) << 18 |
         static_cast<std::uint32_t>(act) << 19 | static_cast<std::uint32_t>(age_band) << 22;
}

EntryFacts EntryFacts::unpack(std::uint32_t packed) {
  return {.bank = static_cast<std::uint16_t>(packed),
          .status = static_cast<match::EntryStatus>(packed >> 16 & 3),
          .source = static_cast<match::EntrySource>(packed >> 18 & 1),
          .act = static_cast<Act>(packed >> 19 & 7),
          .age_band = static_cast<AgeBand>(packed >> 22 & 7)};
}

std::uint32_t load_facts(const PagedColumn::View& facts, std::size_t entry) {
  return facts_at(facts, entry).load(std::memory_order_acquire);
}

void store_facts(const PagedColumn::View& facts, std::size_t entry, std::uint32_t packed) {
  facts_at(facts, entry).store(packed, std::memory_order_release);
}

void Generation::add_match(std::uint32_t entry, const Algorithm& algorithm, std::uint32_t distance_bits, const BankChoice& choice,
                           std::vector<match::Match>& matches) const {
  const EntryFacts facts = EntryFacts::unpack(load_facts(entry_facts, entry));
  if (facts.status == match::EntryStatus::withdrawn) return;
  const BankFacts& bank = banks[facts.bank];
  if (!choice.holds(bank.id)) return;
  const Comparison comparison = algorithm.comparison();
  const int threshold_bits = comparison == Comparison::hamming_256 ? bank.distance_bits_max : 0;
  // The search used the widest threshold of all banks; each entry's own bank decides.
  if (static_cast<int>(distance_bits) > threshold_bits) return;
  matches.push_back({bank.id, EntryId::from_bytes(entry_ids.value(entry)).value(), algorithm, static_cast<int>(distance_bits),
                     threshold_bits, why_of(comparison, algorithm.word(), threshold_bits), bank.purpose, facts.status,
                     facts.source, facts.act, facts.age_band});
}

void Generation::find(const Fingerprint& question, const BankChoice& choice, std::vector<match::Match>& matches) const {
  if (!question.is_comparable()) return;
  for (const ExactPart& part : exact) {
    if (part.algorithm != question.algorithm()) continue;
    part.index.find(question.reveal_value(),
                    [&](std::size_t row) { add_match(part.entries.number(row), part.algorithm, 0, choice, matches); });
  }
  for (const NearPart& part : near) {
    if (part.algorithm != question.algorithm()) continue;
    thread_local std::vector<match::HammingHit> hits;
    hits.clear();
    part.index.find(match::bits_from(question.reveal_value()), part.distance_bits_max, scratch_of_thread(), hits);
    for (const auto& hit : hits) add_match(part.entries.number(hit.row), part.algorithm, hit.distance_bits, choice, matches);
  }
}

void Generation::list_wide_scans(const Fingerprint& question, const BankChoice& choice, std::vector<WideScan>& scans) const {
  if (!question.is_comparable()) return;
  for (std::size_t place = 0; place < wide.size(); ++place)
    if (wide[place].algorithm == question.algorithm() && wide[place].codes.size() > 0 && choice.holds(banks[wide[place].bank].id))
      scans.push_back({place, question});
}

void Generation::scan(const WideScan& scan, std::vector<match::Match>& matches) const {
  const WidePart& part = wide[scan.part];
  std::vector<match::HammingHit> hits;
  match::scan_codes(part.codes, 0, match::bits_from(scan.question.reveal_value()),
                    static_cast<std::uint32_t>(banks[part.bank].distance_bits_max), hits);
  for (const auto& hit : hits)
    add_match(part.entries.number(hit.row), part.algorithm, hit.distance_bits, BankChoice::all(), matches);
}

}  // namespace tutela::match_engine
