#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "filing/referral_message.h"
#include "media/capture_facts.h"

// Capture facts as they are sealed with an item: JSON of this node's own making.
namespace tutela::line {

std::string encode_capture(const media::CaptureFacts& facts);
// corrupt, "item.bad_capture".
Result<media::CaptureFacts> parse_capture(std::string_view text);
filing::CaptureFacts filed_capture(const media::CaptureFacts& facts);

}  // namespace tutela::line
