#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sensitive.h"
#include "intake/submission.h"
#include "line/context.h"
#include "line/record.h"
#include "match/answer.h"

// Taking a report in: durable before it is answered, decoded and matched, and the same report twice linked, not doubled.
namespace tutela::line {

struct Media {
  BytesView bytes;
  std::string claimed_type;  // as the sender called it; empty: nothing was claimed
};

// Who handed it in by machine, with the key under which the same report is the same.
struct MachineCaller {
  TokenId token;
  std::string idempotency_key;
  Bytes request_digest;  // of the whole request, to tell a repeat from another report under the same key
};

struct ReportedItem {
  ItemId id;
  std::string state;
  std::string action;
  bool known = false;  // it was here before, or matched
  std::optional<std::string> decode_reason;
  std::vector<match::Match> matches;
};

struct ReceivedReport {
  ReportId id;
  Sensitive<std::string> receipt;  // shown once; kept only as a keyed hash
  std::vector<ReportedItem> items;
  std::optional<ConcernId> concern;
};

// Steps: digests here, pixels in the decoder, match, the file sealed and durable; then one transaction writes the report, its
// items, what they matched and what was done at once. A file that cannot be decoded does not lose the report: its digests are
// kept and matched, and the item says why. Without a valid mandate the file is not kept, its fingerprints are.
//
// `caller` is absent on the public door. conflict, "report.repeated_key"; limit, "vault.disk_full", "store.disk_full" (nothing
// was acknowledged).
Result<ReceivedReport> receive_report(const Context& context, const intake::Submission& submission,
                                      const std::optional<Media>& media, const std::optional<MachineCaller>& caller);

}  // namespace tutela::line
