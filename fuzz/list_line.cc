#include "match/list_line.h"

#include "base/check.h"

// The first byte chooses the format, the rest up to a line end is CSV's header, what follows the line. What is read is written
// and read again unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutela;
  using namespace tutela::match;
  if (size == 0) return 0;
  const ListFormat format = kListFormats[data[0] % kListFormats.size()];
  auto parser = ListParser::open(format).value();
  std::string_view line = as_text({data + 1, size - 1});
  if (parser.needs_header()) {
    const std::size_t end = std::min(line.find('\n'), line.size());
    if (!parser.read_header(line.substr(0, end))) return 0;
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  const auto entry = parser.parse(line);
  if (!entry) return 0;
  TUTELA_CHECK(!entry->fingerprints.empty());
  for (const ListFormat again : {ListFormat::csv, ListFormat::json_lines}) {
    std::vector<Algorithm> algorithms;
    for (const auto& fingerprint : entry->fingerprints) algorithms.push_back(fingerprint.algorithm());
    const ListWriter writer(again, algorithms);
    auto reader = ListParser::open(again).value();
    if (reader.needs_header()) TUTELA_CHECK(reader.read_header(writer.header().substr(0, writer.header().size() - 1)));
    const std::string text = writer.line(*entry);
    if (text.size() > kListLineBytesMax) continue;
    const auto same = reader.parse(std::string_view(text).substr(0, text.size() - 1));
    TUTELA_CHECK(same && *same == *entry);
  }
  return 0;
}
