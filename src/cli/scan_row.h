#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "cli/known.h"
#include "decode/decoder.h"
#include "decode/query_fingerprints.h"

namespace tutela::cli {

// One match, as a command prints it: {"bank","entry","algorithm","distance","threshold","why","effect"}.
nlohmann::ordered_json match_object(const Known& known, const match::Match& match);

// Why one of them is compared with nothing, in the word that an answer has for it (Fingerprint::why_not_compared); none where
// each is compared.
std::optional<std::string_view> why_not_compared(std::span<const Fingerprint> fingerprints);

// Where a row's file is opened from, and how it is called.
struct ScanFile {
  std::string path;  // opened
  std::string name;  // written: relative to the folder, or as in the manifest
};

// The line of one file, with its line end. Depends on the file's bytes, `known` and `forms` alone. The file is read into memory
// and nowhere else; larger ones than limits::kMediaBytesMax are digested in pieces and not decoded.
//
//   {"file","bytes","sha256",…,"width","height","pdq","pdq_quality",…,"matches":[…]}, with "not_compared" where the picture says
//   too little; "error":{"code","reason"} for what could not be read or decoded, beside whatever could be said
//
// Error: what lies not with the file but with this machine ("decoder.died", no memory, a disk that does not answer): the row has
// to be made again.
Result<std::string> scan_row(decode::Decoder& decoder, const Known& known, const ScanFile& file,
                             decode::FormsAsked forms = decode::FormsAsked::shown);

}  // namespace tutela::cli
