#include "ledger/excerpt.h"

#include <algorithm>

#include "base/limits.h"

namespace tutela::ledger {
namespace {

constexpr std::size_t kKindBytesMax = 64;

// Writing. The text is JSON with one layout only, an entry a line, so that a tool for JSON reads it and a changed byte is a
// changed value.

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_hex(std::string& out, BytesView bytes) { out += "\"" + encode_hex(bytes) + "\""; }

void append_tail(std::string& out, const std::string& payload, const Salt& salt, const std::vector<Hash>& proof) {
  out += ",\"payload\":";
  append_string(out, payload);
  out += ",\"salt\":";
  append_hex(out, salt);
  out += ",\"proof\":[";
  for (std::size_t i = 0; i < proof.size(); ++i) {
    if (i > 0) out += ',';
    append_hex(out, proof[i]);
  }
  out += "]}";
}

void append_opening(std::string& out, const EpochOpening& opening) {
  out += "\"subject\":";
  append_hex(out, opening.subject);
  out += ",\"n\":" + std::to_string(opening.n) + ",\"previous\":";
  append_hex(out, opening.previous);
  out += ",\"time\":\"" + to_rfc3339(opening.at) + "\"";
  append_tail(out, opening.payload, opening.salt, opening.proof);
}

void append_epoch(std::string& out, const ExcerptEpoch& epoch) {
  out += "{\"checkpoint\":";
  append_string(out, epoch.checkpoint);
  out += ',';
  append_opening(out, epoch.opening);
}

void append_entry(std::string& out, const ExcerptEntry& entry) {
  out += "{\"epoch\":" + std::to_string(entry.epoch) + ",\"index\":" + std::to_string(entry.index) +
         ",\"n\":" + std::to_string(entry.n) + ",\"kind\":";
  append_string(out, entry.kind);
  out += ",\"time\":\"" + to_rfc3339(entry.at) + "\"";
  append_tail(out, entry.payload, entry.salt, entry.proof);
}

// Reading. A cursor that knows what must come next; anything else ends the reading with the offset of the first wrong byte.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool next_is(std::string_view literal) const { return text_.substr(at_).starts_with(literal); }
  bool at_end() const { return at_ == text_.size(); }
  std::unexpected<Error> malformed() const {
    return fail(ErrorCode::invalid, "excerpt.malformed", "byte " + std::to_string(at_));
  }

  Result<> expect(std::string_view literal) {
    if (!next_is(literal)) return malformed();
    at_ += literal.size();
    return {};
  }

  Result<std::uint64_t> number() {
    const auto end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    const auto value = parse_decimal(text_.substr(at_, end - at_));
    if (!value) return malformed();
    at_ = end;
    return *value;
  }

  Result<std::string> string(std::size_t bytes_max) {
    TUTELA_TRY(expect("\""));
    std::string value;
    while (at_ < text_.size() && text_[at_] != '"') {
      char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20 || value.size() == bytes_max) return malformed();
      if (c == '\\') {
        const char escaped = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (escaped != 'n' && escaped != '"' && escaped != '\\') return malformed();
        c = escaped == 'n' ? '\n' : escaped;
        ++at_;
      }
      value += c;
      ++at_;
    }
    TUTELA_TRY(expect("\""));
    return value;
  }

  Result<Hash> hex() {
    Hash hash;
    constexpr std::size_t kDigits = sizeof(Hash) * 2;
    TUTELA_TRY(expect("\""));
    const auto bytes = decode_hex(text_.substr(at_, kDigits));
    if (!bytes || bytes->size() != hash.size()) return malformed();
    std::copy(bytes->begin(), bytes->end(), hash.begin());
    at_ += kDigits;
    TUTELA_TRY(expect("\""));
    return hash;
  }

  Result<Time> time() {
    constexpr std::size_t kLength = std::string_view("2026-11-22T12:14:37.250Z").size();
    TUTELA_TRY(expect("\""));
    const auto digits = text_.substr(at_, kLength);
    const auto value = parse_rfc3339(digits);
    if (digits.size() != kLength || !value) return malformed();
    at_ += kLength;
    TUTELA_TRY(expect("\""));
    return *value;
  }

  Result<std::vector<Hash>> proof() {
    std::vector<Hash> hashes;
    TUTELA_TRY(expect("["));
    while (!next_is("]")) {
      if (hashes.size() == kProofHashesMax) return malformed();
      if (!hashes.empty()) TUTELA_TRY(expect(","));
      TUTELA_ASSIGN(const Hash hash, hex());
      hashes.push_back(hash);
    }
    TUTELA_TRY(expect("]"));
    return hashes;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// The part that an epoch's opening and an entry share.
template <class Opened>
Result<> read_tail(Cursor& cursor, Opened& opened) {
  TUTELA_TRY(cursor.expect(",\"time\":"));
  TUTELA_ASSIGN(opened.at, cursor.time());
  TUTELA_TRY(cursor.expect(",\"payload\":"));
  TUTELA_ASSIGN(opened.payload, cursor.string(limits::kLedgerPayloadBytesMax));
  TUTELA_TRY(cursor.expect(",\"salt\":"));
  TUTELA_ASSIGN(opened.salt, cursor.hex());
  TUTELA_TRY(cursor.expect(",\"proof\":"));
  TUTELA_ASSIGN(opened.proof, cursor.proof());
  return cursor.expect("}");
}

Result<EpochOpening> read_opening(Cursor& cursor) {
  EpochOpening opening{};
  TUTELA_TRY(cursor.expect("\"subject\":"));
  TUTELA_ASSIGN(opening.subject, cursor.hex());
  TUTELA_TRY(cursor.expect(",\"n\":"));
  TUTELA_ASSIGN(opening.n, cursor.number());
  TUTELA_TRY(cursor.expect(",\"previous\":"));
  TUTELA_ASSIGN(opening.previous, cursor.hex());
  TUTELA_TRY(read_tail(cursor, opening));
  return opening;
}

Result<ExcerptEpoch> read_epoch(Cursor& cursor) {
  ExcerptEpoch epoch{};
  TUTELA_TRY(cursor.expect("{\"checkpoint\":"));
  TUTELA_ASSIGN(epoch.checkpoint, cursor.string(kNoteBytesMax));
  TUTELA_TRY(cursor.expect(","));
  TUTELA_ASSIGN(epoch.opening, read_opening(cursor));
  return epoch;
}

Result<ExcerptEntry> read_entry(Cursor& cursor) {
  ExcerptEntry entry{};
  TUTELA_TRY(cursor.expect("{\"epoch\":"));
  TUTELA_ASSIGN(entry.epoch, cursor.number());
  TUTELA_TRY(cursor.expect(",\"index\":"));
  TUTELA_ASSIGN(entry.index, cursor.number());
  TUTELA_TRY(cursor.expect(",\"n\":"));
  TUTELA_ASSIGN(entry.n, cursor.number());
  TUTELA_TRY(cursor.expect(",\"kind\":"));
  TUTELA_ASSIGN(entry.kind, cursor.string(kKindBytesMax));
  TUTELA_TRY(read_tail(cursor, entry));
  return entry;
}

// One or more values, each on a line of its own.
template <class Value>
Result<std::vector<Value>> read_lines(Cursor& cursor, Result<Value> (*read)(Cursor&)) {
  std::vector<Value> values;
  do {
    TUTELA_TRY(cursor.expect(values.empty() ? "\n" : ",\n"));
    TUTELA_ASSIGN(auto value, read(cursor));
    values.push_back(std::move(value));
  } while (cursor.next_is(","));
  TUTELA_TRY(cursor.expect("\n]"));
  return values;
}

}  // namespace

std::string encode_opening(const EpochOpening& opening) {
  std::string out = "{";
  append_opening(out, opening);
  return out + "\n";
}

Result<EpochOpening> parse_opening(std::string_view text) {
  if (text.size() > kOpeningBytesMax) return fail(ErrorCode::limit, "excerpt.too_large");
  Cursor cursor(text);
  TUTELA_TRY(cursor.expect("{"));
  TUTELA_ASSIGN(auto opening, read_opening(cursor));
  TUTELA_TRY(cursor.expect("\n"));
  if (!cursor.at_end()) return cursor.malformed();
  return opening;
}

std::string encode_excerpt(const Excerpt& excerpt) {
  std::string out = "{\"format\":\"tutela.excerpt/v1\",\n\"statement\":";
  append_string(out, excerpt.statement);
  if (!excerpt.successions.empty()) {
    out += ",\n\"successions\":";
    append_string(out, excerpt.successions);
  }
  out += ",\n\"epochs\":[";
  for (std::size_t i = 0; i < excerpt.epochs.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    append_epoch(out, excerpt.epochs[i]);
  }
  out += "\n],\n\"entries\":[";
  for (std::size_t i = 0; i < excerpt.entries.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    append_entry(out, excerpt.entries[i]);
  }
  out += "\n]}\n";
  return out;
}

Result<Excerpt> parse_excerpt(std::string_view text) {
  if (text.size() > limits::kExcerptBytesMax) return fail(ErrorCode::limit, "excerpt.too_large");
  Excerpt excerpt;
  Cursor cursor(text);
  TUTELA_TRY(cursor.expect("{\"format\":\"tutela.excerpt/v1\",\n\"statement\":"));
  TUTELA_ASSIGN(excerpt.statement, cursor.string(kNoteBytesMax));
  constexpr std::string_view kSuccessions = ",\n\"successions\":";
  if (cursor.next_is(kSuccessions)) {
    TUTELA_TRY(cursor.expect(kSuccessions));
    TUTELA_ASSIGN(excerpt.successions, cursor.string(limits::kSuccessionsBytesMax));
    // A node without any leaves the member out.
    if (excerpt.successions.empty()) return cursor.malformed();
  }
  TUTELA_TRY(cursor.expect(",\n\"epochs\":["));
  TUTELA_ASSIGN(excerpt.epochs, read_lines(cursor, read_epoch));
  TUTELA_TRY(cursor.expect(",\n\"entries\":["));
  TUTELA_ASSIGN(excerpt.entries, read_lines(cursor, read_entry));
  TUTELA_TRY(cursor.expect("}\n"));
  if (!cursor.at_end()) return cursor.malformed();
  return excerpt;
}

}  // namespace tutela::ledger
