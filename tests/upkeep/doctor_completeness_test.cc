#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "doctor/checks.h"
#include "line/schema_steps.h"
#include "store/tables.h"

// That doctor --deep looks at every row, every sealed field and every state machine of the schema: what a later step adds is in
// one of its lists, or here with a reason, or this turns red.
namespace tutela::test {
namespace {

using testing::IsEmpty;

std::set<std::string> set_of(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

// "table.column" of each column that `takes`.
template <class Takes>
std::set<std::string> columns_where(Takes takes) {
  const auto steps = line::schema_steps();
  std::set<std::string> names;
  for (const auto& table : store::tables_of(steps))
    for (const auto& column : table.columns)
      if (takes(table, column)) names.insert(table.name + "." + column.name);
  return names;
}

std::vector<std::string> missing(const std::set<std::string>& of_schema, std::initializer_list<std::set<std::string>> known) {
  std::vector<std::string> names;
  for (const auto& name : of_schema)
    if (std::ranges::none_of(known, [&](const auto& list) { return list.contains(name); })) names.push_back(name);
  return names;
}

// Names, references and addresses: what stands there is nobody's closed list, or the ledger's proofs see to it.
const std::set<std::string> kFreeTexts{
    "node.name", "node.country", "mandate.legal_basis", "mandate.counsel", "member.login", "member.pseudonym",
    "member.password_hash", "session.csrf", "api_token.name", "api_token.scopes", "authority.name", "authority.title",
    "authority.country", "authority.url", "report.uploader_country", "report.released_word", "idempotency.idempotency_key",
    "item.format", "item.object_name", "item.decode_reason", "item_location.scheme", "item_location.host",
    "item_location.country", "item_match.why", "bank.name", "bank.source", "bank.legal_basis", "bank_entry.source",
    "entry_reference.reference", "routing_task.why", "routing_task.country", "routing_task.authority", "referral.reference",
    "incoming_referral.sender", "incoming_referral.reference", "outbox.destination", "outbox.idempotency_key",
    "outbox.last_reason", "work_lease.name", "ledger_staged.payload", "ledger_epoch.name", "ledger_leaf.payload",
    "ledger_checkpoint.note", "ledger_cosignature.witness", "ledger_cosignature.line", "clock_watch.boot", "erasure.law_row",
    // Kinds of the ledger's entries, which it lists, and what they are about.
    "decision_reason.kind", "decision_reason.subject_type",
    // Of a class key's name; the key store reads it.
    "destruction.class_name",
    // Lines of a list that begins anew: the list's own form refuses what is none.
    "after_pending.subject_type", "after_pending.subject_id", "after_pending.about_type", "after_pending.about_id"};

TEST(DoctorCompleteness, EveryTextIsAWordOfAListOrFree) {
  const auto texts = columns_where([](const auto&, const auto& column) { return column.type == store::ColumnType::text; });
  EXPECT_THAT(missing(texts, {set_of(doctor::columns_of_words()), set_of(doctor::columns_that_name_rows()), kFreeTexts}),
              IsEmpty());
  EXPECT_THAT(missing(kFreeTexts, {texts}), IsEmpty()) << "no longer in the schema";
}

TEST(DoctorCompleteness, EverySealedFieldIsOpened) {
  const auto sealed = columns_where([](const auto&, const auto& column) { return column.name.starts_with("sealed_"); });
  EXPECT_EQ(sealed, set_of(doctor::sealed_columns()));
}

// A column that holds 16 bytes names a row, unless it is the row's own id.
TEST(DoctorCompleteness, EveryColumnThatNamesARowIsFollowed) {
  const std::set<std::string> not_followed{// By the kind of its entry, which may be about anything.
                                           "decision_reason.subject_id",
                                           // Of a hold that a restore set again nobody is named.
                                           "legal_hold.set_by", "legal_hold.lifted_by"};
  const auto naming = columns_where([](const auto& table, const auto& column) {
    if (column.type != store::ColumnType::bytes || (table.key.size() == 1 && table.key[0] == column.name && column.name == "id"))
      return false;
    const std::string_view name = column.name;
    return name.ends_with("_id") || name.ends_with("_by") || name.ends_with("_member") || name.ends_with("_entry") ||
           name.starts_with("adopted_");
  });
  EXPECT_THAT(missing(naming, {set_of(doctor::columns_that_name_rows()), not_followed}), IsEmpty());
}

TEST(DoctorCompleteness, EveryStateMachineHasItsCompanions) {
  // What an address answered last, and a row that waits or does not: neither needs anything beside it.
  const std::set<std::string> alone{"item_location.state", "outbox.state"};
  std::set<std::string> with_companions;
  for (const auto& table : doctor::state_machines_with_companions()) with_companions.insert(table + ".state");
  const auto states = columns_where([](const auto&, const auto& column) { return column.name == "state"; });
  EXPECT_THAT(missing(states, {with_companions, alone}), IsEmpty());
}

}  // namespace
}  // namespace tutela::test
