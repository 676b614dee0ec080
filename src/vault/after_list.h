#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

// What must hold again after a restore, whatever the backup says (I12): what was destroyed, which entries were withdrawn, which
// legal holds were set and lifted. A text file of its own, apart from data and keys, that only grows; every line is chained to
// the one before and signed by the node (spec/after-list.md). The order of the lines does not matter to who applies them: each
// names its own subject, a hold is lifted if any line says so, and a line may stand twice.
namespace tutela::vault {

enum class AfterKind : std::uint8_t {
  tombstone,    // subject "class", id "report-2027-03": its key is destroyed; destroy it again
  withdrawal,   // subject "entry" or "bank", id a UUID: withdrawn, must not match again
  hold_set,     // subject "hold", id a UUID; the line's `about` names what is held
  hold_lifted,  // subject "hold", id a UUID, `about` as when it was set
};
std::string_view to_word(AfterKind kind);
Result<AfterKind> parse_after_kind(std::string_view word);  // corrupt, "after_list.unknown_kind"

// What an entry is about. Type: 1..32 of a-z and '_'. Id: 1..64 of a-z, A-Z, 0-9 and '-'.
struct AfterSubject {
  std::string type;
  std::string id;
  friend bool operator==(const AfterSubject&, const AfterSubject&) = default;
};

struct AfterEntry {
  AfterKind kind;
  AfterSubject subject;
  AfterSubject about;  // of a hold: what is held ("report" and its UUID); otherwise equal to `subject`
  Time at;
  friend bool operator==(const AfterEntry&, const AfterEntry&) = default;
};

inline constexpr std::size_t kAfterListBytesMax = std::size_t{256} << 20;
inline constexpr std::size_t kAfterLineBytesMax = 512;

struct AfterListContent {
  std::vector<AfterEntry> entries;
  std::uint64_t lines = 0;       // all, with those that open the list and change its key
  crypto::Sha256 head{};         // of the last line, without its line feed: commits to everything before
  crypto::PublicKey last_key{};  // the key that signs what comes next
};

// What a list may end with.
enum class ListEnd : std::uint8_t {
  whole,           // a copy
  as_a_crash_left  // the node's own: also a last line without its end, or a key that is named and has not taken over. Nobody was
                   // told of either, and the next writer drops the one and completes the other; here they are left out.
};

// Reads a whole list. `key` must be one of the keys that sign it: of the first lines, or one that they hand over to. What no
// reader can see is that whole lines are missing at the end: keep `lines` and `head` elsewhere too, such as in the ledger. Of
// each key the last signature is verified, which commits to all lines before it.
//
// limit, "after_list.too_large"; corrupt, "after_list.cut" (empty, or a last line without its end), "after_list.malformed",
// "after_list.broken_chain" (a line is missing, twice, changed or in another order), "after_list.bad_signature",
// "after_list.wrong_key" (another node's). The place names the line.
// Cost  about 2 us a line
Result<AfterListContent> parse_after_list(std::string_view text, const crypto::PublicKey& key, ListEnd end = ListEnd::whole);

// The same of a file. not_found, "after_list.missing"; unavailable, "vault.io".
Result<AfterListContent> read_after_list(const std::filesystem::path& path, const crypto::PublicKey& key,
                                         ListEnd end = ListEnd::whole);
Result<std::vector<AfterEntry>> read_list(const std::filesystem::path& path, const crypto::PublicKey& key);

// The bytes of the file, not looked at. not_found, "after_list.missing"; limit, "after_list.too_large"; unavailable, "vault.io".
Result<std::string> read_after_list_text(const std::filesystem::path& path);

// Writes the file's first line, durable on return. An existing list of this key stays. conflict, "after_list.of_another_node".
Result<> create_after_list(const std::filesystem::path& path, const crypto::KeyPair& key, Time now);

// The list, held against every other writer (flock) while this lives.
class AfterListWriter {
 public:
  // Waits for whoever holds it. not_found, "after_list.missing"; unavailable, "vault.io".
  static Result<AfterListWriter> open(const std::filesystem::path& path);
  AfterListWriter(AfterListWriter&& other) noexcept;
  AfterListWriter& operator=(AfterListWriter&&) = delete;
  ~AfterListWriter();

  // Adds the entries as one write, fsynced before it returns. A last line that a crash cut, and that was therefore never
  // acknowledged, is dropped first; and of the entries go those that stand at the list's end already, as the same call left them
  // that broke off. Only the last whole line is checked, so that the cost does not grow with the list. corrupt,
  // "after_list.wrong_key", "after_list.malformed", "after_list.cut"; limit, "vault.disk_full", "after_list.too_large".
  Result<> append(const crypto::KeyPair& key, std::span<const AfterEntry> entries);

  // Hands the list over to the node's next signing key: a line of the old key and one of the new, as one write. Of a list that
  // `to` already signs nothing is changed, and what a crash left of an earlier call is completed. As append().
  Result<> hand_over(const crypto::KeyPair& from, const crypto::KeyPair& to, Time now);

 private:
  explicit AfterListWriter(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// The same of a list that is opened for this one call.
Result<> append_to_after_list(const std::filesystem::path& path, const crypto::KeyPair& key, std::span<const AfterEntry> entries);
Result<> hand_over_after_list(const std::filesystem::path& path, const crypto::KeyPair& from, const crypto::KeyPair& to,
                              Time now);

// Whether the list takes so many further lines and still has kAfterListReserveBytes for what must never be refused for its sake,
// such as tombstones. Asked before anything is changed. limit, "after_list.full"; not_found, "after_list.missing"; unavailable,
// "vault.io".
inline constexpr std::size_t kAfterListReserveBytes = std::size_t{16} << 20;
Result<> check_after_list_has_room(const std::filesystem::path& path, std::size_t lines);

}  // namespace tutela::vault
