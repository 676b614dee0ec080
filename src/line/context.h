#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "accounts/account_repository.h"
#include "base/clock.h"
#include "base/random.h"
#include "decode/decoder.h"
#include "filing/outbox_schedule.h"
#include "law/jurisdiction_table.h"
#include "ledger/recorder.h"
#include "match_engine/match_engine.h"
#include "net/destination.h"
#include "notice/notice_clock.h"
#include "store/store.h"
#include "vault/key_store.h"
#include "vault/object_store.h"

// The use cases of a node. Each reads, lets one domain module decide, and writes what was decided, what is to be sent and the
// ledger's entry in one transaction. Nothing here chooses what is right: that is in the modules below; nothing here speaks HTTP.
namespace tutela::line {

class AnswerCounts;
class ItemFloods;
class ReceiptGenerations;
class TokenCache;

struct Settings {
  std::chrono::seconds exposure_max{1800};
  std::int64_t exposure_weight_max = 400;
  std::chrono::hours shift{8};
  notice::NoticeClocks notice_clocks;
  filing::OutboxLimits outbox;
  std::string portal_url;  // "http://127.0.0.1:8082": stands in notices
  std::string mail_from;
  std::filesystem::path after_list;  // refuses withdrawals when it is full; empty: there is none
};

// All that a use case may touch. Everything outlives it; every part is thread-safe.
struct Context {
  store::Store& store;
  const Clock& clock;
  Random& random;
  vault::KeyStore& keys;
  vault::ObjectStore& objects;
  ledger::Recorder& recorder;
  decode::Decoder& decoder;
  match_engine::MatchEngine& banks;
  AnswerCounts& answers;
  ItemFloods& floods;
  ReceiptGenerations& generations;
  TokenCache& tokens;
  const law::JurisdictionTable& law;
  const accounts::NodeRow& node;
  net::DestinationPolicy destinations;
  Settings settings;
};

// Whether this node may hold media now: a mandate that two members recorded and that has not run out.
Result<bool> has_valid_mandate(store::Reader& reader, Time now);
// Files are kept only under a valid mandate and a law row: the node's country has one that says for how long items are kept.
Result<bool> may_keep_media(const Context& context, store::Reader& reader);

}  // namespace tutela::line
