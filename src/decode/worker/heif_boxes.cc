#include "decode/worker/heif_boxes.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tutela::decode {
namespace {

// A grid of pictures each with a mask is two; cameras and editors write no more than three.
constexpr int kDepthMax = 8;

// Reads numbers one after the other; behind the end they are nothing.
class Numbers {
 public:
  explicit Numbers(BytesView bytes) : bytes_(bytes) {}

  std::optional<std::uint64_t> next(std::size_t bytes) {
    if (bytes_.size() < bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes_.first(bytes)) value = value << 8 | byte;
    bytes_ = bytes_.subspan(bytes);
    return value;
  }

  std::string_view next_type() {
    if (bytes_.size() < 4) return {};
    const std::string_view type = as_text(bytes_.first(4));
    bytes_ = bytes_.subspan(4);
    return type;
  }

  void skip(std::uint64_t bytes) { bytes_ = bytes_.subspan(std::min<std::uint64_t>(bytes, bytes_.size())); }
  [[nodiscard]] BytesView rest() const { return bytes_; }

 private:
  BytesView bytes_;
};

struct Box {
  std::string_view type;
  BytesView content;
  bool cut_off = false;
};

// The first box of `bytes`, which then begin behind it. Nothing at their end, or where no box can be.
std::optional<Box> next_box(BytesView& bytes) {
  Numbers head(bytes);
  const auto short_size = head.next(4);
  const std::string_view type = head.next_type();
  if (type.empty()) return std::nullopt;
  std::optional<std::uint64_t> size = short_size;
  if (*short_size == 0) size = bytes.size();
  if (*short_size == 1) size = head.next(8);
  const std::size_t head_bytes = bytes.size() - head.rest().size();
  if (!size || *size < head_bytes) return std::nullopt;
  const bool cut_off = *size > bytes.size();
  const auto whole = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(*size, bytes.size())));
  bytes = bytes.subspan(whole.size());
  return Box{type, whole.subspan(head_bytes), cut_off};
}

// To decode `from`, `to` is decoded.
struct Need {
  std::uint64_t from;
  std::uint64_t to;
};

// The content of an `iref` box (ISO/IEC 14496-12, 8.11.12), read as libheif does: one reference behind the other, whatever the
// sizes of their boxes say.
void add_needs(BytesView content, std::vector<Need>& needs) {
  Numbers numbers(content);
  const auto version_and_flags = numbers.next(4);
  if (!version_and_flags) return;
  const std::size_t id_bytes = *version_and_flags >> 24 == 0 ? 2 : 4;
  while (true) {
    const auto size = numbers.next(4);
    const std::string_view type = numbers.next_type();
    if (size == 1) numbers.skip(8);
    if (type == "uuid") numbers.skip(16);
    const auto from = numbers.next(id_bytes);
    const auto count = numbers.next(2);
    if (!from || !count) return;
    for (std::uint64_t i = 0; i < *count; ++i) {
      const auto to = numbers.next(id_bytes);
      if (!to) return;
      if (type == "dimg") needs.push_back({*from, *to});
      if (type == "auxl") needs.push_back({*to, *from});  // the mask comes with what it masks
    }
  }
}

// Takes away, again and again, what needs nothing more; what is left after kDepthMax times is deeper or goes in a circle.
bool is_too_deep(std::vector<Need> needs) {
  for (int depth = 0; depth < kDepthMax && !needs.empty(); ++depth) {
    std::unordered_set<std::uint64_t> needing;
    for (const Need& need : needs) needing.insert(need.from);
    std::erase_if(needs, [&](const Need& need) { return !needing.contains(need.to); });
  }
  return !needs.empty();
}

}  // namespace

HeifOutline outline_heif(BytesView file) {
  HeifOutline outline;
  std::vector<Need> needs;
  while (!file.empty()) {
    const auto box = next_box(file);
    if (!box) {
      outline.cut_off = file.size() < 8;
      break;
    }
    outline.cut_off = box->cut_off;
    if (box->type == "moov") outline.has_sequence = true;
    if (box->type != "meta") continue;
    BytesView children = box->content.subspan(std::min<std::size_t>(4, box->content.size()));  // behind version and flags
    while (const auto child = next_box(children))
      if (child->type == "iref") add_needs(child->content, needs);
  }
  outline.too_deep = is_too_deep(std::move(needs));
  return outline;
}

}  // namespace tutela::decode
