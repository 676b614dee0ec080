#include <algorithm>
#include <array>
#include <set>

#include "doctor/checks.h"
#include "doctor/table_repository.h"
#include "ledger/recorder.h"
#include "vault/durable_file.h"
#include "vault/field_sealing.h"

// What is sealed opens, or its class was destroyed and the ledger says so; every object's file is there, and whole.
namespace tutela::doctor {
namespace {

constexpr std::int64_t kPageRows = 500;

constexpr std::array<std::string_view, 1> kById{"id"};
constexpr std::array<std::string_view, 1> kByName{"name"};
constexpr std::array<std::string_view, 2> kByToken{"token_id", "idempotency_key"};
constexpr std::array<std::string_view, 2> kByIncoming{"incoming_id", "sequence"};

// From a row to the one that holds its wrapped key.
constexpr std::string_view kReport = "JOIN report k ON k.id = t.report_id";
constexpr std::string_view kReportOfConcern = "JOIN concern c ON c.id = t.concern_id JOIN report k ON k.id = c.report_id";
constexpr std::string_view kItem = "JOIN item k ON k.id = t.item_id";
constexpr std::string_view kReferral = "JOIN referral k ON k.id = t.referral_id";
constexpr std::string_view kIncoming = "JOIN incoming_referral k ON k.id = t.incoming_id";

constexpr std::array kSealedColumns{
    SealedColumn{"authority", "sealed_token", "name", {}, kByName},
    SealedColumn{"report", "sealed_text", "id", {}, kById},
    SealedColumn{"report", "sealed_contact", "id", {}, kById},
    SealedColumn{"idempotency", "sealed_receipt", "report_id", kReport, kByToken},
    SealedColumn{"indicator", "sealed_value", "id", kReport, kById},
    SealedColumn{"concern", "sealed_reason", "id", kReport, kById},
    SealedColumn{"person", "sealed_description", "id", kReportOfConcern, kById},
    SealedColumn{"item", "sealed_capture", "id", {}, kById},
    SealedColumn{"item_location", "sealed_address", "id", kItem, kById},
    SealedColumn{"assessment", "sealed_reason", "id", kItem, kById},
    SealedColumn{"referral", "sealed_message", "id", {}, kById},
    SealedColumn{"supplement", "sealed_body", "id", kReferral, kById},
    SealedColumn{"incoming_referral", "sealed_message", "id", {}, kById},
    SealedColumn{"incoming_supplement", "sealed_body", "incoming_id", kIncoming, kByIncoming},
    SealedColumn{"incoming_answer", "sealed_reason", "incoming_id", kIncoming, kByIncoming},
    SealedColumn{"decision_reason", "sealed_reason", "id", {}, kById},
    SealedColumn{"notice", "sealed_contact", "id", {}, kById},
    SealedColumn{"outbox", "sealed_payload", "id", {}, kById},
};

class SealedLook {
 public:
  explicit SealedLook(Examination& examination) : examination_(examination) {}

  // The key, or none when a finding says why.
  std::optional<vault::RowKey> key_of(const std::string& where, BytesView id, BytesView wrapped) {
    auto key = examination_.keys.unwrap_key(wrapped);
    if (key) return *std::move(key);
    auto& findings = examination_.findings;
    if (key.error().reason == Reason("vault.key_destroyed")) {
      // Its destruction leaves a mark in the key store; a key that was only lost leaves none.
      const auto its_class = vault::class_of_wrapped(wrapped);
      if (its_class && examination_.keys.is_destroyed(*its_class)) {
        findings.add(Grade::notice, "doctor.destroyed", where);
        marked_.insert(vault::to_string(*its_class));
      } else {
        findings.damage("doctor.key_missing", where, its_class ? vault::to_string(*its_class) : std::string());
      }
    } else {
      findings.damage("doctor.sealed_broken", where, encode_hex(id));
    }
    return std::nullopt;
  }

  Result<> column(const SealedColumn& column) {
    const auto where = std::string(column.table) + "." + std::string(column.column);
    std::optional<std::vector<store::Value>> after;
    std::int64_t looked = 0;
    for (;;) {
      const auto page = examination_.depth == Depth::deep ? kPageRows : kSampleMax;
      TUTELA_ASSIGN(const auto values, sealed_after(examination_.reader, column, after, page));
      for (const auto& value : values) {
        ++looked;
        const auto key = key_of(where, value.place, value.wrapped_key);
        if (key && !vault::open_field(*key, {where, value.place}, value.sealed))
          examination_.findings.damage("doctor.sealed_broken", where, encode_hex(value.place));
      }
      if (static_cast<std::int64_t>(values.size()) < page || examination_.depth != Depth::deep) break;
      after = values.back().key;
    }
    examination_.findings.looked_at("sealed fields", looked);
    return {};
  }

  // Anybody who can write to the key folder can make the mark; what two members decided has its tombstone in the ledger. A
  // restore may have cut that off, and then it stands in the after-list alone.
  Result<> look_for_tombstones() const {
    const auto& subject_key = examination_.keys.subject_key();
    TUTELA_ASSIGN(const auto epochs, epochs_of_ledger(examination_.reader));
    const auto grade = epochs.size() > 1 ? Grade::notice : Grade::damage;
    for (const auto& name : marked_) {
      const auto chain = ledger::chain_of(subject_key, "class", as_bytes(name));
      TUTELA_ASSIGN(const bool has_tombstone, is_recorded(examination_.reader, chain, "retention.destroyed"));
      TUTELA_ASSIGN(const bool is_under_way, is_being_destroyed(examination_.reader, name));
      if (!has_tombstone && !is_under_way) examination_.findings.add(grade, "doctor.no_tombstone", "class", name);
    }
    return {};
  }

 private:
  Examination& examination_;
  std::set<std::string> marked_;
};

Result<> check_fields(Examination& examination) {
  SealedLook look(examination);
  for (const auto& column : kSealedColumns) TUTELA_TRY(look.column(column));
  return look.look_for_tombstones();
}

Result<> check_objects(Examination& examination) {
  SealedLook look(examination);
  std::set<std::string> named;
  Bytes after(16, 0);
  std::int64_t opened = 0;
  for (;;) {
    TUTELA_ASSIGN(const auto objects, objects_after(examination.reader, after, kPageRows));
    for (const auto& object : objects) {
      named.insert(examination.objects.file_name(object.name));
      if (examination.depth != Depth::deep && opened >= kSampleMax) continue;
      const auto key = look.key_of("item.object_name", object.owner, object.wrapped_key);
      if (!key) continue;
      ++opened;
      const auto content = examination.objects.verify(*key, object.name);
      if (content) continue;
      const bool missing = content.error().code == ErrorCode::not_found;
      if (missing) {
        examination.findings.damage("doctor.object_missing", "objects", object.name);
      } else {
        examination.findings.damage("doctor.object_broken", "objects", object.name);
      }
    }
    if (objects.size() < static_cast<std::size_t>(kPageRows)) break;
    after = objects.back().owner;
  }
  examination.findings.looked_at("objects", opened);
  std::error_code error;
  for (auto file = std::filesystem::recursive_directory_iterator(examination.objects_folder, error);
       !error && file != std::filesystem::end(file); file.increment(error)) {
    if (!file->is_regular_file()) continue;
    const auto name = file->path().filename().string();
    if (name.starts_with(vault::kTemporaryPrefix)) {
      examination.findings.add(Grade::notice, "doctor.unfinished_file", "objects", name);
    } else if (!named.contains(name)) {
      examination.findings.add(Grade::notice, "doctor.object_orphan", "objects", name);
    }
  }
  if (error) return fail(ErrorCode::unavailable, "vault.io", "objects");
  return {};
}

}  // namespace

std::vector<std::string> sealed_columns() {
  std::vector<std::string> names;
  for (const auto& one : kSealedColumns) names.push_back(std::string(one.table) + "." + std::string(one.column));
  return names;
}

std::vector<Check> sealed_checks() {
  return {{"sealed.fields", "every sealed field opens, or its class was destroyed and the ledger says so", check_fields},
          {"sealed.objects", "every object's file is there and whole; files that no row names are listed", check_objects}};
}

}  // namespace tutela::doctor
