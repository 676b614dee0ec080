#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vault/key_store.h"

namespace tutela::vault {

struct NewRowKey {
  RowKey key;
  Bytes wrapped;  // for the row's wrapped_key
};
// A fresh key for one record. Errors as KeyStore::wrap_key.
Result<NewRowKey> new_row_key(KeyStore& keys, const DestructionClass& destruction_class, Random& random);

// Where a sealed value stands; authenticated, so that a value moved to another row or column does not open.
struct FieldPlace {
  std::string_view column;  // "report.sealed_text"
  BytesView row_id;
};

Bytes seal_field(const RowKey& key, const FieldPlace& place, BytesView plaintext, Random& random);
// corrupt, "vault.corrupt_field".
Result<Bytes> open_field(const RowKey& key, const FieldPlace& place, BytesView sealed);
// The same for text.
Bytes seal_text(const RowKey& key, const FieldPlace& place, std::string_view text, Random& random);
Result<std::string> open_text(const RowKey& key, const FieldPlace& place, BytesView sealed);

}  // namespace tutela::vault
