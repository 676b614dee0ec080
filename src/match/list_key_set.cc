#include "match/list_key_set.h"

#include <cstring>

namespace tutela::match {
namespace {
constexpr ListEntryKey kEmpty{};
constexpr std::size_t kSlotsMin = 1024;  // a power of two, as every size
}  // namespace

// Keys are digests: their first bytes are as good as any hash.
std::size_t ListKeySet::place_of(const ListEntryKey& key) const {
  std::uint64_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  std::size_t place = hash & (slots_.size() - 1);
  while (slots_[place] != kEmpty && slots_[place] != key) place = (place + 1) & (slots_.size() - 1);
  return place;
}

void ListKeySet::grow() {
  std::vector<ListEntryKey> old(slots_.empty() ? kSlotsMin : slots_.size() * 2, kEmpty);
  old.swap(slots_);
  for (const ListEntryKey& key : old)
    if (key != kEmpty) slots_[place_of(key)] = key;
}

bool ListKeySet::insert(const ListEntryKey& key) {
  if (key == kEmpty) {
    const bool is_new = !has_zero_;
    has_zero_ = true;
    size_ += is_new ? 1 : 0;
    return is_new;
  }
  if ((size_ + 1) * 3 > slots_.size() * 2) grow();
  ListEntryKey& slot = slots_[place_of(key)];
  if (slot == key) return false;
  slot = key;
  ++size_;
  return true;
}

bool ListKeySet::contains(const ListEntryKey& key) const {
  if (key == kEmpty) return has_zero_;
  return !slots_.empty() && slots_[place_of(key)] == key;
}

}  // namespace tutela::match
