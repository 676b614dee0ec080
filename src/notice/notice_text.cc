#include "notice/notice_text.h"

#include <algorithm>
#include <string_view>

#include "base/limits.h"
#include "model/text.h"

namespace tutela::notice {
namespace {

constexpr std::size_t kLineBytesMax = 998;

enum class Width : std::uint8_t { words, address };

Result<> verify_field(std::string_view value, std::size_t bytes_max, Width width, std::string_view name) {
  const bool good = !is_blank(value) && value.size() <= bytes_max && is_clean_text(value, Lines::one) &&
                    (width == Width::words || value.find(' ') == std::string_view::npos);
  if (!good) return fail(ErrorCode::invalid, "notice.bad_field", std::string(name));
  return {};
}

Result<> verify(const NoticeMail& mail) {
  TUTELA_TRY(verify_field(mail.reference, limits::kNameBytesMax, Width::address, "reference"));
  TUTELA_TRY(verify_field(mail.organisation, limits::kNameBytesMax, Width::words, "organisation"));
  TUTELA_TRY(verify_field(mail.contact, limits::kContactBytesMax, Width::address, "contact"));
  TUTELA_TRY(verify_field(mail.address.reveal(), limits::kAddressBytesMax, Width::address, "address"));
  TUTELA_TRY(verify_field(mail.answer_link.reveal(), kLineBytesMax, Width::address, "answer_link"));
  if (!mail.answer_link.reveal().starts_with("https://") && !mail.answer_link.reveal().starts_with("http://"))
    return fail(ErrorCode::invalid, "notice.bad_field", "answer_link");
  if (mail.law.size() > limits::kReferralLawRowsMax) return fail(ErrorCode::invalid, "notice.bad_field", "law");
  for (const auto& law : mail.law) {
    TUTELA_TRY(verify_field(law.law, kLineBytesMax / 3, Width::words, "law"));
    TUTELA_TRY(verify_field(law.section, kLineBytesMax / 3, Width::words, "section"));
    TUTELA_TRY(verify_field(law.url, kLineBytesMax - 2, Width::address, "url"));
  }
  return {};
}

void add_line(std::string& body, std::string_view line) {
  body += line;
  body += "\r\n";
}

// An address may be longer than a mail line; its parts are given in order, so that the reader can join them.
void add_address(std::string& body, std::string_view address) {
  constexpr std::size_t kPart = 900;
  if (address.size() <= kPart) {
    add_line(body, "  " + std::string(address));
    return;
  }
  add_line(body, "  (one address in parts, to be joined without spaces)");
  while (!address.empty()) {
    std::size_t length = std::min(kPart, address.size());
    // Not inside a character of several bytes.
    while (length < address.size() && (static_cast<unsigned char>(address[length]) & 0xC0U) == 0x80U) --length;
    add_line(body, "  " + std::string(address.substr(0, length)));
    address.remove_prefix(length);
  }
}

}  // namespace

Result<NoticeText> compose_notice(const NoticeMail& mail) {
  TUTELA_TRY(verify(mail));
  NoticeText text;
  text.subject = "Notice to remove child sexual abuse material, reference " + mail.reference;
  std::string& body = text.body;
  add_line(body, "To the host of the address below,");
  add_line(body, "");
  add_line(body, mail.organisation + " asks you to remove what is served there. Members of our organisation");
  add_line(body, "have assessed it as child sexual abuse material.");
  add_line(body, "");
  add_line(body, "Where:");
  add_address(body, mail.address.reveal());
  if (mail.country) add_line(body, "Country of hosting, as far as we know: " + std::string(mail.country->text()));
  add_line(body, "Last seen: " + to_rfc3339(mail.seen_at));
  add_line(body, "");
  if (!mail.law.empty()) {
    add_line(body, "Law:");
    for (const auto& law : mail.law) {
      add_line(body, "  " + law.law + ", " + law.section);
      add_line(body, "  " + law.url);
    }
    add_line(body, "");
  }
  add_line(body, "Please answer until: " + to_rfc3339(mail.answer_due_at));
  add_line(body, "Please answer here, no account needed:");
  add_line(body, "  " + mail.answer_link.reveal());
  add_line(body, "");
  add_line(body, "Please do not open, copy or forward the content more than removing it takes, and keep the records");
  add_line(body, "that your law asks you to keep for the police. We look at the address again ourselves; this notice is");
  add_line(body, "closed when it is no longer served.");
  add_line(body, "");
  add_line(body, "Reference: " + mail.reference);
  add_line(body, "Questions: " + mail.contact);
  return text;
}

}  // namespace tutela::notice
