#include <nlohmann/json.hpp>

#include "base/check.h"
#include "http/json_body.h"

// Whatever we take the library takes too, as the same value, and it survives being written and read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const BytesView text(data, size);
  const auto value = http::parse_json(text, limits::kJsonBodyBytesMax);
  if (!value) return 0;
  TUTELA_CHECK(*value == nlohmann::json::parse(text.begin(), text.end()));
  TUTELA_CHECK(http::parse_json(as_bytes(value->dump()), 16 * limits::kJsonBodyBytesMax) == *value);
  if (value->is_object()) {
    (void)http::required_text(*value, "a", 10);
    (void)http::optional_integer(*value, "a", {.min = 0, .max = 10});
    (void)http::optional_texts(*value, "a", 3, 10);
    (void)http::require_only(*value, {"a"});
  }
  return 0;
}
