#include "base/check.h"
#include "base/utf8.h"
#include "http/form.h"
#include "http/target.h"

// A form that is taken, encoded again, gives the same form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto form = http::parse_form_body({data, size});
  if (!form) return 0;
  std::string encoded;
  for (const auto& [name, value] : *form) {
    TUTELA_CHECK(is_utf8(as_bytes(value)) && value.find('\r') == std::string::npos);
    if (!encoded.empty()) encoded += '&';
    encoded += http::percent_encode(name) + "=" + http::percent_encode(value);
  }
  const auto again = http::parse_form_body(as_bytes(encoded));
  TUTELA_CHECK((again && *again == *form) || encoded.size() > limits::kFormBodyBytesMax);
  return 0;
}
