#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "casework/concern_repository.h"
#include "filing/referral_message.h"
#include "filing/referral_repository.h"
#include "line/context.h"
#include "match/answer.h"
#include "match/bank_repository.h"
#include "notice/notice_repository.h"
#include "review/exposure.h"
#include "review/item_repository.h"
#include "review/review_repository.h"

// Records as spec/openapi.yaml writes them. What is not known is left out; nothing is null.
namespace tutela::api {

using Json = nlohmann::json;

// Names members by their pseudonym; looks each up once.
class Pseudonyms {
 public:
  explicit Pseudonyms(store::Reader& reader) : reader_(reader) {}
  Result<std::string> of(const MemberId& member);

 private:
  store::Reader& reader_;
  std::map<MemberId, std::string> known_;
};

void put(Json& object, const char* field, const std::optional<std::string>& text);
void put(Json& object, const char* field, const std::optional<std::int64_t>& number);
void put(Json& object, const char* field, const std::optional<Time>& time);

// Those that `comes_first` picks before the others, each in the order they had.
template <class Row, class Predicate>
std::vector<Row> order_by(const std::vector<Row>& rows, Predicate comes_first) {
  std::vector<Row> ordered;
  for (const auto& row : rows)
    if (comes_first(row)) ordered.push_back(row);
  for (const auto& row : rows)
    if (!comes_first(row)) ordered.push_back(row);
  return ordered;
}

Json node_json(const line::Context& context, store::Reader& reader);
Json match_json(const match::Match& match, const std::string& bank_name);
Result<Json> matches_json(store::Reader& reader, const std::vector<match::Match>& matches);
Json lease_json(const review::LeaseRow& lease, const MemberId& viewer, const std::string& pseudonym);
Json exposure_json(const line::Context& context, const review::ExposureRow& exposure);
Json verdict_json(const review::VerdictRow& verdict);
Result<Json> concern_json(Pseudonyms& names, const casework::ConcernRow& concern);
Result<Json> referral_json(Pseudonyms& names, const filing::ReferralRow& referral);
Result<Json> routing_json(Pseudonyms& names, const filing::RoutingTaskRow& task);
Result<Json> authority_json(Pseudonyms& names, const filing::AuthorityRow& authority);
Result<Json> notice_json(Pseudonyms& names, store::Reader& reader, const notice::NoticeRow& notice);
Json bank_json(const match::BankRow& bank, std::size_t active_entries);
// What crosses the border, as spec/exchange.md writes it.
Json message_json(const filing::ReferralMessage& message);

}  // namespace tutela::api
