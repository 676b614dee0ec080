#include "report_node.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <source_location>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "ledger/ledger_repository.h"
#include "line/accounts.h"
#include "line/banks.h"
#include "line/reporting.h"
#include "line/schema_steps.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"

namespace tutela::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kTextBytes = 600;
constexpr std::uint64_t kRepeatEvery = 10;
constexpr std::int64_t kFillAtOnce = 20'000;

template <class T>
T must(Result<T> result, std::source_location site = std::source_location::current()) {
  if (!result) {
    std::fprintf(stderr, "%s:%u: %s\n", site.file_name(), site.line(), to_string(result.error()).c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class NoDecoder final : public decode::Decoder {
 public:
  Result<decode::Decoded> decode(BytesView, const decode::DecodeRequest&) override {
    return fail(ErrorCode::unavailable, "decoder.not_started");
  }
};

law::JurisdictionTable built_in_law() { return must(law::built_in_table()); }

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

double process_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// The digest that the n-th report names: every tenth repeats that of an earlier one.
Bytes digest_of(std::uint64_t n, std::uint64_t salt) {
  if (n >= kRepeatEvery && n % kRepeatEvery == 0) n /= 2;
  SeededRandom random(n * 2 + 1 + salt);
  const auto bytes = random.bytes<32>();
  return Bytes(bytes.begin(), bytes.end());
}

// What both back ends need words of their own for: the i-th time-ordered key, before any that is made today, and random bytes.
struct Words {
  std::string id;
  std::string receipt;  // random in the generation of i
  std::string random32;
  std::string random72;
  std::string text;
  std::string key;          // hexadecimal
  std::string token;        // 16 bytes
  std::string subjects[2];  // 32 bytes each, scattered, the same for one i
};
Words words_of(std::string_view backend, const TokenId& token) {
  if (backend == "sqlite")
    return {"CAST(char(1) || 'A' || printf('%014d', i) AS BLOB)",
            "CAST(X'00000001' || printf('%04d', i / 200000) || randomblob(32) AS BLOB)",
            "randomblob(32)",
            "randomblob(72)",
            "randomblob(64)",
            "hex(randomblob(16))",
            "X'" + encode_hex(token.bytes()) + "'",
            {"CAST(printf('%08x%024d', (2 * i * 2654435761) & 4294967295, i) AS BLOB)",
             "CAST(printf('%08x%024d', ((2 * i + 1) * 2654435761) & 4294967295, i) AS BLOB)"}};
  const std::string random16 = "uuid_send(gen_random_uuid())";
  const std::string random32 = random16 + " || " + random16;
  return {"convert_to(chr(1) || 'A' || lpad(i::text, 14, '0'), 'UTF8')",
          "'\\x00000001'::bytea || convert_to(lpad((i / 200000)::text, 4, '0'), 'UTF8') || " + random32,
          random32,
          random32 + " || " + random32 + " || substr(" + random16 + ", 1, 8)",
          random32 + " || " + random32,
          "replace(gen_random_uuid()::text, '-', '')",
          "'\\x" + encode_hex(token.bytes()) + "'::bytea",
          {"sha256(convert_to('r' || i, 'UTF8'))", "sha256(convert_to('i' || i, 'UTF8'))"}};
}

}  // namespace

ReportNode::ReportNode(const std::filesystem::path& folder, const std::string& conninfo)
    : law_(built_in_law()), row_{"bench.test", "hotline", "US", true, clock_.now()} {
  keys_ = must(vault::KeyStore::create(folder / "keys", random_));
  objects_ = must(vault::ObjectStore::open(folder / "objects", keys_->lookup_key()));
  store_ = must(conninfo.empty() ? store::open_sqlite(folder / "tutela.sqlite") : store::open_postgres(conninfo));
  must(store::migrate(*store_, line::schema_steps()));
  must(store_->write([&](store::Transaction& tx) { return accounts::insert_node(tx, row_); }));
  recorder_.emplace(keys_->subject_key(), random_, [this] {
    {
      const std::lock_guard lock(mutex_);
      has_staged_ = true;
    }
    staged_.notify_one();
  });
  sequencer_.emplace(ledger::Sequencer::Parts{row_.name, keys_->signing_key(), keys_->subject_key(), clock_, random_});
  must(sequencer_->open_epoch(*store_, std::nullopt));
  const app::DataFolder beside{folder};
  must(vault::create_after_list(beside.after_list(), keys_->signing_key(), clock_.now()));
  known_head_.emplace(beside);
  decoder_ = std::make_unique<NoDecoder>();
  context_.emplace(line::Context{*store_,
                                 clock_,
                                 random_,
                                 *keys_,
                                 *objects_,
                                 *recorder_,
                                 *decoder_,
                                 banks_,
                                 answers_,
                                 floods_,
                                 generations_,
                                 tokens_,
                                 law_,
                                 row_,
                                 net::DestinationPolicy::loopback_only(),
                                 {}});
  must(line::create_bank(
      *context_, {std::string(line::kOwnBank), match::BankPurpose::match, match::kDistanceBitsDefault, row_.name, "own verdicts"},
      line::Actor::node()));
  must(banks_.open(*store_));
  token_ = must(line::issue_token(*context_, "platform", access::ScopeSet{access::Scope::report_write}, std::chrono::days(300),
                                  line::Actor::node()))
               .id;
  banks_.follow(*store_);
  numbering_ = std::thread([this] { number_entries(); });
}

ReportNode::~ReportNode() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  staged_.notify_all();
  numbering_.join();
  banks_.stop();
}

void ReportNode::number_entries() {
  for (;;) {
    // As a node does it.
    for (std::size_t count = 1; count > 0;) {
      must(known_head_->check(*keys_, *store_));
      count = must(sequencer_->sequence_pending(*store_));
      must(known_head_->keep(*keys_, *store_));
      must(store_->read([&](store::Reader& reader) -> Result<> {
        TUTELA_ASSIGN(const auto behind, ledger::numbering_behind(reader, clock_.now()));
        recorder_->pace().note_behind(behind);
        return {};
      }));
    }
    std::unique_lock lock(mutex_);
    staged_.wait_for(lock, ledger::kLookEvery, [&] { return has_staged_ || stop_; });
    if (stop_) return;
    has_staged_ = false;
  }
}

void ReportNode::take_one(Random& random) {
  const std::uint64_t n = taken_++;
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::machine;
  std::string text(kTextBytes, ' ');
  for (auto& letter : text) letter = static_cast<char>('a' + random.bytes<1>()[0] % 26);
  draft.text = Sensitive<std::string>(std::move(text));
  const auto md5 = random.bytes<16>();
  const auto pdq = random.bytes<32>();
  const auto salt = static_cast<std::uint64_t>(filled_) << 40;
  draft.fingerprints = {must(Fingerprint::make(Algorithm::sha256(), digest_of(n, salt))),
                        must(Fingerprint::make(Algorithm::md5(), Bytes(md5.begin(), md5.end()))),
                        must(Fingerprint::make(Algorithm::pdq(), Bytes(pdq.begin(), pdq.end()), 100))};
  const auto submission = must(intake::Submission::validate(std::move(draft)));
  const auto key = random.bytes<16>();
  const auto digest = random.bytes<16>();
  must(line::receive_report(*context_, submission, std::nullopt,
                            line::MachineCaller{*token_, encode_hex(key), Bytes(digest.begin(), digest.end())}));
}

// Since some beginning.
double ReportNode::written_bytes() {
  if (store_->backend() == "sqlite") {
    std::ifstream counters("/proc/self/io");
    for (std::string name, value; counters >> name >> value;)
      if (name == "wchar:") return std::stod(value);
    return 0;
  }
  const auto row = must(store::in_snapshot<std::optional<store::Row>>(*store_, [](store::Reader& reader) {
    return reader.query_one("SELECT CAST(pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS BIGINT)");
  }));
  return static_cast<double>(row->integer(0));
}

ReportNode::Rate ReportNode::measure(int threads, std::chrono::milliseconds time) {
  std::atomic<std::uint64_t> reports{0};
  std::mutex mutex;
  std::vector<double> latencies_ms;
  const double cpu_before = process_seconds();
  const double written_before = written_bytes();
  const auto start = steady_clock::now();
  double acknowledged_s = 0;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < threads; ++caller)
      callers.emplace_back([&, caller] {
        SeededRandom random(static_cast<std::uint64_t>(caller) * 7'919 + taken_ * 31 +
                            static_cast<std::uint64_t>(start.time_since_epoch().count()));
        std::vector<double> mine;
        while (steady_clock::now() - start < time) {
          const auto begun = steady_clock::now();
          take_one(random);
          mine.push_back(seconds_since(begun) * 1e3);
        }
        reports += mine.size();
        const std::lock_guard lock(mutex);
        latencies_ms.insert(latencies_ms.end(), mine.begin(), mine.end());
      });
  }
  acknowledged_s = seconds_since(start);
  for (;;) {
    const auto waiting = must(store::in_snapshot<std::int64_t>(*store_, ledger::count_staged));
    if (waiting == 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const double numbered_s = seconds_since(start);
  TUTELA_CHECK(!latencies_ms.empty());
  const auto nth = latencies_ms.begin() + static_cast<std::ptrdiff_t>(latencies_ms.size() * 99 / 100);
  std::nth_element(latencies_ms.begin(), nth, latencies_ms.end());
  const auto count = static_cast<double>(reports);
  return {count / acknowledged_s,
          count / numbered_s,
          (numbered_s - acknowledged_s) * 1e3,
          *nth,
          (process_seconds() - cpu_before) / count * 1e6,
          (written_bytes() - written_before) / count / 1'000};
}

void ReportNode::fill(std::int64_t reports) {
  const auto words = words_of(store_->backend(), *token_);
  const std::string series = "WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2) ";
  const auto insert = [&](const std::string& into, const std::string& select) {
    return series + "INSERT INTO " + into + " SELECT " + select + " FROM n";
  };
  std::vector<std::pair<std::string, std::string>> rows{
      {"report (id, receipt_hash, channel, kind, state, received_at, token_id, wrapped_key, sealed_text, version)",
       words.id + ", " + words.receipt + ", 'machine', 'content', 'triaged', i, NULL, " + words.random72 + ", " + words.text +
           ", 1"},
      {"idempotency (token_id, idempotency_key, request_digest, report_id, sealed_receipt)",
       words.token + ", " + words.key + ", " + words.random32 + ", " + words.id + ", " + words.random72},
      {"item (id, state, action, is_new, urgent, is_safe, first_seen_at, due_at, wrapped_key, version)",
       words.id + ", 'queued', 'none', 1, 0, 0, i, i, " + words.random72 + ", 1"},
      {"report_item (report_id, item_id)", words.id + ", " + words.id},
      {"item_fingerprint (item_id, algorithm, value, quality, origin)",
       words.id + ", 'sha256', " + words.random32 + ", NULL, 'sender'"},
      {"item_fingerprint (item_id, algorithm, value, quality, origin)",
       words.id + ", 'md5', " + words.random32 + ", NULL, 'sender'"},
      {"item_fingerprint (item_id, algorithm, value, quality, origin)",
       words.id + ", 'pdq', " + words.random32 + ", 100, 'sender'"},
  };
  // Three entries a report, two subjects. Epoch 0 is nobody's: the log that is measured begins behind them.
  struct Entry {
    std::string place;
    std::string kind;
    std::string subject;
    std::string n;
  };
  for (const auto& entry :
       {Entry{"3 * i", "report.received", words.subjects[0], "1"}, Entry{"3 * i + 1", "item.created", words.subjects[1], "1"},
        Entry{"3 * i + 2", "item.matched", words.subjects[1], "2"}})
    rows.emplace_back("ledger_leaf (epoch, leaf_index, kind, subject, n, previous, at, payload, salt, leaf_hash, born_at)",
                      "0, " + entry.place + ", '" + entry.kind + "', " + entry.subject + ", " + entry.n + ", " + words.random32 +
                          ", i, '{\"report\":\"01890000-0000-7000-8000-000000000000\"}', " + words.random32 + ", " +
                          words.random32 + ", i");
  const auto set_cache = [&](const char* pragma) {
    if (store_->backend() == "sqlite") must(store_->write([&](store::Transaction& tx) { return tx.append(pragma, {}); }));
  };
  set_cache("PRAGMA cache_size=-4000000");
  const std::int64_t until = filled_ + reports;
  while (filled_ < until) {
    const std::int64_t end = std::min(until, filled_ + kFillAtOnce);
    must(store_->write([&](store::Transaction& tx) -> Result<> {
      for (const auto& [into, select] : rows) TUTELA_TRY(tx.execute(insert(into, select), {filled_, end}));
      return {};
    }));
    filled_ = end;
  }
  // As the driver sets it, for what is measured.
  set_cache("PRAGMA cache_size=-65536");
}

}  // namespace tutela::bench
