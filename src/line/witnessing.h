#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "crypto/time_stamp.h"
#include "ledger/cosignature.h"
#include "ledger/key_chain.h"
#include "net/destination.h"
#include "store/store.h"

// Others who sign that they saw our checkpoints: witnesses (C2SP tlog-witness), who also check that each continues the last, and
// time-stamp authorities (RFC 3161), who sign when. What they send is kept beside the checkpoint and published with it.
namespace tutela::line {

struct Witness {
  ledger::WitnessKey key;
  std::string url;  // of its submission prefix, without the slash at the end
};
// "NAME+hex8+base64 URL". invalid, "witness.bad_key", "witness.bad_url".
Result<Witness> parse_witness(std::string_view text);
std::string encode_witness(const Witness& witness);

struct LogParts {
  store::Store& store;
  ledger::KeyChain keys;
  Random& random;
  // Where requests may go. nullopt: to the host that the witness's or authority's URL names, at whatever address it has, since
  // the operator wrote it down; for a demo node loopback only.
  std::optional<net::DestinationPolicy> destinations = std::nullopt;
};

// Asks one witness to cosign the newest checkpoint of the current epoch, unless it has. Returns the size it has cosigned now.
//
// corrupt      "witness.ahead": it has cosigned a larger tree under this origin than the store holds. The store is an older copy
// that
//              was put back without a new epoch, or another node signs with this key
//              "witness.refused_tree": it says that the tree does not continue what it cosigned
//              "witness.no_cosignature": it answered without a valid signature of its key
// not_found    "witness.unknown_log";  denied  "witness.refused_signature";  invalid  "witness.bad_request", "witness.malformed"
// unavailable  "witness.unavailable" (any other status), and as send_request, open_checkpoint and the store
Result<std::uint64_t> ask_witness(const LogParts& log, const Witness& witness);

struct TimeStampAuthority {
  std::string url;
  crypto::TimeStampTrust trust;
};
// Has the newest checkpoint of the current epoch stamped, unless it is. Returns the stamped time of it.
// unavailable, "time_stamp.unavailable" (a status other than 200); as verify_time_stamp, send_request and the store.
Result<Time> ask_for_time_stamp(const LogParts& log, const TimeStampAuthority& authority);

}  // namespace tutela::line
