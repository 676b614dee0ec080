#pragma once

#include <CLI/App.hpp>

namespace tutela::cli {

// tutela hash [--json] [--unsandboxed] [--algorithm NAME,…] [--kernel NAME] FILE…: the fingerprints of files, off-line, through
// the sandboxed decoder. With --json one object a line, in the order of the arguments:
//
//   {"file","sha256","sha1","md5","width","height","pdq":{"value","quality"},"pdq_nearest512":{"value","quality"}}
//   {"file","error":{"code","reason"}}                     for a file that could not be read or decoded (with its digests if
//   read)
//
// --algorithm pdq,pdq_nearest512,pdq_pytx chooses which of the three stand there (and are computed); the first two unless told.
// --kernel, or the environment's TUTELA_PDQ_KERNEL, forces the code that computes them; all give the same.
//
// `exit_code` is set when the command ran: 0, or that of the first error (base/error.h). It must outlive `app`.
void add_hash_command(CLI::App& app, int& exit_code);

}  // namespace tutela::cli
