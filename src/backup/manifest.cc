#include "backup/manifest.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/signed_note.h"

namespace tutela::backup {
namespace {

constexpr std::string_view kVersion = "tutela/backup/v1";
constexpr std::string_view kKeyNameEnd = "/backup";
constexpr std::size_t kProgramBytesMax = 32;
constexpr std::size_t kPathBytesMax = 200;

std::unexpected<Error> malformed() { return fail(ErrorCode::invalid, "backup.bad_manifest"); }

bool is_path(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax) return false;
  while (!path.empty()) {
    const auto end = path.find('/');
    const auto part = path.substr(0, end);
    const bool plain = std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
    if (part.empty() || part == "." || part == ".." || !plain) return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
  return false;
}

std::optional<crypto::Sha256> parse_digest(std::string_view text) {
  const auto bytes = decode_hex(text);
  crypto::Sha256 digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

// Takes "name value\n" off the front of `text`.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto line = text.substr(0, end);
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') return std::nullopt;
  text.remove_prefix(end + 1);
  return line.substr(name.size() + 1);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::string encode(const Manifest& manifest) {
  const auto& checkpoint = manifest.checkpoint;
  return fmt::format("{}\nnode {}\nprogram {}\nschema {}\ntaken {}\ncheckpoint {} {} {}\nfiles {} {} {}\nafter {} {}\n", kVersion,
                     manifest.node, manifest.program, manifest.schema, to_rfc3339(manifest.taken_at),
                     ledger::encode_origin(checkpoint.origin), checkpoint.size, encode_base64(checkpoint.root), manifest.files,
                     manifest.bytes, encode_hex(manifest.file_list), manifest.after ? manifest.after->lines : 0,
                     manifest.after ? encode_hex(manifest.after->head) : "-");
}

std::optional<ledger::Checkpoint> parse_checkpoint_line(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() != 3) return std::nullopt;
  const auto parsed = ledger::parse_checkpoint(fmt::format("{}\n{}\n{}\n", words[0], words[1], words[2]));
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::optional<Manifest> parse(std::string_view text) {
  Manifest manifest{};
  const auto head = fmt::format("{}\n", kVersion);
  if (!text.starts_with(head)) return std::nullopt;
  text.remove_prefix(head.size());
  const auto node = take_line(text, "node");
  const auto program = take_line(text, "program");
  const auto schema = take_line(text, "schema");
  const auto taken = take_line(text, "taken");
  const auto checkpoint = take_line(text, "checkpoint");
  const auto files = take_line(text, "files");
  const auto after = take_line(text, "after");
  if (!node || !program || !schema || !taken || !checkpoint || !files || !after || !text.empty()) return std::nullopt;
  manifest.node = *node;
  manifest.program = *program;
  const auto schema_number = ledger::parse_decimal(*schema);
  const auto at = parse_rfc3339(*taken);
  const auto tree = parse_checkpoint_line(*checkpoint);
  const auto file_words = words_of(*files);
  const auto after_words = words_of(*after);
  if (manifest.program.empty() || manifest.program.size() > kProgramBytesMax || !schema_number || *schema_number > 1'000'000 ||
      !at || !tree || tree->origin.name != manifest.node || file_words.size() != 3 || after_words.size() != 2)
    return std::nullopt;
  manifest.schema = static_cast<std::int64_t>(*schema_number);
  manifest.taken_at = *at;
  manifest.checkpoint = *tree;
  const auto count = ledger::parse_decimal(file_words[0]);
  const auto bytes = ledger::parse_decimal(file_words[1]);
  const auto digest = parse_digest(file_words[2]);
  const auto lines = ledger::parse_decimal(after_words[0]);
  if (!count || !bytes || !digest || !lines) return std::nullopt;
  manifest.files = *count;
  manifest.bytes = *bytes;
  manifest.file_list = *digest;
  if (*lines > 0) {
    const auto last = parse_digest(after_words[1]);
    if (!last) return std::nullopt;
    manifest.after = AfterPosition{*lines, *last};
  }
  return manifest;
}

}  // namespace

std::string sign_manifest(const Manifest& manifest, const crypto::KeyPair& key) {
  return ledger::sign_note(encode(manifest), manifest.node + std::string(kKeyNameEnd), key);
}

Result<Manifest> open_manifest(std::string_view note_bytes, const ledger::KeyChain& keys) {
  TUTELA_ASSIGN(const auto note, ledger::parse_note(note_bytes));
  auto manifest = parse(note.text);
  // Written again it must be the same bytes, so that nothing in it is free.
  const bool sound = manifest && encode(*manifest) == note.text && note.key_name == manifest->node + std::string(kKeyNameEnd);
  if (!sound) return malformed();
  const auto key = keys.key_of(manifest->checkpoint.origin);
  const auto verified = key ? ledger::verify_note(note, *key) : std::unexpected(key.error());
  if (!verified && verified.error().reason != Reason("note.bad_signature")) return fail(ErrorCode::denied, "backup.other_node");
  TUTELA_TRY(verified);
  return *std::move(manifest);
}

std::string encode_file_list(const std::vector<FileFacts>& files) {
  std::string text;
  for (const auto& file : files) text += fmt::format("{} {} {}\n", encode_hex(file.digest), file.bytes, file.path);
  return text;
}

Result<std::vector<FileFacts>> parse_file_list(std::string_view text) {
  const auto bad = [] { return fail(ErrorCode::invalid, "backup.bad_file_list"); };
  std::vector<FileFacts> files;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return bad();
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (words.size() != 3) return bad();
    const auto digest = parse_digest(words[0]);
    const auto bytes = ledger::parse_decimal(words[1]);
    if (!digest || !bytes || !is_path(words[2])) return bad();
    if (!files.empty() && files.back().path >= words[2]) return bad();
    files.push_back({std::string(words[2]), *bytes, *digest});
  }
  return files;
}

}  // namespace tutela::backup
