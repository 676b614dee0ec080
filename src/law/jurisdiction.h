#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/classification.h"
#include "model/country.h"

// What the law of a country says, as rows of data with their source. Planning material that a node's counsel confirms, not
// advice.
namespace tutela::law {

enum class Illegal : std::uint8_t { yes, no, depends };
std::string_view to_word(Illegal illegal);
Result<Illegal> parse_illegal(std::string_view word);  // invalid, "law.unknown_illegal"

enum class AuthorityKind : std::uint8_t { clearing_house, police, hotline, regulator };
std::string_view to_word(AuthorityKind kind);
Result<AuthorityKind> parse_authority_kind(std::string_view word);  // invalid, "law.unknown_authority_kind"

// The kinds of organisation of docs/glossary.md. Duties bind some of them only.
enum class OrganisationKind : std::uint8_t { platform, hotline, police, hub, financial, support, education, health, igo };
inline constexpr std::array kOrganisationKinds{
    OrganisationKind::platform,  OrganisationKind::hotline,   OrganisationKind::police,
    OrganisationKind::hub,       OrganisationKind::financial, OrganisationKind::support,
    OrganisationKind::education, OrganisationKind::health,    OrganisationKind::igo};
std::string_view to_word(OrganisationKind kind);
Result<OrganisationKind> parse_organisation_kind(std::string_view word);  // invalid, "law.unknown_organisation_kind"

// What a duty is about: an item with a verdict, or a concern without content.
enum class Subject : std::uint8_t { item, concern };
std::string_view to_word(Subject subject);
Result<Subject> parse_subject(std::string_view word);  // invalid, "law.unknown_subject"

struct Source {
  std::string law;      // name of the instrument
  std::string section;  // "section 2258A(a)(1)"
  std::string url;      // where it was read
  std::string quote;    // a few words, as read there
  std::string read_on;  // "2026-11-23"
};

// "US/minor": country and row id, how a message or a ledger entry names the row it rests on.
using RowReference = std::string;

struct IllegalRow {
  RowReference reference;
  std::vector<Act> acts;
  std::vector<AgeBand> age_bands;
  Illegal illegal;
  Source source;
};

struct TellRow {
  RowReference reference;
  std::string authority;  // official name
  AuthorityKind kind;
  std::vector<Subject> subjects;
  // Whom the law obliges to tell; every other kind of organisation may. May be empty.
  std::vector<OrganisationKind> must;
  // The time the law gives, where it gives a number.
  std::optional<std::int64_t> due_hours;
  // The law's own words where it gives words instead ("as soon as reasonably possible"). Never together with due_hours.
  std::optional<std::string> due_words;
  // The clock that a node starts where the law gives no number: the project's working rule, not the law's. Set exactly without
  // due_hours.
  std::optional<std::int64_t> working_hours;
  // Whether the source says that this authority takes what comes from outside its country.
  bool takes_from_abroad;
  Source source;

  std::chrono::hours clock() const { return std::chrono::hours(due_hours ? *due_hours : working_hours.value_or(0)); }
};

struct RetentionRow {
  RowReference reference;
  std::vector<OrganisationKind> must;
  std::int64_t days;
  Source source;
};

// How long records of these classes are kept before their destruction is proposed: the project's working rule where a law gives
// no number, for the node's counsel to confirm. Media is kept in a country that has a row for "item", and in no other.
struct KeepRow {
  RowReference reference;
  std::vector<std::string> records;  // words of the vault's record classes
  std::int64_t months;
};

struct Jurisdiction {
  Country country;
  std::string title;
  std::vector<IllegalRow> illegal;
  std::vector<TellRow> tell;
  std::vector<RetentionRow> retention;
  std::vector<KeepRow> keep;  // no class twice

  // Null where no row names the class.
  const KeepRow* kept(std::string_view record) const;
};

}  // namespace tutela::law
