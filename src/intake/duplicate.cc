#include "intake/duplicate.h"

#include <array>

namespace tutela::intake {
namespace {

constexpr std::array kLinkReasons = {LinkReason::same_digest, LinkReason::same_address};

}  // namespace

std::string_view to_word(LinkReason reason) {
  constexpr std::array<std::string_view, kLinkReasons.size()> kWords = {"same_digest", "same_address"};
  return kWords[static_cast<std::size_t>(reason)];
}

Result<LinkReason> parse_link_reason(std::string_view word) {
  for (const LinkReason reason : kLinkReasons)
    if (to_word(reason) == word) return reason;
  return fail(ErrorCode::invalid, "report.unknown_link_reason");
}

DuplicateDecision decide_duplicate(const KnownContent& known) {
  DuplicateDecision decision;
  if (known.by_digest) decision.links.push_back({*known.by_digest, LinkReason::same_digest});
  if (known.by_address && known.by_address != known.by_digest)
    decision.links.push_back({*known.by_address, LinkReason::same_address});

  if (known.by_digest) {
    if (known.digest_item_wants_file) decision.completes = known.by_digest;
    return decision;
  }
  if (!known.by_address) {
    decision.creates_item = true;
  } else if (known.has_digest) {
    // Bytes that nobody has: they complete an item that was an address so far, else they are something new at an old address.
    if (known.address_item_has_digest) {
      decision.creates_item = true;
    } else {
      decision.completes = known.by_address;
    }
  }
  return decision;
}

}  // namespace tutela::intake
