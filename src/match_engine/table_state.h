#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "match/bank_changes.h"
#include "match_engine/generation.h"

// The writer's side of what lookups see.
namespace tutela::match_engine {

// A segment to build: run() on any thread, while the state it came from grows.
struct MergeTask {
  enum class Part : std::uint8_t { near, exact, entry_ids };
  Part part;
  std::size_t place = 0;  // in the vector of that kind
  RowRange range;
  match::CodesView codes{};
  PagedColumn::View values{};
  // Set where the base grows: then it is not run() but taken table by table, so that not all of it is in memory twice.
  std::shared_ptr<const match::NearSegment> base{};
  std::shared_ptr<const match::NearSegment> near{};
  std::shared_ptr<const ExactTable> exact{};

  void run();
};

// All banks as columns that grow. Not thread-safe; the generations it makes are, and see every later change of an entry's facts.
class TableState {
 public:
  TableState();

  // Banks keep their places. False when rows would have to move, since a bank became wide or is so no more, or changed its
  // purpose: then nothing was changed and the state must be made anew. limit, "match.too_many_banks"; corrupt, "bank.bad_row".
  Result<bool> set_banks(std::span<const match::BankRow> rows);

  // Takes over an entry as it is now. Idempotent. A withdrawn one that is not known is passed over; a known one changes at once,
  // also for who reads an older generation, and gets the rows that it does not have. No row is ever taken away: an entry with
  // other fingerprints is another entry. limit, "match.too_many_rows"; corrupt, "bank.bad_row" (its bank is not known).
  Result<> apply(const match::ChangedEntry& change);
  // The same for entries that are surely new, many at once. They are found after index_all().
  Result<> apply_new(const match::ChangedEntry& change);

  // For a snapshot. As apply_new(), by parts.
  Result<> append_bank(const BankFacts& bank);  // limit, "match.too_many_banks"
  void append_entry(BytesView id, const EntryFacts& facts);
  // The place of the part for these rows, made if it is missing. `bank` is the place of a wide bank, if it is one.
  std::size_t near_place(const Algorithm& algorithm);
  std::size_t wide_place(const Algorithm& algorithm, std::uint16_t bank);
  std::size_t exact_place(const Algorithm& algorithm);
  void append_near(std::size_t place, const match::Bits256& code, std::uint32_t entry);
  void append_wide(std::size_t place, const match::Bits256& code, std::uint32_t entry);
  void append_exact(std::size_t place, BytesView value, std::uint32_t entry);

  // Builds the segments of all rows, on `threads` threads. About 0.35 us a row and thread.
  void index_all(std::size_t threads);

  // The next segment worth building. Then run() it and finish() it, on the same state.
  std::optional<MergeTask> next_merge() const;
  void finish(MergeTask&& task);
  // The base with one more table of a growing one. Once all are new, the segments that it covers then go.
  void replace_base(const MergeTask& task, std::shared_ptr<const match::NearSegment> base);

  std::shared_ptr<const Generation> make_generation(std::int64_t number) const;

  match::FeedPosition position;  // taken over up to here
  std::int64_t feed = 0;         // everything up to this number is held

  const std::vector<BankFacts>& banks() const { return banks_; }
  std::size_t entry_count() const { return facts_.size(); }
  std::size_t withdrawn_count() const { return withdrawn_; }
  std::size_t row_count() const;
  std::size_t tail_count() const;
  std::size_t wide_count() const;
  std::size_t bytes() const;

 private:
  struct Near {
    Algorithm algorithm;
    match::CodePages codes;
    PagedColumn entries{sizeof(std::uint32_t)};
    std::vector<std::shared_ptr<const match::NearSegment>> segments;
    std::vector<RowRange> ranges() const;
    match::NearIndex index() const { return {codes.view(), segments}; }
  };
  struct Wide {
    Algorithm algorithm;
    std::uint16_t bank;
    match::CodePages codes;
    PagedColumn entries{sizeof(std::uint32_t)};
  };
  struct Exact {
    Algorithm algorithm;
    ExactIndex index;
    PagedColumn entries{sizeof(std::uint32_t)};
  };
  enum class Indexing : std::uint8_t { now, later };

  Result<EntryFacts> facts_of(const match::ChangedEntry& change) const;
  std::optional<std::uint32_t> find_entry(const EntryId& id) const;
  Result<> append_rows(const match::ChangedEntry& change, const EntryFacts& facts, std::uint32_t entry, Indexing indexing,
                       bool is_known);
  bool has_row(const Fingerprint& fingerprint, std::uint32_t entry);

  std::vector<BankFacts> banks_;
  ExactIndex ids_;
  PagedColumn facts_;
  std::size_t withdrawn_ = 0;
  std::vector<Near> near_;
  std::vector<Wide> wide_;
  std::vector<Exact> exact_;
  match::NearScratchPointer scratch_;
};

}  // namespace tutela::match_engine
