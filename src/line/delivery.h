#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "line/context.h"
#include "net/smtp_client.h"

// Sends what stands in the outbox and asks authorities what came of it. Nothing is decided here: what may leave was decided in
// the transaction that wrote the row.
namespace tutela::line {

struct MailRoute {
  std::optional<net::SmtpServer> smtp;
  std::optional<std::string> folder;  // one file a message, for a mail program to pick up
};

// Tries every row that is due, once. A row is marked done only after the other side took it; a failure sets the next time or,
// after too many, puts it before a member. Returns how many were delivered.
Result<std::size_t> send_due(const Context& context, const MailRoute& mail);

// Asks every authority with an open referral for its answers. Failures are left for the next time. Returns how many answered.
Result<std::size_t> ask_for_answers(const Context& context);

}  // namespace tutela::line
