#include "api/match_route.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "api/console_access.h"
#include "api/fingerprint_json.h"
#include "api/json_views.h"
#include "api/problem.h"
#include "base/limits.h"
#include "decode/query_fingerprints.h"
#include "http/json_body.h"
#include "http/multipart.h"
#include "line/matching.h"
#include "match/bank_repository.h"

namespace tutela::api {
namespace {

constexpr std::size_t kQuestionsMax = 1000;
// What a file costs of a caller's questions: a decoder for a while.
constexpr std::size_t kMediaCost = 25;

std::string_view label_of(match::BankPurpose purpose) {
  switch (purpose) {
    case match::BankPurpose::match:
      return "known";
    case match::BankPurpose::self_reported:
      return "self_reported";
    case match::BankPurpose::safe:
      return "safe";
  }
  return "known";
}

std::string_view type_of(const match::Match& match) {
  switch (match.algorithm.comparison()) {
    case Comparison::digest:
      return "exact";
    case Comparison::hamming_256:
      return "near";
    case Comparison::weak_digest:
    case Comparison::equality:
    case Comparison::carried:
      break;
  }
  return "equal";
}

// What another organisation is told: that it is known and how that was seen, not how often, where, nor by which entry.
Json external_matches(const std::vector<match::Match>& matches, access::ScopeSet scopes) {
  Json out = Json::array();
  std::set<std::pair<std::string_view, std::string_view>> told;
  // In the order of the answer, so the first of a kind is the nearest.
  for (const auto& match : matches) {
    if (!told.emplace(label_of(match.purpose), type_of(match)).second) continue;
    Json one = {{"label", label_of(match.purpose)}, {"match_type", type_of(match)}};
    if (scopes.has(access::Scope::match_distance)) one["distance"] = match.distance_bits;
    out.push_back(std::move(one));
  }
  return out;
}

// Why a question was not compared, or not with every bank, beside the matches of the others.
std::optional<std::string_view> not_compared(const Fingerprint& question, bool is_complete) {
  if (const auto why = question.why_not_compared()) return why;
  if (!is_complete && question.algorithm().comparison() == Comparison::hamming_256) return "wide_banks_busy";
  return std::nullopt;
}

// Which banks an own caller asks; another organisation does not know what there is.
constexpr std::string_view kBanksField = "banks";
constexpr std::size_t kBankNameBytesMax = 64;
Result<std::vector<std::string>> banks_in(const Json& object) {
  return http::optional_texts(object, kBanksField, line::kBanksAskedMax, kBankNameBytesMax);
}

// Of one file.
struct MediaQuestions {
  std::vector<Fingerprint> fingerprints;
  std::vector<std::string_view> forms;  // of each; "as_stored" is empty
  std::optional<std::string_view> decode_reason;
};

Result<MediaQuestions> questions_of_media(decode::Decoder& decoder, BytesView media, decode::FormsAsked forms) {
  MediaQuestions questions;
  questions.fingerprints = decode::digest_fingerprints(crypto::digests_of(media));
  using fingerprint::PdqConvention;
  const fingerprint::PdqConventions conventions = {PdqConvention::full, PdqConvention::nearest512, PdqConvention::pytx};
  const auto decoded = decoder.decode(media, {.conventions = conventions, .forms = fingerprint::PdqForms::dihedral});
  if (!decoded) {
    const auto code = decoded.error().code;
    if (code == ErrorCode::unavailable || code == ErrorCode::busy) return std::unexpected(decoded.error());
    // Its bytes are compared all the same.
    questions.decode_reason = decoded.error().reason.text();
  } else {
    for (auto& fingerprint : decode::picture_fingerprints(*decoded, conventions))
      questions.fingerprints.push_back(std::move(fingerprint));
  }
  questions.forms.resize(questions.fingerprints.size());
  if (!decoded) return questions;
  for (auto& form : decode::query_forms(*decoded, forms))
    for (auto& fingerprint : form.fingerprints) {
      questions.fingerprints.push_back(std::move(fingerprint));
      questions.forms.push_back(form.word);
    }
  return questions;
}

// What a request with files asks: the files in their order, and how they are to be compared.
struct FilesAsked {
  std::vector<BytesView> files;
  decode::FormsAsked forms = decode::FormsAsked::shown;
  std::vector<std::string> banks;
};
Result<FilesAsked> parse_files_asked(std::string_view content_type, BytesView body, bool is_own) {
  TUTELA_ASSIGN(const auto parts, http::parse_multipart(content_type, body, "media"));
  FilesAsked asked;
  for (const auto& part : parts) {
    if (part.name != "question" && part.name != "media") return fail(ErrorCode::invalid, "match.unknown_part", "part");
    if (part.name != "media") continue;
    const auto place = "part media " + std::to_string(asked.files.size() + 1);
    if (part.data.empty()) return fail(ErrorCode::invalid, "media.empty", place);
    if (part.data.size() > limits::kMediaBytesMax) return fail(ErrorCode::limit, "media.too_large", place);
    if (asked.files.size() == limits::kMatchFilesMax) return fail(ErrorCode::limit, "match.too_many_files", place);
    asked.files.push_back(part.data);
  }
  if (asked.files.empty()) return fail(ErrorCode::invalid, "media.empty", "part media");
  if (const auto* question = http::find_part(parts, "question")) {
    TUTELA_ASSIGN(const auto object, http::parse_json(question->data, limits::kJsonBodyBytesMax));
    if (!object.is_object()) return fail(ErrorCode::invalid, "json.not_an_object", "part question");
    TUTELA_TRY(is_own ? http::require_only(object, {"turned", kBanksField}) : http::require_only(object, {"turned"}));
    TUTELA_ASSIGN(asked.banks, banks_in(object));
    TUTELA_ASSIGN(const auto turned, http::optional_boolean(object, "turned"));
    if (turned.value_or(false)) asked.forms = decode::FormsAsked::all;
  }
  return asked;
}

// The turned forms of a picture are ours, not the caller's: only what was sent is looked at.
std::vector<Fingerprint> as_sent(const MediaQuestions& questions) {
  const auto first_form = std::ranges::find_if(questions.forms, [](std::string_view form) { return !form.empty(); });
  return {questions.fingerprints.begin(), questions.fingerprints.begin() + (first_form - questions.forms.begin())};
}

}  // namespace

Result<std::string> MatchRoute::bank_name(const BankId& bank) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = bank_names_.find(bank); known != bank_names_.end()) return known->second;
  }
  TUTELA_ASSIGN(const auto row, in_snapshot<match::BankRow>(
                                    context_.store, [&](store::Reader& reader) { return match::find_bank(reader, bank); }));
  const std::lock_guard lock(mutex_);
  bank_names_.emplace(bank, row.name);
  return row.name;
}

Result<http::Response> MatchRoute::answer(const http::Request& request, const line::CheckedToken& caller) {
  const auto content_type = request.header("Content-Type").value_or("");
  auto answered =
      content_type.starts_with("multipart/") ? answer_media(request, content_type, caller) : answer_fingerprints(request, caller);
  if (answered || answered.error().reason != Reason("match.rate_limited")) return answered;
  auto response = problem_response(answered.error());
  const auto& place = answered.error().place;
  response.headers["Retry-After"] = place.substr(0, place.find(' '));
  return response;
}

Result<http::Response> MatchRoute::answer_fingerprints(const http::Request& request, const line::CheckedToken& caller) {
  TUTELA_ASSIGN(const auto body, http::parse_json_body(request));
  const bool is_own = caller.scopes.has(access::Scope::match);
  TUTELA_TRY(is_own ? http::require_only(body, {"fingerprints", kBanksField}) : http::require_only(body, {"fingerprints"}));
  TUTELA_ASSIGN(const auto banks, banks_in(body));
  TUTELA_ASSIGN(const auto questions, parse_fingerprints(body, kQuestionsMax));
  if (questions.empty()) return fail(ErrorCode::invalid, "json.field_missing", "field fingerprints");
  TUTELA_TRY(watch_.take(caller, questions.size()));
  TUTELA_ASSIGN(const auto answers, line::answer_match(context_, caller, questions, banks));
  TUTELA_TRY(watch_.observe(context_, caller, questions, answers.answers));
  Json out = {{"index_generation", answers.generation}, {"answers", Json::array()}};
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto& matches = answers.answers[i].matches;
    Json one = {{"matches", Json::array()}};
    if (!is_own) {
      one["matches"] = external_matches(matches, caller.scopes);
    } else {
      for (const auto& match : matches) {
        TUTELA_ASSIGN(const auto name, bank_name(match.bank));
        one["matches"].push_back(match_json(match, name));
      }
    }
    if (const auto why = not_compared(questions[i], answers.is_complete)) one["not_compared"] = *why;
    out["answers"].push_back(std::move(one));
  }
  return json_ok(out);
}

Result<http::Response> MatchRoute::answer_media(const http::Request& request, std::string_view content_type,
                                                const line::CheckedToken& caller) {
  const bool is_own = caller.scopes.has(access::Scope::match);
  TUTELA_ASSIGN(const auto asked, parse_files_asked(content_type, request.body, is_own));
  TUTELA_TRY(watch_.take(caller, kMediaCost * asked.files.size()));
  // One file is decoded at a time and only its fingerprints stay; all are asked at once, so that one generation answers.
  std::vector<MediaQuestions> files;
  std::vector<Fingerprint> questions;
  std::vector<Fingerprint> sent;
  for (const BytesView file : asked.files) {
    TUTELA_ASSIGN(auto of_file, questions_of_media(context_.decoder, file, asked.forms));
    questions.insert(questions.end(), of_file.fingerprints.begin(), of_file.fingerprints.end());
    const auto own = as_sent(of_file);
    sent.insert(sent.end(), own.begin(), own.end());
    files.push_back(std::move(of_file));
  }
  TUTELA_ASSIGN(const auto answers, line::answer_match(context_, caller, questions, asked.banks));
  TUTELA_TRY(watch_.observe(context_, caller, sent, answers.answers));
  Json out = {{"index_generation", answers.generation}, {"answers", Json::array()}};
  auto next = answers.answers.begin();
  for (const MediaQuestions& file : files) {
    const auto end = next + std::ssize(file.fingerprints);
    const auto merged = match::merge_forms({next, end}, file.forms);
    next = end;
    Json one = {{"matches", Json::array()}};
    if (is_own) {
      for (const auto& found : merged) {
        TUTELA_ASSIGN(const auto name, bank_name(found.match.bank));
        Json match = match_json(found.match, name);
        if (!found.form.empty()) match["form"] = found.form;
        one["matches"].push_back(std::move(match));
      }
    } else {
      std::vector<match::Match> matches;
      for (const auto& found : merged) matches.push_back(found.match);
      one["matches"] = external_matches(matches, caller.scopes);
    }
    for (const auto& question : file.fingerprints)
      if (const auto why = not_compared(question, answers.is_complete)) one["not_compared"] = *why;
    if (file.decode_reason) one["decode_reason"] = *file.decode_reason;
    out["answers"].push_back(std::move(one));
  }
  return json_ok(out);
}

}  // namespace tutela::api
