#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/data_folder.h"
#include "base/result.h"
#include "store/store.h"
#include "vault/after_list.h"
#include "vault/key_store.h"

// What lies beside the database and remembers what an older copy of it does not (docs/adr/0018-known-head.md): ledger.head, the
// newest signed checkpoint, and after.list. An older database that was put back by hand, or was copied without its -wal, would
// sign a second tree under the same name; against them it is refused before anything is changed. The head also says how far the
// list has come.
namespace tutela::app {

// What after.list and ledger.head are to an opening.
enum class BesideFiles : std::uint8_t {
  required,         // both are there, and say no more than database and keys know
  made_if_missing,  // the operator says that this node is of a release that had none: what is missing is made of what it knows
  of_a_restore,     // the list is applied next; the head is what the backup's database holds
};

// As they stand in their files: whose they are is asked once it is known whose the database is.
struct Remembered {
  std::optional<std::string> head;
  std::optional<std::string> list;
};

// To be read before the snapshot of the database that is checked against it: a server beside this process writes them after it
// committed. Absent: what may be missing by `files`, and the list of a restore. not_found, "ledger.head_missing",
// "after_list.missing"; corrupt, "ledger.head_damaged"; limit, "after_list.too_large"; unavailable, "vault.io".
Result<Remembered> read_remembered(const DataFolder& folder, BesideFiles files);

// That database and keys know all of it. Of a database of an earlier release, which may have other columns, the list asks the
// keys only. conflict, "restore.list_not_applied"; as check_known_head, parse_own_list.
// Cost  as parse_after_list
Result<> check_remembered(const Remembered& remembered, const vault::KeyStore& keys, store::Reader& reader);

// The after-list, if these keys can write on in it: it is signed by the node's keys, from whichever it began with to the newest,
// or in a change of the key that broke off to the one before. conflict, "restore.older_keys" (the list names a key that is not
// among them), "restore.older_list" (of before a change of the key); as parse_after_list.
Result<vault::AfterListContent> parse_own_list(const std::string& text, const vault::KeyStore& keys, vault::ListEnd end);

// That the database holds the checkpoint that was signed: that very note, whatever key signed it, so that a change of the key
// changes nothing here. One or two rows. corrupt, "ledger.head_damaged", "ledger.head_of_another_node", "ledger.forked" (another
// tree of the same size); conflict, "ledger.older_than_known" (place: what the database holds and what was known),
// "restore.older_keys" (a key signed it that is not among these).
Result<> check_known_head(const std::string& known, const vault::KeyStore& keys, store::Reader& reader);

// not_found, "ledger.head_missing"; corrupt, "ledger.head_damaged" (more than a note); unavailable, "vault.io".
Result<std::string> read_ledger_head(const DataFolder& folder);

// ledger.head as one process knows it. For one thread.
class KnownHead {
 public:
  // Nothing is known yet: keep() makes the file.
  explicit KnownHead(const DataFolder& folder) : folder_(folder) {}
  // What the file says, if it is there. As read_ledger_head.
  static Result<KnownHead> read(const DataFolder& folder);
  bool is_known() const { return !note_.empty(); }

  // Before anything is signed. As check_known_head; nothing known, nothing refused.
  Result<> check(const vault::KeyStore& keys, store::Store& store) const;
  // After anything was signed, by whichever process: what the ledger recorded since the last one goes into after.list
  // (line::after_entries), and then the newest checkpoint of the database takes its place, each durable. So the list of every
  // folder holds all that is recorded up to the head beside it, the same lines in all of them. Where nothing was known the list
  // is left alone. As AfterListWriter, after_entries, write_durably.
  // Cost  one row; if it is another than before two fsyncs, a third with a line, and a look at every leaf since
  Result<> keep(const vault::KeyStore& keys, store::Store& store);

 private:
  Result<> put(std::string note);
  // Returns the checkpoint that the list has come to.
  Result<std::string> extend(vault::AfterListWriter& list, const vault::KeyStore& keys, store::Store& store) const;

  DataFolder folder_;
  std::string note_;  // empty while nothing is known
};

}  // namespace tutela::app
