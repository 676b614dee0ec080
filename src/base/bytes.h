#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tutela {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

BytesView as_bytes(std::string_view text);
std::string_view as_text(BytesView bytes);
Bytes to_bytes(std::string_view text);

std::string encode_hex(BytesView bytes);  // lower case
// Lower case only, even length. invalid, "hex.malformed".
Result<Bytes> decode_hex(std::string_view text);

std::string encode_base64(BytesView bytes);  // standard alphabet, padded (RFC 4648 section 4)
// Strict: canonical padding and zero trailing bits. invalid, "base64.malformed".
Result<Bytes> decode_base64(std::string_view text);

// Big-endian, as in every format of ours that reaches disk or wire.
void append_u16(Bytes& out, std::uint16_t value);
void append_u32(Bytes& out, std::uint32_t value);
void append_u64(Bytes& out, std::uint64_t value);
void append_bytes(Bytes& out, BytesView bytes);
// u32 length, then the bytes.
void append_prefixed(Bytes& out, BytesView bytes);

}  // namespace tutela
