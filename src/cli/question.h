#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/fingerprint.h"

namespace tutela::cli {

// What somebody writes on the command line for a fingerprint: "pdq:<hex>", "pdq:<hex>:<quality>", or the hexadecimal value alone
// where its length names what it could be: 32 md5; 40 sha1; 64 sha256 and every PDQ convention; 128 sha512; 192 or 288 photodna.
// invalid, "question.unclear" (no such length), and those of match::parse_list_value().
Result<std::vector<Fingerprint>> parse_question(std::string_view text);

}  // namespace tutela::cli
