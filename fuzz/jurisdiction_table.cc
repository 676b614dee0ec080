#include "law/jurisdiction_table.h"

#include "base/bytes.h"
#include "base/check.h"

// A file that is taken has the properties that evaluation relies on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = tutela::law::parse_jurisdiction(tutela::as_text({data, size}));
  if (!parsed) return 0;
  TUTELA_CHECK(!parsed->illegal.empty());
  for (const auto& row : parsed->tell) TUTELA_CHECK(row.clock().count() > 0);
  for (const auto& row : parsed->illegal)
    TUTELA_CHECK(!row.source.quote.empty() && row.reference.starts_with(parsed->country.text()));
  return 0;
}
