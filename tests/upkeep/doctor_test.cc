#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <ostream>
#include <set>

#include "crypto/digest.h"
#include "doctor/examination.h"
#include "doctor/expected_schema.h"
#include "line/retention.h"
#include "line/schema_steps.h"
#include "store/consistency.h"
#include "store/postgres/postgres_load.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_snapshot.h"
#include "store/sqlite/sqlite_store.h"
#include "support/postgres_server.h"
#include "upkeep/day.h"

// Each kind of thing is damaged once, as an administrator with a database shell or a bad disk would, and doctor --deep says
// which.
namespace tutela::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// One lived day; each test damages a copy of it.
class Doctor : public testing::Test {
 protected:
  static const std::filesystem::path& lived() {
    static const TempFolder folder;
    static const bool made = [] {
      static const Template day;
      day.copy_to(folder.path() / "node");
      const auto node = day.open(folder.path() / "node");
      const auto manager = day.member(*node, "manager");  // whose session ends with the day
      live_day(day, *node, [](const std::string&) {});
      set_holds(*node, manager);
      now_ = node->clock.now();
      return true;
    }();
    EXPECT_TRUE(made);
    static const std::filesystem::path path = folder.path() / "node";
    return path;
  }

  // Two holds, one of them lifted.
  static void set_holds(LineNode& node, const line::SignedIn& manager) {
    const auto items = node.read<std::vector<Bytes>>([](store::Reader& reader) -> Result<std::vector<Bytes>> {
      TUTELA_ASSIGN(const auto rows, reader.query("SELECT id FROM item ORDER BY id LIMIT 2"));
      return std::vector{rows.at(0).blob(0), rows.at(1).blob(0)};
    });
    const Sensitive<std::string> why("case 12");
    must(line::set_hold(node.context(), {"item", items[0], std::nullopt, why}, manager));
    const auto lifted = must(line::set_hold(node.context(), {"item", items[1], std::nullopt, why}, manager));
    must(line::lift_hold(node.context(), lifted.id, why, manager));
    must(node.sequence());
  }

  Doctor() { std::filesystem::copy(lived(), node_, std::filesystem::copy_options::recursive); }

  void change(const std::string& sql) {
    const auto store = must(store::open_sqlite(node_ / "tutela.sqlite"));
    must(store->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto rows, tx.execute(sql));
      static_cast<void>(rows);
      return {};
    }));
  }
  std::vector<std::string> findings() { return what_doctor_finds(node_, now_); }

  TempFolder folder_;
  std::filesystem::path node_ = folder_.path() / "node";
  static inline Time now_{};
};

TEST_F(Doctor, FindsNothingOnASoundNode) { EXPECT_THAT(findings(), IsEmpty()); }

struct Damage {
  std::string_view name;
  std::string_view sql;
  std::string_view found;
  friend void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }
};
class DoctorFinds : public Doctor, public testing::WithParamInterface<Damage> {};

TEST_P(DoctorFinds, IsFoundAndSaysWhatToDo) {
  change(std::string(GetParam().sql));
  const auto found = findings();
  EXPECT_THAT(found, Contains(HasSubstr(std::string(GetParam().found))));
  for (const auto& line : found) EXPECT_FALSE(doctor::advice(line.substr(0, line.find(' '))).empty()) << line;
}

const Damage kDamages[] = {
    {"word_of_a_state", "UPDATE item SET state = 'finished'", "doctor.unknown_word item.state"},
    {"word_of_a_notice", "UPDATE notice SET state = 'open'", "doctor.unknown_word notice.state"},
    {"word_of_an_entry", "UPDATE bank_entry SET status = 'deleted'", "doctor.unknown_word bank_entry.status"},
    {"word_of_a_hand_out",
     "INSERT INTO media_export SELECT randomblob(16), item.id, 'curiosity', 'given', member.id, 1, NULL, NULL, NULL, NULL, 1 "
     "FROM "
     "item, member LIMIT 1",
     "doctor.unknown_word media_export.purpose"},
    {"hand_out_of_one_member",
     "INSERT INTO media_export SELECT randomblob(16), item.id, 'court_order', 'handed_out', member.id, 1, member.id, 1, 2, 1, 1 "
     "FROM item, member LIMIT 1",
     "doctor.missing_companion file handed out without a second member"},
    {"schedule_of_one_member",
     "INSERT INTO retention_schedule SELECT randomblob(16), 'notice', id, 1, id, 1, NULL, 1 FROM member LIMIT 1",
     "doctor.missing_companion schedule approved by one member"},
    {"erasure_of_one_member",
     "INSERT INTO erasure SELECT randomblob(16), 'court_order', 'approved', id, 1, id, NULL, 1, NULL, NULL, 0, 0, NULL, 1 FROM "
     "member LIMIT 1",
     "doctor.missing_companion erasure without a second member"},
    {"cosignature_of_nothing", "INSERT INTO ledger_cosignature VALUES (1, 999999, 'witness.test', 'line', 1)",
     "doctor.missing_companion cosignature of a checkpoint"},
    {"word_of_an_outbox_row", "UPDATE outbox SET state = 'sent'", "doctor.unknown_word outbox.state"},
    {"kind_of_an_entry", "UPDATE ledger_leaf SET kind = 'item.forgotten' WHERE leaf_index = 3",
     "doctor.unknown_word ledger_leaf.kind"},
    {"item_of_a_report", "DELETE FROM item", "doctor.dangling report_item.item_id to item"},
    {"member_of_an_assessment", "DELETE FROM member", "doctor.dangling"},
    {"entry_of_a_match", "DELETE FROM bank_entry", "doctor.dangling item_match.entry_id to bank_entry"},
    {"authority_of_a_referral", "UPDATE referral SET authority = 'nobody.test'",
     "doctor.dangling referral.authority to authority"},
    {"type_of_a_value", "UPDATE report SET received_at = 'yesterday'", "doctor.bad_column report.received_at"},
    {"length_of_an_id", "UPDATE notice SET location_id = X'00'", "doctor.bad_column notice.location_id"},
    {"report_decided_early", "UPDATE item SET state = 'needs_second'",
     "doctor.missing_companion decided report with an item that is not final"},
    {"report_left_open", "UPDATE report SET state = 'in_review'",
     "doctor.missing_companion undecided report with everything decided"},
    {"view_without_entry",
     "INSERT INTO item_view SELECT randomblob(16), item_id, member_id, location_id, mode, opened_at, last_beat_at, closed_at, "
     "seconds, version FROM item_view LIMIT 1",
     "doctor.not_recorded item_view"},
    {"member_without_entry", "UPDATE member SET id = randomblob(16)", "doctor.not_recorded member"},
    {"referral_without_entry", "UPDATE referral SET id = randomblob(16)", "doctor.not_recorded referral"},
    {"hold_deleted", "DELETE FROM legal_hold WHERE lifted_at IS NULL", "doctor.record_missing legal_hold"},
    {"hold_lifted_by_hand", "UPDATE legal_hold SET lifted_at = set_at, lifted_by = set_by",
     "doctor.not_recorded legal_hold that was lifted"},
    {"lifting_taken_back", "UPDATE legal_hold SET lifted_at = NULL, lifted_by = NULL",
     "doctor.record_missing legal_hold that was lifted"},
    {"hold_without_entry", "UPDATE legal_hold SET id = randomblob(16)", "doctor.not_recorded legal_hold"},
    {"erasure_without_entry",
     "INSERT INTO erasure SELECT randomblob(16), 'court_order', 'proposed', id, 1, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, 1 "
     "FROM member LIMIT 1",
     "doctor.not_recorded erasure"},
    {"destruction_without_entry",
     "INSERT INTO destruction SELECT randomblob(16), 'report-2031-10', 'proposed', 0, NULL, NULL, NULL, NULL, 0, 0, NULL, 1",
     "doctor.not_recorded destruction"},
    {"verdict_gone", "UPDATE item SET state = 'final'; ", "doctor.missing_companion decided item without a verdict"},
    {"lease_gone", "UPDATE item SET state = 'in_review'", "doctor.missing_companion item in review without a lease"},
    {"fingerprint_gone", "DELETE FROM entry_fingerprint", "doctor.missing_companion entry without a fingerprint"},
    {"approval_gone", "UPDATE referral SET approved_by = NULL", "doctor.missing_companion referral that left"},
    {"sealed_text_changed", "UPDATE notice SET sealed_contact = randomblob(60)", "doctor.sealed_broken notice.sealed_contact"},
    {"sealed_text_moved",
     "UPDATE item_location SET sealed_address = (SELECT sealed_address FROM item_location x WHERE x.id <> item_location.id LIMIT "
     "1) "
     "WHERE id = (SELECT max(id) FROM item_location)",
     "doctor.sealed_broken item_location.sealed_address"},
    {"wrapped_key_changed", "UPDATE referral SET wrapped_key = randomblob(100)", "doctor.sealed_broken referral.sealed_message"},
    {"leaf_changed", "UPDATE ledger_leaf SET payload = '{\"by\":\"node\"}' WHERE leaf_index = 5",
     "doctor.ledger_changed epoch 1 5"},
    {"leaf_gone", "DELETE FROM ledger_leaf WHERE leaf_index = 5", "doctor.ledger_gap epoch 1 6"},
    {"tail_gone", "DELETE FROM ledger_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM ledger_leaf)",
     "doctor.ledger_gap epoch 1"},
    {"chain_moved", "UPDATE ledger_leaf SET born_at = born_at + 1 WHERE n = 2", "doctor.ledger_gap epoch 1, a subject's chain"},
    {"checkpoint_gone", "DELETE FROM ledger_checkpoint WHERE size = (SELECT max(size) FROM ledger_checkpoint)",
     "doctor.ledger_root"},
    {"checkpoint_forged", "UPDATE ledger_checkpoint SET note = replace(note, 'epoch-1', 'epoch-2')",
     "doctor.ledger_signature epoch 1"},
    {"root_changed", "UPDATE ledger_epoch SET frontier = randomblob(length(frontier))",
     "doctor.ledger_root epoch 1 the epoch's row"},
    {"epoch_gone", "UPDATE ledger_epoch SET epoch = 2", "doctor.ledger_epoch epoch 2 its first leaf"},
    {"record_without_entry",
     "INSERT INTO bank SELECT randomblob(16), 'smuggled', purpose, threshold, source, legal_basis, created_at, version FROM bank",
     "doctor.not_recorded bank"},
    {"table_of_others", "CREATE TABLE visitor (id INTEGER PRIMARY KEY)", "doctor.foreign_table table visitor"},
    {"index_gone", "DROP INDEX item_by_state", "doctor.missing_table index item_by_state"},
    {"column_of_others", "ALTER TABLE item ADD COLUMN note TEXT", "doctor.other_schema table item"},
    {"time_to_come", "UPDATE report SET received_at = received_at + 864000000", "doctor.future report"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, DoctorFinds, testing::ValuesIn(kDamages),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

// The rows of the day in PostgreSQL; files and keys stay in the folder.
class DoctorOnPostgres : public Doctor {
 protected:
  DoctorOnPostgres() : steps_(line::schema_steps()), conninfo_(PostgresServer::shared().create_database()) {
    server_ = must(store::open_postgres(conninfo_, 1));
    must(store::migrate(*server_, steps_));
  }
  // Without the proofs of `store copy`: damage and all.
  Result<> load(const std::filesystem::path& node) {
    const auto source = must(store::open_sqlite_read_only(node / "tutela.sqlite", store::Beside::a_writer));
    return source->read([&](store::Reader& reader) {
      return store::load_postgres(conninfo_, [&](store::PostgresLoading& loading) -> Result<> {
        for (const auto& table : store::tables_of(steps_)) {
          TUTELA_TRY(loading.clear(table));
          store::TablePages pages(reader, table);
          TUTELA_TRY(loading.load(table, [&] { return pages.next(); }));
        }
        return {};
      });
    });
  }
  void change_there(const std::string& sql) {
    must(server_->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute(sql));
      return {};
    }));
  }

  const std::vector<store::Migration> steps_;
  const std::string conninfo_;
  std::unique_ptr<store::Store> server_;
};

TEST_F(DoctorOnPostgres, FindsTheSameDamages) {
  must(load(lived()));
  EXPECT_THAT(what_doctor_finds(lived(), *server_, now_), IsEmpty());
  const auto keys = must(vault::KeyStore::open(node_ / "keys"));
  const auto looked = must(doctor::examine({*server_, keys, node_ / "objects", steps_}, doctor::Depth::deep, now_)).counts();
  EXPECT_EQ(looked.at("tables"), std::ssize(store::tables_of(steps_)) + 1) << "and schema_version";
  for (const auto& damage : kDamages) {
    const std::string name(damage.name);
    // Of the file's own catalogue, or what PostgreSQL takes into no column.
    if (name == "table_of_others" || name == "index_gone" || name == "column_of_others" || name == "type_of_a_value") continue;
    std::filesystem::copy_file(lived() / "tutela.sqlite", node_ / "tutela.sqlite",
                               std::filesystem::copy_options::overwrite_existing);
    change(std::string(damage.sql));
    must(load(node_));
    EXPECT_THAT(what_doctor_finds(node_, *server_, now_), Contains(HasSubstr(std::string(damage.found)))) << name;
  }
}

TEST_F(DoctorOnPostgres, FindsWhatIsNoLongerTheSchema) {
  for (const auto* sql :
       {"ALTER TABLE item DROP COLUMN format", "ALTER TABLE item ADD COLUMN note TEXT", "DROP INDEX item_by_state",
        "DROP TABLE notice_check", "CREATE TABLE visitor (id BIGINT PRIMARY KEY)",
        "ALTER TABLE report ALTER COLUMN kind DROP NOT NULL", "ALTER TABLE report ALTER COLUMN received_at TYPE INTEGER",
        "ALTER TABLE report DROP CONSTRAINT report_receipt_hash_key", "ALTER TABLE bank DROP CONSTRAINT bank_pkey",
        "DROP INDEX item_fingerprint_by_sha256", "CREATE INDEX item_fingerprint_by_sha256 ON item_fingerprint (value)"})
    change_there(sql);
  EXPECT_THAT(what_doctor_finds(node_, *server_, now_),
              testing::UnorderedElementsAre(
                  HasSubstr("doctor.other_schema item.format"), HasSubstr("doctor.other_schema item.note"),
                  HasSubstr("doctor.missing_table index on item (state, first_seen_at)"),
                  HasSubstr("doctor.missing_table table notice_check"),
                  HasSubstr("doctor.missing_table unique index on notice_check"), HasSubstr("doctor.foreign_table table visitor"),
                  HasSubstr("doctor.other_schema report.kind"), HasSubstr("doctor.other_schema report.received_at"),
                  HasSubstr("doctor.missing_table unique index on report (receipt_hash)"),
                  HasSubstr("doctor.missing_table unique index on bank (id)"),
                  HasSubstr("doctor.missing_table index on item_fingerprint (value) of a part"),
                  HasSubstr("doctor.foreign_table index on item_fingerprint (value)")));
}

TEST_F(Doctor, AMissingEntrySaysNothingOfHoldsThatLaterOnesName) {
  change("DELETE FROM ledger_leaf WHERE leaf_index = 5");
  EXPECT_THAT(findings(), AllOf(Contains(HasSubstr("doctor.ledger_gap")), Not(Contains(HasSubstr("legal_hold")))));
}

TEST_F(Doctor, FindsAFileThatIsGoneAndOneThatIsChanged) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(node_ / "objects"))
    if (file.is_regular_file()) files.push_back(file.path());
  ASSERT_GE(files.size(), 2U);
  std::filesystem::remove(files[0]);
  std::fstream(files[1], std::ios::in | std::ios::out | std::ios::binary).seekp(100).put('x').put('y');
  EXPECT_THAT(findings(), AllOf(Contains(HasSubstr("doctor.object_missing")), Contains(HasSubstr("doctor.object_broken"))));
}

// Copies of a report and of an item under other ids, so that neither field nor object opens; the key of the last hundred is gone
// as well.
TEST_F(Doctor, AQuickLookDrawsWhatItOpensFromAllThereIs) {
  constexpr int kCopies = 400;
  constexpr int kWithoutKey = 100;
  {
    const auto store = must(store::open_sqlite(node_ / "tutela.sqlite"));
    must(store->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_ASSIGN(const auto other, tx.query_one("SELECT wrapped_key FROM notice LIMIT 1"));
      for (int copy = 0; copy < kCopies; ++copy) {
        Bytes id(16, 0xf0);
        id[1] = static_cast<std::uint8_t>(copy >> 8);
        id[2] = static_cast<std::uint8_t>(copy);
        TUTELA_TRY(tx.execute(
            "INSERT INTO report (id, receipt_hash, channel, kind, state, received_at, wrapped_key, sealed_text, version) "
            "SELECT $1, $2, channel, kind, state, received_at, wrapped_key, $3, version FROM report "
            "ORDER BY id LIMIT 1",
            {id, id, Bytes(60, 1)}));
        TUTELA_TRY(
            tx.execute("INSERT INTO item (id, state, action, is_new, urgent, is_safe, first_seen_at, due_at, wrapped_key, "
                       "object_name, version) SELECT $1, state, action, is_new, urgent, is_safe, first_seen_at, due_at, "
                       "wrapped_key, $2, version FROM item WHERE object_name IS NOT NULL ORDER BY id LIMIT 1",
                       {id, encode_hex(id)}));
        if (copy < kCopies - kWithoutKey) continue;
        TUTELA_TRY(tx.execute("UPDATE report SET wrapped_key = $2 WHERE id = $1", {id, other->blob(0)}));
        TUTELA_TRY(tx.execute("UPDATE item SET wrapped_key = $2 WHERE id = $1", {id, other->blob(0)}));
      }
      return {};
    }));
  }
  for (const auto& file : std::filesystem::directory_iterator(node_ / "keys" / "class"))
    if (file.path().filename().string().starts_with("notice-")) std::filesystem::remove(file.path());
  const auto keys = must(vault::KeyStore::open(node_ / "keys"));
  const auto store = must(store::open_sqlite_read_only(node_ / "tutela.sqlite", store::Beside::a_writer));
  // How many of the sample met what, at each place.
  const auto look = [&](std::uint64_t seed) {
    std::map<std::string, std::int64_t> met;
    const auto found =
        must(doctor::examine({*store, keys, node_ / "objects", line::schema_steps()}, doctor::Depth::quick, now_, seed));
    for (const auto& finding : found.all()) met[std::string(finding.what.text()) + " " + finding.where] = finding.count;
    return met;
  };
  std::set<std::int64_t> different;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto met = look(seed);
    const auto fields = met["doctor.key_missing report.sealed_text"];
    const auto objects = met["doctor.key_missing item.object_name"];
    EXPECT_GT(fields, 0) << "none of the last hundred, seed " << seed;
    EXPECT_GT(objects, 0) << "none of the last hundred, seed " << seed;
    EXPECT_GT(met["doctor.sealed_broken report.sealed_text"], fields);
    EXPECT_LE(met["doctor.sealed_broken report.sealed_text"] + fields, doctor::kSampleMax);
    EXPECT_LE(met["doctor.object_missing objects"] + objects, doctor::kSampleMax);
    different.insert(fields);
    EXPECT_EQ(look(seed), met);
  }
  EXPECT_GT(different.size(), 2U) << "every seed draws the same";
}

TEST_F(Doctor, ListsAFileThatNoRowNames) {
  std::ofstream(node_ / "objects" / std::string(32, 'a')) << "noise";
  const auto keys = must(vault::KeyStore::open(node_ / "keys"));
  const auto store = must(store::open_sqlite_read_only(node_ / "tutela.sqlite", store::Beside::a_writer));
  const auto found = must(doctor::examine({*store, keys, node_ / "objects", line::schema_steps()}, doctor::Depth::deep, now_));
  EXPECT_EQ(found.damages(), 0);
  EXPECT_THAT(found.all(), Contains(testing::Field(&doctor::Finding::sample, std::string(32, 'a'))));
}

TEST_F(Doctor, TellsALostClassKey) {
  for (const auto& file : std::filesystem::directory_iterator(node_ / "keys" / "class"))
    if (file.path().filename().string().starts_with("notice-")) std::filesystem::remove(file.path());
  EXPECT_THAT(findings(), Contains(HasSubstr("doctor.key_missing notice.sealed_contact")));
}

TEST_F(Doctor, DoesNotBelieveAMarkWithoutItsTombstone) {
  auto keys = must(vault::KeyStore::open(node_ / "keys"));
  for (const auto& made : must(keys.classes()))
    if (made.record == vault::RecordClass::notice) must(keys.destroy_class(made, now_));
  EXPECT_THAT(findings(), Contains(HasSubstr("doctor.no_tombstone")));
  change("INSERT INTO destruction SELECT randomblob(16), 'notice-2000-01', 'destroying', 1, NULL, NULL, NULL, 1, 0, 0, NULL, 1");
  EXPECT_THAT(findings(), Contains(HasSubstr("doctor.missing_companion destruction without two members")));
}

TEST_F(Doctor, FindsDamagedPagesWithoutReadingOn) {
  {
    std::fstream file(node_ / "tutela.sqlite", std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 8; page < 40; page += 3) file.seekp(page * 4096 + 8).write("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
  }
  const auto opened = store::open_sqlite_read_only(node_ / "tutela.sqlite", store::Beside::a_writer);
  if (!opened) {
    EXPECT_EQ(reason_of(opened), "store.corrupt");
    return;
  }
  const auto found = findings();
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(found[0].starts_with("doctor.damaged_file") || found[0].starts_with("doctor.check_failed")) << found[0];
}

TEST_F(Doctor, LooksWhileAServerHoldsTheFolder) {
  const auto held = must(store::open_sqlite(node_ / "tutela.sqlite"));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Doctor, ChangesNothing) {
  const auto digest = [&] {
    std::string all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(node_))
      if (file.is_regular_file() && !file.path().string().ends_with("-shm")) {
        std::ifstream content(file.path(), std::ios::binary);
        all += file.path().string() + std::string(std::istreambuf_iterator<char>(content), {});
      }
    return crypto::sha256(as_bytes(all));
  };
  findings();
  const auto before = digest();
  findings();
  EXPECT_EQ(digest(), before);
}

}  // namespace
}  // namespace tutela::test
