#include "doctor/examination.h"

#include <algorithm>
#include <array>

#include "doctor/checks.h"

namespace tutela::doctor {
namespace {

struct Advice {
  std::string_view what;
  std::string_view text;
};
constexpr std::string_view kRestore =
    "Stop the server, keep a copy of the folder as it is, and restore the last backup ('tutela restore').";
constexpr std::array kAdvice{
    Advice{"doctor.damaged_file", kRestore},
    Advice{"doctor.missing_table",
           "Another program's database, or a damaged one. Check the folder; otherwise restore the last backup."},
    Advice{"doctor.foreign_table", "Something that is not Tutela made this. Find out what writes into the database."},
    Advice{"doctor.other_schema",
           "Another release made this table. Run the release that belongs to it, or restore the last backup."},
    Advice{"doctor.bad_column", kRestore},
    Advice{"doctor.bad_id", kRestore},
    Advice{"doctor.unknown_word", "Was it edited by hand, or by a newer release? Run that release, or restore the last backup."},
    Advice{"doctor.dangling", kRestore},
    Advice{"doctor.missing_companion", kRestore},
    Advice{"doctor.sealed_broken", kRestore},
    Advice{"doctor.key_missing",
           "The class's key is gone and no tombstone says that it was destroyed. Put back the newest copy of the key store."},
    Advice{"doctor.destroyed", "Destroyed as two members decided; the tombstone says so."},
    Advice{"doctor.no_tombstone",
           "The class's key is marked as destroyed, and the ledger does not say so. After a restore the tombstone may stand in "
           "after.list alone; otherwise somebody wrote to the key folder: put back a copy of the key store, and ask who."},
    Advice{"doctor.object_missing", "Copy the file from the last backup's objects folder; its name is the same there."},
    Advice{"doctor.object_broken", "Copy the file from the last backup's objects folder; its name is the same there."},
    Advice{"doctor.object_orphan",
           "A report broke off after its file was written and before it was acknowledged. It is noise and may be deleted."},
    Advice{"doctor.unfinished_file", "A write broke off before it was acknowledged. It may be deleted while no server runs."},
    Advice{"doctor.ledger_gap", kRestore},
    Advice{"doctor.ledger_changed", "Somebody changed the record. Keep a copy as evidence, and restore the last backup."},
    Advice{"doctor.ledger_root", "Somebody changed the record. Keep a copy as evidence, and restore the last backup."},
    Advice{"doctor.ledger_signature",
           "A checkpoint was forged or the key is another. Compare with a witness; keep a copy as evidence."},
    Advice{"doctor.ledger_epoch", "Keep a copy as evidence, and compare the epochs with what witnesses and peers hold."},
    Advice{"doctor.not_recorded", kRestore},
    Advice{"doctor.record_missing",
           "Somebody deleted it, or took its lifting back, in the database itself. Keep a copy as evidence, and restore the last "
           "backup."},
    Advice{"doctor.lease_stale", "It ends when the server runs again."},
    Advice{"doctor.outbox_waiting", "It is sent when the server runs and the destination answers."},
    Advice{"doctor.staged", "They are numbered when the server runs."},
    Advice{"doctor.future", "The clock ran backwards, or was ahead. Check the machine's time before the server starts."},
    Advice{"doctor.check_failed", "The look could not be finished; see the reason, and look again when it is mended."},
};

}  // namespace

std::string_view to_word(Grade grade) { return grade == Grade::damage ? "damage" : "notice"; }

std::string_view advice(std::string_view what) {
  const auto found = std::ranges::find(kAdvice, what, &Advice::what);
  return found == kAdvice.end() ? std::string_view() : found->text;
}

void Findings::add(Grade grade, Reason what, const std::string& where, const std::string& sample, std::int64_t count) {
  for (auto& known : findings_) {
    if (known.grade != grade || known.what != what || known.where != where) continue;
    known.count += count;
    return;
  }
  findings_.push_back({grade, what, where, sample, count});
}

std::int64_t Findings::damages() const { return std::ranges::count(findings_, Grade::damage, &Finding::grade); }

std::vector<Check> all_checks() {
  std::vector<Check> all;
  for (const auto& list : {schema_checks(), row_checks(), companion_checks(), ledger_checks(), sealed_checks(), waiting_checks()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

Result<Findings> examine(const Node& node, Depth depth, Time now, std::uint64_t seed) {
  Findings findings;
  SeededRandom drawing(seed);
  TUTELA_ASSIGN(const auto objects, vault::ObjectStore::open(node.objects_folder, node.keys.lookup_key()));
  TUTELA_TRY(node.store.read([&](store::Reader& reader) -> Result<> {
    Examination examination{
        reader, node.store.backend(), node.keys, objects, node.objects_folder, node.steps, depth, now, drawing, findings};
    for (const auto& check : all_checks()) {
      const auto ran = check.run(examination);
      if (!ran) findings.damage("doctor.check_failed", std::string(check.name), to_string(ran.error()));
      // What follows reads columns by their types; it would abort on a table that is not as it should be.
      if (check.name.starts_with("schema.") && findings.damages() > 0) return {};
    }
    return {};
  }));
  return findings;
}

}  // namespace tutela::doctor
