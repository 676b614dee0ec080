#pragma once

#include <string>

#include "base/result.h"
#include "base/sensitive.h"

// Argon2id (RFC 9106) with 64 MiB and 2 passes: about 0.1 to 0.2 s of one core. At most two run at once in a process, so that
// sign-in attempts cannot take the machine's memory; who waits longer than five seconds gets busy, "password.busy".
namespace tutela::crypto {

// The PHC string "$argon2id$v=19$m=65536,t=2,p=1$salt$hash". invalid, "password.length" outside 12..256 bytes.
Result<std::string> hash_password(const Sensitive<std::string>& password);

// denied, "password.wrong"; corrupt, "password.malformed_hash".
Result<> verify_password(const Sensitive<std::string>& password, const std::string& hash);

// For a login that does not exist: costs what verify_password costs, so that the answer's time does not tell. Always an error:
// denied, "password.wrong", or busy.
Result<> refuse_password(const Sensitive<std::string>& password);

}  // namespace tutela::crypto
