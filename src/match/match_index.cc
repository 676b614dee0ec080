#include "match/match_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"

namespace tutela::match {
namespace {

constexpr std::size_t kRowsMax = std::numeric_limits<std::uint32_t>::max();

bool may_match(BankPurpose purpose, const Fingerprint& fingerprint) {
  if (purpose == BankPurpose::safe) return fingerprint.algorithm().comparison() == Comparison::digest;
  return fingerprint.is_comparable();
}

template <class Tables, class Table>
Table& table_of(Tables& tables, const Algorithm& algorithm, Table fresh) {
  const auto found = std::ranges::find(tables, algorithm, &Table::algorithm);
  return found != tables.end() ? *found : tables.emplace_back(std::move(fresh));
}

// Orders both columns by value, equal values by entry.
void sort_columns(std::size_t value_bytes, Bytes& values, std::vector<std::uint32_t>& entries) {
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto value = [&](std::uint32_t row) { return values.data() + std::size_t{row} * value_bytes; };
  std::ranges::sort(order, [&](std::uint32_t left, std::uint32_t right) {
    const int compared = std::memcmp(value(left), value(right), value_bytes);
    return compared != 0 ? compared < 0 : entries[left] < entries[right];
  });
  Bytes sorted_values;
  sorted_values.reserve(values.size());
  std::vector<std::uint32_t> sorted_entries;
  sorted_entries.reserve(entries.size());
  for (const std::uint32_t row : order) {
    sorted_values.insert(sorted_values.end(), value(row), value(row) + value_bytes);
    sorted_entries.push_back(entries[row]);
  }
  values = std::move(sorted_values);
  entries = std::move(sorted_entries);
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

}  // namespace

Result<MatchIndex> MatchIndex::build(std::span<const BankSnapshot> banks, const HammingKernel& kernel) {
  TUTELA_CHECK(kernel.is_supported());
  MatchIndex index(kernel);
  for (const BankSnapshot& bank : banks) {
    if (bank.distance_bits_max < 0 || bank.distance_bits_max > 256)
      return fail(ErrorCode::invalid, "match.distance_out_of_range", "bank " + bank.id.to_string());
    for (const BankEntry& entry : bank.entries) {
      if (entry.status == EntryStatus::withdrawn) continue;
      if (index.entries_.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
      const auto place = static_cast<std::uint32_t>(index.entries_.size());
      index.entries_.push_back(
          {bank.id, entry.id, bank.purpose, entry.status, entry.source, entry.act, entry.age_band, bank.distance_bits_max});
      for (const Fingerprint& fingerprint : entry.fingerprints) {
        if (!may_match(bank.purpose, fingerprint)) continue;
        const Algorithm& algorithm = fingerprint.algorithm();
        const Bytes& value = fingerprint.reveal_value();
        if (algorithm.comparison() == Comparison::hamming_256) {
          auto& table = table_of(index.distance_, algorithm, DistanceTable{algorithm, {}, {}});
          if (table.rows.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
          table.rows.append(bits_from(value));
          table.entries.push_back(place);
          table.distance_bits_max = std::max(table.distance_bits_max, static_cast<std::uint32_t>(bank.distance_bits_max));
        } else {
          auto& table = table_of(index.equality_, algorithm, EqualityTable{algorithm, value.size(), {}, {}});
          if (table.entries.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
          table.values.insert(table.values.end(), value.begin(), value.end());
          table.entries.push_back(place);
        }
      }
    }
  }
  for (EqualityTable& table : index.equality_) sort_columns(table.value_bytes, table.values, table.entries);
  return index;
}

Match MatchIndex::make_match(const EntryFacts& facts, const Algorithm& algorithm, int distance_bits) const {
  const Comparison comparison = algorithm.comparison();
  const int threshold_bits = comparison == Comparison::hamming_256 ? facts.distance_bits_max : 0;
  return {facts.bank,    facts.entry,    algorithm,
          distance_bits, threshold_bits, why_of(comparison, algorithm.word(), threshold_bits),
          facts.purpose, facts.status,   facts.source,
          facts.act,     facts.age_band};
}

void MatchIndex::find_equal(const EqualityTable& table, const Fingerprint& query, std::vector<Match>& found) const {
  const Bytes& value = query.reveal_value();
  const auto compare = [&](std::size_t row) {
    return std::memcmp(table.values.data() + row * table.value_bytes, value.data(), table.value_bytes);
  };
  std::size_t first = 0;
  for (std::size_t count = table.entries.size(); count > 0;) {
    const std::size_t half = count / 2;
    if (compare(first + half) < 0) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  for (std::size_t row = first; row < table.entries.size() && compare(row) == 0; ++row)
    found.push_back(make_match(entries_[table.entries[row]], table.algorithm, 0));
}

void MatchIndex::find_near(const DistanceTable& table, const Fingerprint& query, std::vector<Match>& found) const {
  std::vector<HammingHit> hits;
  scan_codes(table.rows.view(), 0, bits_from(query.reveal_value()), table.distance_bits_max, hits, *kernel_);
  // The scan used the widest threshold of all banks; each row's own bank decides.
  for (const HammingHit& hit : hits) {
    const EntryFacts& facts = entries_[table.entries[hit.row]];
    const auto distance_bits = static_cast<int>(hit.distance_bits);
    if (distance_bits <= facts.distance_bits_max) found.push_back(make_match(facts, table.algorithm, distance_bits));
  }
}

MatchAnswer MatchIndex::find(std::span<const Fingerprint> queries) const {
  MatchAnswer answer;
  for (const Fingerprint& query : queries) {
    if (!query.is_comparable()) continue;
    for (const EqualityTable& table : equality_)
      if (table.algorithm == query.algorithm()) find_equal(table, query, answer.matches);
    for (const DistanceTable& table : distance_)
      if (table.algorithm == query.algorithm()) find_near(table, query, answer.matches);
  }
  sort_matches(answer.matches);
  return answer;
}

std::size_t MatchIndex::row_count(const Algorithm& algorithm) const {
  for (const EqualityTable& table : equality_)
    if (table.algorithm == algorithm) return table.entries.size();
  for (const DistanceTable& table : distance_)
    if (table.algorithm == algorithm) return table.entries.size();
  return 0;
}

}  // namespace tutela::match
