#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "match/hamming_kernel.h"

// What others search 256-bit codes with, each behind the same question: every row within the distance, by ascending row.
namespace tutela::bench {

class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::vector<match::HammingHit> find(const match::Bits256& query, std::uint32_t distance_bits_max) const = 0;
};

// Multi-index hashing as in the book (Norouzi, Punjani, Fleet 2012): sixteen tables of 16 bits with the rows' numbers, every
// table asked with radius 1, rows met more than once remembered in a bit set, each compared. Distances up to 31.
std::unique_ptr<Peer> make_textbook_mih(std::span<const match::Bits256> codes);

// Debian's FAISS; null where the program was built without libfaiss-dev.
// IndexBinaryMultiHash(256, 16, 16) with nflip 1: the index of Hasher-Matcher-Actioner.
std::unique_ptr<Peer> make_faiss_multihash(std::span<const match::Bits256> codes);
// IndexBinaryFlat: a scan.
std::unique_ptr<Peer> make_faiss_flat(std::span<const match::Bits256> codes);

}  // namespace tutela::bench
