#include "base/check.h"
#include "http/head.h"

// A head that is taken has one framing, one host and no control character, and its end is found where it was parsed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto text = as_text({data, size});
  const auto end = http::find_head_end(text);
  if (!end || *end == 0) return 0;
  const auto head = http::parse_head(text.substr(0, *end));
  if (!head) return 0;
  TUTELA_CHECK(!(head->chunked && head->content_length));
  TUTELA_CHECK(!head->host.empty() && head->target.starts_with('/'));
  TUTELA_CHECK(head->headers.size() <= limits::kHeaderFieldsMax);
  for (const auto& [name, value] : head->headers) TUTELA_CHECK(value.find_first_of("\r\n") == std::string::npos);
  return 0;
}
