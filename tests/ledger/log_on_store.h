#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger_repository.h"
#include "ledger/ledger_view.h"
#include "ledger/log_export.h"
#include "ledger/log_verify.h"
#include "ledger/recorder.h"
#include "ledger/sequencer.h"
#include "ledger/test_ledger.h"
#include "line/schema_steps.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"

namespace tutela::ledger {

inline const auto kBackEnds = testing::Values("sqlite", "postgresql");
inline std::string back_end_name(const testing::TestParamInfo<const char*>& info) { return info.param; }

// A ledger of its own on either back end, whose database can be copied away and put back as a restore does. Of a suite:
// INSTANTIATE_TEST_SUITE_P(Stores, NameOfIt, kBackEnds, back_end_name).
class LogOnStore : public testing::TestWithParam<const char*> {
 protected:
  LogOnStore()
      : random_(23),
        signing_key_(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random_))),
        subject_key_(crypto::SubjectKey::make(random_)),
        clock_(from_unix_ms(1'795'348'800'000)),
        recorder_(subject_key_, random_, [] {}) {
    open();
    EXPECT_TRUE(store::migrate(*store_, line::schema_steps()));
    EXPECT_TRUE(sequencer_->open_epoch(*store_, std::nullopt));
  }

  bool is_sqlite() const { return std::string_view(GetParam()) == "sqlite"; }
  std::filesystem::path file() const { return folder_.path() / "tutela.db"; }
  std::string database() const { return conninfo_.substr(conninfo_.rfind('=') + 1); }
  void open() {
    if (!is_sqlite() && conninfo_.empty()) conninfo_ = test::PostgresServer::shared().create_database();
    store_ = (is_sqlite() ? store::open_sqlite(file()) : store::open_postgres(conninfo_)).value();
    sequencer_.emplace(Sequencer::Parts{"node.test/tutela", signing_key_, subject_key_, clock_, random_, Bytes(16, 1)});
  }
  // The copy of a backup, made while nobody writes.
  void back_up() {
    store_.reset();
    copy(is_sqlite() ? file().string() : database(), copy_name());
    open();
  }
  void restore() {
    store_.reset();
    if (is_sqlite()) std::filesystem::remove(file().string() + "-wal");
    copy(copy_name(), is_sqlite() ? file().string() : database());
    open();
  }

  // So many entries about items 1 to 3, numbered.
  void append(int count) {
    ASSERT_TRUE(store_->write([&](store::Transaction& tx) -> Result<> {
      for (int i = 0; i < count; ++i)
        TUTELA_TRY(recorder_.record(
            tx, {"item.viewed", "item", Bytes{static_cast<std::uint8_t>(i % 3)}, clock_.now(), R"({"by":"node"})"}));
      return {};
    }));
    clock_.advance(Duration{1'000});
    for (;;) {
      const auto count_now = sequencer_->sequence_pending(*store_);
      ASSERT_TRUE(count_now) << to_string(count_now.error());
      if (*count_now == 0) return;
    }
  }

  template <class Body>
  auto read(Body body) {
    using T = typename decltype(body(std::declval<store::Reader&>()))::value_type;
    return store::in_snapshot<T>(*store_, body);
  }
  std::string note() {
    return read([](store::Reader& reader) { return latest_checkpoint(reader); }).value();
  }
  Checkpoint checkpoint() { return open_checkpoint(note(), signing_key_.public_key()).value(); }
  Result<std::string> published(std::uint64_t epoch, Published which) {
    return read([&](store::Reader& reader) { return published_checkpoint(reader, epoch, which); });
  }
  std::map<std::string, Bytes> export_files() {
    std::map<std::string, Bytes> files;
    const auto sink = [&](const std::string& path, BytesView content) -> Result<> {
      files[path] = Bytes(content.begin(), content.end());
      return {};
    };
    const auto counts = read([&](store::Reader& reader) { return export_log(reader, {}, sink); });
    EXPECT_TRUE(counts) << to_string(counts.error());
    if (counts) {
      EXPECT_EQ(counts->files, files.size());
    }
    return files;
  }
  Result<ExportReport> verify_files(const std::map<std::string, Bytes>& files, ExportTrust trust = {}) {
    trust.key = signing_key_.public_key();
    return verify_export(export_source(files), trust);
  }

  test::TempFolder folder_;
  std::string conninfo_;
  SeededRandom random_;
  crypto::KeyPair signing_key_;
  crypto::SubjectKey subject_key_;
  ManualClock clock_;
  Recorder recorder_;
  std::unique_ptr<store::Store> store_;
  std::optional<Sequencer> sequencer_;

 private:
  std::string copy_name() const { return is_sqlite() ? (folder_.path() / "copy.db").string() : database() + "_copy"; }
  void copy(const std::string& from, const std::string& to) const {
    if (is_sqlite()) {
      std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
      return;
    }
    auto& server = test::PostgresServer::shared();
    server.run("DROP DATABASE IF EXISTS " + to + " WITH (FORCE)");
    server.run("CREATE DATABASE " + to + " TEMPLATE " + from);
  }
};

}  // namespace tutela::ledger
