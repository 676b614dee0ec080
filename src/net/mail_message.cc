#include "net/mail_message.h"

#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "http/ascii.h"

namespace tutela::net {
namespace {

namespace ascii = http::ascii;

constexpr std::size_t kAddressBytesMaxMail = 254;  // RFC 5321 section 4.5.3.1, with the erratum on paths
constexpr std::size_t kLocalBytesMax = 64;
constexpr std::size_t kBase64LineBytes = 76;
// 45 bytes become 60 characters, which with "=?utf-8?B?" and "?=" stay below the 75 of RFC 2047 section 2.
constexpr std::size_t kEncodedWordBytes = 45;

bool is_dot_atom(std::string_view text) {
  if (text.empty() || text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return ascii::is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
}

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto dot = std::min(text.find('.'), text.size());
    const auto label = text.substr(0, dot);
    const bool characters = std::ranges::all_of(label, [](char c) { return ascii::is_alphanumeric(c) || c == '-'; });
    if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-') || !characters) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > kAddressBytesMaxMail || at > kLocalBytesMax) return false;
  return is_dot_atom(text.substr(0, at)) && is_domain(text.substr(at + 1));
}

bool is_one_line(std::string_view text) { return is_plain_text(text) && text.find_first_of("\r\n\t") == std::string_view::npos; }

// RFC 2047: words of whole characters, each decodable by itself, folded onto lines of their own.
std::string encode_subject(std::string_view subject) {
  std::string encoded;
  while (!subject.empty()) {
    auto size = std::min(kEncodedWordBytes, subject.size());
    while (size < subject.size() && (static_cast<unsigned char>(subject[size]) & 0xC0) == 0x80) --size;
    if (!encoded.empty()) encoded += "\r\n ";
    encoded += "=?utf-8?B?" + encode_base64(as_bytes(subject.substr(0, size))) + "?=";
    subject.remove_prefix(size);
  }
  return encoded;
}

// "Sun, 22 Nov 2026 12:14:37 +0000" (RFC 5322 section 3.3).
std::string to_mail_date(Time time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day calendar(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(calendar.day()), kMonths[static_cast<unsigned>(calendar.month()) - 1],
                     static_cast<int>(calendar.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string with_mail_line_ends(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\r' || text[i] == '\n') {
      lines += "\r\n";
    } else {
      lines += text[i];
    }
  }
  return lines;
}

}  // namespace

Result<> verify_mail_address(std::string_view address) {
  if (!is_address(address)) return fail(ErrorCode::invalid, "mail.address_malformed");
  return {};
}

Result<std::string> build_mail(const MailMessage& message) {
  if (!is_address(message.from)) return fail(ErrorCode::invalid, "mail.address_malformed", "field from");
  if (!is_address(message.to)) return fail(ErrorCode::invalid, "mail.address_malformed", "field to");
  if (!is_address(message.message_id)) return fail(ErrorCode::invalid, "mail.message_id_malformed", "field message_id");
  if (message.subject.empty() || !is_one_line(message.subject))
    return fail(ErrorCode::invalid, "mail.subject_malformed", "field subject");
  if (!is_plain_text(message.text)) return fail(ErrorCode::invalid, "mail.text_malformed", "field text");
  if (message.subject.size() > limits::kMailSubjectBytesMax) return fail(ErrorCode::limit, "mail.too_large", "field subject");
  if (message.text.size() > limits::kMailTextBytesMax) return fail(ErrorCode::limit, "mail.too_large", "field text");

  std::string mail = fmt::format(
      "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nMessage-ID: <{}>\r\nSubject: {}\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n",
      to_mail_date(message.date), message.from, message.to, message.message_id, encode_subject(message.subject));
  const auto encoded = encode_base64(as_bytes(with_mail_line_ends(message.text)));
  for (std::size_t at = 0; at < encoded.size(); at += kBase64LineBytes) {
    mail += encoded.substr(at, kBase64LineBytes);
    mail += "\r\n";
  }
  return mail;
}

}  // namespace tutela::net
