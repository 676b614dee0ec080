#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/beside_database.h"
#include "base/clock.h"
#include "base/random.h"
#include "decode/decoder.h"
#include "ledger/sequencer.h"
#include "line/answer_counts.h"
#include "line/context.h"
#include "line/item_floods.h"
#include "line/receipt_generations.h"
#include "line/token_cache.h"
#include "match_engine/match_engine.h"
#include "vault/key_store.h"
#include "vault/object_store.h"

// A node that takes reports in, without doors and decoder: its folder, keys, store, ledger and banks are real.
namespace tutela::bench {

// What one report of the measurement is: a platform's report by machine with an idempotency key, 600 bytes of text, a SHA-256, an
// MD5 and a PDQ value; every tenth names a SHA-256 that was reported before.
class ReportNode {
 public:
  // `conninfo` empty: SQLite in `folder`.
  ReportNode(const std::filesystem::path& folder, const std::string& conninfo);
  ~ReportNode();
  ReportNode(const ReportNode&) = delete;
  ReportNode& operator=(const ReportNode&) = delete;

  store::Store& store() { return *store_; }
  const line::Context& context() const { return *context_; }

  // Stores rows as so many reports would have left them, without the use case: for sizes that nobody waits for. Their sealed text
  // has 64 bytes instead of 640: no index holds it.
  void fill(std::int64_t reports);

  struct Rate {
    double reports_per_second = 0;   // until the last was acknowledged
    double numbered_per_second = 0;  // until the ledger had integrated the last, too
    double lag_ms = 0;               // from the last answer to its checkpoint
    double p99_ms = 0;
    double cpu_us = 0;      // of the process, a report, the ledger's included
    double written_kb = 0;  // a report: SQLite's file and log, or PostgreSQL's log; the ledger's included
  };
  // `threads` callers for so long, the sequencer beside them.
  Rate measure(int threads, std::chrono::milliseconds time);

 private:
  void take_one(Random& random);
  double written_bytes();
  void number_entries();

  SystemClock clock_;
  SystemRandom random_;
  std::optional<vault::KeyStore> keys_;
  std::optional<vault::ObjectStore> objects_;
  std::unique_ptr<store::Store> store_;
  std::optional<ledger::Recorder> recorder_;
  std::optional<ledger::Sequencer> sequencer_;
  std::optional<app::KnownHead> known_head_;
  std::unique_ptr<decode::Decoder> decoder_;
  match_engine::MatchEngine banks_;
  line::AnswerCounts answers_;
  line::ItemFloods floods_;
  line::ReceiptGenerations generations_;
  line::TokenCache tokens_;
  law::JurisdictionTable law_;
  accounts::NodeRow row_;
  std::optional<line::Context> context_;
  std::optional<TokenId> token_;
  std::int64_t filled_ = 0;
  std::atomic<std::uint64_t> taken_{0};

  std::mutex mutex_;
  std::condition_variable staged_;
  bool has_staged_ = false;
  bool stop_ = false;
  std::thread numbering_;
};

}  // namespace tutela::bench
