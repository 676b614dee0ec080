#include "vault/key_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
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

constexpr std::string_view kReadable = "tutela-key-v1";
constexpr std::string_view kSealed = "tutela-key-v2";

std::string context_of(std::string_view purpose) { return "key-file/" + std::string(purpose); }

// A key's file: one line, so that an operator sees what it is and a file of another purpose is not taken for it.
std::string encode_key_file(std::string_view purpose, BytesView key, const FolderKey* folder_key, Random& random) {
  if (folder_key == nullptr) return fmt::format("{} {} {}\n", kReadable, purpose, encode_base64(key));
  return fmt::format("{} {} {}\n", kSealed, purpose, encode_base64(crypto::seal(*folder_key, context_of(purpose), key, random)));
}

Result<> write_key(const std::filesystem::path& path, std::string_view purpose, BytesView key, const FolderKey* folder_key,
                   Random& random, IfExists if_exists = IfExists::keep) {
  auto text = encode_key_file(purpose, key, folder_key, random);
  const auto written = write_durably(path, as_bytes(text), if_exists);
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return written;
}

// "tutela-key-v2 signing …": the two words before the key.
struct KeyHead {
  bool is_sealed;
  std::string purpose;
};
std::optional<KeyHead> read_head(std::string_view text) {
  const auto first = text.find(' ');
  const auto second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto version = text.substr(0, first);
  if (version != kReadable && version != kSealed) return std::nullopt;
  return KeyHead{version == kSealed, std::string(text.substr(first + 1, second - first - 1))};
}

template <class Key>
Result<Key> read_key(const std::filesystem::path& path, std::string_view purpose, const FolderKey* folder_key) {
  const auto corrupt = [&] { return fail(ErrorCode::corrupt, "vault.corrupt_key", std::string(purpose)); };
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "vault.keys_exposed", std::string(purpose));
  auto content = read_file(path, kKeyFileBytesMax);
  if (!content && content.error().code == ErrorCode::limit) return corrupt();
  if (!content) return std::unexpected(content.error());
  auto text = as_text(*content);
  const auto head = read_head(text);
  if (!head || head->purpose != purpose || !text.ends_with('\n')) return corrupt();
  text.remove_prefix(kReadable.size() + 1 + purpose.size() + 1);
  text.remove_suffix(1);
  auto bytes = decode_base64(text);
  crypto::wipe(*content);
  if (!bytes) return corrupt();
  if (head->is_sealed) {
    if (folder_key == nullptr) return fail(ErrorCode::corrupt, "keys.seal_missing", std::string(purpose));
    auto opened = crypto::open_sealed(*folder_key, context_of(purpose), *bytes);
    if (!opened) return corrupt();
    bytes = std::move(opened);
  }
  if (bytes->size() != Key::kSize) return corrupt();
  auto key = Key::from_bytes(*bytes);
  crypto::wipe(*bytes);
  return key;
}

constexpr std::string_view kSigningFile = "signing.key";
constexpr std::string_view kNextSigningFile = "signing-next.key";  // while the signing key is changed
constexpr std::string_view kOldSigningFile = "signing-old.key";    // a second name of the old key's file, to overwrite it by
constexpr std::string_view kSubjectFile = "subject.key";
constexpr std::string_view kLookupFile = "lookup.key";
constexpr std::string_view kClassFolder = "class";
constexpr std::string_view kKeyEnding = ".key";
constexpr std::string_view kMarkEnding = ".destroyed";
constexpr std::string_view kClosedEnding = ".closed";

Result<std::string> read_successions(const std::filesystem::path& folder) {
  const auto content = read_file(folder / kSuccessionsFile, limits::kSuccessionsBytesMax);
  if (!content && content.error().code == ErrorCode::not_found) return std::string();
  if (!content && content.error().code == ErrorCode::limit) return fail(ErrorCode::limit, "succession.too_many");
  if (!content) return std::unexpected(content.error());
  return std::string(as_text(*content));
}

// Best effort, so that the blocks of the file do not keep it: what a file system keeps elsewhere it keeps.
void overwrite(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return;
  const std::array<std::uint8_t, kKeyFileBytesMax> zeros{};
  if (::pwrite(file, zeros.data(), zeros.size(), 0) > 0) ::fsync(file);
  ::close(file);
}

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

std::string to_string(const DestructionClass& destruction_class) {
  const auto month =
      fmt::format("{}-{:04}-{:02}", to_word(destruction_class.record), static_cast<int>(destruction_class.due.year()),
                  static_cast<unsigned>(destruction_class.due.month()));
  return destruction_class.generation == 1 ? month : fmt::format("{}-g{}", month, destruction_class.generation);
}

namespace {

// "-g2" behind the month; the first generation has none.
std::optional<int> parse_generation(std::string_view ending) {
  if (ending.empty()) return 1;
  if (!ending.starts_with("-g") || ending.size() < 3 || ending.size() > 6 || ending[2] == '0') return std::nullopt;
  int number = 0;
  for (const char digit : ending.substr(2)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  if (number < 2 || number > kGenerationMax) return std::nullopt;
  return number;
}

}  // namespace

// Strict, so that no wrapped key can name a file elsewhere.
Result<DestructionClass> parse_destruction_class(std::string_view name) {
  const auto bad = [] { return fail(ErrorCode::invalid, "vault.bad_class"); };
  if (name.size() > kClassNameBytesMax) return bad();
  const auto month_end = std::min(name.find('-'), name.size()) + 8;
  if (month_end > name.size()) return bad();
  const auto generation = parse_generation(name.substr(month_end));
  if (!generation) return bad();
  name = name.substr(0, month_end);
  const auto record = parse_record_class(name.substr(0, name.size() - 8));
  const auto month = name.substr(name.size() - 8);
  int digits = 0;
  for (const std::size_t at : {1U, 2U, 3U, 4U, 6U, 7U}) {
    if (month[at] < '0' || month[at] > '9') return bad();
    digits = digits * 10 + (month[at] - '0');
  }
  const DestructionClass parsed{record.value_or(RecordClass::report),
                                std::chrono::year{digits / 100} / std::chrono::month{static_cast<unsigned>(digits % 100)},
                                *generation};
  if (!record || month[0] != '-' || month[5] != '-' || !parsed.due.ok()) return bad();
  return parsed;
}

Result<DestructionClass> class_of_wrapped(BytesView wrapped) {
  const auto corrupt = [] { return fail(ErrorCode::corrupt, "vault.corrupt_wrapped_key"); };
  if (wrapped.size() < 5 || wrapped[0] != kWrapVersion) return corrupt();
  if (wrapped[1] != 0 || wrapped[2] != 0 || wrapped[3] != 0 || wrapped.size() < std::size_t{5} + wrapped[4]) return corrupt();
  const auto parsed = parse_destruction_class(as_text(wrapped.subspan(5, wrapped[4])));
  if (!parsed) return corrupt();
  return *parsed;
}

// version 0x01 ‖ u32 length of the class's name ‖ name.
Bytes wrapped_prefix(const DestructionClass& destruction_class) {
  Bytes prefix{kWrapVersion};
  append_prefixed(prefix, as_bytes(to_string(destruction_class)));
  return prefix;
}

std::chrono::year_month month_after(Time now, int months) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
  return day.year() / day.month() + std::chrono::months{months};
}

struct KeyStore::State {
  State(std::filesystem::path folder_in, std::optional<FolderKey> folder_key_in, const crypto::SigningSeed& seed,
        crypto::SubjectKey subject, crypto::LookupKey lookup)
      : folder(std::move(folder_in)),
        class_folder(folder / kClassFolder),
        folder_key(std::move(folder_key_in)),
        signing_key(crypto::KeyPair::from_seed(seed)),
        chain(signing_key.public_key()),
        subject_key(std::move(subject)),
        lookup_key(std::move(lookup)) {}

  std::filesystem::path key_of(const std::string& name) const { return class_folder / (name + std::string(kKeyEnding)); }
  std::filesystem::path mark_of(const std::string& name) const { return class_folder / (name + std::string(kMarkEnding)); }
  std::filesystem::path closed_of(const std::string& name) const { return class_folder / (name + std::string(kClosedEnding)); }
  bool is_destroyed(const std::string& name) const { return ::access(mark_of(name).c_str(), F_OK) == 0; }
  bool takes_new(const std::string& name) const { return !is_destroyed(name) && ::access(closed_of(name).c_str(), F_OK) != 0; }
  // A mark that other processes look for, durable on return; one that is there stays.
  Result<> put_mark(const std::filesystem::path& path, std::string_view version, const std::string& name, Time now) const {
    const auto line = fmt::format("{} {} {}\n", version, name, to_rfc3339(now));
    const auto written = write_durably(path, as_bytes(line), IfExists::keep);
    if (!written && written.error().code != ErrorCode::conflict) return written;
    // Another process may have written it a moment ago and not have synced the folder yet.
    return sync_folder(class_folder);
  }

  // The class's key from memory or disk; not_found, "vault.no_file". The mark is asked each time: another process may have set
  // it.
  Result<const WrappingKey*> find(const std::string& name) {
    if (is_destroyed(name)) {
      class_keys.erase(name);
      return fail(ErrorCode::not_found, "vault.no_file");
    }
    if (const auto known = class_keys.find(name); known != class_keys.end()) return &known->second;
    TUTELA_ASSIGN(auto key, read_key<WrappingKey>(key_of(name), name, sealed_under()));
    // Another process may have named the file a moment ago and not have synced the folder yet.
    TUTELA_TRY(sync_folder(class_folder));
    return &class_keys.emplace(name, std::move(key)).first->second;
  }

  Result<const WrappingKey*> find_or_make(const std::string& name, Random& random) {
    const auto found = find(name);
    if (found || found.error().code != ErrorCode::not_found) return found;
    // Another process may make it at the same moment: whoever was first has made the key that all use.
    const auto written = write_key(key_of(name), name, WrappingKey::make(random).reveal(), sealed_under(), random);
    if (!written && written.error().code != ErrorCode::conflict) return std::unexpected(written.error());
    return find(name);
  }

  const FolderKey* sealed_under() const { return folder_key ? &*folder_key : nullptr; }

  const std::filesystem::path folder;
  const std::filesystem::path class_folder;
  const std::optional<FolderKey> folder_key;
  crypto::KeyPair signing_key;  // this and the next three change with the signing key alone, while nobody else uses the folder
  ledger::KeyChain chain;
  std::string successions;
  std::optional<crypto::SigningSeed> next_seed;
  std::optional<crypto::KeyPair> next_key;
  const crypto::SubjectKey subject_key;
  const crypto::LookupKey lookup_key;

  std::mutex mutex;
  std::map<std::string, WrappingKey> class_keys;  // guarded by mutex, and so is every use of a key in it
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
  if (const auto written =
          write_key(folder / kSubjectFile, "subject", crypto::SubjectKey::make(random).reveal(), nullptr, random);
      !written && !exists(written))
    return std::unexpected(written.error());
  if (const auto written = write_key(folder / kLookupFile, "lookup", crypto::LookupKey::make(random).reveal(), nullptr, random);
      !written && !exists(written))
    return std::unexpected(written.error());
  const auto written = write_key(folder / kSigningFile, "signing", crypto::SigningSeed::make(random).reveal(), nullptr, random);
  if (exists(written)) return fail(ErrorCode::conflict, "vault.keys_exist");
  if (!written) return std::unexpected(written.error());
  return open(folder);
}

Result<KeyStore> KeyStore::open(const std::filesystem::path& folder, const AskSecret& ask, UnfinishedChange unfinished) {
  struct stat facts{};
  if (::stat((folder / kSigningFile).c_str(), &facts) != 0) return fail(ErrorCode::not_found, "vault.no_keys");
  if (::stat(folder.c_str(), &facts) != 0 || (facts.st_mode & 077) != 0)
    return fail(ErrorCode::denied, "vault.keys_exposed", "folder");
  TUTELA_ASSIGN(auto folder_key, open_seal(folder, ask));
  const FolderKey* sealed_under = folder_key ? &*folder_key : nullptr;
  TUTELA_ASSIGN(const auto seed, read_key<crypto::SigningSeed>(folder / kSigningFile, "signing", sealed_under));
  TUTELA_ASSIGN(auto subject, read_key<crypto::SubjectKey>(folder / kSubjectFile, "subject", sealed_under));
  TUTELA_ASSIGN(auto lookup, read_key<crypto::LookupKey>(folder / kLookupFile, "lookup", sealed_under));
  KeyStore keys(std::make_unique<State>(folder, std::move(folder_key), seed, std::move(subject), std::move(lookup)));
  TUTELA_TRY(keys.read_changes());
  if (unfinished == UnfinishedChange::refused && keys.unfinished_change())
    return fail(ErrorCode::conflict, "keys.change_unfinished");
  return keys;
}

// The keys before this one, and the one that a broken-off change left.
Result<> KeyStore::read_changes() {
  auto& state = *state_;
  if (::access((state.folder / kNextSigningFile).c_str(), F_OK) == 0) {
    TUTELA_ASSIGN(state.next_seed,
                  read_key<crypto::SigningSeed>(state.folder / kNextSigningFile, "signing-next", state.sealed_under()));
    state.next_key = crypto::KeyPair::from_seed(*state.next_seed);
  }
  TUTELA_ASSIGN(state.successions, read_successions(state.folder));
  TUTELA_ASSIGN(auto successions, ledger::parse_successions(state.successions));
  if (successions.empty()) return {};
  const auto& last = successions.back();
  const auto& own = state.signing_key.public_key();
  // Either the last succession is of this key, or it waits to be: then the next key must be there.
  const bool waits = last.old_key == own && state.next_key && state.next_key->public_key() == last.next_key;
  if (last.next_key != own && !waits) return fail(ErrorCode::corrupt, "vault.corrupt_key", std::string(kSuccessionsFile));
  TUTELA_ASSIGN(state.chain, ledger::KeyChain::make(own, std::move(successions)));
  return {};
}

namespace {

// All files of keys with their purposes.
struct KeyFile {
  std::filesystem::path path;
  std::string purpose;
};
Result<std::vector<KeyFile>> key_files(const std::filesystem::path& folder) {
  std::vector<KeyFile> files{
      {folder / kSigningFile, "signing"}, {folder / kSubjectFile, "subject"}, {folder / kLookupFile, "lookup"}};
  std::error_code error;
  if (std::filesystem::exists(folder / kNextSigningFile, error)) files.push_back({folder / kNextSigningFile, "signing-next"});
  for (std::filesystem::directory_iterator file(folder / kClassFolder, error), end; !error && file != end;
       file.increment(error)) {
    const auto name = file->path().filename().string();
    if (!name.ends_with(kKeyEnding)) continue;
    files.push_back({file->path(), name.substr(0, name.size() - kKeyEnding.size())});
  }
  if (error) return fail(ErrorCode::unavailable, "vault.io");
  return files;
}

}  // namespace

Result<> KeyStore::seal_folder(const std::filesystem::path& folder, SealKind kind, const AskSecret& ask_old,
                               const Sensitive<std::string>& secret, Random& random, crypto::PassphraseCost cost) {
  TUTELA_ASSIGN(auto folder_key, open_seal(folder, ask_old));
  TUTELA_ASSIGN(const auto files, key_files(folder));
  const FolderKey* old_key = folder_key ? &*folder_key : nullptr;
  // Everything must be read before anything is written.
  std::vector<WrappingKey> keys;
  for (const auto& file : files) {
    TUTELA_ASSIGN(auto key, read_key<WrappingKey>(file.path, file.purpose, old_key));
    keys.push_back(std::move(key));
  }
  if (kind != SealKind::none) {
    if (!folder_key) folder_key = FolderKey::make(random);
    TUTELA_TRY(write_seal(folder, kind, secret, *folder_key, random, cost));
  }
  const FolderKey* new_key = kind == SealKind::none ? nullptr : &*folder_key;
  for (std::size_t at = 0; at < files.size(); ++at)
    TUTELA_TRY(write_key(files[at].path, files[at].purpose, keys[at].reveal(), new_key, random, IfExists::replace));
  if (kind == SealKind::none) return remove_seal(folder);
  return {};
}

Result<KeyStore::FolderFacts> KeyStore::examine(const std::filesystem::path& folder) {
  FolderFacts facts{};
  TUTELA_ASSIGN(facts.seal, seal_kind(folder));
  TUTELA_ASSIGN(const auto notes, read_successions(folder));
  TUTELA_ASSIGN(const auto successions, ledger::parse_successions(notes));
  facts.signing_changes = successions.size();
  TUTELA_ASSIGN(const auto files, key_files(folder));
  for (const auto& file : files) {
    auto content = read_file(file.path, kKeyFileBytesMax);
    if (!content) return std::unexpected(content.error());
    const auto head = read_head(as_text(*content));
    crypto::wipe(*content);
    if (!head) return fail(ErrorCode::corrupt, "vault.corrupt_key", file.purpose);
    (head->is_sealed ? facts.sealed_files : facts.readable_files) += 1;
    if (file.path.parent_path().filename() == kClassFolder) ++facts.classes;
  }
  std::error_code error;
  for (std::filesystem::directory_iterator file(folder / kClassFolder, error), end; !error && file != end; file.increment(error))
    facts.classes_destroyed += file->path().filename().string().ends_with(kMarkEnding) ? 1 : 0;
  return facts;
}

const crypto::KeyPair& KeyStore::signing_key() const { return state_->signing_key; }
const ledger::KeyChain& KeyStore::key_chain() const { return state_->chain; }
const std::string& KeyStore::successions() const { return state_->successions; }
const crypto::KeyPair* KeyStore::next_key() const { return state_->next_key ? &*state_->next_key : nullptr; }

// Unfinished is also a change of which only the next key's own file has still to go.
std::optional<ledger::Succession> KeyStore::unfinished_change() const {
  const auto& successions = state_->chain.successions();
  if (successions.empty() || !state_->next_key || state_->next_key->public_key() != successions.back().next_key)
    return std::nullopt;
  return successions.back();
}

Result<> KeyStore::prepare_next_key(Random& random) {
  if (state_->next_key) return {};
  auto seed = crypto::SigningSeed::make(random);
  TUTELA_TRY(write_key(state_->folder / kNextSigningFile, "signing-next", seed.reveal(), state_->sealed_under(), random));
  state_->next_key = crypto::KeyPair::from_seed(seed);
  state_->next_seed = std::move(seed);
  return {};
}

Result<> KeyStore::write_succession(const ledger::Succession& succession) {
  TUTELA_CHECK(state_->next_key && !unfinished_change());
  const auto text = state_->successions + ledger::sign_succession(succession, {state_->signing_key, *state_->next_key});
  // Read as it will be read, so that nothing is written that does not open.
  TUTELA_ASSIGN(auto successions, ledger::parse_successions(text));
  TUTELA_ASSIGN(auto chain, ledger::KeyChain::make(state_->signing_key.public_key(), std::move(successions)));
  TUTELA_TRY(write_durably(state_->folder / kSuccessionsFile, as_bytes(text), IfExists::replace));
  state_->successions = text;
  state_->chain = std::move(chain);
  return {};
}

Result<> KeyStore::finish_change(Random& random) {
  TUTELA_CHECK(unfinished_change());
  const auto& folder = state_->folder;
  const auto old_name = folder / kOldSigningFile;
  if (state_->signing_key.public_key() != state_->next_key->public_key()) {
    // A second name, so that the old key can be overwritten once the next one stands in its place. One of a call before may be
    // of another file, where the folder was sealed since.
    if (::unlink(old_name.c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
    if (::link((folder / kSigningFile).c_str(), old_name.c_str()) != 0) return fail(ErrorCode::unavailable, "vault.io");
    TUTELA_TRY(write_key(folder / kSigningFile, "signing", state_->next_seed->reveal(), state_->sealed_under(), random,
                         IfExists::replace));
    state_->signing_key = crypto::KeyPair::from_seed(*state_->next_seed);
  }
  if (::access(old_name.c_str(), F_OK) == 0) {
    overwrite(old_name);
    if (::unlink(old_name.c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
    TUTELA_TRY(sync_folder(folder));
  }
  // Last: while it is there the change is not finished.
  if (::unlink((folder / kNextSigningFile).c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
  TUTELA_TRY(sync_folder(folder));
  state_->next_key.reset();
  state_->next_seed.reset();
  return {};
}

const crypto::SubjectKey& KeyStore::subject_key() const { return state_->subject_key; }
const crypto::LookupKey& KeyStore::lookup_key() const { return state_->lookup_key; }

// The prefix that names the class ‖ the row's key sealed under the class's key, with the name as context.
Result<Bytes> KeyStore::wrap_key(const DestructionClass& destruction_class, const RowKey& key, Random& random) {
  TUTELA_CHECK(destruction_class.due.ok());
  auto open_class = destruction_class;
  const std::lock_guard lock(state_->mutex);
  while (!state_->takes_new(to_string(open_class)))
    if (++open_class.generation > kGenerationMax) return fail(ErrorCode::limit, "vault.too_many_generations");
  const auto name = to_string(open_class);
  TUTELA_ASSIGN(const auto* class_key, state_->find_or_make(name, random));
  Bytes wrapped = wrapped_prefix(open_class);
  append_bytes(wrapped, crypto::seal(*class_key, name, key.reveal(), random));
  return wrapped;
}

Result<std::vector<DestructionClass>> KeyStore::classes() const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator file(state_->class_folder, error), end; !error && file != end; file.increment(error)) {
    const auto name = file->path().filename().string();
    if (name.ends_with(kKeyEnding)) names.push_back(name.substr(0, name.size() - kKeyEnding.size()));
  }
  if (error) return fail(ErrorCode::unavailable, "vault.io");
  std::ranges::sort(names);
  std::vector<DestructionClass> found;
  for (const auto& name : names)
    if (const auto parsed = parse_destruction_class(name); parsed && !state_->is_destroyed(name)) found.push_back(*parsed);
  return found;
}

bool KeyStore::is_destroyed(const DestructionClass& destruction_class) const {
  return state_->is_destroyed(to_string(destruction_class));
}

Result<> KeyStore::close_class(const DestructionClass& destruction_class, Time now) {
  const auto name = to_string(destruction_class);
  const std::lock_guard lock(state_->mutex);
  return state_->put_mark(state_->closed_of(name), "tutela-closed-v1", name, now);
}

Result<> KeyStore::destroy_class(const DestructionClass& destruction_class, Time now) {
  const auto name = to_string(destruction_class);
  const std::lock_guard lock(state_->mutex);
  TUTELA_TRY(state_->put_mark(state_->mark_of(name), "tutela-destroyed-v1", name, now));
  state_->class_keys.erase(name);
  overwrite(state_->key_of(name));
  for (const auto& path : {state_->key_of(name), state_->closed_of(name)})
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::unavailable, "vault.io");
  return sync_folder(state_->class_folder);
}

void KeyStore::forget_destroyed() {
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->class_keys, [&](const auto& known) { return state_->is_destroyed(known.first); });
}

Result<RowKey> KeyStore::unwrap_key(BytesView wrapped) const {
  const auto corrupt = [] { return fail(ErrorCode::corrupt, "vault.corrupt_wrapped_key"); };
  TUTELA_ASSIGN(const auto destruction_class, class_of_wrapped(wrapped));
  const auto name = to_string(destruction_class);
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
