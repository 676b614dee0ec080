#include "base/check.h"
#include "base/limits.h"
#include "http/multipart.h"

// Every part lies inside the body, and no part's data holds the boundary. The first line of the input is the content type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const BytesView input(data, size);
  const auto text = as_text(input);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const auto body = input.subspan(line_end + 1);
  const auto type = text.substr(0, line_end);
  // Who allows one name to come again gets the same parts of a body that repeats nothing.
  const auto several = http::parse_multipart(type, body, "media");
  const auto parts = http::parse_multipart(type, body);
  TUTELA_CHECK(!parts || (several && several->size() == parts->size()));
  TUTELA_CHECK(!several || several->size() <= limits::kMultipartPartsMax);
  if (!parts) return 0;
  TUTELA_CHECK(!parts->empty() && parts->size() <= limits::kMultipartPartsMax);
  const auto boundary = as_text(body).substr(0, as_text(body).find("\r\n"));
  for (const auto& part : *parts) {
    TUTELA_CHECK(part.data.data() >= body.data() && part.data.data() + part.data.size() <= body.data() + body.size());
    TUTELA_CHECK(as_text(part.data).find("\r\n" + std::string(boundary)) == std::string_view::npos);
    TUTELA_CHECK(http::find_part(*parts, part.name) == &part);
  }
  return 0;
}
