#include "line/accounts.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "crypto/mac.h"
#include "crypto/password.h"
#include "intake/receipt.h"
#include "line/sealed.h"
#include "line/token_cache.h"

namespace tutela::line {
namespace {

constexpr std::size_t kNameBytesMax = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

Sensitive<std::string> random_token(Random& random) { return Sensitive<std::string>(encode_hex(random.bytes<32>())); }

Bytes hash_of(const Context& context, std::string_view use, std::string_view token) {
  const auto mac = crypto::keyed_hash(context.keys.lookup_key(), use, as_bytes(token));
  return Bytes(mac.begin(), mac.end());
}

// A duplicate key is another error to whoever chose the name. Of the whole transaction: its own error would win over the
// body's.
Result<> named(Result<> written, Reason taken) {
  if (!written && written.error().reason == Reason("store.duplicate_key")) return fail(ErrorCode::conflict, taken);
  return written;
}

Result<> refuse_sign_in(const Context& context, const std::optional<accounts::MemberRow>& member) {
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    return member ? record(context, tx, "member.sign_in_refused", About("member", member->id), Actor::from_public())
                  : record(context, tx, "member.sign_in_refused", About::node(), Actor::from_public());
  });
}

}  // namespace

Result<NewSession> sign_in(const Context& context, const std::string& login, const Sensitive<std::string>& password) {
  TUTELA_ASSIGN(const auto member, in_snapshot<std::optional<accounts::MemberRow>>(context.store, [&](store::Reader& reader) {
                  return accounts::find_member_by_login(reader, login);
                }));
  const auto verified = member ? crypto::verify_password(password, member->password_hash) : crypto::refuse_password(password);
  if (!verified && verified.error().code == ErrorCode::busy) return std::unexpected(verified.error());
  if (!verified || !member->active) {
    TUTELA_TRY(refuse_sign_in(context, member));
    return fail(ErrorCode::denied, "access.bad_login");
  }
  const auto token = random_token(context.random);
  const Time now = context.clock.now();
  const accounts::SessionRow session{hash_of(context, "session", token.reveal()), member->id,
                                     encode_hex(context.random.bytes<16>()), now, now};
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(accounts::insert_session(tx, session));
    return record(context, tx, "member.signed_in", About("member", member->id), Actor::member(member->pseudonym));
  }));
  TUTELA_ASSIGN(const auto presence, accounts::check_session(session, *member, now));
  return NewSession{token, {presence, member->login, member->pseudonym, session.csrf}};
}

Result<SignedIn> check_session(const Context& context, std::string_view token) {
  const Bytes hash = hash_of(context, "session", token);
  const Time now = context.clock.now();
  std::optional<accounts::SessionRow> session;
  std::optional<accounts::MemberRow> member;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(session, accounts::find_session(reader, hash));
    if (session) {
      TUTELA_ASSIGN(member, accounts::find_member(reader, session->member_id));
    }
    return {};
  }));
  if (!session || !member) return fail(ErrorCode::denied, "access.no_session");
  const auto presence = accounts::check_session(*session, *member, now);
  if (!presence) return fail(ErrorCode::denied, "access.no_session");
  // Once a minute is enough for an idle limit of half an hour, and keeps reading from being writing.
  if (now - session->last_seen_at > std::chrono::minutes(1))
    TUTELA_TRY(context.store.write([&](store::Transaction& tx) { return accounts::touch_session(tx, hash, now); }));
  return SignedIn{*presence, member->login, member->pseudonym, session->csrf};
}

Result<> sign_out(const Context& context, std::string_view token) {
  return context.store.write(
      [&](store::Transaction& tx) { return accounts::delete_session(tx, hash_of(context, "session", token)); });
}

Result<accounts::MemberRow> add_member(const Context& context, const NewMember& member, const Actor& actor) {
  if (!is_name(member.login)) return fail(ErrorCode::invalid, "member.bad_login", "field login");
  if (member.roles.empty()) return fail(ErrorCode::invalid, "member.no_role", "field roles");
  TUTELA_ASSIGN(const std::string hash, crypto::hash_password(member.password));
  const Time now = context.clock.now();
  accounts::MemberRow row{MemberId::make(now, context.random),
                          member.login,
                          "m-" + encode_hex(context.random.bytes<6>()),
                          hash,
                          member.roles.bits(),
                          true,
                          now,
                          1};
  TUTELA_TRY(named(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(accounts::insert_member(tx, row));
    return record(context, tx, "member.added", About("member", row.id), actor, {{"roles", to_words(member.roles)}});
  }),
                   "member.login_taken"));
  return row;
}

Result<accounts::MemberRow> find_member_by_login(const Context& context, const std::string& login) {
  TUTELA_ASSIGN(auto member, in_snapshot<std::optional<accounts::MemberRow>>(context.store, [&](store::Reader& reader) {
                  return accounts::find_member_by_login(reader, login);
                }));
  if (!member) return fail(ErrorCode::not_found, "member.unknown");
  return *std::move(member);
}

Result<IssuedToken> issue_token(const Context& context, const std::string& name, access::ScopeSet scopes, std::chrono::days valid,
                                const Actor& actor) {
  if (!is_name(name)) return fail(ErrorCode::invalid, "token.bad_name");
  const auto token = random_token(context.random);
  const Time now = context.clock.now();
  const accounts::TokenRow row{TokenId::make(now, context.random),
                               hash_of(context, "token", token.reveal()),
                               name,
                               to_words(scopes),
                               now,
                               now + valid,
                               std::nullopt};
  TUTELA_TRY(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(accounts::insert_token(tx, row));
    return record(context, tx, "token.issued", About("token", row.id), actor, {{"scopes", row.scopes}});
  }));
  return IssuedToken{row.id, token};
}

Result<CheckedToken> check_token(const Context& context, std::string_view token) {
  const auto hash = hash_of(context, "token", token);
  const Time now = context.clock.now();
  if (auto known = context.tokens.find(hash, now)) return *std::move(known);
  TUTELA_ASSIGN(const auto row, in_snapshot<std::optional<accounts::TokenRow>>(
                                    context.store, [&](store::Reader& reader) { return accounts::find_token(reader, hash); }));
  if (!row || row->revoked_at || row->expires_at <= now) return fail(ErrorCode::denied, "access.no_token");
  TUTELA_ASSIGN(const auto scopes, access::parse_scopes(row->scopes));
  CheckedToken checked{row->id, row->name, scopes};
  context.tokens.remember(hash, checked, row->expires_at, now);
  return checked;
}

Result<> record_mandate(const Context& context, const NewMandate& mandate, const MemberId& first, const MemberId& second) {
  if (first == second) return fail(ErrorCode::invalid, "mandate.one_member");
  const Time now = context.clock.now();
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    for (const auto& id : {first, second}) {
      TUTELA_ASSIGN(const auto member, accounts::find_member(tx, id));
      if (!member || !member->active) return fail(ErrorCode::not_found, "member.unknown");
    }
    TUTELA_TRY(accounts::insert_mandate(tx, {mandate.legal_basis, mandate.counsel, now, now + mandate.valid, first, second, now},
                                        context.random));
    return record(context, tx, "mandate.recorded", About::node(), Actor::node(), {{"days", mandate.valid.count()}});
  });
}

Result<filing::AuthorityRow> adopt_authority(const Context& context, const NewAuthority& authority, const MemberId& by,
                                             const Actor& actor) {
  if (!is_name(authority.name)) return fail(ErrorCode::invalid, "authority.bad_name", "field name");
  if (!authority.url.starts_with("https://") && !(context.node.demo && authority.url.starts_with("http://")))
    return fail(ErrorCode::invalid, "authority.bad_url", "field url");
  std::string url = authority.url;
  while (url.ends_with('/')) url.pop_back();
  filing::AuthorityRow row{authority.name,
                           authority.title,
                           std::string(authority.country.text()),
                           url,
                           {},
                           {},
                           by,
                           context.clock.now(),
                           authority.kind ? std::optional(std::string(law::to_word(*authority.kind))) : std::nullopt};
  TUTELA_TRY(named(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto key, new_key(context, vault::RecordClass::authority));
    row.wrapped_key = key.wrapped;
    row.sealed_token = seal(context, key.key, "authority.sealed_token", as_bytes(authority.name), authority.token.reveal());
    TUTELA_TRY(filing::insert_authority(tx, row));
    return record(context, tx, "authority.adopted", About::node(), actor, {{"authority", row.name}, {"country", row.country}});
  }),
                   "authority.name_taken"));
  return row;
}

Sensitive<std::string> make_password(Random& random) {
  // A receipt has the entropy and the alphabet that a person can copy from paper.
  return Sensitive<std::string>(intake::Receipt::make(random).reveal_text());
}

}  // namespace tutela::line
