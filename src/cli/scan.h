#pragma once

#include <filesystem>
#include <string>

#include "cli/known.h"
#include "cli/scan_files.h"
#include "decode/decoder.h"

namespace tutela::cli {

// `index` of `count`, from 1: this run takes every count-th file, beginning with the index-th.
struct Shard {
  std::int64_t index = 1;
  std::int64_t count = 1;
  // "2/8". invalid, "scan.bad_shard".
  static Result<Shard> parse(std::string_view text);
};

struct ScanPlan {
  std::filesystem::path folder;  // one of these two
  std::filesystem::path manifest;
  Separator separator = Separator::line;
  std::filesystem::path out;
  Shard shard;
};

struct ScanDone {
  std::int64_t files = 0;
  bool was_complete = false;  // an earlier run had ended; nothing was done
};

// Writes one line a file (cli/scan_row.h) to `plan.out`, in the order of the walk or of the manifest.
//
// The list of files is frozen first; then parts of it are done, two files at a time, and each part has its name only when it is
// whole; at the end the parts become `out`. All of that stands in the folder "<out>.scan" and survives being killed: the same
// call goes on with the first part that is missing, and the result is the same to the byte as if nothing had happened, as long as
// the files are. When `out` is there, only the plan stays of it, and the same call does nothing.
//
// invalid      "scan.out_inside" (`out` would be in the folder it scans)
// conflict     "scan.other_plan" (another list, folder, manifest or shard was begun under this name), "scan.out_exists" (and no
//              scan made it), "scan.running" (another process is at it)
// unavailable  "scan.cannot_write"; as scan_row(): everything done so far is kept
Result<ScanDone> run_scan(const ScanPlan& plan, const Known& known, decode::Decoder& decoder);

}  // namespace tutela::cli
