#include "vault/field_sealing.h"

#include "crypto/sealing.h"

namespace tutela::vault {
namespace {

// u32 length of column ‖ column ‖ row id.
std::string context_of(const FieldPlace& place) {
  Bytes context;
  append_prefixed(context, as_bytes(place.column));
  append_bytes(context, place.row_id);
  return std::string(as_text(context));
}

}  // namespace

Result<NewRowKey> new_row_key(KeyStore& keys, const DestructionClass& destruction_class, Random& random) {
  auto key = RowKey::make(random);
  TUTELA_ASSIGN(auto wrapped, keys.wrap_key(destruction_class, key, random));
  return NewRowKey{std::move(key), std::move(wrapped)};
}

Bytes seal_field(const RowKey& key, const FieldPlace& place, BytesView plaintext, Random& random) {
  return crypto::seal(key, context_of(place), plaintext, random);
}

Result<Bytes> open_field(const RowKey& key, const FieldPlace& place, BytesView sealed) {
  auto plain = crypto::open_sealed(key, context_of(place), sealed);
  if (!plain) return fail(ErrorCode::corrupt, "vault.corrupt_field", std::string(place.column));
  return plain;
}

Bytes seal_text(const RowKey& key, const FieldPlace& place, std::string_view text, Random& random) {
  return seal_field(key, place, as_bytes(text), random);
}

Result<std::string> open_text(const RowKey& key, const FieldPlace& place, BytesView sealed) {
  TUTELA_ASSIGN(const auto plain, open_field(key, place, sealed));
  return std::string(as_text(plain));
}

}  // namespace tutela::vault
