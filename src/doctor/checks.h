#pragma once

#include <string>
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

// What the lists go through, as "table.column" or the table of a state machine. A test holds them against the schema: a column
// of words, a sealed one, one that names a row, a state that is added and forgotten here turns it red.
std::vector<std::string> columns_of_words();
std::vector<std::string> columns_that_name_rows();
std::vector<std::string> sealed_columns();
std::vector<std::string> state_machines_with_companions();

}  // namespace tutela::doctor
