#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/mac.h"
#include "crypto/sealing.h"
#include "crypto/secret.h"
#include "crypto/signature.h"
#include "ledger/key_chain.h"
#include "vault/folder_seal.h"

// The node's keys, in a folder of their own (0700) that no backup of the data holds (spec/keys.md).
namespace tutela::vault {

// What a record is, as far as its destruction goes.
enum class RecordClass : std::uint8_t { authority, report, item, referral, incoming, notice, outbox };
std::string_view to_word(RecordClass record);
// invalid, "vault.unknown_record_class".
Result<RecordClass> parse_record_class(std::string_view word);

// One key for all records of a class that are due in one month: destroying it destroys them, wherever copies of the rows went.
// A month has a further generation when the one before was dropped because of some of its records alone (retention/erasure.h).
inline constexpr int kGenerationMax = 9999;
struct DestructionClass {
  RecordClass record;
  std::chrono::year_month due;
  int generation = 1;  // 1..kGenerationMax
};
// "report-2027-03", "report-2027-03-g2": the name of its key's file, in wrapped keys and in the ledger.
std::string to_string(const DestructionClass& destruction_class);
// Only what to_string() makes. invalid, "vault.bad_class".
Result<DestructionClass> parse_destruction_class(std::string_view name);
// The class that a stored wrapped key names, whether or not it can be opened. corrupt, "vault.corrupt_wrapped_key".
Result<DestructionClass> class_of_wrapped(BytesView wrapped);
// The first bytes of every key that is wrapped under the class: to find its rows.
Bytes wrapped_prefix(const DestructionClass& destruction_class);

// The month in which something received now is due after `months`.
std::chrono::year_month month_after(Time now, int months);

// Encrypts one record's fields and objects; stored beside it, wrapped.
using RowKey = crypto::SecretKey<32, struct RowPurpose>;
using WrappingKey = crypto::SecretKey<32, struct WrappingPurpose>;

// Public, as ledger::parse_successions() reads it: what a node hands out with a new key.
inline constexpr std::string_view kSuccessionsFile = "successions";

// Whether a folder in the middle of a change of the signing key may be opened: only by who completes the change.
enum class UnfinishedChange : std::uint8_t { refused, allowed };

class KeyStore {
 public:
  // A new folder with new keys, durable on return. conflict, "vault.keys_exist"; limit, "vault.disk_full"; unavailable,
  // "vault.io" with the errno's name.
  static Result<KeyStore> create(const std::filesystem::path& folder, Random& random);
  // not_found, "vault.no_keys"; denied, "vault.keys_exposed" (others may read a key); corrupt, "vault.corrupt_key".
  // A sealed folder asks for its secret once: as open_seal(). Without `ask` it is denied, "keys.secret_needed". Where a change of
  // the signing key broke off: conflict, "keys.change_unfinished". As ledger::parse_successions().
  static Result<KeyStore> open(const std::filesystem::path& folder, const AskSecret& ask = {},
                               UnfinishedChange unfinished = UnfinishedChange::refused);

  // Seals every key's file under a passphrase or a command's key, changes that secret, or with SealKind::none makes the files
  // readable again; `ask_old` opens what is sealed now. Nothing is changed if that secret is wrong. Each file is replaced whole,
  // the file `seal` stands before the first and until the last: after a crash the same call completes it. What was readable
  // before may be left in old copies and blocks. As open_seal(), write_seal().
  static Result<> seal_folder(const std::filesystem::path& folder, SealKind kind, const AskSecret& ask_old,
                              const Sensitive<std::string>& secret, Random& random, crypto::PassphraseCost cost = {});
  struct FolderFacts {
    SealKind seal;
    std::size_t sealed_files = 0;
    std::size_t readable_files = 0;   // in a sealed folder: made before a crash, or put there by hand
    std::size_t signing_changes = 0;  // that are decided
    std::size_t classes = 0;
    std::size_t classes_destroyed = 0;
  };
  // Reads no key. As seal_kind(), ledger::parse_successions().
  static Result<FolderFacts> examine(const std::filesystem::path& folder);

  KeyStore(KeyStore&&) noexcept;
  KeyStore& operator=(KeyStore&&) noexcept;
  ~KeyStore();

  // Signs. What verifies takes key_chain(), since the node may have had other keys before.
  const crypto::KeyPair& signing_key() const;
  const ledger::KeyChain& key_chain() const;
  // As ledger::parse_successions() reads them; empty where the key was never changed.
  const std::string& successions() const;

  // A change of the signing key, step by step and each step durable (docs/adr/0015-signing-key.md): the next key is made, the
  // succession written, ledger and after-list handed over by the caller, the old key destroyed. Until the last step is done the
  // folder opens with UnfinishedChange::allowed alone.
  //
  // The key that is to sign next: the one that a broken-off change left, or a new one. As write_durably().
  Result<> prepare_next_key(Random& random);
  const crypto::KeyPair* next_key() const;                      // nullptr before prepare_next_key()
  std::optional<ledger::Succession> unfinished_change() const;  // the succession that is written but not completed
  // From here on the change is decided. `number`, old and next key are the caller's to fill in. As write_durably(); limit,
  // "succession.too_many".
  Result<> write_succession(const ledger::Succession& succession);
  // The next key takes the place of the old one, whose file is overwritten. The change is unfinished before, and done on return.
  Result<> finish_change(Random& random);

  const crypto::SubjectKey& subject_key() const;
  const crypto::LookupKey& lookup_key() const;

  // Seals a row's key under its class's key, which is made durable before its first use. A class that was closed or destroyed
  // takes nothing new: then the first generation of its month that takes something is used. To be called inside the transaction
  // that writes the row, so that Store::wait_for_writers() after close_class() leaves nobody who still writes under the old one.
  // Thread-safe, also between processes. limit, "vault.too_many_generations".
  Result<Bytes> wrap_key(const DestructionClass& destruction_class, const RowKey& key, Random& random);
  // not_found, "vault.key_destroyed" (the class's key is gone, and with it the record); corrupt, "vault.corrupt_wrapped_key".
  Result<RowKey> unwrap_key(BytesView wrapped) const;

  // The classes that have a key, ascending by name. unavailable, "vault.io".
  Result<std::vector<DestructionClass>> classes() const;
  bool is_destroyed(const DestructionClass& destruction_class) const;
  // From when this returns no process wraps anything under the class; what is wrapped still opens. Durable; may be repeated.
  // unavailable, "vault.io"; limit, "vault.disk_full".
  Result<> close_class(const DestructionClass& destruction_class, Time now);
  // Destroys the class's key for ever, and with it every record of the class: a mark that says so, made durable, from which
  // moment every process refuses it; then the key's file is overwritten and removed. Durable on return; repeating it, also after
  // a crash in its middle, completes it. unavailable, "vault.io"; limit, "vault.disk_full" (nothing was destroyed).
  Result<> destroy_class(const DestructionClass& destruction_class, Time now);
  // Wipes keys from memory whose class another process destroyed meanwhile. They are not used either way: every use looks first.
  void forget_destroyed();

 private:
  struct State;
  explicit KeyStore(std::unique_ptr<State> state);
  Result<> read_changes();
  std::unique_ptr<State> state_;
};

inline Result<KeyStore> open_key_store(const std::filesystem::path& folder, const AskSecret& ask = {}) {
  return KeyStore::open(folder, ask);
}
inline Result<KeyStore> create_key_store(const std::filesystem::path& folder, Random& random) {
  return KeyStore::create(folder, random);
}

}  // namespace tutela::vault
