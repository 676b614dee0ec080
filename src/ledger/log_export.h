#pragma once

#include <functional>
#include <string>

#include "ledger/ledger_view.h"

namespace tutela::ledger {

// Takes one file of an export by its path below the folder (log_verify.h).
using ExportSink = std::function<Result<>(const std::string& path, BytesView content)>;

struct ExportCounts {
  std::uint64_t epochs = 0;
  std::uint64_t leaves = 0;
  std::uint64_t files = 0;
};

// The whole log as anybody may have it: checkpoints, cosignatures, time-stamps, tiles and leaf data of all epochs, and the opened
// first leaf of each, with the successions of the node's key. No other payload, salt or subject. Errors of the sink and the
// store; not_found, "ledger.no_epoch"; corrupt, "ledger.missing_tile", "ledger.missing_leaf".
Result<ExportCounts> export_log(store::Reader& reader, std::string_view successions, const ExportSink& sink);

}  // namespace tutela::ledger
