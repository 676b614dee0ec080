#include "lists/list_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "match_engine/table_state.h"

namespace tutela::lists {
namespace {
constexpr std::size_t kDigestReadBytes = std::size_t{1} << 20;
constexpr std::size_t kThreads = 2;
}  // namespace

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

FileState state_of(const File& file) {
  struct stat facts{};
  ::fstat(file.get(), &facts);
  return {facts.st_size, facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec};
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

Result<ListIndex> ListIndex::load(const std::filesystem::path& path, match::ListFormat format, int distance_bits_max) {
  if (distance_bits_max < 0 || distance_bits_max > 256) return fail(ErrorCode::invalid, "match.distance_out_of_range");
  TUTELA_ASSIGN(const auto file, open_list(path));
  ListIndex list;
  TUTELA_ASSIGN(list.digest_, digest_of(file));
  TUTELA_ASSIGN(auto parser, match::ListParser::open(format));
  const BankId bank = BankId::from_bytes(Bytes(16, 0)).value();
  match_engine::TableState state;
  TUTELA_TRY(state.append_bank({bank, match::BankPurpose::match, distance_bits_max}));
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
      ++list.refused_;
      continue;
    }
    list.not_compared_.add_entry(entry->fingerprints);
    TUTELA_TRY(state.apply_new({bank,
                                {.id = entry_of_number(list.names_.size()),
                                 .status = entry->status,
                                 .act = entry->act.value_or(Act::indicative),
                                 .age_band = entry->age_band.value_or(AgeBand::unknown),
                                 .fingerprints = std::move(entry->fingerprints)},
                                {}}));
    list.names_.push_back(entry->reference.empty() ? "line " + std::to_string(line->number) : std::move(entry->reference));
  }
  state.index_all(kThreads);
  list.generation_ = state.make_generation(1);
  return list;
}

match::MatchAnswer ListIndex::find(std::span<const Fingerprint> questions) const {
  match::MatchAnswer answer;
  const auto all = match_engine::BankChoice::all();
  std::vector<match_engine::WideScan> scans;
  for (const Fingerprint& question : questions) {
    generation_->find(question, all, answer.matches);
    generation_->list_wide_scans(question, all, scans);
  }
  for (const auto& scan : scans) generation_->scan(scan, answer.matches);
  match::sort_matches(answer.matches);
  return answer;
}

bool ListIndex::has(const Algorithm& algorithm) const {
  const auto is_of = [&](const auto& part) { return part.algorithm == algorithm; };
  return std::ranges::any_of(generation_->near, is_of) || std::ranges::any_of(generation_->wide, is_of) ||
         std::ranges::any_of(generation_->exact, is_of);
}

const std::string& ListIndex::name_of(const EntryId& entry) const {
  return names_.at(static_cast<std::size_t>(entry_number(entry)));
}

}  // namespace tutela::lists
