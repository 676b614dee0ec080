#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/ids.h"

namespace tutela::intake {

// What is already known about one piece of content that a report speaks of.
struct KnownContent {
  std::optional<ItemId> by_digest;   // an item with the same SHA-256
  std::optional<ItemId> by_address;  // the item that stands at the reported address
  bool has_digest = false;           // this report brings a SHA-256
  bool address_item_has_digest = false;
  // This report brings the file of the item with the same SHA-256, which was known by its digest alone, or whose file could not
  // be kept or opened when it came.
  bool digest_item_wants_file = false;
};

enum class LinkReason : std::uint8_t { same_digest, same_address };
std::string_view to_word(LinkReason reason);
Result<LinkReason> parse_link_reason(std::string_view word);  // invalid, "report.unknown_link_reason"

struct ItemLink {
  ItemId item;
  LinkReason reason;
};

// The report is always kept, and linked to the item; only the item is not doubled.
struct DuplicateDecision {
  std::vector<ItemLink> links;  // what the report is linked to
  bool creates_item = false;    // a new item is made, too
  // To which item the report's file and fingerprints go when no new one is made: one of the linked ones, known by its address or
  // its digest alone so far.
  std::optional<ItemId> completes;
};

// Same bytes are the same item, wherever they stand. The same address without bytes is the same item. The same address with
// *other* bytes than before is a new item: what stands there changed; the report is linked to both.
DuplicateDecision decide_duplicate(const KnownContent& known);

}  // namespace tutela::intake
