#include "match_engine/table_state.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <thread>

#include "base/check.h"

namespace tutela::match_engine {
namespace {

constexpr std::size_t kRowsMax = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kBanksMax = std::numeric_limits<std::uint16_t>::max();

template <class Parts>
std::optional<std::size_t> place_of(const Parts& parts, const Algorithm& algorithm) {
  for (std::size_t place = 0; place < parts.size(); ++place)
    if (parts[place].algorithm == algorithm) return place;
  return std::nullopt;
}

}  // namespace

void MergeTask::run() {
  if (part == Part::near) {
    near = match::NearSegment::build(codes, range.first, range.end);
  } else {
    exact = ExactIndex::build(values, range);
  }
}

std::vector<RowRange> TableState::Near::ranges() const {
  std::vector<RowRange> ranges;
  for (const auto& segment : segments) ranges.push_back({segment->first_row(), segment->end_row()});
  return ranges;
}

TableState::TableState() : ids_(sizeof(Uuid)), facts_(sizeof(std::uint32_t)), scratch_(match::make_near_scratch()) {}

Result<bool> TableState::set_banks(std::span<const match::BankRow> rows) {
  std::vector<BankFacts> banks = banks_;
  for (const auto& row : rows) {
    const auto purpose = match::parse_bank_purpose(row.purpose);
    if (!purpose || row.threshold < 0 || row.threshold > 256)
      return fail(ErrorCode::corrupt, "bank.bad_row", "bank " + row.id.to_string());
    const BankFacts facts{row.id, *purpose, static_cast<int>(row.threshold)};
    const auto known = std::ranges::find(banks, row.id, &BankFacts::id);
    if (known == banks.end()) {
      banks.push_back(facts);
      continue;
    }
    if (known->is_wide() != facts.is_wide() || known->purpose != facts.purpose) return false;
    *known = facts;
  }
  if (banks.size() > kBanksMax) return fail(ErrorCode::limit, "match.too_many_banks");
  banks_ = std::move(banks);
  return true;
}

Result<> TableState::append_bank(const BankFacts& bank) {
  if (banks_.size() >= kBanksMax) return fail(ErrorCode::limit, "match.too_many_banks");
  banks_.push_back(bank);
  return {};
}

void TableState::append_entry(BytesView id, const EntryFacts& facts) {
  ids_.append_unindexed(id);
  facts_.append_number(facts.pack());
}

Result<EntryFacts> TableState::facts_of(const match::ChangedEntry& change) const {
  const auto bank = std::ranges::find(banks_, change.bank, &BankFacts::id);
  if (bank == banks_.end()) return fail(ErrorCode::corrupt, "bank.bad_row", "entry " + change.entry.id.to_string());
  const match::BankEntry& entry = change.entry;
  return EntryFacts{static_cast<std::uint16_t>(bank - banks_.begin()), entry.status, entry.source, entry.act, entry.age_band};
}

std::optional<std::uint32_t> TableState::find_entry(const EntryId& id) const {
  std::optional<std::uint32_t> found;
  ids_.view().find(id.bytes(), [&](std::size_t row) { found = static_cast<std::uint32_t>(row); });
  return found;
}

Result<> TableState::apply(const match::ChangedEntry& change) {
  TUTELA_ASSIGN(const auto facts, facts_of(change));
  const bool is_withdrawn = facts.status == match::EntryStatus::withdrawn;
  auto entry = find_entry(change.entry.id);
  if (!entry && is_withdrawn) return {};
  const bool is_known = entry.has_value();
  if (is_known) {
    const auto before = EntryFacts::unpack(load_facts(facts_.view(), *entry));
    if (before.bank != facts.bank) return fail(ErrorCode::corrupt, "bank.bad_row", "entry " + change.entry.id.to_string());
    store_facts(facts_.view(), *entry, facts.pack());
    const bool was_withdrawn = before.status == match::EntryStatus::withdrawn;
    if (is_withdrawn && !was_withdrawn) ++withdrawn_;
    if (!is_withdrawn && was_withdrawn) --withdrawn_;
  } else {
    if (ids_.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
    facts_.append_number(facts.pack());
    entry = static_cast<std::uint32_t>(ids_.append(change.entry.id.bytes()));
  }
  if (is_withdrawn) return {};
  return append_rows(change, facts, *entry, Indexing::now, is_known);
}

Result<> TableState::apply_new(const match::ChangedEntry& change) {
  TUTELA_ASSIGN(const auto facts, facts_of(change));
  if (facts.status == match::EntryStatus::withdrawn) return {};
  if (ids_.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
  const auto entry = static_cast<std::uint32_t>(ids_.size());
  append_entry(change.entry.id.bytes(), facts);
  return append_rows(change, facts, entry, Indexing::later, false);
}

bool TableState::has_row(const Fingerprint& fingerprint, std::uint32_t entry) {
  bool has = false;
  if (const auto place = place_of(exact_, fingerprint.algorithm())) {
    const Exact& part = exact_[*place];
    part.index.view().find(fingerprint.reveal_value(),
                           [&](std::size_t row) { has = has || part.entries.view().number(row) == entry; });
    return has;
  }
  if (fingerprint.algorithm().comparison() != Comparison::hamming_256) return false;
  const auto code = match::bits_from(fingerprint.reveal_value());
  const auto check = [&](const PagedColumn& entries, const std::vector<match::HammingHit>& hits) {
    has = has || std::ranges::any_of(hits, [&](const auto& hit) { return entries.view().number(hit.row) == entry; });
  };
  std::vector<match::HammingHit> hits;
  if (const auto place = place_of(near_, fingerprint.algorithm())) {
    near_[*place].index().find(code, 0, *scratch_, hits);
    check(near_[*place].entries, hits);
  }
  for (const Wide& part : wide_) {
    if (part.algorithm != fingerprint.algorithm()) continue;
    hits.clear();
    match::scan_codes(part.codes.view(), 0, code, 0, hits);
    check(part.entries, hits);
  }
  return has;
}

Result<> TableState::append_rows(const match::ChangedEntry& change, const EntryFacts& facts, std::uint32_t entry,
                                 Indexing indexing, bool is_known) {
  const BankFacts& bank = banks_[facts.bank];
  for (const Fingerprint& fingerprint : change.entry.fingerprints) {
    if (!match::is_compared_in(bank.purpose, fingerprint) || (is_known && has_row(fingerprint, entry))) continue;
    const Algorithm& algorithm = fingerprint.algorithm();
    const Bytes& value = fingerprint.reveal_value();
    if (algorithm.comparison() == Comparison::hamming_256) {
      const std::size_t place = bank.is_wide() ? wide_place(algorithm, facts.bank) : near_place(algorithm);
      if (!bank.is_wide() && near_[place].codes.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
      const auto code = match::bits_from(value);
      bank.is_wide() ? append_wide(place, code, entry) : append_near(place, code, entry);
      continue;
    }
    const std::size_t place = exact_place(algorithm);
    if (exact_[place].index.size() >= kRowsMax) return fail(ErrorCode::limit, "match.too_many_rows");
    exact_[place].entries.append_number(entry);
    indexing == Indexing::later ? exact_[place].index.append_unindexed(value)
                                : static_cast<void>(exact_[place].index.append(value));
  }
  return {};
}

std::size_t TableState::near_place(const Algorithm& algorithm) {
  if (const auto place = place_of(near_, algorithm)) return *place;
  near_.push_back({.algorithm = algorithm, .codes = {}, .segments = {}});
  return near_.size() - 1;
}

std::size_t TableState::wide_place(const Algorithm& algorithm, std::uint16_t bank) {
  for (std::size_t place = 0; place < wide_.size(); ++place)
    if (wide_[place].algorithm == algorithm && wide_[place].bank == bank) return place;
  wide_.push_back({.algorithm = algorithm, .bank = bank, .codes = {}});
  return wide_.size() - 1;
}

std::size_t TableState::exact_place(const Algorithm& algorithm) {
  if (const auto place = place_of(exact_, algorithm)) return *place;
  const auto bytes = algorithm.value_bytes();
  TUTELA_CHECK(bytes.has_value());
  exact_.push_back({.algorithm = algorithm, .index = ExactIndex(*bytes)});
  return exact_.size() - 1;
}

void TableState::append_near(std::size_t place, const match::Bits256& code, std::uint32_t entry) {
  near_[place].entries.append_number(entry);
  near_[place].codes.append(code);
}

void TableState::append_wide(std::size_t place, const match::Bits256& code, std::uint32_t entry) {
  wide_[place].entries.append_number(entry);
  wide_[place].codes.append(code);
}

void TableState::append_exact(std::size_t place, BytesView value, std::uint32_t entry) {
  exact_[place].entries.append_number(entry);
  exact_[place].index.append_unindexed(value);
}

void TableState::index_all(std::size_t threads) {
  std::vector<MergeTask> tasks;
  for (std::size_t place = 0; place < near_.size(); ++place) {
    const match::CodesView& codes = near_[place].codes.view();
    const std::size_t rows = codes.size();
    const auto add = [&](std::size_t first, std::size_t end) {
      if (first < end) tasks.push_back({.part = MergeTask::Part::near, .place = place, .range = {first, end}, .codes = codes});
    };
    near_[place].segments.clear();
    // Few rows are scanned.
    if (rows < kTailRowsMax) continue;
    const std::size_t whole_pages = rows / match::kRowsPerPage * match::kRowsPerPage;
    add(0, whole_pages);
    add(whole_pages, rows);
  }
  for (std::size_t place = 0; place < exact_.size(); ++place)
    tasks.push_back({.part = MergeTask::Part::exact,
                     .place = place,
                     .range = {0, exact_[place].index.size()},
                     .values = exact_[place].index.view().values()});
  tasks.push_back({.part = MergeTask::Part::entry_ids, .range = {0, ids_.size()}, .values = ids_.view().values()});

  // A segment of codes is most of the work, and made of parts that may be built at once.
  std::vector<std::function<void()>> jobs;
  std::vector<std::pair<MergeTask*, std::unique_ptr<match::NearSegmentBuilder>>> builders;
  for (MergeTask& task : tasks) {
    if (task.part != MergeTask::Part::near) {
      jobs.emplace_back([&task] { task.run(); });
      continue;
    }
    auto* builder =
        builders.emplace_back(&task, std::make_unique<match::NearSegmentBuilder>(task.codes, task.range.first, task.range.end))
            .second.get();
    for (std::size_t part = 0; part < builder->part_count(); ++part) jobs.emplace_back([builder, part] { builder->build(part); });
  }
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t job = next++; job < jobs.size(); job = next++) jobs[job]();
  };
  std::vector<std::thread> helpers;
  for (std::size_t helper = 1; helper < threads; ++helper) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  for (auto& [task, builder] : builders) task->near = builder->finish();
  for (auto& task : tasks) finish(std::move(task));
}

std::optional<MergeTask> TableState::next_merge() const {
  for (std::size_t place = 0; place < near_.size(); ++place) {
    const Near& part = near_[place];
    if (const auto range = match_engine::next_merge(part.ranges(), part.codes.size(), match::kRowsPerPage))
      return MergeTask{.part = MergeTask::Part::near,
                       .place = place,
                       .range = *range,
                       .codes = part.codes.view(),
                       .base = range->first == 0 && !part.segments.empty() && part.segments.front()->part_count() > 0
                                   ? part.segments.front()
                                   : nullptr};
  }
  const auto exact_merge = [](const ExactIndex& index, MergeTask::Part part, std::size_t place) -> std::optional<MergeTask> {
    const auto range = match_engine::next_merge(index.view().ranges(), index.size(), 1);
    if (!range) return std::nullopt;
    return MergeTask{.part = part, .place = place, .range = *range, .values = index.view().values()};
  };
  for (std::size_t place = 0; place < exact_.size(); ++place)
    if (auto task = exact_merge(exact_[place].index, MergeTask::Part::exact, place)) return task;
  return exact_merge(ids_, MergeTask::Part::entry_ids, 0);
}

void TableState::finish(MergeTask&& task) {
  switch (task.part) {
    case MergeTask::Part::near: {
      auto& segments = near_[task.place].segments;
      std::erase_if(segments, [&](const auto& segment) { return segment->first_row() >= task.range.first; });
      segments.push_back(std::move(task.near));
      return;
    }
    case MergeTask::Part::exact:
      exact_[task.place].index.replace(std::move(task.exact));
      return;
    case MergeTask::Part::entry_ids:
      ids_.replace(std::move(task.exact));
      return;
  }
}

void TableState::replace_base(const MergeTask& task, std::shared_ptr<const match::NearSegment> base) {
  auto& segments = near_[task.place].segments;
  segments.front() = std::move(base);
  if (segments.front()->end_row() == task.range.end) segments.resize(1);
}

std::shared_ptr<const Generation> TableState::make_generation(std::int64_t number) const {
  auto made = std::make_shared<Generation>();
  made->number = number;
  made->feed = feed;
  made->banks = banks_;
  made->entry_ids = ids_.view().values();
  made->entry_facts = facts_.view();
  std::uint32_t distance_bits_max = 0;
  for (const BankFacts& bank : banks_)
    if (!bank.is_wide()) distance_bits_max = std::max(distance_bits_max, static_cast<std::uint32_t>(bank.distance_bits_max));
  for (const Near& part : near_) made->near.push_back({part.algorithm, part.index(), part.entries.view(), distance_bits_max});
  for (const Wide& part : wide_) made->wide.push_back({part.algorithm, part.bank, part.codes.view(), part.entries.view()});
  for (const Exact& part : exact_) made->exact.push_back({part.algorithm, part.index.view(), part.entries.view()});
  return made;
}

std::size_t TableState::row_count() const {
  std::size_t rows = wide_count();
  for (const Near& part : near_) rows += part.codes.size();
  for (const Exact& part : exact_) rows += part.index.size();
  return rows;
}

std::size_t TableState::tail_count() const {
  std::size_t rows = 0;
  for (const Near& part : near_) rows += part.index().tail_rows();
  return rows;
}

std::size_t TableState::wide_count() const {
  std::size_t rows = 0;
  for (const Wide& part : wide_) rows += part.codes.size();
  return rows;
}

std::size_t TableState::bytes() const {
  std::size_t bytes = ids_.view().bytes() + facts_.view().bytes();
  for (const Near& part : near_) {
    bytes += part.codes.view().page_count() * match::kRowsPerPage * sizeof(match::Bits256) + part.entries.view().bytes();
    for (const auto& segment : part.segments) bytes += segment->bytes();
  }
  for (const Wide& part : wide_)
    bytes += part.codes.view().page_count() * match::kRowsPerPage * sizeof(match::Bits256) + part.entries.view().bytes();
  for (const Exact& part : exact_) bytes += part.index.view().bytes() + part.entries.view().bytes();
  return bytes;
}

}  // namespace tutela::match_engine
