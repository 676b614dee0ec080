#pragma once

#include <optional>
#include <string>

#include "access/permission.h"
#include "accounts/account_repository.h"
#include "accounts/presence.h"
#include "base/sensitive.h"
#include "filing/referral_repository.h"
#include "law/jurisdiction.h"
#include "line/context.h"
#include "line/record.h"

// Who may act: members and their sessions, tokens of machines, the node's mandate, and the authorities it may send to.
namespace tutela::line {

// A member, signed in as of this request.
struct SignedIn {
  accounts::MemberPresence presence;
  std::string login;
  std::string pseudonym;
  std::string csrf;

  const MemberId& id() const { return presence.member(); }
  Actor actor() const { return Actor::member(pseudonym); }
};

struct NewSession {
  Sensitive<std::string> token;  // for the cookie; kept only as a keyed hash
  SignedIn member;
};

// denied, "access.bad_login" for an unknown login, a wrong password and an inactive member alike, in the same time.
Result<NewSession> sign_in(const Context& context, const std::string& login, const Sensitive<std::string>& password);
// denied, "access.no_session".
Result<SignedIn> check_session(const Context& context, std::string_view token);
Result<> sign_out(const Context& context, std::string_view token);

struct NewMember {
  std::string login;
  Sensitive<std::string> password;
  RoleSet roles;
};
// invalid, "member.bad_login"; conflict, "member.login_taken"; as crypto::hash_password.
Result<accounts::MemberRow> add_member(const Context& context, const NewMember& member, const Actor& actor);
// not_found, "member.unknown".
Result<accounts::MemberRow> find_member_by_login(const Context& context, const std::string& login);

struct IssuedToken {
  TokenId id;
  Sensitive<std::string> token;  // shown once
};
// 256 random bits, kept as a keyed hash. `name` is what the machine is called in lists and in the ledger, and what another node's
// referrals are kept under: a second token of one name is the same machine, so that one can follow another before it runs out.
// invalid, "token.bad_name".
Result<IssuedToken> issue_token(const Context& context, const std::string& name, access::ScopeSet scopes, std::chrono::days valid,
                                const Actor& actor);
struct CheckedToken {
  TokenId id;
  std::string name;
  access::ScopeSet scopes;

  Actor actor() const { return Actor::token(id); }
};
// denied, "access.no_token" (unknown, expired or revoked). Usually no statement: TokenCache.
Result<CheckedToken> check_token(const Context& context, std::string_view token);

struct NewMandate {
  std::string legal_basis;
  std::string counsel;
  std::chrono::days valid;
};
// Two different active members stand behind it. invalid, "mandate.one_member".
Result<> record_mandate(const Context& context, const NewMandate& mandate, const MemberId& first, const MemberId& second);

struct NewAuthority {
  std::string name;
  std::string title;
  Country country;
  std::string url;
  Sensitive<std::string> token;            // what that authority issued to us
  std::optional<law::AuthorityKind> kind;  // absent: not known; then only a member routes anything to it from abroad
};
// invalid, "authority.bad_name", "authority.bad_url"; conflict, "authority.name_taken".
Result<filing::AuthorityRow> adopt_authority(const Context& context, const NewAuthority& authority, const MemberId& by,
                                             const Actor& actor);

// A password nobody chose: 100 random bits, as letters and digits in groups of four.
Sensitive<std::string> make_password(Random& random);

}  // namespace tutela::line
