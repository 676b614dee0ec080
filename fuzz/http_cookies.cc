#include "base/bytes.h"
#include "base/check.h"
#include "http/cookies.h"

// A value that is found could be set again as it is: building a cookie from it would not be a bug.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  const auto found = http::find_cookie(as_text({data, size}), "session");
  if (!found) return 0;
  const auto built = http::build_cookie("session", *found, std::nullopt, http::CookieSecure::yes);
  TUTELA_CHECK(http::find_cookie(built.substr(0, built.find(';')), "session") == found);
  return 0;
}
