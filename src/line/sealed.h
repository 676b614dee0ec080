#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "line/accounts.h"
#include "line/context.h"
#include "line/record.h"
#include "vault/field_sealing.h"

// Reading and writing sealed columns of rows whose key stands beside them.
namespace tutela::line {

// How long a record is kept before its destruction is proposed, in months: as the node's country says ([[keep]] in
// data/jurisdictions), and without a row of it as working rules until a node's counsel sets others.
inline int keep_months(const law::JurisdictionTable& law, const std::string& country, vault::RecordClass record) {
  const auto parsed = Country::parse(country);
  const auto* jurisdiction = parsed ? law.find(*parsed) : nullptr;
  if (const auto* row = jurisdiction == nullptr ? nullptr : jurisdiction->kept(vault::to_word(record)))
    return static_cast<int>(row->months);
  switch (record) {
    case vault::RecordClass::authority:
      return 120;
    case vault::RecordClass::report:
    case vault::RecordClass::item:
    case vault::RecordClass::referral:
    case vault::RecordClass::incoming:
      return 24;
    case vault::RecordClass::notice:
    case vault::RecordClass::outbox:
      return 12;
  }
  return 12;
}

inline vault::DestructionClass class_of_new(const Context& context, vault::RecordClass record) {
  return {record, vault::month_after(context.clock.now(), keep_months(context.law, context.node.country, record))};
}

// For a row that is written in the same transaction: KeyStore::wrap_key says why.
inline Result<vault::NewRowKey> new_key(const Context& context, vault::RecordClass record) {
  return vault::new_row_key(context.keys, class_of_new(context, record), context.random);
}

inline Bytes seal(const Context& context, const vault::RowKey& key, std::string_view column, BytesView row_id,
                  std::string_view text) {
  return vault::seal_text(key, {column, row_id}, text, context.random);
}

inline std::optional<Bytes> seal_if(const Context& context, const vault::RowKey& key, std::string_view column, BytesView row_id,
                                    const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::nullopt;
  return seal(context, key, column, row_id, *text);
}

inline Result<std::string> open_sealed_text(const Context& context, const Bytes& wrapped_key, std::string_view column,
                                            BytesView row_id, const Bytes& sealed) {
  TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(wrapped_key));
  return vault::open_text(key, {column, row_id}, sealed);
}

// Keeps a member's words beside the ledger's entry of that kind.
Result<> keep_reason(const Context& context, store::Transaction& tx, std::string_view kind, const About& about,
                     const SignedIn& member, const std::string& reason);
Result<std::vector<std::string>> reasons_of(const Context& context, store::Reader& reader, BytesView subject);

}  // namespace tutela::line
