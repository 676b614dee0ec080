#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "crypto/signature.h"
#include "http/server.h"
#include "ledger/cosignature.h"
#include "line/witnessing.h"

namespace tutela::test {

// A witness for tests, as C2SP tlog-witness describes it: checks signature and consistency, keeps what it cosigned in a file
// before it answers, and answers over real HTTP on loopback. There is none in Debian to test against, so the protocol's text is
// the judge.
class WitnessServer {
 public:
  struct Options {
    std::string name = "witness.test/w1";
    std::string log_name;  // of the logs that it knows: NAME of "NAME/epoch-N"
    crypto::PublicKey log_key;
    std::filesystem::path state;
    std::uint64_t seed = 5;
  };
  explicit WitnessServer(Options options);
  ~WitnessServer();

  line::Witness witness() const;

  // What may go wrong at the other end; one at a time, until it is set back.
  enum class Fault : std::uint8_t {
    none,
    loses_answer,         // cosigns and keeps it, but the answer is 500
    signs_other_text,     // a valid signature over something else
    answers_for_another,  // a cosignature of a key that nobody asked
    answers_garbage,
    is_down,  // 503 before anything
    forbids,  // 403 whatever is sent
    huge,     // more than any answer may be
  };
  Fault fault = Fault::none;
  // Before it answers.
  std::function<void()> meanwhile;
  int requests = 0;
  int last_status = 0;

 private:
  http::Response answer(const http::Request& request);
  http::Response add_checkpoint(std::string_view body);
  http::Response cosign(const ledger::Checkpoint& checkpoint, const std::string& text);
  struct Held {
    std::uint64_t size;
    std::string root;  // base64
  };
  std::optional<Held> held(const std::string& origin) const;
  void keep(const std::string& origin, const Held& now) const;

  const Options options_;
  std::optional<crypto::KeyPair> key_;
  std::mutex mutex_;  // check and keep are one step
  std::unique_ptr<http::Server> server_;
};

}  // namespace tutela::test
