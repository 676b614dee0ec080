#include <algorithm>

#include "bench/match_peers.h"
#include "match/near_table.h"

namespace tutela::bench {
namespace {

using match::Bits256;
using match::HammingHit;

class TextbookMih final : public Peer {
 public:
  explicit TextbookMih(std::span<const Bits256> codes) : codes_(codes.begin(), codes.end()), seen_((codes.size() + 63) / 64) {
    for (std::size_t word = 0; word < match::kWordsPerCode; ++word) {
      Table& table = tables_[word];
      table.begins.assign(65'537, 0);
      for (const Bits256& code : codes_) ++table.begins[match::word_of(code, word) + std::size_t{1}];
      for (std::size_t bucket = 0; bucket < 65'536; ++bucket) table.begins[bucket + 1] += table.begins[bucket];
      std::vector<std::uint32_t> next(table.begins.begin(), table.begins.end() - 1);
      table.rows.resize(codes_.size());
      for (std::uint32_t row = 0; row < codes_.size(); ++row) table.rows[next[match::word_of(codes_[row], word)]++] = row;
    }
  }

  std::vector<HammingHit> find(const Bits256& query, std::uint32_t distance_bits_max) const override {
    std::vector<HammingHit> hits;
    std::vector<std::uint32_t> met;
    for (std::size_t word = 0; word < match::kWordsPerCode; ++word) {
      const std::uint16_t value = match::word_of(query, word);
      look(tables_[word], value, query, distance_bits_max, hits, met);
      for (unsigned bit = 0; bit < 16; ++bit)
        look(tables_[word], static_cast<std::uint16_t>(value ^ 1U << bit), query, distance_bits_max, hits, met);
    }
    for (const std::uint32_t row : met) seen_[row / 64] = 0;
    std::ranges::sort(hits, {}, &HammingHit::row);
    return hits;
  }

 private:
  struct Table {
    std::vector<std::uint32_t> begins;
    std::vector<std::uint32_t> rows;
  };

  void look(const Table& table, std::uint16_t bucket, const Bits256& query, std::uint32_t distance_bits_max,
            std::vector<HammingHit>& hits, std::vector<std::uint32_t>& met) const {
    for (std::uint32_t place = table.begins[bucket]; place < table.begins[std::size_t{bucket} + 1]; ++place) {
      const std::uint32_t row = table.rows[place];
      if ((seen_[row / 64] >> (row % 64) & 1U) != 0) continue;
      seen_[row / 64] |= std::uint64_t{1} << (row % 64);
      met.push_back(row);
      const std::uint32_t distance = match::best_hamming_kernel().distance(codes_[row], query);
      if (distance <= distance_bits_max) hits.push_back({row, distance});
    }
  }

  std::vector<Bits256> codes_;
  std::array<Table, match::kWordsPerCode> tables_;
  mutable std::vector<std::uint64_t> seen_;
};

}  // namespace

std::unique_ptr<Peer> make_textbook_mih(std::span<const Bits256> codes) { return std::make_unique<TextbookMih>(codes); }

}  // namespace tutela::bench
