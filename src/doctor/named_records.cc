#include "doctor/named_records.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/id.h"
#include "doctor/table_repository.h"

namespace tutela::doctor {
namespace {

struct NamedKind {
  std::string_view kind;   // of the entry
  std::string_view field;  // of its payload, which holds the record's id
  NamedTable records;
};
constexpr std::array kNamedKinds{
    NamedKind{"hold.set", "hold", {"legal_hold", "", "legal_hold"}},
    NamedKind{"hold.lifted", "hold", {"legal_hold", "lifted_at IS NOT NULL", "legal_hold that was lifted"}},
    NamedKind{"erasure.proposed", "erasure", {"erasure", "", "erasure"}},
    NamedKind{"retention.proposed", "destruction", {"destruction", "", "destruction"}},
};

std::vector<Bytes> without(const std::set<Bytes>& all, const std::set<Bytes>& those) {
  std::vector<Bytes> rest;
  std::ranges::set_difference(all, those, std::back_inserter(rest));
  return rest;
}

}  // namespace

void NamedRecords::note(const ledger::LeafOpening& entry) { note(entry.kind, entry.payload); }

void NamedRecords::note(std::string_view kind, std::string_view payload) {
  static_assert(kNamedKinds.size() == kKinds);
  const auto known = std::ranges::find(kNamedKinds, kind, &NamedKind::kind);
  if (known == kNamedKinds.end()) return;
  const auto facts = nlohmann::json::parse(payload, nullptr, false);
  const auto field = facts.is_object() ? facts.find(known->field) : facts.end();
  if (field == facts.end() || !field->is_string()) return;
  if (const auto id = parse_uuid(field->get_ref<const std::string&>()))
    named_.at(static_cast<std::size_t>(known - kNamedKinds.begin())).insert(Bytes(id->begin(), id->end()));
}

Result<> NamedRecords::compare(Examination& examination) {
  for (const auto& known : kNamedKinds) {
    TUTELA_ASSIGN(const auto staged, staged_payloads(examination.reader, known.kind));
    for (const auto& payload : staged) note(known.kind, payload);
  }
  for (std::size_t at = 0; at < kNamedKinds.size(); ++at) {
    const auto& records = kNamedKinds[at].records;
    TUTELA_ASSIGN(const auto rows, ids_of(examination.reader, records));
    for (const auto& id : without(rows, named_[at]))
      examination.findings.damage("doctor.not_recorded", std::string(records.name), encode_hex(id));
    for (const auto& id : without(named_[at], rows))
      examination.findings.damage("doctor.record_missing", std::string(records.name), encode_hex(id));
  }
  return {};
}

}  // namespace tutela::doctor
