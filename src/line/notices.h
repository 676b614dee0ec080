#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sensitive.h"
#include "line/accounts.h"
#include "line/context.h"
#include "notice/notice_clock.h"
#include "notice/notice_repository.h"
#include "notice/notice_state.h"

// Notices to hosts: approved by a member, sent by mail through the outbox, answered on a token page, and closed only by what a
// look saw.
namespace tutela::line {

// A member lets it go to this abuse contact: the mail stands in the outbox with a fresh link, all in one transaction. conflict,
// "notice.already_approved", "item.no_verdict"; invalid, "mail.address_malformed".
Result<> approve_notice(const Context& context, const NoticeId& notice, const std::string& contact, const SignedIn& member);
Result<> notice_sent(const Context& context, store::Transaction& tx, const NoticeId& notice);
Result<> notice_undeliverable(const Context& context, store::Transaction& tx, const NoticeId& notice, std::string_view why);

// What the host's page shows. not_found, "link.unknown" (also expired, also closed).
struct HostPage {
  notice::NoticeRow notice;
  std::string address;
  std::vector<std::string> law;  // "Law, section"
};
Result<HostPage> host_page(const Context& context, std::string_view token);
// The same notice for the host's machines (notice/xarf.h). As host_page; unsupported, "xarf.no_classification".
Result<std::string> xarf_of_notice(const Context& context, std::string_view token);
// conflict, "notice.answered" when an answer stands.
Result<> answer_notice(const Context& context, std::string_view token, notice::HostAnswer answer);

// Looks whether the address still serves, asking for its head only, and writes what that changes.
Result<> check_notice(const Context& context, const NoticeId& notice, const Actor& actor);
// Every notice with a look due, and every answer that is overdue. Returns how many.
Result<std::size_t> run_notice_clocks(const Context& context);
// A member closes what a look cannot decide. conflict, "notice.still_serving" when the last look saw it served, "notice.closed",
// "notice.sending" while its mail is on the way.
Result<> close_notice(const Context& context, const NoticeId& notice, const std::string& reason, const SignedIn& member);

Result<std::string> contact_of(const Context& context, const notice::NoticeRow& notice);

}  // namespace tutela::line
