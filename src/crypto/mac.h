#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/secret.h"

namespace tutela::crypto {

using Mac = std::array<std::uint8_t, 32>;

// Derives the pseudonyms of ledger subjects.
using SubjectKey = SecretKey<32, struct SubjectPurpose>;
// Finds receipts, addresses and tokens again without storing them.
using LookupKey = SecretKey<32, struct LookupPurpose>;

// HMAC-SHA-256 (RFC 2104) of the message as it stands.
Mac hmac_sha256(std::span<const std::uint8_t, 32> key, BytesView message);

// HMAC-SHA-256 of u32 length of context ‖ context ‖ message: one key serves several uses ("receipt", "address", "token") without
// one being taken for another.
template <class Purpose>
Mac keyed_hash(const SecretKey<32, Purpose>& key, std::string_view context, BytesView message) {
  Bytes input;
  append_prefixed(input, as_bytes(context));
  append_bytes(input, message);
  return hmac_sha256(key.reveal(), input);
}

}  // namespace tutela::crypto
