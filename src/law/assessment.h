#pragma once

#include <variant>

#include "law/jurisdiction_table.h"

// Where something is illegal, whom to tell, and where we do not know.
namespace tutela::law {

enum class CountryRole : std::uint8_t {
  hosting,   // where the content is served from
  uploader,  // where the person is who put it there; for a concern, where the child or the suspect is
  node,      // our own
};
std::string_view to_word(CountryRole role);

struct Countries {
  std::optional<Country> hosting;
  std::optional<Country> uploader;
  Country node;
};

struct IllegalWhere {
  Country country;
  CountryRole role;
  Illegal illegal;  // yes or depends
  RowReference row;
};

struct Tell {
  Country country;  // of the authority
  AuthorityKind kind;
  std::string authority;
  std::chrono::hours deadline;
  bool deadline_is_law;  // false: the law gives no number and the working rule stands
  bool is_duty;          // this node's kind of organisation must; otherwise it may
  bool binds_others;     // a duty of other kinds of organisation, which a voluntary report can only lean on
  RowReference row;
};

enum class WhyUnknown : std::uint8_t {
  no_country,   // nobody told us the country
  no_rows,      // the table has nothing on that country
  not_covered,  // no row of that country speaks of this act and age band
};
std::string_view to_word(WhyUnknown why);

struct UnknownWhere {
  CountryRole role;
  std::optional<Country> country;
  WhyUnknown why;
};

struct LegalView {
  Subject subject;
  Countries countries;
  std::vector<IllegalWhere> illegal_where;
  // Both in order: what binds only others last, then by deadline, then by row.
  std::vector<Tell> must_tell;  // of the node's own country, binding on its kind
  std::vector<Tell> may_tell;   // own country not binding, or another country whose row takes it from abroad
  std::vector<UnknownWhere> unknown_where;
};

// Looks at every country of the item. A hosting country that nobody gave is unknown; an uploader's is simply absent, since most
// reports cannot have one. Pure and total; same rows, same answer in the same order (I11).
LegalView evaluate(const JurisdictionTable& table, const Classification& classification, const Countries& countries,
                   OrganisationKind node_kind);

// The same for a concern, which has no act: nothing is said about illegality. Unknown when neither country is given.
LegalView evaluate_concern(const JurisdictionTable& table, const Countries& countries, OrganisationKind node_kind);

// How long a kind of organisation in that country must keep what it filed, with the row that says so. Absent: no row.
struct Retention {
  std::chrono::days keep;
  RowReference row;
};
std::optional<Retention> retention_after_filing(const JurisdictionTable& table, const Country& node, OrganisationKind node_kind);

}  // namespace tutela::law
