#include "match_engine/snapshot.h"

#include <algorithm>
#include <limits>

namespace tutela::match_engine {
namespace {

constexpr std::size_t kSourceBytesMax = 1'024;
constexpr std::size_t kWordBytesMax = 64;
constexpr std::uint32_t kGone = std::numeric_limits<std::uint32_t>::max();
// So many rows are read at once.
constexpr std::size_t kRowsAtOnce = 8'192;

std::unexpected<Error> broken() { return fail(ErrorCode::corrupt, "match.snapshot_broken"); }

// The entries that are kept, under the numbers they get in the file.
struct Kept {
  explicit Kept(const Generation& generation) : places(generation.entry_facts.size(), kGone) {
    for (std::size_t entry = 0; entry < places.size(); ++entry) {
      const std::uint32_t packed = load_facts(generation.entry_facts, entry);
      if (EntryFacts::unpack(packed).status == match::EntryStatus::withdrawn) continue;
      places[entry] = static_cast<std::uint32_t>(facts.size());
      facts.push_back(packed);
    }
  }
  std::uint64_t rows(const PagedColumn::View& entries) const {
    std::uint64_t count = 0;
    for (std::size_t row = 0; row < entries.size(); ++row) count += places[entries.number(row)] != kGone ? 1 : 0;
    return count;
  }
  std::vector<std::uint32_t> places;
  std::vector<std::uint32_t> facts;
};

// A part: its algorithm, the number of rows, then each row's entry and value.
template <class ValueOf>
Result<> write_rows(SnapshotWriter& writer, const Algorithm& algorithm, const Kept& kept, const PagedColumn::View& entries,
                    const ValueOf& value_of) {
  TUTELA_TRY(writer.write_text(algorithm.word()));
  TUTELA_TRY(writer.write_number(kept.rows(entries)));
  for (std::size_t row = 0; row < entries.size(); ++row) {
    const std::uint32_t entry = kept.places[entries.number(row)];
    if (entry == kGone) continue;
    TUTELA_TRY(writer.write({reinterpret_cast<const std::uint8_t*>(&entry), sizeof entry}));
    TUTELA_TRY(writer.write(value_of(row)));
  }
  return {};
}

BytesView code_bytes(const match::Bits256& code) {
  return {reinterpret_cast<const std::uint8_t*>(code.data()), sizeof(match::Bits256)};
}

// Calls append(entry, value) for each row.
template <class Append>
Result<> read_rows(SnapshotReader& reader, std::size_t value_bytes, std::size_t entries, const Append& append) {
  TUTELA_ASSIGN(const auto rows, reader.read_number());
  if (rows > std::numeric_limits<std::uint32_t>::max()) return broken();
  const std::size_t width = sizeof(std::uint32_t) + value_bytes;
  Bytes block(kRowsAtOnce * width);
  for (std::uint64_t left = rows; left > 0;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, kRowsAtOnce));
    const auto part = std::span(block).first(count * width);
    TUTELA_TRY(reader.read(part));
    for (std::size_t row = 0; row < count; ++row) {
      std::uint32_t entry = 0;
      std::memcpy(&entry, part.data() + row * width, sizeof entry);
      if (entry >= entries) return broken();
      append(entry, BytesView(part).subspan(row * width + sizeof entry, value_bytes));
    }
    left -= count;
  }
  return {};
}

match::Bits256 code_from(BytesView value) {
  match::Bits256 code;
  std::memcpy(code.data(), value.data(), sizeof code);
  return code;
}

Result<> read_banks(SnapshotReader& reader, TableState& state) {
  TUTELA_ASSIGN(const auto count, reader.read_number());
  for (std::uint64_t bank = 0; bank < count; ++bank) {
    Bytes id(sizeof(Uuid));
    TUTELA_TRY(reader.read(id));
    TUTELA_ASSIGN(const auto purpose, reader.read_number());
    TUTELA_ASSIGN(const auto distance, reader.read_number());
    if (purpose >= match::kBankPurposes.size() || distance > 256) return broken();
    TUTELA_TRY(state.append_bank({BankId::from_bytes(id).value(), match::kBankPurposes[purpose], static_cast<int>(distance)}));
  }
  return {};
}

bool is_sound(std::uint32_t packed, std::size_t banks) {
  const EntryFacts facts = EntryFacts::unpack(packed);
  return facts.pack() == packed && facts.bank < banks && facts.status < match::EntryStatus::withdrawn &&
         static_cast<std::size_t>(facts.act) < kActs.size() && static_cast<std::size_t>(facts.age_band) < kAgeBands.size();
}

Result<> read_entries(SnapshotReader& reader, TableState& state) {
  TUTELA_ASSIGN(const auto count, reader.read_number());
  if (count > std::numeric_limits<std::uint32_t>::max()) return broken();
  constexpr std::size_t kWidth = sizeof(std::uint32_t) + sizeof(Uuid);
  Bytes block(kRowsAtOnce * kWidth);
  for (std::uint64_t left = count; left > 0;) {
    const auto rows = static_cast<std::size_t>(std::min<std::uint64_t>(left, kRowsAtOnce));
    const auto part = std::span(block).first(rows * kWidth);
    TUTELA_TRY(reader.read(part));
    for (std::size_t row = 0; row < rows; ++row) {
      std::uint32_t packed = 0;
      std::memcpy(&packed, part.data() + row * kWidth, sizeof packed);
      if (!is_sound(packed, state.banks().size())) return broken();
      state.append_entry(BytesView(part).subspan(row * kWidth + sizeof packed, sizeof(Uuid)), EntryFacts::unpack(packed));
    }
    left -= rows;
  }
  return {};
}

Result<Algorithm> read_algorithm(SnapshotReader& reader, bool is_near) {
  TUTELA_ASSIGN(const auto word, reader.read_text(kWordBytesMax));
  const auto algorithm = Algorithm::parse(word);
  if (!algorithm || !algorithm->value_bytes() || (algorithm->comparison() == Comparison::hamming_256) != is_near) return broken();
  return *algorithm;
}

}  // namespace

Result<> write_snapshot(const SnapshotPlace& place, const Generation& generation) {
  TUTELA_ASSIGN(auto writer, SnapshotWriter::create(place.path, place.key, place.random));
  const Kept kept(generation);
  TUTELA_TRY(writer.write_text(place.source));
  TUTELA_TRY(writer.write_number(static_cast<std::uint64_t>(generation.feed)));
  TUTELA_TRY(writer.write_number(generation.banks.size()));
  for (const BankFacts& bank : generation.banks) {
    TUTELA_TRY(writer.write(bank.id.bytes()));
    TUTELA_TRY(writer.write_number(static_cast<std::uint64_t>(bank.purpose)));
    TUTELA_TRY(writer.write_number(static_cast<std::uint64_t>(bank.distance_bits_max)));
  }
  TUTELA_TRY(writer.write_number(kept.facts.size()));
  for (std::size_t entry = 0; entry < kept.places.size(); ++entry) {
    if (kept.places[entry] == kGone) continue;
    const std::uint32_t packed = kept.facts[kept.places[entry]];
    TUTELA_TRY(writer.write({reinterpret_cast<const std::uint8_t*>(&packed), sizeof packed}));
    TUTELA_TRY(writer.write(generation.entry_ids.value(entry)));
  }
  TUTELA_TRY(writer.write_number(generation.near.size()));
  for (const NearPart& part : generation.near)
    TUTELA_TRY(write_rows(writer, part.algorithm, kept, part.entries,
                          [&](std::size_t row) { return code_bytes(part.index.codes()[row]); }));
  TUTELA_TRY(writer.write_number(generation.wide.size()));
  for (const WidePart& part : generation.wide) {
    TUTELA_TRY(writer.write_number(part.bank));
    TUTELA_TRY(
        write_rows(writer, part.algorithm, kept, part.entries, [&](std::size_t row) { return code_bytes(part.codes[row]); }));
  }
  TUTELA_TRY(writer.write_number(generation.exact.size()));
  for (const ExactPart& part : generation.exact)
    TUTELA_TRY(
        write_rows(writer, part.algorithm, kept, part.entries, [&](std::size_t row) { return part.index.values().value(row); }));
  return writer.finish();
}

Result<std::unique_ptr<TableState>> read_snapshot(const SnapshotPlace& place) {
  TUTELA_ASSIGN(auto reader, SnapshotReader::open(place.path, place.key));
  TUTELA_ASSIGN(const auto source, reader.read_text(kSourceBytesMax));
  if (source != place.source) return fail(ErrorCode::corrupt, "match.snapshot_foreign");
  auto state = std::make_unique<TableState>();
  TUTELA_ASSIGN(const auto feed, reader.read_number());
  if (feed > std::numeric_limits<std::int64_t>::max() - 1) return broken();
  state->feed = static_cast<std::int64_t>(feed);
  state->position = {state->feed + 1, std::nullopt};
  TUTELA_TRY(read_banks(reader, *state));
  TUTELA_TRY(read_entries(reader, *state));

  TUTELA_ASSIGN(auto parts, reader.read_number());
  for (; parts > 0; --parts) {
    TUTELA_ASSIGN(const auto algorithm, read_algorithm(reader, true));
    const std::size_t part = state->near_place(algorithm);
    TUTELA_TRY(read_rows(reader, sizeof(match::Bits256), state->entry_count(),
                         [&](std::uint32_t entry, BytesView value) { state->append_near(part, code_from(value), entry); }));
  }
  TUTELA_ASSIGN(parts, reader.read_number());
  for (; parts > 0; --parts) {
    TUTELA_ASSIGN(const auto bank, reader.read_number());
    TUTELA_ASSIGN(const auto algorithm, read_algorithm(reader, true));
    if (bank >= state->banks().size()) return broken();
    const std::size_t part = state->wide_place(algorithm, static_cast<std::uint16_t>(bank));
    TUTELA_TRY(read_rows(reader, sizeof(match::Bits256), state->entry_count(),
                         [&](std::uint32_t entry, BytesView value) { state->append_wide(part, code_from(value), entry); }));
  }
  TUTELA_ASSIGN(parts, reader.read_number());
  for (; parts > 0; --parts) {
    TUTELA_ASSIGN(const auto algorithm, read_algorithm(reader, false));
    const std::size_t part = state->exact_place(algorithm);
    TUTELA_TRY(read_rows(reader, *algorithm.value_bytes(), state->entry_count(),
                         [&](std::uint32_t entry, BytesView value) { state->append_exact(part, value, entry); }));
  }
  TUTELA_TRY(reader.finish());
  return state;
}

}  // namespace tutela::match_engine
