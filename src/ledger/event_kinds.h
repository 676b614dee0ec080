#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// The closed list of what the ledger records. A kind once published keeps its meaning for ever; a new one is a new line here.
namespace tutela::ledger {

struct EventKind {
  std::string_view word;
  std::string_view meaning;
};

inline constexpr std::array kEventKinds{
    EventKind{"report.received", "a report was accepted and its receipt given"},
    EventKind{"report.duplicate_linked", "a report was linked to items already known"},
    EventKind{"report.advanced", "a report's state changed"},
    EventKind{"report.word_released", "a word of outcome was released to the reporter's receipt"},
    EventKind{"report.contact_revealed", "a member opened the reporter's contact"},
    EventKind{"detail.read", "a member read sealed text of a report, concern or message"},
    EventKind{"item.created", "an item came into being, with its report"},
    EventKind{"item.decoded", "the decoder gave the facts and fingerprints of an item's file"},
    EventKind{"item.decode_failed", "the decoder refused an item's file"},
    EventKind{"item.fingerprint_added", "a fingerprint made elsewhere was added to an item"},
    EventKind{"item.matched", "an item was compared with the banks, with or without a hit"},
    EventKind{"item.action", "an item's action changed between none, hold and block"},
    EventKind{"item.reopened", "an item's verdict was taken back with the entry it rested on"},
    EventKind{"item.claimed", "a member took an item under a lease"},
    EventKind{"item.released", "a lease ended by its member, by time or by a manager"},
    EventKind{"item.viewed", "a picture of an item was opened; written before its first byte leaves"},
    EventKind{"item.view_closed", "a view ended, with the seconds counted on the server"},
    EventKind{"address.handed_out", "a member was given an item's address to open off the node"},
    EventKind{"exposure.declared", "a member declared seconds of exposure off the node"},
    EventKind{"assessment.given", "a member assessed an item"},
    EventKind{"verdict.given", "members' assessments became the item's verdict"},
    EventKind{"verdict.inherited", "an item took the final verdict of a byte-exact entry"},
    EventKind{"bank.created", "a bank was created"},
    EventKind{"bank.threshold_changed", "a bank's distance threshold was changed"},
    EventKind{"bank.entry_added", "an entry was added to a bank"},
    EventKind{"bank.entry_withdrawn", "an entry was withdrawn from a bank"},
    EventKind{"bank.list_imported", "a part of a list was taken into a bank"},
    EventKind{"bank.exported", "a bank was handed out as a list; written before its first byte leaves"},
    EventKind{"bank.adoption_begun", "one member adopted a bank's source; a second is needed"},
    EventKind{"bank.adopted", "a second member adopted a bank's source"},
    EventKind{"bank.ended", "a safe bank's time ran out, and its entries were withdrawn"},
    EventKind{"concern.received", "a concern without content was received"},
    EventKind{"concern.assessed", "a member assessed a concern"},
    EventKind{"concern.closed", "a concern was closed"},
    EventKind{"person.added", "a person was added to a concern"},
    EventKind{"routing.decided", "the competent authority was decided by rule or by a member"},
    EventKind{"routing.queued", "no rule decided; a member must route"},
    EventKind{"referral.drafted", "a referral was drafted"},
    EventKind{"referral.approved", "a second member approved a referral"},
    EventKind{"referral.sent_urgently", "one member released an urgent referral"},
    EventKind{"referral.confirmed", "a second member confirmed an urgent referral"},
    EventKind{"referral.breached", "no second member confirmed an urgent referral within its time"},
    EventKind{"referral.sending", "a referral was put into the outbox"},
    EventKind{"referral.sent", "the authority's system accepted delivery of a referral"},
    EventKind{"referral.undelivered", "sending a referral or a supplement was given up; a member must choose"},
    EventKind{"referral.rerouted", "a referral that was refused or given up was replaced by another"},
    EventKind{"referral.acknowledged", "the authority acknowledged a referral"},
    EventKind{"referral.accepted", "the authority took the matter up"},
    EventKind{"referral.refused", "the authority refused a referral, with its reason's code"},
    EventKind{"referral.outcome", "the authority told an outcome"},
    EventKind{"referral.corrected", "a correction to a sent referral was issued"},
    EventKind{"referral.withdrawn", "a referral was withdrawn"},
    EventKind{"incoming.received", "a referral of another node was received"},
    EventKind{"incoming.answered", "this node answered another node's referral"},
    EventKind{"incoming.supplemented", "a supplement to another node's referral was received"},
    EventKind{"notice.drafted", "a notice to a host was drafted"},
    EventKind{"notice.approved", "a second member approved a notice"},
    EventKind{"notice.sent", "a notice was delivered to the host's mail server"},
    EventKind{"notice.answered", "the host answered a notice"},
    EventKind{"notice.contradicted", "a check contradicted the host's answer"},
    EventKind{"notice.checked", "an address was checked for still being served"},
    EventKind{"notice.closed", "a notice was closed"},
    EventKind{"member.added", "a member was added or their roles changed"},
    EventKind{"member.signed_in", "a member signed in"},
    EventKind{"member.sign_in_refused", "a sign-in was refused"},
    EventKind{"token.issued", "an API token was issued"},
    EventKind{"token.revoked", "an API token was revoked"},
    EventKind{"authority.adopted", "a receiving authority and its channel were adopted"},
    EventKind{"mandate.recorded", "the node's mandate was recorded"},
    EventKind{"match.answered", "match answers to one caller in one minute: count, hits, digest of the queries"},
    EventKind{"match.probing_suspected", "one caller's questions look like a search for what the banks hold"},
    EventKind{"match.flood_suspected", "one entry matched more often than a window allows; nothing was suppressed"},
    EventKind{"retention.proposed", "a class of records came due; nothing happens until members decide"},
    EventKind{"retention.approved", "a member, or a schedule of two, approved the destruction of a class"},
    EventKind{"retention.refused", "a member refused the destruction of a class"},
    EventKind{"retention.schedule_begun", "one member proposed to destroy a kind of record whenever it is due"},
    EventKind{"retention.schedule_approved", "a second member approved such a schedule"},
    EventKind{"retention.schedule_ended", "a member ended such a schedule"},
    EventKind{"retention.intended", "the destruction of a class begins: what survives is moved first"},
    EventKind{"retention.destroyed", "the key of a class was destroyed, and with it what was left in it"},
    EventKind{"retention.clock_jumped", "the clock jumped; nothing is destroyed for 72 hours"},
    EventKind{"hold.set", "a member set a legal hold on a record"},
    EventKind{"hold.lifted", "a member lifted a legal hold"},
    EventKind{"export.requested", "a member asked for an item's file as it was received, with a purpose"},
    EventKind{"export.approved", "a second member approved the hand-out of an item's file"},
    EventKind{"export.refused", "a member refused the hand-out of an item's file"},
    EventKind{"export.handed_out", "an item's file left the node; written before its first byte leaves"},
    EventKind{"keys.signing_changed", "the node signs with another key from here; names the old and the new public key"},
    EventKind{"ledger.epoch_opened", "an epoch was opened; commits to the last known checkpoint of the one before"},
    EventKind{"ledger.excerpt_exported", "an excerpt was exported"},
};

constexpr bool is_event_kind(std::string_view word) {
  return std::any_of(kEventKinds.begin(), kEventKinds.end(), [&](const EventKind& kind) { return kind.word == word; });
}

}  // namespace tutela::ledger
