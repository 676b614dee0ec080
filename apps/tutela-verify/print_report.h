#pragma once

#include <cstdint>

#include "ledger/excerpt.h"

namespace tutela::ledger {

enum class Form : std::uint8_t { text, json };

// What was verified and what that cannot prove, on standard output.
void print_report(const ExcerptReport& report, Form form);
// Why it was refused: as text on standard error, as JSON on standard output.
void print_refusal(const Error& error, Form form);

}  // namespace tutela::ledger
