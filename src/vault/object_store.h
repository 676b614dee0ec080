#pragma once

#include <filesystem>
#include <string>

#include "vault/key_store.h"

namespace tutela::vault {

// Encrypted files of at most limits::kMediaBytesMax under random names. Thread-safe, also between processes on one folder.
class ObjectStore {
 public:
  // Makes the folder (0700) if it is missing. unavailable, "vault.io".
  static Result<ObjectStore> open(const std::filesystem::path& folder);

  // Durable on return: the name to keep. Nothing is left behind on an error. limit, "vault.disk_full" or
  // "vault.object_too_large"; unavailable, "vault.io".
  Result<std::string> put(const RowKey& key, BytesView content, Random& random);
  // not_found, "vault.no_object"; corrupt, "vault.corrupt_object" (another key, a changed or a cut file).
  Result<Bytes> get(const RowKey& key, const std::string& name) const;
  // Durable on return; removing what is not there succeeds, so that it can be resumed.
  Result<> remove(const std::string& name);
  // Deletes unfinished files of crashed processes that were last written before `before`; returns how many.
  Result<std::size_t> remove_leftovers(Time before);

 private:
  explicit ObjectStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace tutela::vault
