#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/sensitive.h"
#include "model/country.h"

// The mail to a host: plain text, never an image, never a fingerprint of a person, never who reported it.
namespace tutela::notice {

struct NoticeLaw {
  std::string law;
  std::string section;
  std::string url;
};

struct NoticeMail {
  std::string reference;           // the notice's id
  std::string organisation;        // ours
  std::string contact;             // our mail address for questions
  Sensitive<std::string> address;  // what is served where
  std::optional<Country> country;  // of hosting
  Time seen_at;                    // when we last saw it
  Time answer_due_at;
  std::vector<NoticeLaw> law;
  Sensitive<std::string> answer_link;  // the token page; https, or http on a demo node
};

struct NoticeText {
  std::string subject;  // no address in it: subjects are logged by mail servers
  std::string body;     // CRLF lines of at most 998 bytes (RFC 5322, 2.1.1), US-ASCII or UTF-8 as given
};

// invalid, "notice.bad_field" when a field is empty, too long or has a line break or control character (header and body
// injection); the error's place names the field.
Result<NoticeText> compose_notice(const NoticeMail& mail);

}  // namespace tutela::notice
