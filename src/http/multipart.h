#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sensitive.h"
#include "http/http.h"

namespace tutela::http {

struct Part {
  std::string name;
  std::optional<Sensitive<std::string>> file_name;  // as the sender wrote it: never a path of ours
  std::string content_type;                         // lower case, as claimed; "text/plain" if absent
  BytesView data;                                   // into the body that was parsed
};

// Reads a complete multipart/form-data body. Strict where RFC 7578 leaves room: no text before the first or after the last
// boundary, no nested multipart, no other fields than Content-Disposition and Content-Type, no escapes and no filename*, no
// repeated name but `repeated`, whose parts keep their order.
//
// content_type  the request's Content-Type field, with the boundary
// invalid       "multipart.content_type", "multipart.malformed", "multipart.part_header", "multipart.name_repeated"
// limit         "multipart.too_many_parts", "multipart.part_header_too_large"
// Cost          one pass; the parts point into `body`, nothing is copied
Result<std::vector<Part>> parse_multipart(std::string_view content_type, BytesView body, std::string_view repeated = {});

// The first of that name; null if there is none.
const Part* find_part(const std::vector<Part>& parts, std::string_view name);

}  // namespace tutela::http
