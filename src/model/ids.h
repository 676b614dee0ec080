#pragma once

#include "base/id.h"

namespace tutela {

using ReportId = Id<struct ReportTag>;
using ItemId = Id<struct ItemTag>;
using LocationId = Id<struct LocationTag>;
using ConcernId = Id<struct ConcernTag>;
using PersonId = Id<struct PersonTag>;
using IndicatorId = Id<struct IndicatorTag>;
using MemberId = Id<struct MemberTag>;
using TokenId = Id<struct TokenTag>;
using BankId = Id<struct BankTag>;
using BankAdoptionId = Id<struct BankAdoptionTag>;
using EntryId = Id<struct EntryTag>;
using MatchId = Id<struct MatchTag>;
using AssessmentId = Id<struct AssessmentTag>;
using VerdictId = Id<struct VerdictTag>;
using ViewId = Id<struct ViewTag>;
using ReferralId = Id<struct ReferralTag>;
using SupplementId = Id<struct SupplementTag>;
using IncomingId = Id<struct IncomingTag>;
using RoutingTaskId = Id<struct RoutingTaskTag>;
using NoticeId = Id<struct NoticeTag>;
using OutboxId = Id<struct OutboxTag>;
using DestructionId = Id<struct DestructionTag>;
using ScheduleId = Id<struct ScheduleTag>;
using HoldId = Id<struct HoldTag>;
using ErasureId = Id<struct ErasureTag>;
using ExportId = Id<struct ExportTag>;
using ObjectId = Id<struct ObjectTag>;

}  // namespace tutela
