#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "store/store.h"

// Members, sessions, API tokens, the node's own profile and its mandate, as stored.
namespace tutela::accounts {

struct NodeRow {
  std::string name;     // "hotline-a.example.org": also the ledger's origin
  std::string kind;     // organisation kind: platform, hotline, police, …
  std::string country;  // ISO 3166-1 alpha-2
  bool demo = false;    // reaches loopback only
  Time created_at;
};

struct MandateRow {
  std::string legal_basis;
  std::string counsel;  // authority or counsel that confirmed it
  Time valid_from;
  Time expires_at;
  MemberId first_member;
  MemberId second_member;
  Time recorded_at;
};

struct MemberRow {
  MemberId id;
  std::string login;
  std::string pseudonym;  // what appears outside the organisation and in the ledger
  std::string password_hash;
  std::int64_t roles;  // RoleSet bits
  bool active;
  Time created_at;
  std::int64_t version;
};

struct SessionRow {
  Bytes token_hash;
  MemberId member_id;
  std::string csrf;
  Time created_at;
  Time last_seen_at;
};

struct TokenRow {
  TokenId id;
  Bytes token_hash;
  std::string name;
  std::string scopes;  // space-separated
  Time created_at;
  Time expires_at;
  std::optional<Time> revoked_at;
};

Result<> insert_node(store::Transaction& tx, const NodeRow& node);
// not_found, "node.not_initialised".
Result<NodeRow> find_node(store::Reader& reader);

Result<> insert_mandate(store::Transaction& tx, const MandateRow& mandate, Random& random);
// The newest, if any.
Result<std::optional<MandateRow>> find_mandate(store::Reader& reader);

Result<> insert_member(store::Transaction& tx, const MemberRow& member);
Result<std::optional<MemberRow>> find_member(store::Reader& reader, const MemberId& id);
Result<std::optional<MemberRow>> find_member_by_login(store::Reader& reader, const std::string& login);
Result<std::vector<MemberRow>> list_members(store::Reader& reader);

Result<> insert_session(store::Transaction& tx, const SessionRow& session);
Result<std::optional<SessionRow>> find_session(store::Reader& reader, const Bytes& token_hash);
Result<> touch_session(store::Transaction& tx, const Bytes& token_hash, Time now);
Result<> delete_session(store::Transaction& tx, const Bytes& token_hash);

Result<> insert_token(store::Transaction& tx, const TokenRow& token);
Result<std::optional<TokenRow>> find_token(store::Reader& reader, const Bytes& token_hash);

}  // namespace tutela::accounts
