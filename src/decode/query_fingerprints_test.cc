#include "decode/query_fingerprints.h"

#include <gtest/gtest.h>

#include <functional>

#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"

namespace tutela::decode {
namespace {

using fingerprint::DrawnPicture;
using media::Orientation;

constexpr std::uint32_t kSide = 256;

// The stored pixel (x, y) of a square picture is the shown pixel that `shown_of` names.
struct Place {
  std::uint32_t x, y;
};
Bytes stored_as(const Bytes& shown, const std::function<Place(Place)>& shown_of) {
  Bytes stored(shown.size());
  for (std::uint32_t y = 0; y < kSide; ++y)
    for (std::uint32_t x = 0; x < kSide; ++x) {
      const Place from = shown_of({x, y});
      for (std::size_t c = 0; c < 3; ++c)
        stored[3 * (std::size_t{y} * kSide + x) + c] = shown[3 * (std::size_t{from.y} * kSide + from.x) + c];
    }
  return stored;
}

// EXIF 2.32: the number says at which edges of the picture as shown the first stored row and column lie.
struct Turn {
  Orientation orientation;
  std::function<Place(Place)> shown_of;
};
const std::uint32_t kLast = kSide - 1;
const Turn kTurns[] = {
    {Orientation::top_right, [](Place p) { return Place{kLast - p.x, p.y}; }},
    {Orientation::bottom_right, [](Place p) { return Place{kLast - p.x, kLast - p.y}; }},
    {Orientation::bottom_left, [](Place p) { return Place{p.x, kLast - p.y}; }},
    {Orientation::left_top, [](Place p) { return Place{p.y, p.x}; }},
    {Orientation::right_top, [](Place p) { return Place{kLast - p.y, p.x}; }},
    {Orientation::right_bottom, [](Place p) { return Place{kLast - p.y, kLast - p.x}; }},
    {Orientation::left_bottom, [](Place p) { return Place{p.y, kLast - p.x}; }},
};

int distance_bits(const QueryForm& form, const fingerprint::PdqFingerprint& other) {
  std::array<std::uint8_t, 32> bytes{};
  std::ranges::copy(form.fingerprints.at(0).reveal_value(), bytes.begin());
  return hamming_distance_bits(fingerprint::PdqHash::from_bytes(bytes), other.hash);
}

TEST(ShownForm, IsThePictureThatAViewerShowsForEachOrientation) {
  const DrawnPicture shown({.seed = 41, .width = kSide, .height = kSide, .shapes = 9});
  const auto known = fingerprint::pdq(shown.view());
  for (const Turn& turn : kTurns) {
    SCOPED_TRACE(static_cast<int>(turn.orientation));
    const Bytes stored = stored_as(shown.rgb(), turn.shown_of);
    const media::RgbView view{stored, kSide, kSide, std::size_t{3} * kSide};
    Decoded decoded;
    decoded.orientation = turn.orientation;
    decoded.pdq = fingerprint::pdq(view);
    decoded.pdq_dihedral = fingerprint::pdq_dihedral(view);
    const auto form = shown_form(decoded);
    ASSERT_TRUE(form);
    ASSERT_EQ(form->fingerprints.size(), 1U);
    const int distance = distance_bits(*form, known);
    // PDQ's turned forms are near the turned picture, not equal to it; every other form is far away.
    EXPECT_LE(distance, 45) << form->word;
    EXPECT_GT(hamming_distance_bits(decoded.pdq.hash, known.hash), 80) << "as stored it is another picture";
    for (const QueryForm& other : turned_forms(decoded))
      if (other.word != form->word) {
        EXPECT_GT(distance_bits(other, known), 80) << other.word;
      }
  }
}

TEST(ShownForm, IsNothingOfItsOwnForAPictureThatIsStoredUpright) {
  const DrawnPicture picture({.seed = 41, .width = kSide, .height = kSide, .shapes = 9});
  Decoded decoded;
  decoded.pdq = fingerprint::pdq(picture.view());
  decoded.pdq_dihedral = fingerprint::pdq_dihedral(picture.view());
  EXPECT_FALSE(shown_form(decoded));
  decoded.orientation = Orientation::right_top;
  decoded.pdq_dihedral.reset();
  EXPECT_FALSE(shown_form(decoded)) << "nor where the forms were not asked for";
}

}  // namespace
}  // namespace tutela::decode
