#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "crypto/stream_sealing.h"
#include "vault/key_store.h"

namespace tutela::vault {

// An object as it is read: one chunk at a time, each authenticated at its place before it is handed out. Holds the open file, so
// a removal meanwhile does not cut it.
class ObjectReader {
 public:
  ObjectReader(ObjectReader&& other) noexcept;
  ObjectReader& operator=(ObjectReader&&) = delete;
  ~ObjectReader();

  // Of the whole content, from the size of the file; next() proves it.
  std::size_t size_bytes() const { return size_bytes_; }
  // The next bytes, at most kObjectChunkBytes; nothing at the end. corrupt, "vault.corrupt_object" (another key; a changed, cut,
  // moved or foreign chunk); unavailable, "vault.io".
  Result<std::optional<Bytes>> next();

 private:
  friend class ObjectStore;
  ObjectReader(int descriptor, std::size_t sealed_left, std::size_t size_bytes, crypto::StreamOpener opener);
  int descriptor_;
  std::size_t sealed_left_;
  std::size_t size_bytes_;
  crypto::StreamOpener opener_;
};

inline constexpr std::size_t kObjectChunkBytes = 64 * 1024;

// Encrypted files of at most limits::kMediaBytesMax (spec/keys.md). A row keeps an object's id, which is random; the file bears
// another, keyed name, so that who holds rows and files but no keys cannot tell which belong together. Thread-safe, also between
// processes on one folder.
class ObjectStore {
 public:
  // Makes the folder (0700) if it is missing. `lookup_key` outlives it. unavailable, "vault.io".
  static Result<ObjectStore> open(const std::filesystem::path& folder, const crypto::LookupKey& lookup_key);

  // Durable on return: the id to keep. Nothing is left behind on an error. limit, "vault.disk_full" or "vault.object_too_large";
  // unavailable, "vault.io".
  Result<std::string> put(const RowKey& key, BytesView content, Random& random);
  // not_found, "vault.no_object"; corrupt, "vault.corrupt_object" (of a size or version that no object has).
  Result<ObjectReader> read(const RowKey& key, const std::string& id) const;
  // The whole content at once, for the decoder. As read() and ObjectReader::next().
  Result<Bytes> get(const RowKey& key, const std::string& id) const;
  // Reads all of it and keeps nothing: the error that a reader would meet, before anything was handed out.
  Result<> verify(const RowKey& key, const std::string& id) const;
  // Durable on return; removing what is not there succeeds, so that it can be resumed.
  Result<> remove(const std::string& id);
  // The name of its file in the folder; empty for what is no id.
  std::string file_name(const std::string& id) const;
  // Deletes unfinished files of crashed processes that were last written before `before`; returns how many.
  Result<std::size_t> remove_leftovers(Time before);

 private:
  ObjectStore(std::filesystem::path folder, const crypto::LookupKey& lookup_key)
      : folder_(std::move(folder)), lookup_key_(&lookup_key) {}
  std::filesystem::path folder_;
  const crypto::LookupKey* lookup_key_;
};

}  // namespace tutela::vault
