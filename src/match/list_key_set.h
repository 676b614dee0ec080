#pragma once

#include <cstdint>
#include <vector>

#include "match/list_entry.h"

namespace tutela::match {

// Which entries a bank holds, by their keys: 16 bytes a slot, at most two thirds full, so 10^7 entries take 268 MB at most.
class ListKeySet {
 public:
  // False when it was there before.
  bool insert(const ListEntryKey& key);
  bool contains(const ListEntryKey& key) const;
  std::size_t size() const { return size_; }

 private:
  std::size_t place_of(const ListEntryKey& key) const;
  void grow();

  std::vector<ListEntryKey> slots_;
  std::size_t size_ = 0;
  bool has_zero_ = false;  // the key that stands for an empty slot
};

}  // namespace tutela::match
