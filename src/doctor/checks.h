#pragma once

#include <vector>

#include "doctor/examination.h"

// The lists of checks, one a file; all_checks() joins them.
namespace tutela::doctor {

std::vector<Check> schema_checks();     // the file itself, tables, types of columns
std::vector<Check> row_checks();        // words of states and kinds, references, ids
std::vector<Check> companion_checks();  // what a state needs beside it
std::vector<Check> ledger_checks();     // trees, chains, signatures, entries of records
std::vector<Check> sealed_checks();     // fields and objects
std::vector<Check> waiting_checks();    // leases, the outbox, clocks

}  // namespace tutela::doctor
