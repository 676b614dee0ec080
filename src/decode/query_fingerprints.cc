#include "decode/query_fingerprints.h"

#include <algorithm>

namespace tutela::decode {
namespace {

Fingerprint digest(Algorithm algorithm, BytesView value) {
  return Fingerprint::make(std::move(algorithm), Bytes(value.begin(), value.end())).value();
}

Fingerprint perceptual(Algorithm algorithm, const fingerprint::PdqHash& hash, int quality) {
  const auto value = hash.to_bytes();
  return Fingerprint::make(std::move(algorithm), Bytes(value.begin(), value.end()), quality).value();
}

// In the order of fingerprint::DihedralHashes, whose first is the picture as stored.
constexpr std::array<std::string_view, 8> kFormWords = {"as_stored", "rotate90", "rotate180",  "rotate270",
                                                        "flip_x",    "flip_y",   "flip_plus1", "flip_minus1"};

// PDQ's names of the forms turn the other way round than EXIF's numbers where they turn by a quarter.
std::string_view word_of(media::Orientation orientation) {
  using media::Orientation;
  switch (orientation) {
    case Orientation::top_left:
      return "as_stored";
    case Orientation::top_right:
      return "flip_y";
    case Orientation::bottom_right:
      return "rotate180";
    case Orientation::bottom_left:
      return "flip_x";
    case Orientation::left_top:
      return "flip_plus1";
    case Orientation::right_top:
      return "rotate270";
    case Orientation::right_bottom:
      return "flip_minus1";
    case Orientation::left_bottom:
      return "rotate90";
  }
  return "as_stored";
}

}  // namespace

std::vector<Fingerprint> digest_fingerprints(const crypto::Digests& digests) {
  return {digest(Algorithm::sha256(), digests.sha256), digest(Algorithm::sha1(), digests.sha1),
          digest(Algorithm::md5(), digests.md5)};
}

std::vector<Fingerprint> picture_fingerprints(const Decoded& decoded, const fingerprint::PdqConventions& conventions) {
  using fingerprint::PdqConvention;
  std::vector<Fingerprint> fingerprints;
  if (conventions.contains(PdqConvention::full))
    fingerprints.push_back(perceptual(Algorithm::pdq(), decoded.pdq.hash, decoded.pdq.quality));
  if (conventions.contains(PdqConvention::nearest512))
    fingerprints.push_back(perceptual(Algorithm::pdq_nearest512(), decoded.pdq_nearest512.hash, decoded.pdq_nearest512.quality));
  if (conventions.contains(PdqConvention::pytx))
    fingerprints.push_back(perceptual(Algorithm::pdq_pytx(), decoded.pdq_pytx.hash, decoded.pdq_pytx.quality));
  return fingerprints;
}

std::vector<QueryForm> turned_forms(const Decoded& decoded) {
  std::vector<QueryForm> forms;
  for (std::size_t form = 1; form < kFormWords.size(); ++form) {
    QueryForm turned{kFormWords[form], {}};
    if (decoded.pdq_dihedral)
      turned.fingerprints.push_back(perceptual(Algorithm::pdq(), (*decoded.pdq_dihedral)[form], decoded.pdq.quality));
    if (decoded.pdq_nearest512_dihedral)
      turned.fingerprints.push_back(
          perceptual(Algorithm::pdq_nearest512(), (*decoded.pdq_nearest512_dihedral)[form], decoded.pdq_nearest512.quality));
    if (!turned.fingerprints.empty()) forms.push_back(std::move(turned));
  }
  return forms;
}

std::optional<QueryForm> shown_form(const Decoded& decoded) {
  auto forms = turned_forms(decoded);
  const auto shown = std::ranges::find(forms, word_of(decoded.orientation), &QueryForm::word);
  if (shown == forms.end()) return std::nullopt;
  return std::move(*shown);
}

std::vector<QueryForm> query_forms(const Decoded& decoded, FormsAsked asked) {
  if (asked == FormsAsked::all) return turned_forms(decoded);
  std::vector<QueryForm> forms;
  if (auto shown = shown_form(decoded)) forms.push_back(*std::move(shown));
  return forms;
}

}  // namespace tutela::decode
