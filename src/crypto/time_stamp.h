#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/digest.h"

// Time-stamps of RFC 3161: an authority signs that a digest existed at a time.
namespace tutela::crypto {

// application/timestamp-query, DER, version 1: SHA-256 imprint, eight bytes of nonce, certificates asked for.
Result<Bytes> encode_time_stamp_request(const Sha256& imprint, Random& random);

// Whom to believe: certificates of authorities in PEM, one or more.
struct TimeStampTrust {
  std::string roots_pem;
};

// application/timestamp-reply, DER, at most limits::kTimeStampReplyBytesMax. The reply must have been granted, for exactly this
// imprint and, where a request is given, its nonce; its signature must lead to one of the roots through a certificate for
// time-stamping that was valid at the stamped time. Returns that time. corrupt, "time_stamp.malformed", "time_stamp.refused",
// "time_stamp.other_imprint", "time_stamp.other_nonce", "time_stamp.bad_signature"; invalid, "time_stamp.bad_roots"; limit,
// "time_stamp.too_large".
Result<Time> verify_time_stamp(BytesView reply, const Sha256& imprint, const TimeStampTrust& trust,
                               const std::optional<Bytes>& request = std::nullopt);

}  // namespace tutela::crypto
