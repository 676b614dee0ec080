#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/signature.h"
#include "ledger/log_verify.h"

// What the arguments of tutela-verify name.
namespace tutela::ledger {

// not_found, "verify.no_file"; limit, "verify.too_large".
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// The 32 bytes in base64, given itself or as a file that holds nothing else. invalid, "verify.bad_key".
Result<crypto::PublicKey> read_key(const std::string& argument);
// As parse_witness_key, of each.
Result<std::vector<WitnessKey>> read_witnesses(const std::vector<std::string>& arguments);
// Nothing for an empty path.
Result<std::optional<crypto::TimeStampTrust>> read_roots(const std::string& path);

// The tiles below FOLDER/tile, partial or full.
TileSource tiles_in(const std::filesystem::path& folder);
// What of it there is to read, and the folders of epochs as they stand there.
ExportSource export_in(const std::filesystem::path& folder);

// Both notes of each as files of their own. unavailable, "verify.cannot_write".
Result<> write_evidence(const std::filesystem::path& folder, const std::vector<Equivocation>& found);

}  // namespace tutela::ledger
