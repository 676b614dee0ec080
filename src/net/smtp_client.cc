#include "net/smtp_client.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "http/ascii.h"
#include "net/curl_handle.h"

namespace tutela::net {
namespace {

struct Upload {
  std::string_view rest;
};

std::size_t give_mail(char* buffer, std::size_t size, std::size_t count, void* source) {
  auto& upload = *static_cast<Upload*>(source);
  const auto given = std::min(size * count, upload.rest.size());
  std::copy_n(upload.rest.data(), given, buffer);
  upload.rest.remove_prefix(given);
  return given;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         std::ranges::all_of(host, [](char c) { return http::ascii::is_alphanumeric(c) || c == '-' || c == '.' || c == ':'; });
}

// `reply` is the last reply of the server, 0 if none came.
Error error_of(CURLcode code, long reply, const SocketGuard& guard) {
  if (guard.denied) return Error{ErrorCode::denied, "net.destination_denied"};
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Error{ErrorCode::unavailable, "mail.unreachable"};
    case CURLE_OPERATION_TIMEDOUT:
      return Error{ErrorCode::unavailable, "mail.timeout"};
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error{ErrorCode::unavailable, "mail.tls_failed"};
    default:
      break;
  }
  const auto place = fmt::format("reply {}", reply);
  if (reply >= 400 && reply < 500) return Error{ErrorCode::busy, "mail.deferred", place};
  if (code == CURLE_LOGIN_DENIED) return Error{ErrorCode::denied, "mail.sign_in_rejected", place};
  if (reply >= 500 && reply < 600) return Error{ErrorCode::denied, "mail.rejected", place};
  return Error{ErrorCode::unavailable, "mail.unreachable", fmt::format("curl {}", static_cast<int>(code))};
}

}  // namespace

std::string_view to_word(MailTransport transport) { return transport == MailTransport::plain ? "plain" : "starttls_required"; }

Result<MailTransport> parse_mail_transport(std::string_view word) {
  for (const auto transport : {MailTransport::plain, MailTransport::starttls_required}) {
    if (word == to_word(transport)) return transport;
  }
  return fail(ErrorCode::invalid, "mail.transport_unknown");
}

Result<> send_mail(const MailMessage& message, const SmtpServer& server, const DestinationPolicy& policy) {
  TUTELA_ASSIGN(const std::string mail, build_mail(message));
  if (!is_host(server.host) || !is_host(server.helo_name)) return fail(ErrorCode::invalid, "mail.server_malformed");
  TUTELA_TRY(verify_host(policy, server.host));
  SocketGuard guard{policy};
  Upload upload{mail};
  const auto curl = make_curl(guard);
  const auto set = [&](CURLoption option, auto value) { TUTELA_CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK); };
  const bool is_v6 = server.host.find(':') != std::string::npos;
  // The path is the name we greet with.
  const auto url =
      fmt::format("smtp://{}{}{}:{}/{}", is_v6 ? "[" : "", server.host, is_v6 ? "]" : "", server.port, server.helo_name);
  const auto from = "<" + message.from + ">";
  const auto to = "<" + message.to + ">";
  const CurlList recipients(curl_slist_append(nullptr, to.c_str()));
  TUTELA_CHECK(recipients != nullptr);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp");
  set(CURLOPT_USE_SSL, static_cast<long>(server.transport == MailTransport::plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(server.total_timeout.count()));
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &give_mail);
  set(CURLOPT_READDATA, static_cast<void*>(&upload));
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()));
  if (!server.user.empty()) {
    set(CURLOPT_USERNAME, server.user.c_str());
    set(CURLOPT_PASSWORD, server.password.reveal().c_str());
  }
  const auto code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  long reply = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply);
  return std::unexpected(error_of(code, reply, guard));
}

}  // namespace tutela::net
