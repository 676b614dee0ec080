#include "base/id.h"

namespace tutela {

Uuid make_uuid_v7(Time now, Random& random) {
  Uuid uuid;
  random.fill(uuid);
  const auto ms = static_cast<std::uint64_t>(to_unix_ms(now));
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  uuid[6] = static_cast<std::uint8_t>(0x70 | (uuid[6] & 0x0F));
  uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3F));
  return uuid;
}

std::string uuid_to_string(const Uuid& uuid) {
  std::string text = encode_hex(uuid);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

Result<Uuid> parse_uuid(std::string_view text) {
  const auto malformed = [] { return fail(ErrorCode::invalid, "id.malformed"); };
  if (text.size() != 36) return malformed();
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return malformed();
    } else {
      digits += text[i];
    }
  }
  const auto bytes = decode_hex(digits);
  if (!bytes) return malformed();
  Uuid uuid;
  std::copy(bytes->begin(), bytes->end(), uuid.begin());
  return uuid;
}

}  // namespace tutela
