#include "line/delivery.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "filing/outbox_repository.h"
#include "filing/outbox_schedule.h"
#include "filing/referral_message.h"
#include "filing/referral_repository.h"
#include "line/notices.h"
#include "line/referrals.h"
#include "line/sealed.h"
#include "net/http_client.h"
#include "net/mail_message.h"

namespace tutela::line {
namespace {

constexpr std::int64_t kBatchMax = 50;

// A reason that came over the wire is a word of the other side's program; what is not one of ours stays out of errors.
Result<> refused_by_status(int status) {
  if (status >= 200 && status < 300) return {};
  const std::string place = "status " + std::to_string(status);
  if (status == 409) return fail(ErrorCode::conflict, "exchange.refused", place);
  if (status == 408 || status == 425 || status == 429) return fail(ErrorCode::busy, "exchange.busy", place);
  if (status >= 500) return fail(ErrorCode::unavailable, "exchange.failed", place);
  if (status == 401 || status == 403) return fail(ErrorCode::denied, "exchange.denied", place);
  return fail(ErrorCode::invalid, "exchange.refused", place);
}

Result<net::OutboundResponse> ask_authority(const Context& context, const filing::AuthorityRow& authority, http::Method method,
                                            const std::string& path, const std::string& idempotency_key,
                                            const std::string& body) {
  TUTELA_ASSIGN(const auto token, open_sealed_text(context, authority.wrapped_key, "authority.sealed_token",
                                                   as_bytes(authority.name), authority.sealed_token));
  net::OutboundRequest request;
  request.method = method;
  request.url = authority.url + path;
  request.headers["Authorization"] = "Bearer " + token;
  request.headers["Accept"] = "application/json";
  if (!body.empty()) {
    request.headers["Content-Type"] = "application/json";
    request.headers["Idempotency-Key"] = idempotency_key;
    request.body = to_bytes(body);
  }
  TUTELA_ASSIGN(auto response, net::send_request(request, context.destinations));
  TUTELA_TRY(refused_by_status(response.status));
  return response;
}

Result<filing::AuthorityRow> authority_of(const Context& context, const std::string& name) {
  return in_snapshot<filing::AuthorityRow>(context.store,
                                           [&](store::Reader& reader) { return filing::find_authority(reader, name); });
}

Result<> send_to_authority(const Context& context, const filing::OutboxRow& row, const std::string& payload) {
  TUTELA_ASSIGN(const auto authority, authority_of(context, row.destination));
  std::string path = "/v1/exchange/referrals";
  if (row.kind == "supplement") path += "/" + row.idempotency_key.substr(0, row.idempotency_key.rfind('.')) + "/supplements";
  TUTELA_TRY(ask_authority(context, authority, http::Method::post, path, row.idempotency_key, payload));
  return {};
}

// Durable and whole before it has its name, as a mail program that watches the folder expects.
Result<> write_to_folder(const std::string& folder, const std::string& name, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = folder + "/" + name + ".eml";
  const std::string part = path + ".part";
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::unavailable, "mail.folder_unwritable");
  std::size_t written = 0;
  while (written < text.size()) {
    const auto n = ::write(file, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  const bool durable = written == text.size() && ::fsync(file) == 0;
  ::close(file);
  if (!durable || ::rename(part.c_str(), path.c_str()) != 0) return fail(ErrorCode::unavailable, "mail.folder_unwritable");
  return {};
}

Result<> send_mail(const Context& context, const MailRoute& route, const filing::OutboxRow& row, const std::string& payload) {
  const auto content = nlohmann::json::parse(payload, nullptr, false);
  const auto text_of = [&](const char* field) { return content.value(field, std::string()); };
  if (!content.is_object() || !content.contains("to") || !content.contains("subject") || !content.contains("text"))
    return fail(ErrorCode::corrupt, "outbox.bad_payload");
  const net::MailMessage message{.from = context.settings.mail_from,
                                 .to = text_of("to"),
                                 .subject = text_of("subject"),
                                 .text = text_of("text"),
                                 .message_id = row.id.to_string() + "@" + context.node.name,
                                 .date = row.created_at};
  if (route.smtp) return net::send_mail(message, *route.smtp, context.destinations);
  if (route.folder) {
    TUTELA_ASSIGN(const auto text, net::build_mail(message));
    return write_to_folder(*route.folder, row.id.to_string(), text);
  }
  return fail(ErrorCode::unavailable, "mail.no_server");
}

std::int64_t sequence_of(const filing::OutboxRow& row) {
  return std::stoll(row.idempotency_key.substr(row.idempotency_key.rfind('.') + 1));
}

Result<> delivered(const Context& context, store::Transaction& tx, const filing::OutboxRow& row) {
  if (row.kind == "notice") {
    TUTELA_ASSIGN(const auto id, NoticeId::from_bytes(row.subject_id));
    return notice_sent(context, tx, id);
  }
  TUTELA_ASSIGN(const auto id, ReferralId::from_bytes(row.subject_id));
  if (row.kind == "referral") return referral_delivered(context, tx, id);
  return supplement_delivered(context, tx, id, sequence_of(row));
}

Result<> given_up(const Context& context, store::Transaction& tx, const filing::OutboxRow& row, std::string_view why) {
  if (row.kind == "notice") {
    TUTELA_ASSIGN(const auto id, NoticeId::from_bytes(row.subject_id));
    return notice_undeliverable(context, tx, id, why);
  }
  TUTELA_ASSIGN(const auto id, ReferralId::from_bytes(row.subject_id));
  if (row.kind == "referral") return referral_given_up(context, tx, id, why);
  return supplement_given_up(context, tx, id, sequence_of(row), why);
}

Result<std::optional<Time>> duty_clock(const Context& context, const filing::OutboxRow& row) {
  if (row.kind != "referral") return std::nullopt;
  TUTELA_ASSIGN(const auto id, ReferralId::from_bytes(row.subject_id));
  TUTELA_ASSIGN(const auto referral, in_snapshot<filing::ReferralRow>(context.store, [&](store::Reader& reader) {
                  return filing::find_referral(reader, id);
                }));
  return referral.due_at;
}

std::uint64_t seed_of(const OutboxId& id) {
  std::uint64_t seed = 0;
  for (const auto byte : id.bytes().last(8)) seed = seed << 8 | byte;
  return seed;
}

Result<> note_failure(const Context& context, const filing::OutboxRow& row, const Error& error) {
  const Time now = context.clock.now();
  TUTELA_ASSIGN(const auto due_at, duty_clock(context, row));
  const auto next = filing::after_failure({row.attempts + 1, due_at}, error.code, now, seed_of(row.id), context.settings.outbox);
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    auto changed = row;
    changed.attempts += 1;
    changed.last_reason = std::string(error.reason.text());
    if (const auto* retry = std::get_if<filing::RetryAt>(&next)) {
      changed.next_at = retry->at;
      return filing::update_outbox(tx, changed);
    }
    changed.state = "given_up";
    TUTELA_TRY(filing::update_outbox(tx, changed));
    return given_up(context, tx, changed, filing::to_word(std::get<filing::GiveUp>(next).why));
  });
}

}  // namespace

namespace {

Result<> send_one(const Context& context, const MailRoute& mail, const filing::OutboxRow& row) {
  const auto sent = [&]() -> Result<> {
    TUTELA_ASSIGN(const auto payload,
                  open_sealed_text(context, row.wrapped_key, "outbox.sealed_payload", row.id.bytes(), row.sealed_payload));
    return row.kind == "notice" ? send_mail(context, mail, row, payload) : send_to_authority(context, row, payload);
  }();
  if (!sent) {
    TUTELA_TRY(note_failure(context, row, sent.error()));
    return std::unexpected(sent.error());
  }
  return context.store.write([&](store::Transaction& tx) -> Result<> {
    auto done = row;
    done.attempts += 1;
    done.state = "done";
    TUTELA_TRY(filing::update_outbox(tx, done));
    return delivered(context, tx, done);
  });
}

Result<> ask_one(const Context& context, const filing::ReferralRow& referral) {
  TUTELA_ASSIGN(const auto authority, authority_of(context, referral.authority));
  const std::string path =
      "/v1/exchange/referrals/" + referral.reference + "/outcomes?after=" + std::to_string(referral.answer_sequence);
  TUTELA_ASSIGN(const auto response, ask_authority(context, authority, http::Method::get, path, {}, {}));
  TUTELA_ASSIGN(const auto answers, filing::parse_answers(as_text(response.body)));
  if (answers.reference != referral.reference) return fail(ErrorCode::corrupt, "exchange.other_reference");
  if (answers.answers.empty()) return fail(ErrorCode::not_found, "exchange.no_answer_yet");
  return take_answers(context, referral.id, answers);
}

}  // namespace

Result<std::size_t> send_due(const Context& context, const MailRoute& mail) {
  const Time now = context.clock.now();
  TUTELA_ASSIGN(const auto rows, in_snapshot<std::vector<filing::OutboxRow>>(context.store, [&](store::Reader& reader) {
                  return filing::due_outbox(reader, now, kBatchMax);
                }));
  std::size_t count = 0;
  // One row that cannot be sent, or whose result cannot be written, keeps no other waiting.
  for (const auto& row : rows) {
    if (const auto sent = send_one(context, mail, row); !sent)
      log::warning("outbox.attempt_failed", {{"row", row.id}, {"error", sent.error()}});
    else
      ++count;
  }
  return count;
}

Result<std::size_t> ask_for_answers(const Context& context) {
  TUTELA_ASSIGN(const auto open,
                in_snapshot<std::vector<filing::ReferralRow>>(context.store, filing::referrals_awaiting_answers));
  std::size_t answered = 0;
  for (const auto& referral : open) {
    const auto asked = ask_one(context, referral);
    if (asked) {
      ++answered;
    } else if (asked.error().reason != Reason("exchange.no_answer_yet")) {
      log::warning("answers.not_asked", {{"referral", referral.id}, {"error", asked.error()}});
    }
  }
  return answered;
}

}  // namespace tutela::line
