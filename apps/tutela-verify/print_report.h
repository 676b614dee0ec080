#pragma once

#include <cstdint>

#include "ledger/contradiction.h"
#include "ledger/log_verify.h"

namespace tutela::ledger {

enum class Form : std::uint8_t { text, json };

// What was verified and what that cannot prove, on standard output.
void print_report(const ExcerptReport& report, const ExcerptComparison& comparison, Form form);
void print_contradictions(const std::vector<Equivocation>& found, Form form);
void print_comparison(const Comparison& comparison, const std::vector<WitnessSeen>& seen, Form form);
void print_export(const ExportReport& report, Form form);

struct CheckpointReport {
  Checkpoint checkpoint{};
  std::vector<WitnessSeen> witnesses;
  std::optional<Time> stamped_at;
};
void print_checkpoint(const CheckpointReport& report, Form form);

// Why it was refused: as text on standard error, as JSON on standard output.
void print_refusal(const Error& error, Form form);

}  // namespace tutela::ledger
