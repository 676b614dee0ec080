#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "match_engine/snapshot.h"
#include "match_engine/table_state.h"
#include "match_engine/wide_scans.h"
#include "store/store.h"

// The banks in memory: what every lookup asks, and what follows the store (docs/adr/0009-match-engine.md).
namespace tutela::match_engine {

// How often the feed's number is looked at where nobody announces a change; a change that is announced is looked at at once.
inline constexpr std::chrono::milliseconds kFeedLook{500};
inline constexpr std::chrono::milliseconds kLeaseDefault{2'000};

struct EngineOptions {
  // An answer rests on a look at the feed that is at most this old. None: nobody but this process writes to the store, as
  // SQLite's lock guarantees.
  std::optional<std::chrono::milliseconds> lease;
  std::optional<SnapshotPlace> snapshot;
  WideScanOptions wide;
  std::size_t threads = 2;  // that build segments at the start
  // Replaced by tests of the lease.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Whether banks above 31 bits are asked, too: they have workers and a queue of their own.
enum class WideBanks : std::uint8_t {
  asked,     // waits for their scans; what their queue has no room or no time for is left out, and the answer says so
  left_out,  // for who may not wait, such as in a transaction
};

struct EngineAnswer {
  match::MatchAnswer answer;
  std::int64_t generation = 0;  // counts the changes of this process's tables
  bool is_complete = true;      // false: banks above 31 bits that the question concerns were left out
};
struct EngineAnswers {
  std::vector<match::MatchAnswer> answers;  // one a question, in their order
  std::int64_t generation = 0;
  bool is_complete = true;
};

struct EngineFacts {
  std::int64_t generation = 0;
  std::int64_t feed = 0;  // everything up to this number of the feed is held
  std::size_t entries = 0;
  std::size_t withdrawn = 0;  // of these; they leave with the next start
  std::size_t rows = 0;
  std::size_t tail_rows = 0;       // scanned, since no segment covers them yet
  std::size_t wide_rows = 0;       // scanned by their own workers
  std::int64_t wide_left_out = 0;  // answers that went without them, since the process began
  std::size_t bytes = 0;
  std::optional<std::chrono::milliseconds> confirmed_ago;  // the last look at the feed; none: not yet
  std::chrono::milliseconds built_in{0};                   // the last segment
  std::int64_t segments_built = 0;                         // beside the lookups, since the process began
};

// Thread-safe. A lookup takes the generation it finds, for as long as it needs it, and waits for nobody.
class MatchEngine {
 public:
  explicit MatchEngine(EngineOptions options = {});
  // As stop().
  ~MatchEngine();
  MatchEngine(const MatchEngine&) = delete;
  MatchEngine& operator=(const MatchEngine&) = delete;

  // Takes over what the store holds: from the snapshot and the feed behind it, or all of it. A snapshot that cannot be used is
  // logged ("match.snapshot_refused" and why) and passed over. Errors as Store::read(); corrupt, "bank.bad_row"; limit,
  // "match.too_many_rows", "match.too_many_banks".
  // Cost: 0.4 us an entry from a snapshot, about 10 us from the store.
  Result<> open(store::Store& store);

  // For the start of whatever is going to ask: opens if nobody did, and looks at the feed if the lease has run out or a change is
  // missing. No statement otherwise. Errors as open().
  Result<> refresh(store::Store& store);

  // After a commit that changed a bank, before it is answered: what was added is found, and what was withdrawn never again, by
  // any thread, when this returns. If it fails, nothing is answered until a later refresh() succeeds (I5). Errors as open().
  Result<> take_over(store::Store& store);

  // Every match of any of the fingerprints, in order and, of the banks that answered, complete (I4): banks up to 31 bits always
  // do. Values that cannot be compared are passed over. Reads no database. unavailable, "match.stale": the lease has run out, or
  // a change could not be taken over. Cost: about 20 us a PDQ value at 10^7 entries, 0.5 us a digest; of a bank above 31 bits 1.3
  // to 2 ns an entry and question.
  Result<EngineAnswer> find(std::span<const Fingerprint> fingerprints, const BankChoice& banks = BankChoice::all(),
                            WideBanks wide = WideBanks::asked) const;
  // The same for each fingerprint by itself, all of one generation.
  Result<EngineAnswers> find_each(std::span<const Fingerprint> fingerprints, const BankChoice& banks = BankChoice::all(),
                                  WideBanks wide = WideBanks::asked) const;

  // Starts the threads that look at the feed, build segments and write the snapshot. Before stop() the store must live.
  void follow(store::Store& store);
  // Joins them, and writes the snapshot if the banks changed since the last.
  void stop();

  // Builds one segment; false when none is worth it. follow() does it by itself.
  bool merge_once();
  // Nothing without a place. Errors as SnapshotWriter.
  Result<> write_snapshot();

  EngineFacts facts() const;
  // Whether any bank above 31 bits has rows.
  bool has_wide_banks() const;
  // Grows with every change that may give somebody a new match: for who compares waiting items again.
  std::int64_t additions() const { return additions_; }
  // Somebody was answered without the banks above 31 bits, and what is waiting has to be compared again.
  void owe_comparison() { ++additions_; }

 private:
  std::chrono::steady_clock::duration since_confirmed() const;
  bool is_fresh() const;
  Result<std::shared_ptr<const Generation>> current_if_fresh() const;
  // Whether the wide banks that the questions concern have answered, too.
  bool answer_wide(const Generation& generation, std::vector<WideScan> scans, const std::vector<std::size_t>& asked_by,
                   std::vector<match::MatchAnswer>& answers) const;

  // These under taking_over_.
  Result<> open_locked(store::Store& store);
  Result<> follow_feed(store::Store& store);
  Result<std::unique_ptr<TableState>> read_store(store::Store& store) const;
  Result<std::unique_ptr<TableState>> read_own_snapshot(store::Store& store) const;
  void put_in_place(std::unique_ptr<TableState> state);

  void publish_locked();  // under writing_
  bool rest(std::chrono::milliseconds time);
  void run_feed(store::Store& store);
  // Until something is announced or it is time to look all the same; false when stopping.
  bool wait_for_change(store::Store& store, std::int64_t& heard);
  void run_merges();

  const EngineOptions options_;
  mutable WideScans wide_;

  // Locked in this order.
  std::mutex taking_over_;      // one look at the feed at a time
  std::mutex merging_;          // one merge at a time
  mutable std::mutex writing_;  // state_ and what follows
  std::unique_ptr<TableState> state_;
  std::int64_t states_ = 0;  // counts the values of state_
  std::int64_t generations_ = 0;
  std::size_t saved_rows_ = 0;  // in the last snapshot
  std::int64_t saved_feed_ = -1;
  mutable std::mutex publishing_;  // held for the copy of a pointer only
  std::shared_ptr<const Generation> current_;

  std::atomic<bool> is_behind_{true};  // a change is missing, or nothing was read yet
  std::atomic<std::int64_t> confirmed_ns_{0};
  std::atomic<std::int64_t> additions_{0};
  mutable std::atomic<std::int64_t> wide_left_out_{0};
  std::atomic<std::int64_t> built_in_ms_{0};
  std::atomic<std::int64_t> segments_built_{0};
  std::atomic<bool> is_following_{false};

  std::mutex stopping_mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;  // guarded by stopping_mutex_
  std::vector<std::thread> threads_;
};

}  // namespace tutela::match_engine
