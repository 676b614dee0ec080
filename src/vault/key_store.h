#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/mac.h"
#include "crypto/sealing.h"
#include "crypto/secret.h"
#include "crypto/signature.h"

// The node's keys, in a folder of their own (0700) that no backup of the data holds (spec/keys.md).
namespace tutela::vault {

// What a record is, as far as its destruction goes.
enum class RecordClass : std::uint8_t { authority, report, item, referral, incoming, notice, outbox };
std::string_view to_word(RecordClass record);
// invalid, "vault.unknown_record_class".
Result<RecordClass> parse_record_class(std::string_view word);

// One key for all records of a class that are due in one month: destroying it destroys them, wherever copies of the rows went.
struct DestructionClass {
  RecordClass record;
  std::chrono::year_month due;
};
// The month in which something received now is due after `months`.
std::chrono::year_month month_after(Time now, int months);

// Encrypts one record's fields and objects; stored beside it, wrapped.
using RowKey = crypto::SecretKey<32, struct RowPurpose>;
using WrappingKey = crypto::SecretKey<32, struct WrappingPurpose>;

class KeyStore {
 public:
  // A new folder with new keys, durable on return. conflict, "vault.keys_exist"; limit, "vault.disk_full"; unavailable,
  // "vault.io" with the errno's name.
  static Result<KeyStore> create(const std::filesystem::path& folder, Random& random);
  // not_found, "vault.no_keys"; denied, "vault.keys_exposed" (others may read a key); corrupt, "vault.corrupt_key".
  static Result<KeyStore> open(const std::filesystem::path& folder);

  KeyStore(KeyStore&&) noexcept;
  KeyStore& operator=(KeyStore&&) noexcept;
  ~KeyStore();

  const crypto::KeyPair& signing_key() const;
  const crypto::SubjectKey& subject_key() const;
  const crypto::LookupKey& lookup_key() const;

  // Seals a row's key under its class's key, which is made durable before its first use. Thread-safe, also between processes.
  Result<Bytes> wrap_key(const DestructionClass& destruction_class, const RowKey& key, Random& random);
  // not_found, "vault.key_destroyed" (the class's key is gone, and with it the record); corrupt, "vault.corrupt_wrapped_key".
  Result<RowKey> unwrap_key(BytesView wrapped) const;

 private:
  struct State;
  explicit KeyStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

inline Result<KeyStore> open_key_store(const std::filesystem::path& folder) { return KeyStore::open(folder); }
inline Result<KeyStore> create_key_store(const std::filesystem::path& folder, Random& random) {
  return KeyStore::create(folder, random);
}

}  // namespace tutela::vault
