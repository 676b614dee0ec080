#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "decode/decoder.h"
#include "http/server.h"
#include "intake/submission.h"
#include "ledger/ledger_repository.h"
#include "ledger/sequencer.h"
#include "line/accounts.h"
#include "line/answer_counts.h"
#include "line/banks.h"
#include "line/context.h"
#include "line/item_floods.h"
#include "line/match_watch.h"
#include "line/receipt_generations.h"
#include "line/reporting.h"
#include "line/reviewing.h"
#include "line/token_cache.h"
#include "review/item_repository.h"
#include "scenario/faulty_store.h"
#include "support/temp_folder.h"
#include "vault/key_store.h"
#include "vault/object_store.h"

// A whole node for scenarios, without a socket: its folder, keys, store, ledger and decoder are real; clock and randomness are
// ours.
namespace tutela::test {

// The value, or a failed test and an abort that says why.
template <class T>
T must(Result<T> result, std::source_location site = std::source_location::current()) {
  if (!result) {
    ADD_FAILURE_AT(site.file_name(), static_cast<int>(site.line())) << to_string(result.error());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// "ok" or the reason, for EXPECT_EQ.
template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().reason.text());
}

// The real decoder, with a switch that makes it fail as it does when its process cannot be had.
class SwitchedDecoder final : public decode::Decoder {
 public:
  // One process for all nodes of a test program: it keeps nothing from one job to the next.
  static decode::Decoder& real();

  Result<decode::Decoded> decode(BytesView bytes, const decode::DecodeRequest& request) override {
    ++jobs;
    if (failure) return std::unexpected(*failure);
    if (known)
      if (const auto found = known->find(Bytes(bytes.begin(), bytes.end())); found != known->end()) return found->second;
    return real().decode(bytes, request);
  }

  std::optional<Error> failure;
  // Files whose answer was had before, where no process can be started.
  const std::map<Bytes, decode::Decoded>* known = nullptr;
  std::atomic<int> jobs = 0;
};

struct NodeOptions {
  std::string name = "platform-a.test";
  std::string kind = "platform";
  std::string country = "US";
  bool mandate = true;
  std::uint64_t seed = 1;
  std::string postgresql = {};  // conninfo; empty: SQLite
  // Made or, where a node is in it, opened; empty: one of its own, which goes with it.
  std::filesystem::path folder = {};
  match::FloodGuard::Options flood = line::ItemFloods::kOptions;
  match_engine::WideScanOptions wide = {};
};

class LineNode {
 public:
  explicit LineNode(NodeOptions options = {});

  const line::Context& context() const { return *context_; }
  store::Store& store() { return *store_; }

  // A member of that name, signed in with a password of ours. `manager()` and so on are fixed ones.
  line::SignedIn join(const std::string& login, RoleSet roles);
  line::SignedIn again(const std::string& login);  // signed in anew, after the clock moved

  // A report by machine.
  Result<line::ReceivedReport> upload(BytesView file, const std::string& type = "", const std::string& key = "",
                                      std::vector<std::string> addresses = {});
  // A report at the public door.
  Result<line::ReceivedReport> report_address(const std::string& address, const std::string& text = "");
  Result<line::ReceivedReport> report_worry(const std::string& text,
                                            casework::DangerSaid danger = casework::DangerSaid::not_said);
  Result<line::ReceivedReport> hand_in(intake::SubmissionDraft draft);

  // Claims, looks in full and assesses.
  Result<line::AssessmentTaken> judge(const ItemId& item, const line::SignedIn& member, Act act = Act::a,
                                      AgeBand age_band = AgeBand::prepubescent);
  // Told of each view that judge() opened, before it goes on.
  std::function<void(const ItemId&, const ViewId&)> on_view;
  // Two of the members agree: the item is final.
  void finish(const ItemId& item, const line::SignedIn& first, const line::SignedIn& second, Act act = Act::a);

  review::ItemRow item(const ItemId& id);
  line::CheckedToken machine();
  // In a folder that was opened again.
  void use_machine(const TokenId& token) { machine_ = token; }
  // Numbers what is staged.
  Result<> sequence();
  // And brings what a restore must apply of it into folder()/after.list, which is made if it is not there. Returns how many
  // lines.
  Result<std::size_t> write_after_list();
  template <class T, class Body>
  T read(Body&& body) {
    return must(in_snapshot<T>(*store_, std::forward<Body>(body)));
  }
  std::int64_t count(std::string_view sql);

  // Kinds of a subject's entries, in order, after numbering what was staged.
  template <class Tag>
  std::vector<std::string> events(std::string_view type, const Id<Tag>& id) {
    return events(type, id.bytes());
  }
  std::vector<std::string> events(std::string_view type, BytesView id);
  std::vector<std::string> payloads(std::string_view type, BytesView id, std::string_view kind);
  std::size_t object_files() const;
  // Database and write-ahead log as they lie there, into a folder that is made. These bytes are in the log.
  void copy_database(const std::filesystem::path& to, std::initializer_list<Bytes> logged) const;
  const std::filesystem::path& folder() const { return path_; }
  // Whether `text` stands anywhere in the files of the database, or in a ledger payload.
  bool database_holds(std::string_view text);

  // Answers the machine API on a port of loopback.
  http::Server& listen();
  std::string url();

  ManualClock clock{from_unix_ms(1'795'348'800'000)};
  SeededRandom random;
  SwitchedDecoder decoder;
  std::unique_ptr<FaultyStore> faults;
  match_engine::MatchEngine banks;
  line::AnswerCounts answers;
  line::ItemFloods floods;
  line::ReceiptGenerations generations;
  line::TokenCache tokens;

 private:
  std::optional<TempFolder> own_folder_;
  std::filesystem::path path_;
  accounts::NodeRow row_;
  std::optional<vault::KeyStore> keys_;
  std::optional<vault::ObjectStore> objects_;
  std::unique_ptr<store::Store> store_;
  std::optional<ledger::Recorder> recorder_;
  std::optional<ledger::Sequencer> sequencer_;
  law::JurisdictionTable law_;
  std::optional<line::Context> context_;
  std::optional<TokenId> machine_;
  line::MatchWatch match_watch_{clock};
  std::unique_ptr<http::Server> server_;
  int keys_used_ = 0;
  ledger::LeafPlace listed_{1, 0};
};

// A drawn picture as a PNM or PNG file. Equal seeds draw equal pictures; `noise` changes a few bits of its PDQ.
Bytes pnm(std::uint64_t seed, std::uint32_t noise = 0);
Bytes png(std::uint64_t seed, std::uint32_t noise = 0);

inline const Sensitive<std::string> kPassword{std::string("a password of this test")};

// What doctor --deep finds on the node in `folder`, which nobody has open or one process has: one line a damage, and one a notice
// that is not of the kinds a crash leaves.
std::vector<std::string> what_doctor_finds(const std::filesystem::path& folder, Time now);
// The same of another database than the folder's own.
std::vector<std::string> what_doctor_finds(const std::filesystem::path& folder, store::Store& store, Time now);

}  // namespace tutela::test
