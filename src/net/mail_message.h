#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tutela::net {

// A plain-text message. Every field is checked before a byte is built, so that no field can end its line and begin another.
struct MailMessage {
  std::string from;        // "desk@hotline.test"
  std::string to;          // one address
  std::string subject;     // one line of UTF-8
  std::string text;        // UTF-8, any line ends
  std::string message_id;  // "notice-018f…@hotline.test", without angle brackets: the same id on every attempt
  Time date;
};

// invalid "mail.address_malformed" unless `address` is local@domain in plain ASCII: dot-atom (RFC 5322 section 3.2.3), no quotes,
// no comments, a domain of letter-digit-hyphen labels; at most 254 bytes.
Result<> verify_mail_address(std::string_view address);

// Header and body, CR LF lines; subject by RFC 2047, text as base64 so that no line is too long and no dot can end the message.
// invalid: "mail.address_malformed", "mail.subject_malformed", "mail.text_malformed", "mail.message_id_malformed" (place: the
// field); limit: "mail.too_large".
Result<std::string> build_mail(const MailMessage& message);

}  // namespace tutela::net
