#include "law/assessment.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "model/words.h"

namespace tutela::law {
namespace {

constexpr std::array kRoleWords{Word{CountryRole::hosting, "hosting"}, Word{CountryRole::uploader, "uploader"},
                                Word{CountryRole::node, "node"}};
constexpr std::array kWhyUnknownWords{Word{WhyUnknown::no_country, "no_country"}, Word{WhyUnknown::no_rows, "no_rows"},
                                      Word{WhyUnknown::not_covered, "not_covered"}};

template <class T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

const IllegalRow* find_row(const Jurisdiction& jurisdiction, const Classification& classification) {
  for (const auto& row : jurisdiction.illegal)
    if (contains(row.acts, classification.act) && contains(row.age_bands, classification.age_band)) return &row;
  return nullptr;
}

void assess_country(const JurisdictionTable& table, const Classification& classification, const Country& country,
                    CountryRole role, LegalView& view) {
  const auto* jurisdiction = table.find(country);
  if (jurisdiction == nullptr) {
    view.unknown_where.push_back({role, country, WhyUnknown::no_rows});
    return;
  }
  const auto* row = find_row(*jurisdiction, classification);
  if (row == nullptr) {
    view.unknown_where.push_back({role, country, WhyUnknown::not_covered});
  } else if (row->illegal != Illegal::no) {
    view.illegal_where.push_back({country, role, row->illegal, row->reference});
  }
}

void collect_tell(const JurisdictionTable& table, const Country& country, OrganisationKind node_kind, LegalView& view) {
  const auto* jurisdiction = table.find(country);
  if (jurisdiction == nullptr) return;
  const bool at_home = country == view.countries.node;
  for (const auto& row : jurisdiction->tell) {
    if (!contains(row.subjects, view.subject)) continue;
    // A foreign statute's duty binds organisations there; for us such a row is at most a permission, and only where it says so.
    const bool is_duty = at_home && contains(row.must, node_kind);
    if (!at_home && !row.takes_from_abroad) continue;
    auto& list = is_duty ? view.must_tell : view.may_tell;
    list.push_back({country, row.kind, row.authority, row.clock(), row.due_hours.has_value(), is_duty,
                    !is_duty && !row.must.empty(), row.reference});
  }
}

void collect_all_tell(const JurisdictionTable& table, OrganisationKind node_kind, LegalView& view) {
  std::vector<Country> countries{view.countries.node};
  for (const auto& country : {view.countries.hosting, view.countries.uploader})
    if (country && !contains(countries, *country)) countries.push_back(*country);
  for (const auto& country : countries) collect_tell(table, country, node_kind, view);
  const auto earlier = [](const Tell& left, const Tell& right) {
    return std::tie(left.binds_others, left.deadline, left.row) < std::tie(right.binds_others, right.deadline, right.row);
  };
  std::sort(view.must_tell.begin(), view.must_tell.end(), earlier);
  std::sort(view.may_tell.begin(), view.may_tell.end(), earlier);
}

}  // namespace

std::string_view to_word(CountryRole role) { return word_of(kRoleWords, role); }
std::string_view to_word(WhyUnknown why) { return word_of(kWhyUnknownWords, why); }

LegalView evaluate(const JurisdictionTable& table, const Classification& classification, const Countries& countries,
                   OrganisationKind node_kind) {
  LegalView view{Subject::item, countries, {}, {}, {}, {}};
  const bool dismissed = classification.act == Act::not_illegal || classification.act == Act::out_of_remit ||
                         classification.age_band == AgeBand::adult;
  if (dismissed) return view;

  if (countries.hosting) {
    assess_country(table, classification, *countries.hosting, CountryRole::hosting, view);
  } else {
    view.unknown_where.push_back({CountryRole::hosting, std::nullopt, WhyUnknown::no_country});
  }
  if (countries.uploader) assess_country(table, classification, *countries.uploader, CountryRole::uploader, view);
  assess_country(table, classification, countries.node, CountryRole::node, view);
  collect_all_tell(table, node_kind, view);
  return view;
}

LegalView evaluate_concern(const JurisdictionTable& table, const Countries& countries, OrganisationKind node_kind) {
  LegalView view{Subject::concern, countries, {}, {}, {}, {}};
  if (!countries.uploader && !countries.hosting)
    view.unknown_where.push_back({CountryRole::uploader, std::nullopt, WhyUnknown::no_country});
  const auto note_missing_rows = [&](const std::optional<Country>& country, CountryRole role) {
    if (country && table.find(*country) == nullptr) view.unknown_where.push_back({role, country, WhyUnknown::no_rows});
  };
  note_missing_rows(countries.hosting, CountryRole::hosting);
  note_missing_rows(countries.uploader, CountryRole::uploader);
  note_missing_rows(countries.node, CountryRole::node);
  collect_all_tell(table, node_kind, view);
  return view;
}

std::optional<Retention> retention_after_filing(const JurisdictionTable& table, const Country& node, OrganisationKind node_kind) {
  const auto* jurisdiction = table.find(node);
  if (jurisdiction == nullptr) return std::nullopt;
  std::optional<Retention> longest;
  for (const auto& row : jurisdiction->retention)
    if (contains(row.must, node_kind) && (!longest || std::chrono::days(row.days) > longest->keep))
      longest = Retention{std::chrono::days(row.days), row.reference};
  return longest;
}

}  // namespace tutela::law
