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

  Result<> every_value(const SealedColumn& column) {
    std::optional<std::vector<store::Value>> after;
    for (;;) {
      TUTELA_ASSIGN(const auto values, sealed_after(examination_.reader, column, after, kPageRows));
      open_all(column, values);
      if (values.size() < static_cast<std::size_t>(kPageRows)) return {};
      after = values.back().key;
    }
  }

  // All of a few; of more each has the same chance.
  Result<> some_values(const SealedColumn& column) {
    TUTELA_ASSIGN(const auto count, count_sealed(examination_.reader, column));
    if (count <= kSampleMax) return every_value(column);
    std::set<std::int64_t> drawn;
    while (std::ssize(drawn) < kSampleMax)
      drawn.insert(static_cast<std::int64_t>(examination_.drawing.next() % static_cast<std::uint64_t>(count)));
    std::optional<std::vector<store::Value>> after;
    std::int64_t passed = 0;
    for (const auto rank : drawn) {
      TUTELA_ASSIGN(const auto value, sealed_after(examination_.reader, column, after, 1, rank - passed));
      if (value.empty()) break;
      open_all(column, value);
      after = value.front().key;
      passed = rank + 1;
    }
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
      TUTELA_ASSIGN(const auto tombstones,
                    count_recorded(examination_.reader, chain, std::array<std::string_view, 2>{"retention.destroyed"}));
      TUTELA_ASSIGN(const bool is_under_way, is_being_destroyed(examination_.reader, name));
      if (tombstones == 0 && !is_under_way) examination_.findings.add(grade, "doctor.no_tombstone", "class", name);
    }
    return {};
  }

 private:
  void open_all(const SealedColumn& column, const std::vector<SealedValue>& values) {
    const auto where = std::string(column.table) + "." + std::string(column.column);
    for (const auto& value : values) {
      const auto key = key_of(where, value.place, value.wrapped_key);
      if (key && !vault::open_field(*key, {where, value.place}, value.sealed))
        examination_.findings.damage("doctor.sealed_broken", where, encode_hex(value.place));
    }
    examination_.findings.looked_at("sealed fields", static_cast<std::int64_t>(values.size()));
  }

  Examination& examination_;
  std::set<std::string> marked_;
};

Result<> check_fields(Examination& examination) {
  SealedLook look(examination);
  const bool deep = examination.depth == Depth::deep;
  for (const auto& column : kSealedColumns) TUTELA_TRY(deep ? look.every_value(column) : look.some_values(column));
  return look.look_for_tombstones();
}

Result<> check_objects(Examination& examination) {
  SealedLook look(examination);
  std::set<std::string> named;
  std::vector<NamedObject> sample;
  std::int64_t count = 0;
  const auto look_into = [&](const NamedObject& object) {
    const auto key = look.key_of("item.object_name", object.owner, object.wrapped_key);
    if (!key) return;
    examination.findings.looked_at("objects", 1);
    const auto content = examination.objects.verify(*key, object.name);
    if (content) return;
    if (content.error().code == ErrorCode::not_found) {
      examination.findings.damage("doctor.object_missing", "objects", object.name);
    } else {
      examination.findings.damage("doctor.object_broken", "objects", object.name);
    }
  };
  // Of a quick look each object has the same chance to be in the sample.
  const auto draw = [&](const NamedObject& object) {
    if (count < kSampleMax) {
      sample.push_back(object);
    } else if (const auto at = examination.drawing.next() % static_cast<std::uint64_t>(count + 1); at < sample.size()) {
      sample[at] = object;
    }
    ++count;
  };
  Bytes after(16, 0);
  for (;;) {
    TUTELA_ASSIGN(const auto objects, objects_after(examination.reader, after, kPageRows));
    for (const auto& object : objects) {
      named.insert(examination.objects.file_name(object.name));
      if (examination.depth == Depth::deep) {
        look_into(object);
      } else {
        draw(object);
      }
    }
    if (objects.size() < static_cast<std::size_t>(kPageRows)) break;
    after = objects.back().owner;
  }
  for (const auto& object : sample) look_into(object);
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
