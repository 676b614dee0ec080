#include "base/check.h"
#include "base/utf8.h"
#include "http/target.h"

// A decoded path has no way up, no empty segment and no control character, and encoding it again gives the same path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto target = http::parse_target(as_text({data, size}));
  if (!target) return 0;
  const auto path = "/" + target->path.substr(1) + "/";
  TUTELA_CHECK(target->path.starts_with('/') && is_plain_text(target->path));
  for (const auto* bad : {"/../", "/./"}) TUTELA_CHECK(path.find(bad) == std::string::npos);
  TUTELA_CHECK(target->path.find("//") == std::string::npos && target->path.find('\\') == std::string::npos);
  std::string encoded;
  for (const char c : target->path) encoded += c == '/' ? "/" : http::percent_encode({&c, 1});
  const auto again = http::parse_target(encoded);
  TUTELA_CHECK((again && again->path == target->path) || encoded.size() > 2048);
  return 0;
}
