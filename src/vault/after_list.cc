#include "vault/after_list.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "vault/durable_file.h"

namespace tutela::vault {
namespace {

constexpr std::string_view kVersion = "tutela-after-v1";
constexpr std::size_t kFields = 10;

// Lines that speak of the list itself.
constexpr std::string_view kOpened = "opened";           // the first; subject "key", id the key that signs it
constexpr std::string_view kKeyChanged = "key_changed";  // by the old key; subject "key", id the new one
constexpr std::string_view kKeyTaken = "key_taken";      // the next line, by the new key: it commits to all before
constexpr std::string_view kKeyType = "key";

struct KindWord {
  AfterKind kind;
  std::string_view word;
};
constexpr std::array kKindWords{KindWord{AfterKind::tombstone, "tombstone"}, KindWord{AfterKind::withdrawal, "withdrawal"},
                                KindWord{AfterKind::hold_set, "hold_set"}, KindWord{AfterKind::hold_lifted, "hold_lifted"}};

std::optional<AfterKind> find_kind(std::string_view word) {
  for (const auto& known : kKindWords)
    if (known.word == word) return known.kind;
  return std::nullopt;
}

bool is_type(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

struct Line {
  std::uint64_t number = 1;
  std::string time;
  std::string kind;
  AfterSubject subject;
  AfterSubject about;
  crypto::Signature signature{};
};

// Everything that is signed: the line up to its signature.
std::string signed_part(const Line& line, const crypto::Sha256& previous) {
  return fmt::format("{} {} {} {} {} {} {} {} {}", kVersion, line.number, line.time, line.kind, line.subject.type,
                     line.subject.id, line.about.type, line.about.id, encode_hex(previous));
}

// What a reader knows after some lines; what a writer needs to add one.
struct Chain {
  std::uint64_t lines = 0;
  crypto::Sha256 head{};
  crypto::PublicKey key{};     // signs the next line
  bool must_be_taken = false;  // the line before named this key
};

std::string next_line(Chain& chain, const crypto::KeyPair& key, std::string_view kind, Time at, const AfterSubject& subject,
                      const AfterSubject& about) {
  TUTELA_CHECK(is_type(subject.type) && is_id(subject.id) && is_type(about.type) && is_id(about.id));
  auto text = signed_part({chain.lines + 1, to_rfc3339(at), std::string(kind), subject, about, {}}, chain.head);
  text += ' ';
  text += encode_base64(key.sign(as_bytes(std::string_view(text).substr(0, text.size() - 1))));
  TUTELA_CHECK(text.size() <= kAfterLineBytesMax);
  chain.lines += 1;
  chain.head = crypto::sha256(as_bytes(text));
  text += '\n';
  return text;
}

AfterSubject subject_of(const crypto::PublicKey& key) { return {std::string(kKeyType), encode_hex(key)}; }

// The key that a line about keys names.
Result<crypto::PublicKey> key_of(const Line& line, const std::string& place) {
  const auto bytes = decode_hex(line.subject.id);
  crypto::PublicKey key;
  if (line.subject.type != kKeyType || !(line.about == line.subject) || !bytes || bytes->size() != key.size())
    return fail(ErrorCode::corrupt, "after_list.malformed", place);
  std::ranges::copy(*bytes, key.begin());
  return key;
}

// Exactly what next_line() makes, but for the signature, of which only the form is checked: no other byte of a line is free.
Result<Line> parse_line(std::string_view text, const Chain& chain, const std::string& place) {
  const auto malformed = [&] { return fail(ErrorCode::corrupt, "after_list.malformed", place); };
  if (text.size() > kAfterLineBytesMax) return malformed();
  std::array<std::string_view, kFields> field;
  std::string_view rest = text;
  for (std::size_t at = 0; at + 1 < kFields; ++at) {
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) return malformed();
    field[at] = rest.substr(0, space);
    rest.remove_prefix(space + 1);
  }
  field[kFields - 1] = rest;
  Line line{chain.lines + 1,
            std::string(field[2]),
            std::string(field[3]),
            {std::string(field[4]), std::string(field[5])},
            {std::string(field[6]), std::string(field[7])},
            {}};
  const auto at = parse_rfc3339(line.time);
  if (field[0] != kVersion || !at || to_rfc3339(*at) != line.time || !is_type(line.kind) || !is_type(line.subject.type) ||
      !is_id(line.subject.id) || !is_type(line.about.type) || !is_id(line.about.id))
    return malformed();
  const auto blob = decode_base64(field[9]);
  if (!blob || blob->size() != line.signature.size()) return malformed();
  std::ranges::copy(*blob, line.signature.begin());
  if (text.substr(0, text.size() - field[9].size() - 1) != signed_part(line, chain.head))
    return fail(ErrorCode::corrupt, "after_list.broken_chain", place);
  return line;
}

Result<> check_signature(std::string_view text, const Line& line, const crypto::PublicKey& key, const std::string& place) {
  if (!crypto::verify_signature(key, as_bytes(text.substr(0, text.rfind(' '))), line.signature))
    return fail(ErrorCode::corrupt, "after_list.bad_signature", place);
  return {};
}

// The line's own key in the first line; the rest follows from it.
Result<crypto::PublicKey> first_key(std::string_view text, const std::string& place) {
  std::size_t start = 0;
  for (int skipped = 0; skipped < 5; ++skipped) {
    start = text.find(' ', start);
    if (start == std::string_view::npos) return fail(ErrorCode::corrupt, "after_list.malformed", place);
    ++start;
  }
  const auto id = std::string(text.substr(start, text.find(' ', start) - start));
  const AfterSubject subject{std::string(kKeyType), id};
  return key_of({1, {}, std::string(kOpened), subject, subject, {}}, place);
}

// A key's last line commits to all that it signed, so that the signatures before it need not be looked at.
Result<> take_line(std::string_view text, bool is_last, Chain& chain, std::vector<AfterEntry>& entries) {
  const auto place = fmt::format("line {}", chain.lines + 1);
  if (chain.lines == 0) {
    TUTELA_ASSIGN(chain.key, first_key(text, place));
  }
  TUTELA_ASSIGN(const auto line, parse_line(text, chain, place));
  if (is_last || line.kind == kKeyChanged) TUTELA_TRY(check_signature(text, line, chain.key, place));
  const bool opens = line.kind == kOpened;
  const bool takes = line.kind == kKeyTaken;
  if (opens != (chain.lines == 0) || takes != chain.must_be_taken) return fail(ErrorCode::corrupt, "after_list.malformed", place);
  chain.lines += 1;
  chain.head = crypto::sha256(as_bytes(text));
  chain.must_be_taken = false;
  if (opens || takes) {
    TUTELA_ASSIGN(const auto key, key_of(line, place));
    if (key != chain.key) return fail(ErrorCode::corrupt, "after_list.malformed", place);
    return {};
  }
  if (line.kind == kKeyChanged) {
    TUTELA_ASSIGN(chain.key, key_of(line, place));
    chain.must_be_taken = true;
    return {};
  }
  const auto kind = find_kind(line.kind);
  if (!kind) return fail(ErrorCode::corrupt, "after_list.malformed", place);
  entries.push_back({*kind, line.subject, line.about, parse_rfc3339(line.time).value()});
  return {};
}

std::unexpected<Error> failed(int code) {
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) return fail(ErrorCode::limit, "vault.disk_full");
  const char* name = ::strerrorname_np(code);
  return fail(ErrorCode::unavailable, "vault.io", name == nullptr ? "errno" : name);
}

// Where the chain stands behind a line that `key` signed. What is before it is the readers' to check: a writer that did so would
// take longer with every line.
Result<Chain> chain_behind(std::string_view text, const crypto::PublicKey& key) {
  const auto malformed = [] { return fail(ErrorCode::corrupt, "after_list.malformed", "last line"); };
  std::array<std::string_view, kFields> field;
  for (std::size_t at = 0, start = 0; at < kFields; ++at) {
    const auto end = std::min(text.find(' ', start), text.size());
    if (start > text.size()) return malformed();
    field[at] = text.substr(start, end - start);
    start = end + 1;
  }
  Chain chain{.lines = 0, .head = {}, .key = key, .must_be_taken = false};
  const auto parsed = std::from_chars(field[1].data(), field[1].data() + field[1].size(), chain.lines);
  const auto previous = decode_hex(field[8]);
  if (parsed.ec != std::errc() || chain.lines == 0 || !previous || previous->size() != chain.head.size()) return malformed();
  --chain.lines;
  std::ranges::copy(*previous, chain.head.begin());
  TUTELA_ASSIGN(const auto line, parse_line(text, chain, "last line"));
  if (!check_signature(text, line, key, "last line")) return fail(ErrorCode::corrupt, "after_list.wrong_key");
  ++chain.lines;
  chain.head = crypto::sha256(as_bytes(text));
  return chain;
}

Result<std::string> read_at(int descriptor, std::size_t begin, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t done = 0; done < text.size();) {
    const auto got = ::pread(descriptor, text.data() + done, text.size() - done, static_cast<off_t>(begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) return fail(ErrorCode::corrupt, "after_list.cut");
    done += static_cast<std::size_t>(got);
  }
  return text;
}

struct Tail {
  std::size_t whole_bytes;  // up to the end of the last whole line
  std::string last_line;    // without its line feed
};
Result<Tail> read_tail(int descriptor) {
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0) return failed(errno);
  const auto size = static_cast<std::size_t>(facts.st_size);
  const std::size_t begin = size - std::min(size, 3 * kAfterLineBytesMax);
  TUTELA_ASSIGN(auto text, read_at(descriptor, begin, size - begin));
  const auto end = text.rfind('\n');
  if (end == std::string::npos) return fail(ErrorCode::corrupt, "after_list.cut");
  text.resize(end);
  const auto start = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  return Tail{begin + end + 1, text.substr(start)};
}

// Writes `added` behind the last whole line.
Result<> write_behind(int descriptor, std::size_t whole, std::string_view added) {
  if (added.empty()) return {};
  if (whole + added.size() > kAfterListBytesMax) return fail(ErrorCode::limit, "after_list.too_large");
  if (::ftruncate(descriptor, static_cast<off_t>(whole)) != 0) return failed(errno);
  for (std::size_t done = 0; done < added.size();) {
    const auto written = ::pwrite(descriptor, added.data() + done, added.size() - done, static_cast<off_t>(whole + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int code = errno;
      // What was not acknowledged goes again; if even that fails, the next writer drops it.
      if (::ftruncate(descriptor, static_cast<off_t>(whole)) != 0) return failed(errno);
      return failed(code);
    }
    done += static_cast<std::size_t>(written);
  }
  if (::fsync(descriptor) != 0) return failed(errno);
  return {};
}

// What a line says of an entry.
std::string said_of(const AfterEntry& entry) {
  return fmt::format("{} {} {} {} {} {}", to_rfc3339(entry.at), to_word(entry.kind), entry.subject.type, entry.subject.id,
                     entry.about.type, entry.about.id);
}

// The same part of a line as it stands.
std::string_view said_in(std::string_view line) {
  std::size_t begin = 0;
  for (int field = 0; field < 2; ++field) begin = line.find(' ', begin) + 1;
  auto end = begin;
  for (int field = 0; field < 6; ++field) end = line.find(' ', end + 1);
  return line.substr(begin, end - begin);
}

// How many of the first entries are the last lines of the list.
Result<std::size_t> entries_at_end(int descriptor, std::size_t whole, std::span<const AfterEntry> entries) {
  const auto bytes = std::min(whole, entries.size() * kAfterLineBytesMax);
  TUTELA_ASSIGN(const auto text, read_at(descriptor, whole - bytes, bytes));
  std::vector<std::string_view> lines;
  for (std::string_view rest = text; rest.find('\n') != std::string_view::npos; rest.remove_prefix(rest.find('\n') + 1))
    lines.push_back(said_in(rest.substr(0, rest.find('\n'))));
  const auto known = [&](std::size_t count) {
    return std::ranges::equal(entries.first(count), std::span(lines).last(count), {}, said_of);
  };
  for (std::size_t count = std::min(entries.size(), lines.size()); count > 0; --count)
    if (lines.back() == said_of(entries[count - 1]) && known(count)) return count;
  return 0;
}

}  // namespace

Result<AfterKind> parse_after_kind(std::string_view word) {
  const auto kind = find_kind(word);
  if (!kind) return fail(ErrorCode::corrupt, "after_list.unknown_kind");
  return *kind;
}

std::string_view to_word(AfterKind kind) { return kKindWords[static_cast<std::size_t>(kind)].word; }

Result<AfterListContent> parse_after_list(std::string_view text, const crypto::PublicKey& key, ListEnd end) {
  if (text.size() > kAfterListBytesMax) return fail(ErrorCode::limit, "after_list.too_large");
  if (end == ListEnd::as_a_crash_left) text = text.substr(0, text.rfind('\n') + 1);
  if (!text.ends_with('\n')) return fail(ErrorCode::corrupt, "after_list.cut");
  Chain chain;
  Chain before;
  std::vector<AfterEntry> entries;
  bool is_ours = false;
  while (!text.empty()) {
    before = chain;
    const auto length = text.find('\n');
    TUTELA_TRY(take_line(text.substr(0, length), length + 1 == text.size(), chain, entries));
    is_ours = is_ours || (chain.key == key && !chain.must_be_taken);
    text.remove_prefix(length + 1);
  }
  if (chain.must_be_taken && end == ListEnd::whole) return fail(ErrorCode::corrupt, "after_list.cut");
  if (chain.must_be_taken) chain = before;
  if (!is_ours) return fail(ErrorCode::corrupt, "after_list.wrong_key");
  return AfterListContent{std::move(entries), chain.lines, chain.head, chain.key};
}

Result<std::string> read_after_list_text(const std::filesystem::path& path) {
  auto bytes = read_file(path, kAfterListBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return fail(ErrorCode::not_found, "after_list.missing");
  if (!bytes && bytes.error().code == ErrorCode::limit) return fail(ErrorCode::limit, "after_list.too_large");
  if (!bytes) return std::unexpected(bytes.error());
  return std::string(as_text(*bytes));
}

Result<AfterListContent> read_after_list(const std::filesystem::path& path, const crypto::PublicKey& key, ListEnd end) {
  TUTELA_ASSIGN(const auto text, read_after_list_text(path));
  return parse_after_list(text, key, end);
}

Result<std::vector<AfterEntry>> read_list(const std::filesystem::path& path, const crypto::PublicKey& key) {
  TUTELA_ASSIGN(auto content, read_after_list(path, key));
  return std::move(content.entries);
}

Result<> create_after_list(const std::filesystem::path& path, const crypto::KeyPair& key, Time now) {
  Chain chain{0, {}, key.public_key(), false};
  const auto subject = subject_of(key.public_key());
  const auto written = write_durably(path, as_bytes(next_line(chain, key, kOpened, now, subject, subject)), IfExists::keep);
  if (written || written.error().code != ErrorCode::conflict) return written;
  const auto existing = read_after_list(path, key.public_key());
  if (!existing && existing.error().reason == Reason("after_list.wrong_key"))
    return fail(ErrorCode::conflict, "after_list.of_another_node");
  if (!existing) return std::unexpected(existing.error());
  return {};
}

Result<AfterListWriter> AfterListWriter::open(const std::filesystem::path& path) {
  AfterListWriter writer(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (writer.descriptor_ < 0 && errno == ENOENT) return fail(ErrorCode::not_found, "after_list.missing");
  if (writer.descriptor_ < 0) return failed(errno);
  while (::flock(writer.descriptor_, LOCK_EX) != 0)
    if (errno != EINTR) return failed(errno);
  return writer;
}

AfterListWriter::AfterListWriter(AfterListWriter&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

AfterListWriter::~AfterListWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> AfterListWriter::append(const crypto::KeyPair& key, std::span<const AfterEntry> entries) {
  if (entries.empty()) return {};
  TUTELA_ASSIGN(const auto tail, read_tail(descriptor_));
  TUTELA_ASSIGN(auto chain, chain_behind(tail.last_line, key.public_key()));
  TUTELA_ASSIGN(const auto known, entries_at_end(descriptor_, tail.whole_bytes, entries));
  std::string added;
  for (const auto& entry : entries.subspan(known))
    added += next_line(chain, key, to_word(entry.kind), entry.at, entry.subject, entry.about);
  return write_behind(descriptor_, tail.whole_bytes, added);
}

Result<> AfterListWriter::hand_over(const crypto::KeyPair& from, const crypto::KeyPair& to, Time now) {
  TUTELA_ASSIGN(const auto tail, read_tail(descriptor_));
  if (chain_behind(tail.last_line, to.public_key())) return {};
  TUTELA_ASSIGN(auto chain, chain_behind(tail.last_line, from.public_key()));
  const auto subject = subject_of(to.public_key());
  // Its own first line may have reached the disk without the second.
  const bool is_named = tail.last_line.find(fmt::format(" {} {} {} ", kKeyChanged, kKeyType, subject.id)) != std::string::npos;
  const auto changed = is_named ? std::string() : next_line(chain, from, kKeyChanged, now, subject, subject);
  return write_behind(descriptor_, tail.whole_bytes, changed + next_line(chain, to, kKeyTaken, now, subject, subject));
}

Result<> append_to_after_list(const std::filesystem::path& path, const crypto::KeyPair& key,
                              std::span<const AfterEntry> entries) {
  TUTELA_ASSIGN(auto writer, AfterListWriter::open(path));
  return writer.append(key, entries);
}

Result<> hand_over_after_list(const std::filesystem::path& path, const crypto::KeyPair& from, const crypto::KeyPair& to,
                              Time now) {
  TUTELA_ASSIGN(auto writer, AfterListWriter::open(path));
  return writer.hand_over(from, to, now);
}

Result<> check_after_list_has_room(const std::filesystem::path& path, std::size_t lines) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0)
    return errno == ENOENT ? fail(ErrorCode::not_found, "after_list.missing") : failed(errno);
  if (static_cast<std::size_t>(facts.st_size) + lines * kAfterLineBytesMax > kAfterListBytesMax - kAfterListReserveBytes)
    return fail(ErrorCode::limit, "after_list.full");
  return {};
}

}  // namespace tutela::vault
