#include "vault/folder_seal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "crypto/sealing.h"
#include "vault/durable_file.h"

namespace tutela::vault {
namespace {

constexpr std::string_view kFile = "seal";
constexpr std::string_view kVersion = "tutela-seal-v1";
constexpr std::string_view kContext = "key-folder";
constexpr std::size_t kFileBytesMax = 1024;
constexpr std::array<std::string_view, 3> kWords = {"none", "passphrase", "command"};

using OuterKey = crypto::SecretKey<32, struct OuterPurpose>;

struct SealFile {
  SealKind kind = SealKind::none;
  crypto::PassphraseCost cost;
  crypto::PassphraseSalt salt{};
  Bytes sealed;
};

std::unexpected<Error> corrupt() { return fail(ErrorCode::corrupt, "keys.corrupt_seal"); }

Result<unsigned> parse_number(std::string_view text) {
  unsigned value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return corrupt();
  return value;
}

// "tutela-seal-v1 passphrase PASSES MIB SALT SEALED\n" or "tutela-seal-v1 command SEALED\n".
Result<SealFile> parse_seal(std::string_view text) {
  if (!text.ends_with('\n')) return corrupt();
  text.remove_suffix(1);
  std::vector<std::string_view> fields;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(' ', start), text.size());
    fields.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (fields.size() < 3 || fields[0] != kVersion) return corrupt();
  SealFile file;
  if (fields[1] == kWords[1] && fields.size() == 6) {
    file.kind = SealKind::passphrase;
    TUTELA_ASSIGN(file.cost.passes, parse_number(fields[2]));
    TUTELA_ASSIGN(file.cost.memory_mib, parse_number(fields[3]));
    const auto salt = decode_base64(fields[4]);
    if (!salt || salt->size() != file.salt.size()) return corrupt();
    std::ranges::copy(*salt, file.salt.begin());
  } else if (fields[1] == kWords[2] && fields.size() == 3) {
    file.kind = SealKind::command;
  } else {
    return corrupt();
  }
  auto sealed = decode_base64(fields.back());
  if (!sealed) return corrupt();
  file.sealed = *std::move(sealed);
  return file;
}

Result<std::optional<SealFile>> read_seal(const std::filesystem::path& folder) {
  const auto content = read_file(folder / kFile, kFileBytesMax);
  if (!content && content.error().code == ErrorCode::not_found) return std::nullopt;
  if (!content && content.error().code == ErrorCode::limit) return corrupt();
  if (!content) return std::unexpected(content.error());
  TUTELA_ASSIGN(auto file, parse_seal(as_text(*content)));
  return std::optional(std::move(file));
}

Result<OuterKey> outer_key(const SealFile& file, const Sensitive<std::string>& secret) {
  if (file.kind == SealKind::passphrase) {
    TUTELA_ASSIGN(const auto key, crypto::key_of_passphrase(secret, file.salt, file.cost));
    return OuterKey::from_bytes(key.reveal());
  }
  std::string_view text = secret.reveal();
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  auto bytes = decode_base64(text);
  if (!bytes || bytes->size() != OuterKey::kSize) return fail(ErrorCode::invalid, "keys.bad_secret");
  auto key = OuterKey::from_bytes(*bytes);
  crypto::wipe(*bytes);
  return key;
}

}  // namespace

std::string_view to_word(SealKind kind) { return kWords[static_cast<std::size_t>(kind)]; }

Result<SealKind> parse_seal_kind(std::string_view word) {
  for (std::size_t at = 0; at < kWords.size(); ++at)
    if (kWords[at] == word) return static_cast<SealKind>(at);
  return fail(ErrorCode::invalid, "keys.unknown_seal");
}

Result<SealKind> seal_kind(const std::filesystem::path& folder) {
  TUTELA_ASSIGN(const auto file, read_seal(folder));
  return file ? file->kind : SealKind::none;
}

Result<std::optional<FolderKey>> open_seal(const std::filesystem::path& folder, const AskSecret& ask) {
  TUTELA_ASSIGN(const auto file, read_seal(folder));
  if (!file) return std::nullopt;
  if (!ask) return fail(ErrorCode::denied, "keys.secret_needed", std::string(to_word(file->kind)));
  TUTELA_ASSIGN(const auto secret, ask(file->kind));
  const auto outer = outer_key(*file, secret);
  // Of a length that no passphrase of ours has: it is as wrong as any other.
  if (!outer && outer.error().code == ErrorCode::invalid) return fail(ErrorCode::denied, "keys.wrong_secret");
  if (!outer) return std::unexpected(outer.error());
  auto plain = crypto::open_sealed(*outer, kContext, file->sealed);
  if (!plain) return fail(ErrorCode::denied, "keys.wrong_secret");
  auto key = FolderKey::from_bytes(*plain);
  crypto::wipe(*plain);
  if (!key) return corrupt();
  return std::optional(*std::move(key));
}

Result<> write_seal(const std::filesystem::path& folder, SealKind kind, const Sensitive<std::string>& secret,
                    const FolderKey& key, Random& random, crypto::PassphraseCost cost) {
  SealFile file{kind, cost, random.bytes<16>(), {}};
  TUTELA_ASSIGN(const auto outer, outer_key(file, secret));
  const auto sealed = encode_base64(crypto::seal(outer, kContext, key.reveal(), random));
  const auto text = kind == SealKind::passphrase ? fmt::format("{} {} {} {} {} {}\n", kVersion, to_word(kind), cost.passes,
                                                               cost.memory_mib, encode_base64(file.salt), sealed)
                                                 : fmt::format("{} {} {}\n", kVersion, to_word(kind), sealed);
  return write_durably(folder / kFile, as_bytes(text), IfExists::replace);
}

Result<> remove_seal(const std::filesystem::path& folder) {
  if (::unlink((folder / kFile).c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
  return sync_folder(folder);
}

}  // namespace tutela::vault
