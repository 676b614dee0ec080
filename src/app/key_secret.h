#pragma once

#include "app/config.h"
#include "vault/folder_seal.h"

namespace tutela::app {

// Where the secret of a sealed key folder comes from. A passphrase: from the file descriptor that TUTELA_PASSPHRASE_FD names, or
// systemd's credential `tutela-passphrase`, or typed at the terminal; never from an argument or a variable, which others can
// read; a credential that is there and cannot be read is not passed over. A command: `keys.command` of tutela.toml, without a
// shell, for at most 30 seconds and 256 bytes.
//
// denied, "keys.no_passphrase" (none of the three); invalid, "config.bad_value" (no command is set); unavailable,
// "keys.command_failed" (did not start, took too long, said too much or ended with an error).
vault::AskSecret ask_key_secret(const Config& config);
// The next one, for `keys seal`: the same with TUTELA_NEW_PASSPHRASE_FD, no credential, and typed twice. denied,
// "keys.passphrases_differ".
vault::AskSecret ask_new_key_secret(const Config& config);

}  // namespace tutela::app
