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
    Hint{"store.foreign_database",
         "There is a database, but it is not a node's. Say another folder or another database; nothing was changed."},
    Hint{"store.newer_schema", "A newer program wrote this database. Use that version or a later one; nothing was changed."},
    Hint{"store.older_schema", "Run 'tutela store migrate' first; nothing was changed."},
    Hint{"store.not_empty", "The target has rows already. Create an empty database and name that; nothing was changed."},
    Hint{"store.not_sqlite", "This node's settings name a PostgreSQL database already; there is nothing to copy."},
    Hint{"store.copy_differs",
         "What was read back is not what was sent. The target was left empty and the node is as it was: check both disks."},
    Hint{"store.not_sound", "What does not fit is listed above. Stop the node, keep a copy of the folder, and restore a backup."},
    Hint{"store.corrupt",
         "This is no database, or a damaged one. Keep a copy of the folder and restore the last backup; nothing was changed."},
    Hint{"store.cannot_open",
         "The database cannot be written: the folder is missing, read-only or closed to this user; nothing was changed."},
    Hint{"store.disk_full", "The disk is full. Make room and start again; what was acknowledged is kept, nothing else was."},
    Hint{"store.lost_connection", "The PostgreSQL server does not answer. Check the settings' conninfo and the server."},
    Hint{"store.server_settings",
         "The PostgreSQL server does not keep what it commits, or is too old: it needs version 15, fsync on and UTF8."},
    Hint{"decoder.no_sandbox",
         "The decoder cannot be isolated here. Install bubblewrap and allow user namespaces; nothing was started."},
    Hint{"node.root_only",
         "No other user can reach the folder or the program. Move them out of a closed home, or start as an ordinary user."},
    Hint{"node.no_folder", "There is no node in that folder. Make one with 'tutela init'."},
    Hint{"node.exists", "There is a node in that folder already. Nothing was changed."},
    Hint{"node.folder_not_empty",
         "That folder holds something else, or what an init left that broke off. A node is made in a folder of its own, new or "
         "empty; nothing was changed."},
    Hint{"node.folder_not_handed_over",
         "Something in the folder cannot be given to the user that the node runs as: a file with a second name elsewhere, or a "
         "disk that cannot be written. Look at it before anything else."},
    Hint{"bank.unknown", "No bank has that name. 'tutela bank list' shows them; 'tutela bank create' makes one."},
    Hint{"bank.entry_or_file", "Say which entries: --entry ID (again for more), or --file LIST, one of the two."},
    Hint{"bank.not_adopted", "A safe bank takes lists only after two members said 'tutela bank adopt'."},
    Hint{"bank.safe_is_exact", "A safe bank holds exact digests only; it has no threshold."},
    Hint{"bank.own_stays_indexed",
         "What is decided here grows without a bound, and above 31 bits it would be scanned row by row. Nothing was changed."},
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
    Hint{"backup.target_exists", "There is something of that name. A backup is never written over another; take a new name."},
    Hint{"backup.target_unwritable", "The user that the node runs as may not make a folder there. Nothing was written."},
    Hint{"backup.object_missing",
         "The database names a file that is not there. 'tutela doctor --deep' lists them; no backup was made."},
    Hint{"restore.no_database",
         "This node was on PostgreSQL. Make an empty database and say --to; the old one is not touched. Nothing was changed."},
    Hint{"backup.not_a_backup", "There is no manifest in that folder: it is no backup, or only half of one. Take another copy."},
    Hint{"backup.other_node",
         "The backup was signed by another node, or these are another node's keys. Nothing was changed. Take the backup and the "
         "keys "
         "of one node."},
    Hint{"backup.incomplete",
         "A file of the backup is missing or cut: it was copied by halves. Copy it again; nothing was changed."},
    Hint{"backup.changed", "A file of the backup is not what was signed. Take another backup; nothing was changed."},
    Hint{"backup.surplus_file",
         "The backup holds a file that does not belong to it. Take an untouched copy; nothing was changed."},
    Hint{"backup.other_checkpoint",
         "The database is not the one that the manifest speaks of. Take another backup; nothing was changed."},
    Hint{"store.foreign_schema", "This database is not of a release of Tutela. Nothing was changed; check which folder it is."},
    Hint{"store.io",
         "Reading or writing the database failed: a full or a broken disk. What was acknowledged is kept; look at the disk."},
    Hint{"vault.disk_full", "The disk is full. Make room; nothing that was acknowledged is lost."},
    Hint{"vault.no_keys", "There is no key store there. Give the folder with signing.key, from the copies that you keep apart."},
    Hint{"vault.corrupt_key", "A key's file is cut or another's. Take another copy of the key store."},
    Hint{"vault.keys_exposed",
         "Others may read the keys. Close the folder (chmod 700) and its files (chmod 600), and ask who read them."},
    Hint{"restore.target_not_empty",
         "The folder holds something. Restore into an empty one; what a broken-off restore left there may be deleted."},
    Hint{"restore.list_not_applied",
         "The list of what was destroyed, withdrawn and held (after.list) says more than the database and the keys know: an "
         "older copy "
         "was put back. Take a backup of it with 'tutela backup' and restore that with --since-list; then it may serve."},
    Hint{"restore.no_list",
         "Without the list of what was destroyed, withdrawn and held since (after.list), a restored node stays closed. Say "
         "--since-list."},
    Hint{"after_list.missing",
         "Without the list of what was destroyed, withdrawn and held (after.list) a node stays closed. Put its newest copy back; "
         "nothing was changed. Only if the node is of a release that had none: 'tutela store migrate --first-files'."},
    Hint{"ledger.head_missing",
         "The file ledger.head is missing, which says how far the ledger was signed. Copy the folder whole, or restore a backup; "
         "nothing was changed. Only if the node is of a release that had none: 'tutela store migrate --first-files'."},
    Hint{"ledger.head_damaged",
         "The file ledger.head is not as it was written. Put back a copy of it, or restore a backup; nothing was changed."},
    Hint{"ledger.head_of_another_node",
         "The file ledger.head is of another node. Put this node's own back; nothing was changed."},
    Hint{"ledger.older_than_known",
         "The database is an older copy: more was signed than it holds, and a second tree must never be. Put the newest database "
         "back with its -wal, or take 'tutela backup' of this one and 'tutela restore' it with --last-known ledger.head; nothing "
         "was changed."},
    Hint{"restore.older_list",
         "That list is older than the backup or than the node's signing key, or another's. Fetch its newest copy; nothing was "
         "changed."},
    Hint{
        "restore.older_keys",
        "The node's signing key was changed since this copy of the key folder was made: after.list or ledger.head names another. "
        "Take a newer copy of the keys; nothing was changed."},
    Hint{
        "keys.change_unfinished",
        "A change of the signing key broke off. Run 'tutela keys change-signing' on this folder again: it goes on where it was."},
    Hint{"ledger.key_changed",
         "The node's signing key was changed while this process ran. Stop it, and start it again on the present key folder."},
    Hint{"succession.too_many", "The signing key was changed as often as it can be: see docs/operating/keys.md."},
    Hint{"succession.bad_signature", "The file 'successions' of the key folder was changed. Put it back from a copy."},
    Hint{"succession.broken_chain", "The file 'successions' of the key folder is not whole. Put it back from a copy."},
    Hint{"succession.malformed", "The file 'successions' of the key folder was changed. Put it back from a copy."},
    Hint{"restore.damaged", "The backup was damaged before it was taken. Take an earlier one; the folder may be deleted."},
    Hint{"restore.not_found_again",
         "An entry of a bank is not found by its own fingerprint. Take an earlier backup; the folder may be deleted."},
    Hint{"ledger.wrong_root",
         "The entries of this epoch are not those that the node signed: the database was changed. Keep it as evidence; restore a "
         "backup."},
    Hint{"ledger.missing_leaf", "Entries of this epoch are missing: the database was changed or damaged. Restore a backup."},
    Hint{"ledger.wrong_leaf",
         "The hash beside this entry is not its own: the database was changed or damaged. Restore a backup."},
    Hint{"ledger.forked",
         "Two signed checkpoints contradict each other: one of them was forged, or the key was used elsewhere. Keep both as "
         "evidence."},
    Hint{"note.bad_signature",
         "The signature is not of these bytes: it was changed or forged. Nothing was changed here. If it is in your own "
         "database: keep a copy as evidence, see what else 'tutela doctor --deep' finds, and restore a backup."},
    Hint{"note.wrong_key",
         "Another key signed it. Nothing was changed here. Put database and key folder of one node together; of what somebody "
         "sent, "
         "ask for the key that signed it."},
    Hint{"node.half_copied",
         "A part of the folder is missing: it was copied by halves. Copy the whole folder while no server runs, or restore a "
         "backup. "
         "Nothing was changed."},
    Hint{"node.other_keys", "These keys are another node's. Put the right key folder there; nothing was changed."},
    Hint{"node.clock_behind",
         "This machine's clock is behind what the node already recorded. Set it right; nothing was changed. Only if the clock "
         "was ahead "
         "before: serve --clock-was-ahead."},
    Hint{"doctor.damaged", "See above what is wrong and what to do."},
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
    Hint{"after_list.full",
         "after.list has no room for further withdrawals; nothing was changed. Begin a new one: see docs/operating/restore.md."},
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
