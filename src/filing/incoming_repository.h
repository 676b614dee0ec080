#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Referrals that this node received, as an authority.
namespace tutela::filing {

struct IncomingRow {
  IncomingId id;
  std::string sender;  // name of the token that brought it
  std::string reference;
  Bytes digest;       // of the message as received, to tell a repeat from another message under the same reference
  std::string state;  // acknowledged, accepted, refused, outcome, withdrawn
  bool urgent = false;
  Time received_at;
  Bytes wrapped_key;
  Bytes sealed_message;
  std::int64_t answer_sequence = 0;  // counts the answers given
  std::optional<std::string> outcome;
  std::int64_t version = 1;
};

struct IncomingSupplementRow {
  IncomingId incoming_id;
  std::int64_t sequence;
  std::string kind;
  Bytes sealed_body;
  Time received_at;
};

// One answer given: what the sender reads, in order.
struct AnswerRow {
  IncomingId incoming_id;
  std::int64_t sequence;
  std::string answer;  // acknowledged, accepted, refused, outcome
  std::optional<std::string> outcome;
  std::optional<Bytes> sealed_reason;  // why it was refused
  Time at;
};

// conflict, "store.duplicate_key" when this sender used the reference before.
Result<> insert_incoming(store::Transaction& tx, const IncomingRow& incoming);
// not_found, "incoming.unknown".
Result<IncomingRow> find_incoming(store::Reader& reader, const IncomingId& id);
Result<std::optional<IncomingRow>> find_incoming_by_reference(store::Reader& reader, const std::string& sender,
                                                              const std::string& reference);
// Urgent first, then oldest.
Result<std::vector<IncomingRow>> list_incoming(store::Reader& reader, std::int64_t count_max);
// Writes state, answer_sequence and outcome on the version the row was read with.
Result<> update_incoming(store::Transaction& tx, const IncomingRow& incoming);

// conflict, "store.duplicate_key" when that sequence was received before.
Result<> insert_incoming_supplement(store::Transaction& tx, const IncomingSupplementRow& supplement);
Result<std::vector<IncomingSupplementRow>> supplements_of_incoming(store::Reader& reader, const IncomingId& incoming);

Result<> insert_answer(store::Transaction& tx, const AnswerRow& answer);
Result<std::vector<AnswerRow>> answers_after(store::Reader& reader, const IncomingId& incoming, std::int64_t sequence);

}  // namespace tutela::filing
