#include "bench/match_peers.h"

#ifdef TUTELA_BENCH_FAISS

#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>

#include <algorithm>

namespace tutela::bench {
namespace {

using match::Bits256;
using match::HammingHit;

const std::uint8_t* bytes_of(const Bits256* codes) { return reinterpret_cast<const std::uint8_t*>(codes); }

template <class Index>
class Faiss final : public Peer {
 public:
  Faiss(std::span<const Bits256> codes, std::unique_ptr<Index> index) : index_(std::move(index)) {
    omp_set_num_threads(1);
    index_->add(static_cast<faiss::Index::idx_t>(codes.size()), bytes_of(codes.data()));
  }

  std::vector<HammingHit> find(const Bits256& query, std::uint32_t distance_bits_max) const override {
    faiss::RangeSearchResult result(1);
    // Its radius is exclusive.
    index_->range_search(1, bytes_of(&query), static_cast<int>(distance_bits_max) + 1, &result);
    std::vector<HammingHit> hits;
    for (std::size_t hit = 0; hit < result.lims[1]; ++hit)
      hits.push_back({static_cast<std::uint32_t>(result.labels[hit]), static_cast<std::uint32_t>(result.distances[hit])});
    std::ranges::sort(hits, {}, &HammingHit::row);
    return hits;
  }

 private:
  std::unique_ptr<Index> index_;
};

}  // namespace

std::unique_ptr<Peer> make_faiss_multihash(std::span<const Bits256> codes) {
  auto index = std::make_unique<faiss::IndexBinaryMultiHash>(256, 16, 16);
  index->nflip = 1;
  return std::make_unique<Faiss<faiss::IndexBinaryMultiHash>>(codes, std::move(index));
}

std::unique_ptr<Peer> make_faiss_flat(std::span<const Bits256> codes) {
  return std::make_unique<Faiss<faiss::IndexBinaryFlat>>(codes, std::make_unique<faiss::IndexBinaryFlat>(256));
}

}  // namespace tutela::bench

#else

namespace tutela::bench {

std::unique_ptr<Peer> make_faiss_multihash(std::span<const match::Bits256>) { return nullptr; }
std::unique_ptr<Peer> make_faiss_flat(std::span<const match::Bits256>) { return nullptr; }

}  // namespace tutela::bench

#endif
