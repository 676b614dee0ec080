#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <thread>

#include "doors/running_node.h"
#include "ledger/time_stamp_authority.h"
#include "ledger/witness_server.h"
#include "support/captured_log.h"

// A server has its checkpoints cosigned and stamped by itself, under the lease of that work.
namespace tutela::test {
namespace {

class WitnessedServer : public testing::Test {
 protected:
  WitnessedServer() {
    const auto console = folder_.path() / "console";
    std::filesystem::create_directories(console);
    std::ofstream(console / "index.html") << "<!doctype html><title>console</title>";
    app::Config config;
    listen_from(config, free_ports());
    config.decoder.program = TUTELA_BINARY_DIR "/tutela-decoder";
    config.console_files = console;
    config.ledger.witness_every = std::chrono::seconds(1);
    config.ledger.time_stamp_url = authority_.url();
    config.ledger.time_stamp_roots = authority_.roots_file();
    must(app::create_node({data_}, {"node.test", "platform", "US", true, config}));
    const auto key = must(vault::KeyStore::open(data_ / "keys")).signing_key().public_key();
    witness_ = std::make_unique<WitnessServer>(
        WitnessServer::Options{"witness.test/w1", "node.test", key, folder_.path() / "witness", 5});
    config.ledger.witnesses = {line::encode_witness(witness_->witness())};
    std::ofstream(data_ / "tutela.toml", std::ios::trunc) << app::config_text(config);
    node_ = must(app::Node::open({data_}, app::DecoderUse::start));
  }
  void TearDown() override {
    if (server_) server_->stop();
  }

  store::Store& store() { return node_->context().store; }
  std::int64_t number(std::string_view sql) {
    return must(store::in_snapshot<std::int64_t>(store(), [&](store::Reader& reader) -> Result<std::int64_t> {
      TUTELA_ASSIGN(const auto row, reader.query_one(sql));
      return row->integer(0);
    }));
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int tried = 0; tried < 1'200; ++tried) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  TempFolder folder_;
  const std::filesystem::path data_ = folder_.path() / "node";
  TimeStampAuthority authority_{folder_.path() / "authority"};
  std::unique_ptr<WitnessServer> witness_;
  std::unique_ptr<app::Node> node_;
  std::unique_ptr<app::NodeServer> server_;
};

TEST_F(WitnessedServer, CosignsAndStampsByItselfAndNothingOnceAnotherDoesThatWork) {
  const CapturedLog log;
  server_ = must(app::NodeServer::start(*node_));
  EXPECT_TRUE(eventually([&] {
    return number("SELECT COUNT(*) FROM ledger_cosignature") == 1 && number("SELECT COUNT(*) FROM ledger_time_stamp") == 1;
  })) << log.text();

  // While the witness thinks, another server takes the work over.
  witness_->meanwhile = [&] {
    must(store().write([](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute("UPDATE work_lease SET holder = $1, fencing = fencing + 1, expires_at = $2 WHERE name = 'witness'",
                            {Bytes(16, 1), INT64_MAX}));
      return {};
    }));
  };
  must(store().write([&](store::Transaction& tx) {
    return node_->context().recorder.record(tx, {"token.issued", "node", {}, node_->clock().now(), "{}"});
  }));
  EXPECT_TRUE(eventually([&] { return log.lines("store.stale_lease") > 0; })) << log.text();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger_cosignature"), 1) << "what came too late is not kept";
}

}  // namespace
}  // namespace tutela::test
