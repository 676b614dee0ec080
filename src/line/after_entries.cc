#include "line/after_entries.h"

#include <algorithm>
#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include "retention/retention_repository.h"
#include "vault/key_store.h"

namespace tutela::line {
namespace {

using vault::AfterEntry;
using vault::AfterKind;
using vault::AfterSubject;

// A statement looks at no more: few leaves are of these kinds, and a log may have grown by millions since.
constexpr std::uint64_t kLeavesAtOnce = 100'000;
constexpr std::array<std::string_view, 4> kKinds{"retention.destroyed", "bank.entry_withdrawn", "hold.set", "hold.lifted"};

Result<AfterEntry> tombstone(const std::string& class_name, Time at) {
  TUTELA_TRY(vault::parse_destruction_class(class_name));
  const AfterSubject subject{"class", class_name};
  return AfterEntry{AfterKind::tombstone, subject, subject, at};
}

Result<AfterEntry> withdrawal(const std::string& id, Time at) {
  TUTELA_TRY(EntryId::parse(id));
  const AfterSubject subject{"entry", id};
  return AfterEntry{AfterKind::withdrawal, subject, subject, at};
}

Result<AfterEntry> change_of_hold(store::Reader& reader, AfterKind kind, const std::string& id, Time at) {
  TUTELA_ASSIGN(const auto hold_id, HoldId::parse(id));
  TUTELA_ASSIGN(const auto hold, retention::find_hold(reader, hold_id));
  TUTELA_ASSIGN(const auto held, Id<struct HeldTag>::from_bytes(hold.subject_id));
  return AfterEntry{kind, {"hold", id}, {hold.subject_type, held.to_string()}, at};
}

Result<AfterEntry> entry_of(store::Reader& reader, const ledger::LeafOpening& leaf, const nlohmann::json& payload) {
  const auto named = [&](const char* key) { return payload.value(key, std::string()); };
  if (leaf.kind == "retention.destroyed") return tombstone(named("class"), leaf.at);
  if (leaf.kind == "bank.entry_withdrawn") return withdrawal(named("entry"), leaf.at);
  const auto kind = leaf.kind == "hold.set" ? AfterKind::hold_set : AfterKind::hold_lifted;
  return change_of_hold(reader, kind, named("hold"), leaf.at);
}

Result<> add_entries(store::Reader& reader, const ledger::LeafRange& range, std::vector<AfterEntry>& entries) {
  TUTELA_ASSIGN(const auto leaves, ledger::leaves_of_kinds(reader, kKinds, range));
  for (const auto& leaf : leaves) {
    const auto payload = nlohmann::json::parse(leaf.opening.payload, nullptr, false);
    if (payload.contains("after_restore")) continue;
    // Of a release that did not name the class: its line came into the list through after_pending (write_restaged).
    if (leaf.opening.kind == "retention.destroyed" && payload.is_object() && !payload.contains("class")) continue;
    auto entry = entry_of(reader, leaf.opening, payload.is_object() ? payload : nlohmann::json::object());
    if (!entry) return fail(ErrorCode::corrupt, "ledger.bad_payload", leaf.opening.kind);
    entries.push_back(*std::move(entry));
  }
  return {};
}

}  // namespace

Result<std::vector<AfterEntry>> after_entries(store::Reader& reader, ledger::LeafPlace first) {
  std::vector<AfterEntry> entries;
  TUTELA_ASSIGN(const auto epochs, ledger::epoch_numbers(reader));
  for (const auto number : epochs) {
    if (number < first.epoch) continue;
    TUTELA_ASSIGN(const auto epoch, ledger::find_epoch(reader, number));
    const auto size = epoch->frontier.size();
    for (auto begin = number == first.epoch ? first.index : 0; begin < size; begin += kLeavesAtOnce)
      TUTELA_TRY(add_entries(reader, {number, begin, std::min(size, begin + kLeavesAtOnce)}, entries));
  }
  return entries;
}

}  // namespace tutela::line
