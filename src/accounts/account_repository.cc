#include "accounts/account_repository.h"

namespace tutela::accounts {
namespace {

constexpr std::string_view kMemberColumns = "id, login, pseudonym, password_hash, roles, active, created_at, version";

MemberRow member_from(const store::Row& row) {
  return {row.id<MemberId>(0), row.text(1),         row.text(2), row.text(3),
          row.integer(4),      row.integer(5) != 0, row.time(6), row.integer(7)};
}

std::string select_member(std::string_view where) {
  return "SELECT " + std::string(kMemberColumns) + " FROM member " + std::string(where);
}

Result<std::optional<MemberRow>> one_member(store::Reader& reader, std::string_view where, const store::Value& key) {
  TUTELA_ASSIGN(const auto row, reader.query_one(select_member(where), {key}));
  if (!row) return std::nullopt;
  return member_from(*row);
}

}  // namespace

Result<> insert_node(store::Transaction& tx, const NodeRow& node) {
  TUTELA_TRY(tx.execute("INSERT INTO node (id, name, kind, country, demo, created_at) VALUES (1, $1, $2, $3, $4, $5)",
                        {node.name, node.kind, node.country, node.demo ? 1 : 0, node.created_at}));
  return {};
}

Result<NodeRow> find_node(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row, reader.query_one("SELECT name, kind, country, demo, created_at FROM node WHERE id = 1"));
  if (!row) return fail(ErrorCode::not_found, "node.not_initialised");
  return NodeRow{row->text(0), row->text(1), row->text(2), row->integer(3) != 0, row->time(4)};
}

Result<> insert_mandate(store::Transaction& tx, const MandateRow& mandate, Random& random) {
  TUTELA_TRY(tx.execute(
      "INSERT INTO mandate (id, legal_basis, counsel, valid_from, expires_at, first_member, second_member, recorded_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {Id<struct MandateTag>::make(mandate.recorded_at, random), mandate.legal_basis, mandate.counsel, mandate.valid_from,
       mandate.expires_at, mandate.first_member, mandate.second_member, mandate.recorded_at}));
  return {};
}

Result<std::optional<MandateRow>> find_mandate(store::Reader& reader) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT legal_basis, counsel, valid_from, expires_at, first_member, second_member, recorded_at "
                                 "FROM mandate ORDER BY id DESC LIMIT 1"));
  if (!row) return std::nullopt;
  return MandateRow{row->text(0),         row->text(1),         row->time(2), row->time(3),
                    row->id<MemberId>(4), row->id<MemberId>(5), row->time(6)};
}

Result<> insert_member(store::Transaction& tx, const MemberRow& member) {
  TUTELA_TRY(
      tx.execute("INSERT INTO member (id, login, pseudonym, password_hash, roles, active, created_at, version) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                 {member.id, member.login, member.pseudonym, member.password_hash, member.roles, member.active ? 1 : 0,
                  member.created_at, member.version}));
  return {};
}

Result<std::optional<MemberRow>> find_member(store::Reader& reader, const MemberId& id) {
  return one_member(reader, "WHERE id = $1", id);
}

Result<std::optional<MemberRow>> find_member_by_login(store::Reader& reader, const std::string& login) {
  return one_member(reader, "WHERE login = $1", login);
}

Result<std::vector<MemberRow>> list_members(store::Reader& reader) {
  TUTELA_ASSIGN(const auto rows, reader.query(select_member("ORDER BY id")));
  std::vector<MemberRow> members;
  for (const auto& row : rows) members.push_back(member_from(row));
  return members;
}

Result<> insert_session(store::Transaction& tx, const SessionRow& session) {
  TUTELA_TRY(tx.execute("INSERT INTO session (token_hash, member_id, csrf, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5)",
                        {session.token_hash, session.member_id, session.csrf, session.created_at, session.last_seen_at}));
  return {};
}

Result<std::optional<SessionRow>> find_session(store::Reader& reader, const Bytes& token_hash) {
  TUTELA_ASSIGN(
      const auto row,
      reader.query_one("SELECT token_hash, member_id, csrf, created_at, last_seen_at FROM session WHERE token_hash = $1",
                       {token_hash}));
  if (!row) return std::nullopt;
  return SessionRow{row->blob(0), row->id<MemberId>(1), row->text(2), row->time(3), row->time(4)};
}

Result<> touch_session(store::Transaction& tx, const Bytes& token_hash, Time now) {
  TUTELA_TRY(tx.execute("UPDATE session SET last_seen_at = $2 WHERE token_hash = $1", {token_hash, now}));
  return {};
}

Result<> delete_session(store::Transaction& tx, const Bytes& token_hash) {
  TUTELA_TRY(tx.execute("DELETE FROM session WHERE token_hash = $1", {token_hash}));
  return {};
}

Result<> insert_token(store::Transaction& tx, const TokenRow& token) {
  TUTELA_TRY(
      tx.execute("INSERT INTO api_token (id, token_hash, name, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
                 {token.id, token.token_hash, token.name, token.scopes, token.created_at, token.expires_at}));
  return {};
}

Result<std::optional<TokenRow>> find_token(store::Reader& reader, const Bytes& token_hash) {
  TUTELA_ASSIGN(const auto row,
                reader.query_one("SELECT id, token_hash, name, scopes, created_at, expires_at, revoked_at FROM api_token "
                                 "WHERE token_hash = $1",
                                 {token_hash}));
  if (!row) return std::nullopt;
  return TokenRow{row->id<TokenId>(0), row->blob(1), row->text(2),        row->text(3),
                  row->time(4),        row->time(5), row->time_or_null(6)};
}

}  // namespace tutela::accounts
