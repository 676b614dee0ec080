#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "line/context.h"
#include "model/ids.h"

namespace tutela::line {

// Who did it, as the ledger says it: "member:<pseudonym>", "token:<id>", "public", "node".
struct Actor {
  std::string word;

  static Actor node() { return {"node"}; }
  static Actor from_public() { return {"public"}; }
  static Actor member(const std::string& pseudonym) { return {"member:" + pseudonym}; }
  static Actor token(const TokenId& token) { return {"token:" + token.to_string()}; }
};

// What it is about.
struct About {
  std::string_view type;  // "item", "report", "concern", "referral", "incoming", "notice", "bank", "node"
  BytesView id;

  template <class Tag>
  About(std::string_view subject_type, const Id<Tag>& subject_id) : type(subject_type), id(subject_id.bytes()) {}
  About(std::string_view subject_type, BytesView subject_id) : type(subject_type), id(subject_id) {}
  static About node();
};

// Stages the ledger's entry in `tx`: {"by": actor, …facts}. `facts` holds words, numbers and ids; never content, an address, a
// fingerprint or free text (I7).
Result<> record(const Context& context, store::Transaction& tx, std::string_view kind, const About& about, const Actor& actor,
                const nlohmann::json& facts);
Result<> record(const Context& context, store::Transaction& tx, std::string_view kind, const About& about, const Actor& actor);

}  // namespace tutela::line
