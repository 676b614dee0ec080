#include "vault/key_store.h"

#include <sys/stat.h>

#include <array>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "crypto/sealing.h"
#include "vault/durable_file.h"

namespace tutela::vault {
namespace {

struct RecordWord {
  RecordClass record;
  std::string_view word;
};
constexpr std::array kRecordWords{
    RecordWord{RecordClass::authority, "authority"}, RecordWord{RecordClass::report, "report"},
    RecordWord{RecordClass::item, "item"},           RecordWord{RecordClass::referral, "referral"},
    RecordWord{RecordClass::incoming, "incoming"},   RecordWord{RecordClass::notice, "notice"},
    RecordWord{RecordClass::outbox, "outbox"},
};

constexpr std::size_t kKeyFileBytesMax = 256;
constexpr std::size_t kClassNameBytesMax = 64;
constexpr std::uint8_t kWrapVersion = 1;

// "report-2027-03": file name of the class's key and context of what is wrapped under it.
std::string name_of(const DestructionClass& destruction_class) {
  return fmt::format("{}-{:04}-{:02}", to_word(destruction_class.record), static_cast<int>(destruction_class.due.year()),
                     static_cast<unsigned>(destruction_class.due.month()));
}

// Only what name_of() makes, so that no wrapped key can name a file elsewhere.
bool is_class_name(std::string_view name) {
  if (name.size() < 9 || name.size() > kClassNameBytesMax) return false;
  const auto word = name.substr(0, name.size() - 8);
  const auto month = name.substr(name.size() - 8);
  const auto digit = [&](std::size_t at) { return month[at] >= '0' && month[at] <= '9'; };
  return parse_record_class(word).has_value() && month[0] == '-' && digit(1) && digit(2) && digit(3) && digit(4) &&
         month[5] == '-' && digit(6) && digit(7);
}

// A key's file: one line, so that an operator sees what it is and a file of another purpose is not taken for it.
std::string encode_key_file(std::string_view purpose, BytesView key) {
  return fmt::format("tutela-key-v1 {} {}\n", purpose, encode_base64(key));
}

template <class Key>
Result<> write_key(const std::filesystem::path& path, std::string_view purpose, const Key& key) {
  auto text = encode_key_file(purpose, key.reveal());
  const auto written = write_durably(path, as_bytes(text), IfExists::keep);
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return written;
}

template <class Key>
Result<Key> read_key(const std::filesystem::path& path, std::string_view purpose) {
  const auto corrupt = [&] { return fail(ErrorCode::corrupt, "vault.corrupt_key", std::string(purpose)); };
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "vault.keys_exposed", std::string(purpose));
  auto content = read_file(path, kKeyFileBytesMax);
  if (!content && content.error().code == ErrorCode::limit) return corrupt();
  if (!content) return std::unexpected(content.error());
  auto text = as_text(*content);
  const auto head = fmt::format("tutela-key-v1 {} ", purpose);
  if (!text.starts_with(head) || !text.ends_with('\n')) return corrupt();
  text.remove_prefix(head.size());
  text.remove_suffix(1);
  auto bytes = decode_base64(text);
  crypto::wipe(*content);
  if (!bytes || bytes->size() != Key::kSize) return corrupt();
  auto key = Key::from_bytes(*bytes);
  crypto::wipe(*bytes);
  return key;
}

constexpr std::string_view kSigningFile = "signing.key";
constexpr std::string_view kSubjectFile = "subject.key";
constexpr std::string_view kLookupFile = "lookup.key";
constexpr std::string_view kClassFolder = "class";

}  // namespace

std::string_view to_word(RecordClass record) {
  const auto& found = kRecordWords[static_cast<std::size_t>(record)];
  TUTELA_CHECK(found.record == record);
  return found.word;
}

Result<RecordClass> parse_record_class(std::string_view word) {
  for (const auto& known : kRecordWords) {
    if (known.word == word) return known.record;
  }
  return fail(ErrorCode::invalid, "vault.unknown_record_class");
}

std::chrono::year_month month_after(Time now, int months) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
  return day.year() / day.month() + std::chrono::months{months};
}

struct KeyStore::State {
  State(std::filesystem::path class_folder_in, const crypto::SigningSeed& seed, crypto::SubjectKey subject,
        crypto::LookupKey lookup)
      : class_folder(std::move(class_folder_in)),
        signing_key(crypto::KeyPair::from_seed(seed)),
        subject_key(std::move(subject)),
        lookup_key(std::move(lookup)) {}

  // The class's key from memory or disk; not_found, "vault.no_file".
  Result<const WrappingKey*> find(const std::string& name) {
    if (const auto known = class_keys.find(name); known != class_keys.end()) return &known->second;
    TUTELA_ASSIGN(auto key, read_key<WrappingKey>(class_folder / (name + ".key"), name));
    // Another process may have named the file a moment ago and not have synced the folder yet.
    TUTELA_TRY(sync_folder(class_folder));
    return &class_keys.emplace(name, std::move(key)).first->second;
  }

  Result<const WrappingKey*> find_or_make(const std::string& name, Random& random) {
    const auto found = find(name);
    if (found || found.error().code != ErrorCode::not_found) return found;
    // Another process may make it at the same moment: whoever was first has made the key that all use.
    const auto written = write_key(class_folder / (name + ".key"), name, WrappingKey::make(random));
    if (!written && written.error().code != ErrorCode::conflict) return std::unexpected(written.error());
    return find(name);
  }

  const std::filesystem::path class_folder;
  const crypto::KeyPair signing_key;
  const crypto::SubjectKey subject_key;
  const crypto::LookupKey lookup_key;

  std::mutex mutex;
  std::map<std::string, WrappingKey> class_keys;  // guarded by mutex; never erased, so that pointers into it stay good
};

KeyStore::KeyStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyStore::KeyStore(KeyStore&&) noexcept = default;
KeyStore& KeyStore::operator=(KeyStore&&) noexcept = default;
KeyStore::~KeyStore() = default;

Result<KeyStore> KeyStore::create(const std::filesystem::path& folder, Random& random) {
  TUTELA_TRY(make_private_folder(folder));
  TUTELA_TRY(make_private_folder(folder / kClassFolder));
  const auto exists = [](const Result<>& written) { return !written && written.error().code == ErrorCode::conflict; };
  // The signing key is written last: a folder that has it is complete.
  std::error_code ignored;
  if (std::filesystem::exists(folder / kSigningFile, ignored)) return fail(ErrorCode::conflict, "vault.keys_exist");
  if (const auto written = write_key(folder / kSubjectFile, "subject", crypto::SubjectKey::make(random));
      !written && !exists(written))
    return std::unexpected(written.error());
  if (const auto written = write_key(folder / kLookupFile, "lookup", crypto::LookupKey::make(random));
      !written && !exists(written))
    return std::unexpected(written.error());
  const auto written = write_key(folder / kSigningFile, "signing", crypto::SigningSeed::make(random));
  if (exists(written)) return fail(ErrorCode::conflict, "vault.keys_exist");
  if (!written) return std::unexpected(written.error());
  return open(folder);
}

Result<KeyStore> KeyStore::open(const std::filesystem::path& folder) {
  struct stat facts{};
  if (::stat((folder / kSigningFile).c_str(), &facts) != 0) return fail(ErrorCode::not_found, "vault.no_keys");
  if (::stat(folder.c_str(), &facts) != 0 || (facts.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "vault.keys_exposed", "folder");
  TUTELA_ASSIGN(const auto seed, read_key<crypto::SigningSeed>(folder / kSigningFile, "signing"));
  TUTELA_ASSIGN(auto subject, read_key<crypto::SubjectKey>(folder / kSubjectFile, "subject"));
  TUTELA_ASSIGN(auto lookup, read_key<crypto::LookupKey>(folder / kLookupFile, "lookup"));
  return KeyStore(std::make_unique<State>(folder / kClassFolder, seed, std::move(subject), std::move(lookup)));
}

const crypto::KeyPair& KeyStore::signing_key() const { return state_->signing_key; }
const crypto::SubjectKey& KeyStore::subject_key() const { return state_->subject_key; }
const crypto::LookupKey& KeyStore::lookup_key() const { return state_->lookup_key; }

// version 0x01 ‖ u32 length of the class's name ‖ name ‖ the row's key sealed under the class's key, with the name as context.
Result<Bytes> KeyStore::wrap_key(const DestructionClass& destruction_class, const RowKey& key, Random& random) {
  const auto name = name_of(destruction_class);
  TUTELA_CHECK(is_class_name(name));
  const std::lock_guard lock(state_->mutex);
  TUTELA_ASSIGN(const auto* class_key, state_->find_or_make(name, random));
  Bytes wrapped{kWrapVersion};
  append_prefixed(wrapped, as_bytes(name));
  append_bytes(wrapped, crypto::seal(*class_key, name, key.reveal(), random));
  return wrapped;
}

Result<RowKey> KeyStore::unwrap_key(BytesView wrapped) const {
  const auto corrupt = [] { return fail(ErrorCode::corrupt, "vault.corrupt_wrapped_key"); };
  if (wrapped.size() < 5 || wrapped[0] != kWrapVersion) return corrupt();
  if (wrapped[1] != 0 || wrapped[2] != 0 || wrapped[3] != 0 || wrapped.size() < std::size_t{5} + wrapped[4]) return corrupt();
  const std::string name(as_text(wrapped.subspan(5, wrapped[4])));
  if (!is_class_name(name)) return corrupt();
  const std::lock_guard lock(state_->mutex);
  const auto class_key = state_->find(name);
  if (!class_key && class_key.error().code == ErrorCode::not_found) return fail(ErrorCode::not_found, "vault.key_destroyed");
  if (!class_key) return std::unexpected(class_key.error());
  auto plain = crypto::open_sealed(**class_key, name, wrapped.subspan(5 + name.size()));
  if (!plain || plain->size() != RowKey::kSize) return corrupt();
  auto key = RowKey::from_bytes(*plain);
  crypto::wipe(*plain);
  return key;
}

}  // namespace tutela::vault
