#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/sensitive.h"
#include "crypto/passphrase.h"
#include "crypto/secret.h"

// The key folder sealed under something that is not in it: then a copy of the folder alone opens nothing. Its files are sealed
// under one folder key, and that key under a passphrase or under the key that a command prints, in the file `seal`
// (spec/keys.md). Changing the passphrase writes that one file anew.
namespace tutela::vault {

enum class SealKind : std::uint8_t {
  none,        // the files are readable by who can read the folder
  passphrase,  // Argon2id of what somebody types
  command,     // 32 bytes in base64, as a command prints them: a token, a secret store
};
std::string_view to_word(SealKind kind);
Result<SealKind> parse_seal_kind(std::string_view word);  // invalid, "keys.unknown_seal"

using FolderKey = crypto::SecretKey<32, struct FolderPurpose>;

// Gets the passphrase, or what the command printed. Called at most once.
using AskSecret = std::function<Result<Sensitive<std::string>>(SealKind)>;

// corrupt, "keys.corrupt_seal"; unavailable, "vault.io".
Result<SealKind> seal_kind(const std::filesystem::path& folder);
// The folder's key; nothing where the folder is not sealed. denied, "keys.wrong_secret"; denied, "keys.secret_needed" when nobody
// can be asked; corrupt, "keys.corrupt_seal"; as `ask`.
Result<std::optional<FolderKey>> open_seal(const std::filesystem::path& folder, const AskSecret& ask);
// Writes the file `seal`, durable on return; replaces one that is there. `kind` is not none. invalid, "keys.bad_secret" (a
// command that printed something else), "keys.passphrase_length".
Result<> write_seal(const std::filesystem::path& folder, SealKind kind, const Sensitive<std::string>& secret,
                    const FolderKey& key, Random& random, crypto::PassphraseCost cost = {});
// Durable on return; for a folder whose files are readable again.
Result<> remove_seal(const std::filesystem::path& folder);

}  // namespace tutela::vault
