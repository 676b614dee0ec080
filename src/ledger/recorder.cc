#include "ledger/recorder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/limits.h"
#include "ledger/event_kinds.h"
#include "ledger/ledger_repository.h"

namespace tutela::ledger {
namespace {

constexpr std::uint16_t kCounterMax = 0x0FFF;

bool is_subject_type(std::string_view type) {
  return !type.empty() && type.size() <= 32 &&
         std::all_of(type.begin(), type.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// The form an excerpt can carry and anybody can digest again: JSON with sorted keys and no white space.
bool is_canonical_json(const std::string& text) {
  const auto value = nlohmann::json::parse(text, nullptr, false);
  return value.is_object() && value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) == text;
}

}  // namespace

SubjectPseudonym pseudonym_of(const crypto::SubjectKey& key, std::string_view subject_type, BytesView subject_id) {
  return crypto::keyed_hash(key, subject_type, subject_id);
}

Chain chain_of(const crypto::SubjectKey& key, std::string_view subject_type, BytesView subject_id) {
  Chain chain{Chain::kNeverBorn, pseudonym_of(key, subject_type, subject_id)};
  if (subject_id.size() != std::tuple_size_v<Uuid> || subject_id[6] >> 4 != 7) return chain;
  for (const auto byte : subject_id.first(6)) chain.born_at = chain.born_at << 8 | byte;
  return chain;
}

Recorder::Recorder(const crypto::SubjectKey& subject_key, Random& random, std::function<void()> wake)
    : subject_key_(subject_key), random_(random), wake_(std::move(wake)) {}

Result<> Recorder::record(store::Transaction& tx, const Event& event) {
  TUTELA_CHECK(is_event_kind(event.kind));
  TUTELA_CHECK(is_subject_type(event.subject_type) && event.subject_id.size() <= kSubjectIdBytesMax);
  if (event.payload.size() > limits::kLedgerPayloadBytesMax) return fail(ErrorCode::limit, "ledger.payload_too_large");
  if (!is_canonical_json(event.payload)) return fail(ErrorCode::internal, "ledger.payload_not_canonical");
  const auto id = next_id(event.at);
  TUTELA_TRY(
      insert_staged(tx, {Bytes(id.begin(), id.end()), event.kind, chain_of(subject_key_, event.subject_type, event.subject_id),
                         event.at, event.payload, random_.bytes<32>()}));
  tx.after_commit(wake_);
  return {};
}

// UUIDv7 with a counter in the twelve bits after the time (RFC 9562 section 6.2, method 1): entries of one process keep their
// order even inside a millisecond. A full counter borrows the next millisecond.
Uuid Recorder::next_id(Time at) {
  const std::lock_guard lock(mutex_);
  if (at > last_time_) {
    last_time_ = at;
    counter_ = 0;
  } else if (counter_ == kCounterMax) {
    last_time_ += Duration{1};
    counter_ = 0;
  } else {
    ++counter_;
  }
  auto id = make_uuid_v7(last_time_, random_);
  id[6] = static_cast<std::uint8_t>(0x70 | counter_ >> 8);
  id[7] = static_cast<std::uint8_t>(counter_ & 0xFF);
  return id;
}

}  // namespace tutela::ledger
