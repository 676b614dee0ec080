#include "api/problem.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "http/problem.h"

namespace tutela::api {
namespace {

struct ReasonText {
  std::string_view reason;
  ProblemText text;
};

constexpr auto kByReason = std::to_array<ReasonText>({
    {"access.bad_csrf", {"The page is out of date", "Nothing was changed.", "Load the page again and repeat the step."}},
    {"access.bad_login",
     {"The name or the password is wrong", "Nothing was changed.",
      "Check both and try again; an administrator can set a new password."}},
    {"access.no_session", {"You are signed out", "What you had submitted is kept.", "Sign in again."}},
    {"access.no_token",
     {"No valid token came with the request", "Nothing was stored.",
      "Send 'Authorization: Bearer …' with a token that has the needed scope."}},
    {"access.role",
     {"Your role does not include this", "Nothing was changed.",
      "Ask a member whose role does, or an administrator to change yours."}},
    {"access.scope",
     {"The token has no scope for this", "Nothing was stored.",
      "Ask for a token with the scope that the description of this route names."}},
    {"access.too_many_tries", {"Too many tries", "Nothing was changed.", "Wait a minute, then try again."}},
    {"address.malformed",
     {"This does not look like an address", "Nothing was stored.",
      "Copy the whole address from the browser; it starts with http:// or https://."}},
    {"approval.second_member_needed",
     {"A second member has to do this", "Nothing was changed.",
      "Ask a colleague: what concerns a person leaves on two members' word."}},
    {"concern.closed", {"The concern is closed", "The earlier decision stands.", "Reload the page to see it."}},
    {"decoder.died",
     {"The picture could not be opened just now", "The report and the file's digests are kept.",
      "Nothing: a member looks at it as it is."}},
    {"decoder.killed",
     {"The picture could not be opened safely", "The report and the file's digests are kept.",
      "Nothing: a member looks at it as it is."}},
    {"decoder.no_sandbox",
     {"This machine cannot isolate the decoder", "Nothing was started.",
      "Install bubblewrap and allow user namespaces, or set decoder.allow_unsandboxed and accept the risk."}},
    {"decoder.timeout",
     {"The picture took too long to open", "The report and the file's digests are kept.",
      "Nothing: a member looks at it as it is."}},
    {"erasure.already_destroyed",
     {"One of these records was destroyed before", "Nothing was proposed.", "Leave it out and propose the others again."}},
    {"erasure.already_proposed",
     {"Another erasure names one of these records", "The earlier one stands; nothing was proposed.",
      "Have the earlier one approved, or leave the record out."}},
    {"erasure.no_records", {"No record is named", "Nothing was proposed.", "Give the id of each record."}},
    {"erasure.repeated_record", {"A record is named twice", "Nothing was proposed.", "Name each record once."}},
    {"erasure.unknown", {"There is no such erasure", "Nothing was changed.", "Reload the page to see what there is."}},
    {"erasure.unknown_record",
     {"One of these records is not here", "Nothing was proposed.", "Compare the kind and the ids with their pages."}},
    {"exchange.reference_reused",
     {"This reference was used for another message", "The first message is kept as it was.",
      "Use a new reference, or send a supplement to correct the first."}},
    {"export.expired", {"The approval has run out", "The file was not handed out.", "Ask for it again."}},
    {"export.handed_out",
     {"This file was handed out before", "The first hand-out is on record.", "If it broke off on its way, ask for it again."}},
    {"export.not_approved", {"Nobody has approved this yet", "The file was not handed out.", "Ask a second member."}},
    {"export.same_member", {"You asked for this file yourself", "Your request stands.", "A second member has to approve it."}},
    {"hold.already_destroyed",
     {"This record was destroyed", "Its entry in the ledger and the tombstone stay.", "Nothing can bring it back."}},
    {"hold.being_destroyed",
     {"This record is being destroyed", "The hold was not set; two members had decided before it.",
      "Nothing can stop it now; hold what else there is of the case."}},
    {"lease.expired",
     {"Your time with this item has run out", "Your views and seconds are recorded; no decision was.", "Claim the item again."}},
    {"lease.none", {"You have not claimed this item", "Nothing was changed.", "Claim it first."}},
    {"lease.taken",
     {"Another member holds this item", "Nothing was changed.", "Take the next item; this one returns to the queue by itself."}},
    {"link.unknown",
     {"This link is not valid", "Nothing was changed.", "Use the newest link that was sent to you, or answer the message."}},
    {"mandate.missing",
     {"This node has no valid mandate to hold media", "Fingerprints and facts are kept; the file is not.",
      "Two members record the mandate with 'tutela mandate record'."}},
    {"match.rate_limited",
     {"More questions than this token may ask", "Nothing was compared.", "Wait as many seconds as Retry-After says."}},
    {"notice.answered", {"This notice was answered", "The first answer stands.", "To say something else, answer the message."}},
    {"receipt.malformed",
     {"This is not a whole receipt", "Nothing was changed.", "Compare it with what you wrote down, group by group."}},
    {"receipt.unknown",
     {"No report has this receipt", "Nothing was changed.", "Compare it with what you wrote down, group by group."}},
    {"report.no_address", {"The address is missing", "Nothing was stored.", "Give the address where you saw it."}},
    {"report.repeated_key",
     {"This Idempotency-Key came with another report before", "The first report is kept.", "Use a new key for a new report."}},
    {"retention.clock_unsettled",
     {"The node's clock cannot be believed yet", "Nothing was destroyed.",
      "Wait: 72 hours after a jump of the clock or a restore it goes on by itself."}},
    {"retention.held",
     {"A legal hold covers one of these records", "Nothing was destroyed.",
      "Leave the record out, or a manager lifts the hold first."}},
    {"retention.not_waiting", {"This was decided before", "The earlier decision stands.", "Reload the page to see it."}},
    {"retention.preserved",
     {"The law asks to keep one of these records for longer", "Nothing was destroyed.",
      "Leave the record out; 'place' names the row of the law."}},
    {"retention.same_member",
     {"You proposed or approved this before", "What you said stands.", "A second member has to approve it."}},
    {"retention.unfinished",
     {"A matter of one of these records is still open", "Nothing was destroyed.", "End it first, or leave the record out."}},
    {"review.exposure_spent",
     {"You have seen enough for this shift", "Your decision so far is kept; no more is shown today.",
      "Take a break. What is left waits for a colleague or your next shift."}},
    {"review.not_viewed_here",
     {"No view of this item by you is on record", "Nothing was changed.", "Say that it was not viewed, or view it first."}},
    {"review.same_member",
     {"You assessed this item before", "Your first assessment stands.", "A second person has to assess it."}},
    {"review.viewed_here", {"You have viewed this item here", "Nothing was changed.", "Say that it was viewed here."}},
    {"store.disk_full",
     {"The disk of this node is full", "What was acknowledged before is safe; this was not stored.",
      "An administrator has to make room; then send it again."}},
    {"store.row_changed",
     {"Somebody else changed this a moment ago", "Their change stands; yours was not made.", "Load it again and decide again."}},
    {"vault.disk_full",
     {"The disk of this node is full", "What was acknowledged before is safe; this was not stored.",
      "An administrator has to make room; then send it again."}},
    {"vault.key_destroyed",
     {"What this held was destroyed", "Its entry in the ledger and the tombstone stay.", "Nothing can bring it back."}},
});
static_assert(std::ranges::is_sorted(kByReason, {}, &ReasonText::reason));

struct ReasonStatus {
  std::string_view reason;
  int status;
};
constexpr std::array kStatus{
    // Who is not known at all may sign in and try again.
    ReasonStatus{"access.no_session", 401},
    ReasonStatus{"access.no_token", 401},
    ReasonStatus{"access.bad_login", 401},
    // Not the request is too large: there was too much before it.
    ReasonStatus{"access.too_many_tries", 429},
    ReasonStatus{"lease.too_many", 429},
    ReasonStatus{"match.rate_limited", 429},
    ReasonStatus{"review.exposure_spent", 429},
    ReasonStatus{"lease.too_long", 409},
    ReasonStatus{"vault.key_destroyed", 410},
    // It is this node that has too little room.
    ReasonStatus{"store.disk_full", 507},
    ReasonStatus{"vault.disk_full", 507},
};

constexpr ProblemText by_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return {"The request is not right", "Nothing was stored.", "Correct what 'reason' and 'place' name and send it again."};
    case ErrorCode::not_found:
      return {"There is no such thing here", "Nothing was changed.", "Check the address or the id."};
    case ErrorCode::conflict:
      return {"The state has moved on", "Nothing was changed.", "Load it again and decide again."};
    case ErrorCode::denied:
      return {"This is not allowed", "Nothing was changed.", "Ask a member whose role includes it."};
    case ErrorCode::unsupported:
      return {"This node does not do that", "Nothing was stored.", "See the description of the API for what it takes."};
    case ErrorCode::limit:
      return {"This is larger, longer or more often than allowed", "Nothing was stored.",
              "Send less; the limits are in the description of the API."};
    case ErrorCode::busy:
      return {"Too much at once", "Nothing was stored.", "Try again in a moment."};
    case ErrorCode::unavailable:
      return {"Something this needs is down", "Nothing was stored.",
              "Try again in a minute; an administrator finds the reason in the log."};
    case ErrorCode::corrupt:
      return {"Stored data failed a check", "Nothing was changed.", "Tell an administrator the reason; do not repeat the step."};
    case ErrorCode::internal:
      return {"Something went wrong on our side", "What was acknowledged before is safe.",
              "Try again; tell an administrator the reason if it stays."};
  }
  return {};
}

}  // namespace

ProblemText problem_text(const Error& error) {
  const auto found = std::ranges::lower_bound(kByReason, error.reason.text(), {}, &ReasonText::reason);
  if (found != kByReason.end() && found->reason == error.reason.text()) return found->text;
  // Whatever is wrong with an address, who typed it is helped by the same words; the reason tells a machine which it was.
  if (error.reason.text().starts_with("address.")) return problem_text(Error{error.code, "address.malformed"});
  if (error.reason.text().starts_with("receipt.")) return problem_text(Error{error.code, "receipt.malformed"});
  return by_code(error.code);
}

int status_of(const Error& error) {
  const auto found = std::ranges::find(kStatus, error.reason.text(), &ReasonStatus::reason);
  return found == kStatus.end() ? http::status_of(error) : found->status;
}

http::Response problem_response(const Error& error) {
  const auto text = problem_text(error);
  const int status = status_of(error);
  nlohmann::json body = {{"type", "about:blank"},         {"title", text.title}, {"status", status},
                         {"reason", error.reason.text()}, {"kept", text.kept},   {"todo", text.todo}};
  if (!error.place.empty()) body["place"] = error.place;
  auto response = http::text_response(status, "application/problem+json", body.dump());
  if (error.code == ErrorCode::busy) response.headers["Retry-After"] = "1";
  return response;
}

}  // namespace tutela::api
