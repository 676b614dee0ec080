#include "app/command_output.h"

#include <array>
#include <cstdio>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tutela::app {
namespace {

struct Hint {
  std::string_view reason;
  std::string_view text;
};
constexpr std::array kHints{
    Hint{"store.in_use", "A server holds this folder. Stop it first; nothing was changed."},
    Hint{"decoder.no_sandbox",
         "The decoder cannot be isolated here. Install bubblewrap and allow user namespaces; nothing was started."},
    Hint{"node.root_only",
         "No other user can reach the folder or the program. Move them out of a closed home, or start as an ordinary user."},
    Hint{"node.no_folder", "There is no node in that folder. Make one with 'tutela init'."},
    Hint{"bank.unknown", "No bank has that name. 'tutela bank list' shows them; 'tutela bank create' makes one."},
    Hint{"bank.not_adopted", "A safe bank takes lists only after two members said 'tutela bank adopt'."},
    Hint{"bank.not_exportable", "What people reported themselves is not handed on."},
    Hint{"bank.second_member_needed", "You adopted it before. Another member has to say the same."},
    Hint{"list.unknown_format", "Say --format csv, jsonl or text; it is guessed only from .csv, .jsonl, .ndjson and .txt."},
    Hint{"list.bad_header",
         "The first line of a CSV list names its columns: sha256, pdq, pdq.quality, other:<algorithm>, reference, act, age_band, "
         "status."},
    Hint{"list.cannot_write",
         "The user that the node runs as may not write there. Without --out the list goes to standard output."},
    Hint{"list.changed_meanwhile", "Somebody wrote to the list while it was read. Start again when it is complete."},
    Hint{"list.upper_case", "Values are lower-case hexadecimal here: pass the list through tr A-F a-f."},
    Hint{"match.one_source", "Say what to compare with: --list FILE or --data FOLDER (or, for match, --node ADDRESS)."},
    Hint{"question.unclear", "Neither a file nor the length of a known fingerprint. Write <algorithm>:<value>."},
    Hint{"scan.other_plan", "Another scan was begun under this name. Take another --out, or remove <out>.scan and begin anew."},
    Hint{"scan.out_exists", "The result is there, and no scan of this name made it. Take another --out."},
    Hint{"scan.out_inside", "The result would be among the files that are scanned. Take an --out elsewhere."},
    Hint{"scan.folder_or_manifest", "Say --folder or --manifest, one of them."},
    Hint{"match.distance_out_of_range", "A threshold is 0 to 256 bits; 31 is usual for PDQ."},
    Hint{"bank.distance_out_of_range", "A threshold is 0 to 256 bits; 31 is usual for PDQ."},
    Hint{"bank.wide_too_large",
         "A bank above 31 bits is scanned row by row and kept small. Split the list, or lower the threshold."},
    Hint{"keys.wrong_secret",
         "That does not open the key folder; nothing was changed. Without its passphrase or command nothing in this node opens: "
         "see "
         "docs/operating/keys.md."},
    Hint{"keys.no_passphrase",
         "Nobody could be asked. Start it at a terminal, name a file descriptor in TUTELA_PASSPHRASE_FD, or give systemd the "
         "credential tutela-passphrase."},
    Hint{"keys.command_failed",
         "keys.command of tutela.toml must print 32 bytes in base64 within 30 seconds and end with 0; nothing was changed."},
    Hint{"keys.bad_secret", "keys.command of tutela.toml must print 32 bytes in base64; nothing was changed."},
    Hint{"keys.passphrase_length", "A passphrase is 12 to 1024 bytes long; nothing was changed."},
    Hint{"keys.passphrases_differ", "The two were not the same; nothing was changed."},
    Hint{"keys.seal_missing",
         "The key folder's files are sealed, and the file 'seal' is gone. Put it back from a copy of the key folder."},
    Hint{"after_list.cut",
         "The last line of after.list was cut. Take a whole copy of it; the node drops a line that a crash cut when it writes."},
    Hint{"after_list.wrong_key", "after.list is of another node. Put this node's own back; nothing was changed."},
    Hint{"retention.clock_unsettled", "The clock jumped, or the node was restored. Nothing is destroyed for 72 hours."},
    Hint{"access.bad_login", "The login or the password is wrong."},
};

}  // namespace

int report_error(const Error& error) {
  fmt::print(stderr, "tutela: {}\n", to_string(error));
  for (const Hint& hint : kHints)
    if (hint.reason == error.reason.text()) fmt::print(stderr, "{}\n", hint.text);
  return error_class(error.code).exit_code;
}

void print_result(const nlohmann::json& result, OutputForm form) {
  if (form == OutputForm::json) {
    fmt::print("{}\n", result.dump());
    return;
  }
  for (const auto& [key, value] : result.items())
    fmt::print("{:<12} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace tutela::app
