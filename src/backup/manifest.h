#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "ledger/key_chain.h"

// What a backup says of itself (docs/adr/0013-backup.md): a signed note, and the list of its files whose digest the note names.
namespace tutela::backup {

inline constexpr std::string_view kManifestName = "manifest";
inline constexpr std::string_view kFileListName = "files";
inline constexpr std::string_view kDatabaseName = "tutela.sqlite";
inline constexpr std::string_view kSettingsName = "tutela.toml";
inline constexpr std::string_view kObjectsName = "objects";

// Where the after-list stood when the backup began: whatever is applied after a restore must hold these lines, too.
struct AfterPosition {
  std::uint64_t lines = 0;
  crypto::Sha256 head{};  // of line `lines`, without its line feed
  friend bool operator==(const AfterPosition&, const AfterPosition&) = default;
};

struct Manifest {
  std::string node;     // its name
  std::string program;  // "0.1.0"
  std::int64_t schema = 0;
  Time taken_at;
  ledger::Checkpoint checkpoint;  // the last that the copied database holds
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  crypto::Sha256 file_list{};  // digest of the list of files
  std::optional<AfterPosition> after;
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

std::string sign_manifest(const Manifest& manifest, const crypto::KeyPair& key);
// One form only; signed by the node's key of the checkpoint's epoch. invalid, "backup.bad_manifest"; as parse_note; corrupt,
// "note.bad_signature"; denied, "backup.other_node" when none of these keys signed it.
Result<Manifest> open_manifest(std::string_view note, const ledger::KeyChain& keys);

struct FileFacts {
  std::string path;  // relative, of a-z A-Z 0-9 '.' '_' '-' and '/', no part of it "." or ".."
  std::uint64_t bytes = 0;
  crypto::Sha256 digest{};
  friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

// "SHA256-HEX BYTES PATH" a line, in the order of the paths.
std::string encode_file_list(const std::vector<FileFacts>& files);
// One form only. invalid, "backup.bad_file_list".
Result<std::vector<FileFacts>> parse_file_list(std::string_view text);

}  // namespace tutela::backup
