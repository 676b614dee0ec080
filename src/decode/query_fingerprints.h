#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "crypto/digest.h"
#include "decode/decoder.h"
#include "model/fingerprint.h"

// What a file is compared by, from its bytes and from what the decoder said.
namespace tutela::decode {

std::vector<Fingerprint> digest_fingerprints(const crypto::Digests& digests);

// Of the conventions that were asked for.
std::vector<Fingerprint> picture_fingerprints(const Decoded& decoded, const fingerprint::PdqConventions& conventions);

// A picture turned or flipped, as a question.
struct QueryForm {
  std::string_view word;  // "rotate90", "rotate180", "rotate270", "flip_x", "flip_y", "flip_plus1", "flip_minus1"
  std::vector<Fingerprint> fingerprints;
};
// The seven forms besides the picture as stored; none where the decoder was not asked for them.
std::vector<QueryForm> turned_forms(const Decoded& decoded);
// Of those the one that a viewer shows, where EXIF says that the picture is stored turned.
std::optional<QueryForm> shown_form(const Decoded& decoded);

// Which forms are asked besides the picture as stored: the one that a viewer shows, or all seven.
enum class FormsAsked : std::uint8_t { shown, all };
std::vector<QueryForm> query_forms(const Decoded& decoded, FormsAsked asked);

}  // namespace tutela::decode
