#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/sensitive.h"
#include "net/destination.h"
#include "net/mail_message.h"

namespace tutela::net {

enum class MailTransport : std::uint8_t {
  plain,              // loopback and test servers
  starttls_required,  // refuses to send if the server does not offer it or its certificate does not verify
};
std::string_view to_word(MailTransport transport);
Result<MailTransport> parse_mail_transport(std::string_view word);

struct SmtpServer {
  std::string host;
  std::uint16_t port = 25;
  MailTransport transport = MailTransport::starttls_required;
  std::string user;  // empty: no sign-in
  Sensitive<std::string> password;
  std::string helo_name = "localhost";
  std::chrono::milliseconds total_timeout{30'000};
};

// Hands one message to `server`. Blocks; thread-safe. Success means that the server took responsibility (250 after the data).
//
// busy         "mail.deferred" (4xx): nothing was taken, repeat later
// unavailable  "mail.unreachable", "mail.timeout", "mail.tls_failed": repeat later with the same Message-ID; after "mail.timeout"
// it may
//              have been taken
// denied       "net.destination_denied"; "mail.rejected" (5xx), "mail.sign_in_rejected": repeating does not help
// invalid      "mail.server_malformed", and what build_mail gives
// The place says which stage and the reply code ("reply 550"), never an address.
Result<> send_mail(const MailMessage& message, const SmtpServer& server, const DestinationPolicy& policy);

}  // namespace tutela::net
