#pragma once

#include <string>

#include "base/sensitive.h"
#include "line/accounts.h"
#include "line/context.h"
#include "retention/media_export.h"
#include "vault/object_store.h"

// An item's file, bit for bit as it was received, for somebody outside who may have it: two members, once.
namespace tutela::line {

struct NewExport {
  retention::ExportPurpose purpose;
  Sensitive<std::string> reason;
};
// conflict, "item.no_picture" (no file is held); denied, "mandate.missing"; not_found, "item.unknown".
Result<retention::ExportRow> request_export(const Context& context, const ItemId& item, const NewExport& wanted,
                                            const SignedIn& member);
// As retention::approve, retention::refuse.
Result<retention::ExportRow> approve_export(const Context& context, const ExportId& id, const SignedIn& member);
Result<retention::ExportRow> refuse_export(const Context& context, const ExportId& id, const SignedIn& member);

// The file, chunk by chunk, to who asked for it. All of it was proved to open; that it goes out is counted as a full view, and is
// durable in the ledger before this returns (I3). What breaks off on its way is asked for anew. As retention::hand_out; limit,
// "review.exposure_spent"; denied, "mandate.missing"; corrupt, "vault.corrupt_object" (nothing was handed out).
Result<vault::ObjectReader> hand_out_export(const Context& context, const ExportId& id, const SignedIn& member);

}  // namespace tutela::line
