#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace tutela {

// UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random. Time-ordered, so primary keys append to their B-tree.
using Uuid = std::array<std::uint8_t, 16>;

Uuid make_uuid_v7(Time now, Random& random);
std::string uuid_to_string(const Uuid& uuid);
// Lower-case 8-4-4-4-12 only. invalid, "id.malformed".
Result<Uuid> parse_uuid(std::string_view text);

// Ids of different things do not mix: Id<struct ItemTag> is not Id<struct ReportTag>.
template <class Tag>
class Id {
 public:
  static Id make(Time now, Random& random) { return Id(make_uuid_v7(now, random)); }
  static Result<Id> parse(std::string_view text) {
    const auto uuid = parse_uuid(text);
    if (!uuid) return std::unexpected(uuid.error());
    return Id(*uuid);
  }
  // As stored: 16 bytes. corrupt, "id.bad_length".
  static Result<Id> from_bytes(BytesView bytes) {
    if (bytes.size() != 16) return fail(ErrorCode::corrupt, "id.bad_length");
    Uuid uuid;
    std::copy(bytes.begin(), bytes.end(), uuid.begin());
    return Id(uuid);
  }

  std::string to_string() const { return uuid_to_string(uuid_); }
  BytesView bytes() const { return uuid_; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(const Uuid& uuid) : uuid_(uuid) {}
  Uuid uuid_;
};

}  // namespace tutela

template <class Tag>
struct std::hash<tutela::Id<Tag>> {
  std::size_t operator()(const tutela::Id<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(tutela::as_text(id.bytes()));
  }
};
