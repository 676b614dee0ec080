#include "law/jurisdiction.h"

#include "model/words.h"

namespace tutela::law {
namespace {

constexpr std::array kIllegalWords{Word{Illegal::yes, "yes"}, Word{Illegal::no, "no"}, Word{Illegal::depends, "depends"}};
constexpr std::array kAuthorityKindWords{Word{AuthorityKind::clearing_house, "clearing_house"},
                                         Word{AuthorityKind::police, "police"}, Word{AuthorityKind::hotline, "hotline"},
                                         Word{AuthorityKind::regulator, "regulator"}};
constexpr std::array kOrganisationKindWords{Word{OrganisationKind::platform, "platform"},
                                            Word{OrganisationKind::hotline, "hotline"},
                                            Word{OrganisationKind::police, "police"},
                                            Word{OrganisationKind::hub, "hub"},
                                            Word{OrganisationKind::financial, "financial"},
                                            Word{OrganisationKind::support, "support"},
                                            Word{OrganisationKind::education, "education"},
                                            Word{OrganisationKind::health, "health"},
                                            Word{OrganisationKind::igo, "igo"}};
constexpr std::array kSubjectWords{Word{Subject::item, "item"}, Word{Subject::concern, "concern"}};

}  // namespace

std::string_view to_word(Illegal illegal) { return word_of(kIllegalWords, illegal); }
std::string_view to_word(AuthorityKind kind) { return word_of(kAuthorityKindWords, kind); }
std::string_view to_word(OrganisationKind kind) { return word_of(kOrganisationKindWords, kind); }
std::string_view to_word(Subject subject) { return word_of(kSubjectWords, subject); }

Result<Illegal> parse_illegal(std::string_view word) {
  if (const auto value = value_of(kIllegalWords, word)) return *value;
  return fail(ErrorCode::invalid, "law.unknown_illegal");
}

Result<AuthorityKind> parse_authority_kind(std::string_view word) {
  if (const auto value = value_of(kAuthorityKindWords, word)) return *value;
  return fail(ErrorCode::invalid, "law.unknown_authority_kind");
}

Result<OrganisationKind> parse_organisation_kind(std::string_view word) {
  if (const auto value = value_of(kOrganisationKindWords, word)) return *value;
  return fail(ErrorCode::invalid, "law.unknown_organisation_kind");
}

Result<Subject> parse_subject(std::string_view word) {
  if (const auto value = value_of(kSubjectWords, word)) return *value;
  return fail(ErrorCode::invalid, "law.unknown_subject");
}

}  // namespace tutela::law
