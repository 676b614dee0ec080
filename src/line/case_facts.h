#pragma once

#include "filing/referral_message.h"
#include "filing/referral_repository.h"
#include "law/assessment.h"
#include "line/context.h"

// What is on record about an item or a concern, gathered for law and for referrals.
namespace tutela::line {

// Where it stands, where who put it there is, and where we are. An item without any location was uploaded to whoever runs this
// node or reports to it: then the hosting country is our own.
Result<law::Countries> countries_of_item(const Context& context, store::Reader& reader, const ItemId& item);
Result<law::Countries> countries_of_concern(const Context& context, store::Reader& reader, const ConcernId& concern);
Result<law::OrganisationKind> node_kind(const Context& context);
Result<Country> node_country(const Context& context);

// The subject of a referral and everything that stands beside it, from the records as they are now. Never who reported it (I9).
Result<filing::ReferralMessage> item_message(const Context& context, store::Reader& reader, const ItemId& item,
                                             const law::LegalView& view);
Result<filing::ReferralMessage> concern_message(const Context& context, store::Reader& reader, const ConcernId& concern,
                                                const law::LegalView& view);

// For a correction: `message` takes what is on record now; a concern's statement becomes `statement`.
Result<> refresh_message(const Context& context, store::Reader& reader, const filing::ReferralRow& referral,
                         filing::ReferralMessage& message, const std::string& statement);

}  // namespace tutela::line
