#pragma once

#include <CLI/App.hpp>

namespace tutela::cli {

// tutela hash [--json] [--unsandboxed] FILE…: the fingerprints of files, off-line, through the sandboxed decoder. With --json one
// object a line, in the order of the arguments:
//
//   {"file","sha256","sha1","md5","width","height","pdq":{"value","quality"},"pdq_nearest512":{"value","quality"}}
//   {"file","error":{"code","reason"}}                     for a file that could not be read or decoded (with its digests if
//   read)
//
// `exit_code` is set when the command ran: 0, or that of the first error (base/error.h). It must outlive `app`.
void add_hash_command(CLI::App& app, int& exit_code);

}  // namespace tutela::cli
