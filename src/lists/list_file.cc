#include "lists/list_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tutela::lists {
namespace {
constexpr std::size_t kDigestReadBytes = std::size_t{1} << 20;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<File> open_list(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return errno == ENOENT ? fail(ErrorCode::not_found, "list.no_such_file") : fail(ErrorCode::denied, "list.cannot_open");
  File file(descriptor);
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) return fail(ErrorCode::invalid, "list.not_a_file");
  return file;
}

Result<match::ListFormat> format_of(const std::filesystem::path& path) {
  const auto ending = path.extension();
  if (ending == ".csv") return match::ListFormat::csv;
  if (ending == ".jsonl" || ending == ".ndjson") return match::ListFormat::json_lines;
  if (ending == ".txt") return match::ListFormat::text;
  return fail(ErrorCode::invalid, "list.unknown_format");
}

Result<crypto::Sha256> digest_of(const File& file) {
  crypto::Sha256Stream digest;
  Bytes piece(kDigestReadBytes);
  for (off_t position = 0;;) {
    const ssize_t count = ::pread(file.get(), piece.data(), piece.size(), position);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::unavailable, "list.cannot_read");
    if (count == 0) return digest.finish();
    digest.add(BytesView(piece).first(static_cast<std::size_t>(count)));
    position += count;
  }
}

EntryId entry_of_number(std::uint64_t number) {
  Bytes id;
  append_u64(id, 0);
  append_u64(id, number);
  return EntryId::from_bytes(id).value();
}

std::uint64_t entry_number(const EntryId& entry) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : entry.bytes().last(8)) number = number << 8 | byte;
  return number;
}

Result<ListIndex> load_list(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max) {
  TUTELA_ASSIGN(const auto file, open_list(path));
  TUTELA_ASSIGN(const auto digest, digest_of(file));
  TUTELA_ASSIGN(auto parser, match::ListParser::open(format));
  match::BankSnapshot bank{.id = BankId::from_bytes(Bytes(16, 0)).value(),
                           .name = path.filename().string(),
                           .distance_bits_max = distance_bits_max,
                           .entries = {}};
  std::vector<std::string> names;
  std::size_t refused = 0;
  LineReader reader(file.get(), {});
  for (bool needs_header = parser.needs_header();;) {
    TUTELA_ASSIGN(const auto line, reader.next());
    if (!line) break;
    if (needs_header) {
      TUTELA_TRY(parser.read_header(line->text));
      needs_header = false;
      continue;
    }
    auto entry = parser.parse(line->text);
    if (!entry || line->is_cut) {
      ++refused;
      continue;
    }
    bank.entries.push_back({.id = entry_of_number(names.size()),
                            .status = entry->status,
                            .act = entry->act.value_or(Act::indicative),
                            .age_band = entry->age_band.value_or(AgeBand::unknown),
                            .fingerprints = std::move(entry->fingerprints)});
    names.push_back(entry->reference.empty() ? "line " + std::to_string(line->number) : std::move(entry->reference));
  }
  TUTELA_ASSIGN(auto index, match::MatchIndex::build({&bank, 1}));
  return ListIndex{std::move(index), std::move(names), refused, digest};
}

}  // namespace tutela::lists
