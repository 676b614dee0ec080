#include "line/after_restore.h"

#include "line/banks.h"
#include "line/record.h"
#include "match/bank_repository.h"

namespace tutela::line {
namespace {

template <class IdType>
Result<IdType> id_of(const vault::AfterSubject& subject) {
  const auto id = IdType::parse(subject.id);
  if (!id) return fail(ErrorCode::corrupt, "after_list.malformed", subject.type);
  return *id;
}

Result<> withdraw(const Context& context, const vault::AfterSubject& subject, AfterApplied& applied) {
  if (subject.type == "entry") {
    TUTELA_ASSIGN(const auto id, id_of<EntryId>(subject));
    TUTELA_ASSIGN(const bool changed, withdraw_again(context, id));
    applied.withdrawn += changed ? 1 : 0;
    return {};
  }
  if (subject.type != "bank") return fail(ErrorCode::corrupt, "after_list.malformed", subject.type);
  TUTELA_ASSIGN(const auto bank, id_of<BankId>(subject));
  TUTELA_ASSIGN(const auto entries, in_snapshot<std::vector<match::EntryRow>>(context.store, [&](store::Reader& reader) {
                  return match::entries_of_bank(reader, bank);
                }));
  for (const auto& entry : entries) {
    if (entry.status == "withdrawn") continue;
    TUTELA_ASSIGN(const bool changed, withdraw_again(context, entry.id));
    applied.withdrawn += changed ? 1 : 0;
  }
  return {};
}

}  // namespace

Result<AfterApplied> apply_after_list(const Context& context, std::span<const vault::AfterEntry> entries) {
  AfterApplied applied;
  for (const auto& entry : entries) {
    switch (entry.kind) {
      case vault::AfterKind::withdrawal:
        TUTELA_TRY(withdraw(context, entry.subject, applied));
        break;
      case vault::AfterKind::tombstone:
      case vault::AfterKind::hold_set:
      case vault::AfterKind::hold_lifted:
        return fail(ErrorCode::unsupported, "restore.cannot_apply", std::string(vault::to_word(entry.kind)));
    }
  }
  return applied;
}

}  // namespace tutela::line
