#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tutela::app {

// One data folder's tutela.toml. Every key has a default; an unknown key is refused, so that a misspelt limit is not silently
// ignored.
struct Config {
  struct Listen {
    std::string address = "127.0.0.1";
    std::uint16_t public_port = 8080;
    std::uint16_t console_port = 8081;
    std::uint16_t portal_port = 8082;
    std::uint16_t machine_port = 8083;
    std::uint16_t metrics_port = 8084;
  } listen;

  struct Urls {
    std::string public_door = "http://127.0.0.1:8080";
    std::string console = "http://localhost:8081";  // another host name than the public door: cookies ignore ports
    std::string portal = "http://127.0.0.1:8082";   // stands in notices; what a host's abuse desk opens
  } urls;

  struct Mail {
    std::string smtp;    // "smtp://host:port"; empty: notices wait in the outbox
    std::string folder;  // or a folder that takes one file a message, for a mail program to pick up
    std::string from = "notices@node.test";
  } mail;

  struct Store {
    std::string postgresql;  // conninfo; empty: SQLite in the data folder
  } store;

  struct Ledger {
    std::vector<std::string> witnesses;      // "NAME+hex8+base64 URL" each: who is asked to cosign checkpoints
    std::chrono::seconds witness_every{60};  // how often they are asked while there is something new
    std::string time_stamp_url;              // of an RFC 3161 authority; empty: none
    std::string time_stamp_roots;            // file of the certificates (PEM) that its replies must lead to
    std::chrono::seconds time_stamp_every{86'400};
  } ledger;

  struct Keys {
    // Prints the key that a key folder sealed with a command opens with: 32 bytes in base64. First an absolute path; no shell.
    std::vector<std::string> command;
  } keys;

  struct Match {
    // On PostgreSQL, where others change the banks too: how old the last look at their changes may be before nothing is answered.
    std::chrono::milliseconds lease{2'000};
  } match;

  struct Decoder {
    std::string program;  // empty: tutela-decoder beside this program
    bool allow_unsandboxed = false;
    std::string pdq_kernel;  // "baseline", "avx2", "avx512": that code and no other; empty: the fastest of this processor
  } decoder;

  struct Review {
    std::chrono::seconds exposure_max{1800};  // full and grey views a shift; then the server opens no more
    std::int64_t weight_max = 400;            // severity-weighted items a shift
    std::chrono::hours shift{8};
  } review;

  struct Clocks {
    std::chrono::hours urgent_confirm{24};
    std::chrono::hours notice_answer{24};
    std::chrono::seconds recheck{3600};     // between two looks whether an address still serves
    std::chrono::seconds outbox_first{5};   // after the first failure; doubles up to an hour
    std::chrono::seconds answers_poll{10};  // how often an authority is asked what came of a referral
  } clocks;

  std::string console_files;  // empty: the folder that the build installed beside the program
};

// invalid, "config.malformed" (place: line and column), "config.unknown_key", "config.bad_value" (place: the key).
Result<Config> parse_config(std::string_view text);
// The text that `tutela init` writes: parse_config of it gives `config`.
std::string config_text(const Config& config);

}  // namespace tutela::app
