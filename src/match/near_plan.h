#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

// Where to look for everything within a distance: the arithmetic of the near index, without its memory.
//
// A code is cut into words that are looked up in one table each. Table t is asked for words that differ in at most r(t) bits;
// with
//
//     sum over t of (r(t) + 1)  =  distance + 1
//
// no code within the distance escapes all tables: one that did would differ in at least r(t) + 1 bits of every word, too many
// together (Norouzi, Punjani, Fleet 2012, with radii of their own for every word). r(t) = -1 leaves a table out.
//
// The same sum says more. Walk the tables as a ring and add up differing(t) - (r(t) + 1): all the way around the sum is below
// zero, so it stays below zero all the way from some table on (Qin, Xiao 2018, "Pigeonring"). For that table t and the next one
// u,
//
//     differing(t) <= r(t)   and   differing(t) + differing(u) <= r(t) + r(u) + 1
//
// which is why a table keeps the word of the next one beside each row: nearly every row that shares a bucket fails this at once.
namespace tutela::match {

inline constexpr std::size_t kTablesPerSegment = 16;
inline constexpr int kRadiusMax = 3;

// What the lookup of one more differing bit would cost in one table, for radius 0 to kRadiusMax; any unit. What radius r costs in
// all is the sum of the first r + 1.
using RadiusCosts = std::array<std::uint64_t, kRadiusMax + 1>;
using Radii = std::array<int, kTablesPerSegment>;

// Radii from -1 to kRadiusMax with the sum above, cheapest first: each step widens the table where that costs least. At most
// distance 63 (all tables at kRadiusMax). Cost: distance x tables steps.
Radii choose_radii(const std::array<RadiusCosts, kTablesPerSegment>& costs, std::uint32_t distance_bits_max);

// In how many bits the word beside may differ, in table t, when its own word differs in `differing_bits` <= r(t).
inline unsigned beside_bits_max(const Radii& radii, std::size_t table, int differing_bits) {
  return static_cast<unsigned>(radii[table] + radii[(table + 1) % kTablesPerSegment] + 1 - differing_bits);
}

// All 16-bit masks with at most kRadiusMax bits, fewest bits first: 1, 16, 120, 560 of them.
std::span<const std::uint16_t> masks_of(int bits);

}  // namespace tutela::match
