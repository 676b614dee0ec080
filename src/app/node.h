#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/beside_database.h"
#include "app/config.h"
#include "app/data_folder.h"
#include "base/clock.h"
#include "base/random.h"
#include "ledger/sequencer.h"
#include "line/answer_counts.h"
#include "line/banks.h"
#include "line/context.h"
#include "line/delivery.h"
#include "line/item_floods.h"
#include "line/receipt_generations.h"
#include "line/token_cache.h"
#include "line/witnessing.h"
#include "store/leased_store.h"

namespace tutela::app {

// not_found, "node.no_folder"; limit, "config.too_large"; as parse_config.
Result<Config> read_config(const DataFolder& folder);
// The node's database as it stands, before its schema is brought up to date. A file or database that is not ours or newer than
// this program is refused before anything is changed: unsupported, "store.foreign_database", "store.newer_schema"; otherwise as
// open_sqlite, open_postgres.
Result<std::unique_ptr<store::Store>> open_database(const DataFolder& folder, const Config& config);

// The same brought up to this program's schema: of a node that is being made. One that exists is opened by open_checked().
Result<std::unique_ptr<store::Store>> open_store(const DataFolder& folder, const Config& config);
// Signs with the store's key. Must not outlive `keys`, `clock` and `random`.
ledger::Sequencer make_sequencer(const std::string& name, const vault::KeyStore& keys, const store::Store& store,
                                 const Clock& clock, Random& random);

struct NewNode {
  std::string name;     // "hotline.test": what others know it by, and the ledger's origin
  std::string kind;     // organisation kind
  std::string country;  // ISO 3166-1 alpha-2
  bool demo = false;
  Config config;
};

struct CreatedNode {
  std::string public_key;  // base64
  std::string admin_login;
  Sensitive<std::string> admin_password;  // shown once
};

// Makes the folder, its keys, its database, the first administrator, the bank of own verdicts and the ledger's first epoch. Its
// settings are written last: until then the folder is not a node. conflict, "node.exists", "node.folder_not_empty" (keys that are
// no node's, as an init leaves them that broke off); invalid, "node.bad_name", "node.bad_kind", "node.bad_country".
Result<CreatedNode> create_node(const DataFolder& folder, const NewNode& node);

enum class DecoderUse : std::uint8_t { none, start };

struct Opening {
  vault::AskSecret ask = {};  // for a sealed key folder; without it as ask_key_secret() of the settings
  BesideFiles beside = BesideFiles::required;
  bool clock_was_ahead = false;  // the operator says so: later times than now stand in the records
};

// Everything that a node's use cases need, opened from its folder and wired together. The banks are read by the first use case
// that asks them, or by banks().open().
class Node {
 public:
  // Everything is checked before anything is changed, and that includes the schema: check_before_opening().
  // busy, "store.in_use" while a server holds the folder; unavailable, "decoder.no_sandbox"; not_found, "node.no_folder"; as
  // parse_config, KeyStore::open, open_sqlite, open_postgres. A folder whose change of the signing key broke off does not open:
  // conflict, "keys.change_unfinished".
  static Result<std::unique_ptr<Node>> open(const DataFolder& folder, DecoderUse decoder, const Opening& opening = {});
  ~Node();

  const line::Context& context() const { return *context_; }
  // For background work that one process of a cluster does at a time, under that name. On SQLite, which admits one process, who
  // comes back after a crash goes on at once. Lives no longer than the node.
  store::LeasedStore lease(std::string name);
  // The same node, its transactions confirmed by the lease.
  line::Context context_with(store::LeasedStore& lease) const;
  match_engine::MatchEngine& banks() { return *banks_; }
  const Config& config() const { return config_; }
  const line::MailRoute& mail() const { return mail_; }
  Random& random() { return random_; }
  const Clock& clock() const { return clock_; }

  // Numbers and signs what is staged, until nothing waits or while another process of the cluster does it; after each batch the
  // newest checkpoint, whoever signed it, is kept in ledger.head, and what a restore must apply of it in after.list. Returns how
  // many entries. Used by one thread. Refused, as by check_known_head(), where the database went back while the node runs, such
  // as a standby that lagged behind.
  Result<std::size_t> sequence();
  // Gives up the sequencer's lease, so that another process need not wait for its end.
  Result<> stop_sequencing() { return sequencer_->release(*store_); }
  // The store and where the ledger's requests may go: to witnesses and time-stamp authorities.
  line::LogParts log_parts() { return log_parts_of(*store_); }
  line::LogParts log_parts_with(store::LeasedStore& lease) { return log_parts_of(lease); }
  const std::vector<line::Witness>& witnesses() const { return witnesses_; }
  // With the certificates as the file holds them now. nullopt where none is configured; not_found, "time_stamp.no_roots".
  Result<std::optional<line::TimeStampAuthority>> time_stamp_authority() const;

  // After a restore: as Sequencer::open_epoch.
  Result<std::uint64_t> open_epoch(const std::optional<std::string>& last_known);
  // Blocks until something was staged, or `at_most` has passed.
  void wait_for_entries(std::chrono::milliseconds at_most);
  // Makes wait_for_entries() return.
  void wake();

 private:
  Node() = default;
  line::LogParts log_parts_of(store::Store& store);

  Config config_;
  std::optional<KnownHead> known_head_;
  SystemClock clock_;
  SystemRandom random_;
  std::optional<vault::KeyStore> keys_;
  std::optional<vault::ObjectStore> objects_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ledger::Recorder> recorder_;
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<decode::Decoder> decoder_;
  std::optional<match_engine::MatchEngine> banks_;
  line::AnswerCounts answers_;
  line::ItemFloods floods_;
  line::ReceiptGenerations generations_;
  line::TokenCache tokens_;
  std::optional<law::JurisdictionTable> law_;
  accounts::NodeRow row_;
  line::MailRoute mail_;
  std::vector<line::Witness> witnesses_;
  std::optional<line::Context> context_;

  std::mutex mutex_;
  std::condition_variable staged_;
  bool has_staged_ = false;  // guarded by mutex_
};

}  // namespace tutela::app
