#include "line/reporting.h"

#include <algorithm>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "casework/concern_repository.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "intake/duplicate.h"
#include "intake/receipt.h"
#include "intake/report_repository.h"
#include "line/banks.h"
#include "line/capture.h"
#include "line/item_floods.h"
#include "line/matching.h"
#include "line/receipt_generations.h"
#include "line/reports.h"
#include "line/reviewing.h"
#include "line/routing.h"
#include "line/sealed.h"
#include "review/item_repository.h"
#include "review/item_state.h"

namespace tutela::line {
namespace {

constexpr int kAttemptsMax = 3;
constexpr fingerprint::PdqConventions kStoredConventions = {fingerprint::PdqConvention::full,
                                                            fingerprint::PdqConvention::nearest512};

// What the file told, before any transaction.
struct Examined {
  std::vector<Fingerprint> fingerprints;
  std::optional<decode::Decoded> decoded;
  std::optional<decode::QueryForm> shown_form;
  std::optional<std::string> decode_reason;
};

Examined examine(const Context& context, const Media& media) {
  Examined examined;
  examined.fingerprints = decode::digest_fingerprints(crypto::digests_of(media.bytes));
  auto decoded = context.decoder.decode(media.bytes, {.preview_side_px_max = 0,
                                                      .claimed_content_type = media.claimed_type,
                                                      .conventions = kStoredConventions,
                                                      .forms = fingerprint::PdqForms::dihedral});
  if (!decoded) {
    examined.decode_reason = decoded.error().reason.text();
    return examined;
  }
  for (auto& fingerprint : decode::picture_fingerprints(*decoded, kStoredConventions))
    examined.fingerprints.push_back(std::move(fingerprint));
  examined.shown_form = decode::shown_form(*decoded);
  examined.decoded = *std::move(decoded);
  return examined;
}

Bytes address_key(const Context& context, const intake::Address& address) {
  const auto mac = crypto::keyed_hash(context.keys.lookup_key(), "address", as_bytes(address.canonical));
  return Bytes(mac.begin(), mac.end());
}

const Fingerprint* sha256_of(const std::vector<Fingerprint>& fingerprints) {
  const auto found = std::ranges::find_if(fingerprints, [](const auto& one) { return one.algorithm() == Algorithm::sha256(); });
  return found == fingerprints.end() ? nullptr : &*found;
}

// One piece of content of the report: a file with the addresses where it stands, or one address.
struct Content {
  std::optional<Examined> examined;
  std::vector<Fingerprint> fingerprints;
  std::vector<intake::Address> addresses;
  AskedBefore asked = {};
  // Made before the transaction, for the file.
  std::optional<vault::RowKey> key;
  std::optional<std::string> object_name;
  std::optional<ItemId> completes;  // the plan that the object's key was chosen by
};

// Whether this file tells of the item what nothing has told yet.
bool wants_file(const review::ItemRow& item, const Examined& examined, bool may_be_kept) {
  const bool never_seen = !item.width && !item.decode_reason;
  const bool opens_now = item.decode_reason && examined.decoded;
  const bool can_be_kept_now = !item.object_name && may_be_kept;
  return never_seen || opens_now || can_be_kept_now;
}

Result<intake::KnownContent> known_content(const Context& context, store::Reader& reader, const Content& content) {
  intake::KnownContent known;
  if (const auto* sha256 = sha256_of(content.fingerprints)) {
    known.has_digest = true;
    TUTELA_ASSIGN(known.by_digest, review::find_item_by_sha256(reader, sha256->reveal_value()));
  }
  if (known.by_digest && content.examined) {
    TUTELA_ASSIGN(const auto item, review::find_item(reader, *known.by_digest));
    TUTELA_ASSIGN(const bool may_be_kept, may_keep_media(context, reader));
    known.digest_item_wants_file = wants_file(item, *content.examined, may_be_kept);
  }
  for (const auto& address : content.addresses) {
    TUTELA_ASSIGN(const auto location, review::find_location_by_key(reader, address_key(context, address)));
    if (!location) continue;
    known.by_address = location->item_id;
    TUTELA_ASSIGN(const auto others, review::fingerprints_of_item(reader, location->item_id));
    known.address_item_has_digest = std::ranges::any_of(others, [](const auto& row) { return row.algorithm == "sha256"; });
    break;
  }
  return known;
}

Result<> add_location(const Context& context, store::Transaction& tx, const ItemId& item, const vault::RowKey& key,
                      const intake::Address& address) {
  const Time now = context.clock.now();
  const LocationId id = LocationId::make(now, context.random);
  return review::insert_location(
      tx, {.id = id,
           .item_id = item,
           .address_key = address_key(context, address),
           .sealed_address = seal(context, key, "item_location.sealed_address", id.bytes(), address.reported),
           .scheme = address.scheme,
           .host = address.host,
           .country = std::nullopt,
           .state = "live",
           .first_seen_at = now});
}

Result<> insert_fingerprint(store::Transaction& tx, const ItemId& item, const Fingerprint& fingerprint) {
  return review::insert_fingerprint(
      tx, item, {std::string(fingerprint.algorithm().word()), fingerprint.reveal_value(), fingerprint.quality(), "node"});
}

Result<> add_fingerprints(store::Transaction& tx, const ItemId& item, const std::vector<Fingerprint>& fingerprints) {
  TUTELA_ASSIGN(const auto known, review::fingerprints_of_item(tx, item));
  for (const auto& fingerprint : fingerprints) {
    if (std::ranges::any_of(known, [&](const auto& row) { return row.algorithm == fingerprint.algorithm().word(); })) continue;
    TUTELA_TRY(insert_fingerprint(tx, item, fingerprint));
  }
  return {};
}

void set_file_facts(const Context& context, review::ItemRow& item, const vault::RowKey& key, const Content& content) {
  if (!content.examined) return;
  item.decode_reason = content.examined->decode_reason;
  if (content.object_name) item.object_name = content.object_name;
  if (const auto& decoded = content.examined->decoded) {
    item.width = decoded->width;
    item.height = decoded->height;
    item.format = media::to_word(decoded->format);
    if (!decoded->capture.reveal().empty())
      item.sealed_capture = seal(context, key, "item.sealed_capture", item.id.bytes(), encode_capture(decoded->capture.reveal()));
  }
}

Result<> record_decoding(const Context& context, store::Transaction& tx, const review::ItemRow& row, const Content& content) {
  if (!content.examined) return {};
  const ItemId& item = row.id;
  const bool kept = row.object_name.has_value();
  if (const auto& decoded = content.examined->decoded)
    return record(
        context, tx, "item.decoded", About("item", item), Actor::node(),
        {{"format", media::to_word(decoded->format)}, {"width", decoded->width}, {"height", decoded->height}, {"kept", kept}});
  return record(context, tx, "item.decode_failed", About("item", item), Actor::node(),
                {{"reason", *content.examined->decode_reason}});
}

struct Receiving {
  ReportId report;
  bool urgent;
  Actor actor;
};

// A new item, matched and acted on as far as a machine may.
Result<ReportedItem> create_item(const Context& context, store::Transaction& tx, const Content& content,
                                 const Receiving& receiving) {
  const Time now = context.clock.now();
  const ItemId id = ItemId::make(now, context.random);
  std::optional<vault::RowKey> fresh;
  if (!content.key) fresh = vault::RowKey::make(context.random);
  const auto& key = content.key ? *content.key : *fresh;
  TUTELA_ASSIGN(const auto wrapped, context.keys.wrap_key(class_of_new(context, vault::RecordClass::item), key, context.random));
  review::ItemRow item{.id = id,
                       .state = std::string(review::to_word(review::ItemState::unknown)),
                       .urgent = receiving.urgent,
                       .first_seen_at = now,
                       .due_at = now + kReviewClock,
                       .width = std::nullopt,
                       .height = std::nullopt,
                       .format = std::nullopt,
                       .object_name = std::nullopt,
                       .wrapped_key = wrapped,
                       .sealed_capture = std::nullopt,
                       .decode_reason = std::nullopt};
  set_file_facts(context, item, key, content);
  TUTELA_TRY(record(context, tx, "item.created", About("item", id), receiving.actor, {{"report", receiving.report.to_string()}}));
  for (const auto& address : content.addresses) TUTELA_TRY(add_location(context, tx, id, key, address));
  for (const auto& fingerprint : content.fingerprints) TUTELA_TRY(insert_fingerprint(tx, id, fingerprint));
  TUTELA_TRY(record_decoding(context, tx, item, content));
  TUTELA_TRY(intake::link_item(tx, receiving.report, id));
  // Nothing of the new rows is read back: it is known, and a read of them would meet every other report at the same page of the
  // index, which PostgreSQL takes for a conflict.
  TUTELA_ASSIGN(const auto matches, insert_matched_item(context, tx, item, {content.fingerprints, content.asked.matches}));
  return ReportedItem{id, item.state, item.action, !matches.empty(), item.decode_reason, matches};
}

// Where the item was seen now. An address that had stopped serving it serves it again, as far as the report says.
Result<> add_locations(const Context& context, store::Transaction& tx, const review::ItemRow& item,
                       const std::vector<intake::Address>& addresses) {
  TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(item.wrapped_key));
  TUTELA_ASSIGN(const auto locations, review::locations_of_item(tx, item.id));
  for (const auto& address : addresses) {
    const Bytes wanted = address_key(context, address);
    const auto known = std::ranges::find(locations, wanted, &review::LocationRow::address_key);
    if (known == locations.end()) {
      TUTELA_TRY(add_location(context, tx, item.id, key, address));
    } else if (known->state == "gone") {
      TUTELA_TRY(review::set_location_state(tx, *known, "live"));
    }
  }
  return ask_for_removal(context, tx, item);
}

// An item that was here before: the report is linked to it, and what this report adds is kept.
Result<ReportedItem> link_known(const Context& context, store::Transaction& tx, const Content& content,
                                const intake::ItemLink& link, const Receiving& receiving) {
  TUTELA_ASSIGN(auto item, review::find_item(tx, link.item));
  TUTELA_TRY(intake::link_item(tx, receiving.report, link.item));
  TUTELA_TRY(record(context, tx, "report.duplicate_linked", About("item", link.item), receiving.actor,
                    {{"report", receiving.report.to_string()}, {"why", intake::to_word(link.reason)}}));
  const bool same_bytes = link.reason == intake::LinkReason::same_digest || content.fingerprints.empty();
  if (same_bytes) TUTELA_TRY(add_locations(context, tx, item, content.addresses));
  if (receiving.urgent && !item.urgent && item.state != "final") {
    item.urgent = true;
    TUTELA_TRY(review::update_item(tx, item));
    TUTELA_ASSIGN(item, review::find_item(tx, link.item));
  }
  TUTELA_ASSIGN(const auto matches, stored_matches(context, tx, link.item));
  return ReportedItem{link.item, item.state, item.action, true, item.decode_reason, matches};
}

Result<ReportedItem> complete_known(const Context& context, store::Transaction& tx, const Content& content,
                                    const intake::ItemLink& link, const Receiving& receiving) {
  const ItemId& id = link.item;
  TUTELA_ASSIGN(auto item, review::find_item(tx, id));
  TUTELA_ASSIGN(const auto key, context.keys.unwrap_key(item.wrapped_key));
  // What was sealed of it was destroyed meanwhile, and it got another key: the file that was stored for it would not open.
  if (content.key && !crypto::constant_time_equal(content.key->reveal(), key.reveal()))
    return fail(ErrorCode::conflict, "report.raced");
  set_file_facts(context, item, key, content);
  TUTELA_TRY(review::complete_item(tx, item));
  TUTELA_TRY(add_fingerprints(tx, id, content.fingerprints));
  TUTELA_TRY(record_decoding(context, tx, item, content));
  TUTELA_TRY(intake::link_item(tx, receiving.report, id));
  TUTELA_TRY(add_locations(context, tx, item, content.addresses));
  TUTELA_TRY(record(context, tx, "report.duplicate_linked", About("item", id), receiving.actor,
                    {{"report", receiving.report.to_string()}, {"why", intake::to_word(link.reason)}}));
  const std::string state_before = item.state;
  TUTELA_ASSIGN(const auto matches, match_item(context, tx, id, content.asked.matches));
  TUTELA_ASSIGN(item, review::find_item(tx, id));
  // What the file matched may have decided it for those, too, who reported it before.
  if (item.state != state_before) TUTELA_TRY(settle_reports(context, tx, About("item", id)));
  return ReportedItem{id, item.state, item.action, true, item.decode_reason, matches};
}

struct Taken {
  std::vector<ReportedItem> items;
  std::vector<std::vector<match::Match>> compared;  // of each item that was compared now
  bool uses_file = false;                           // a row names the file that was stored
};

Result<Taken> take_content(const Context& context, store::Transaction& tx, const Content& content, const Receiving& receiving) {
  TUTELA_ASSIGN(const auto known, known_content(context, tx, content));
  const auto decision = intake::decide_duplicate(known);
  // The file was sealed under the key of the item that was expected; if another report came between, everything is decided anew.
  if (decision.completes != content.completes) return fail(ErrorCode::conflict, "report.raced");
  Taken taken;
  taken.uses_file = decision.creates_item || decision.completes;
  for (const auto& link : decision.links) {
    TUTELA_ASSIGN(auto item, decision.completes == link.item ? complete_known(context, tx, content, link, receiving)
                                                             : link_known(context, tx, content, link, receiving));
    if (decision.completes == link.item) taken.compared.push_back(item.matches);
    taken.items.push_back(std::move(item));
  }
  if (decision.creates_item) {
    TUTELA_ASSIGN(auto item, create_item(context, tx, content, receiving));
    taken.compared.push_back(item.matches);
    taken.items.push_back(std::move(item));
  }
  return taken;
}

Result<ConcernId> take_concern(const Context& context, store::Transaction& tx, const intake::Submission& submission,
                               const vault::RowKey& report_key, const Receiving& receiving) {
  const Time now = context.clock.now();
  const auto& draft = *submission.concern();
  const ConcernId id = ConcernId::make(now, context.random);
  TUTELA_TRY(casework::insert_concern(tx, {.id = id,
                                           .report_id = receiving.report,
                                           .kind = std::string(casework::to_word(draft.kind)),
                                           .in_danger_now = draft.danger == casework::DangerSaid::now,
                                           .assessment = std::nullopt,
                                           .assessed_by = std::nullopt,
                                           .assessed_at = std::nullopt,
                                           .sealed_reason = std::nullopt,
                                           .received_at = now,
                                           .due_at = casework::assess_due_at(draft.kind, draft.danger, now),
                                           .closed_at = std::nullopt}));
  TUTELA_TRY(record(context, tx, "concern.received", About("concern", id), receiving.actor,
                    {{"report", receiving.report.to_string()}, {"kind", casework::to_word(draft.kind)}}));
  for (const auto& person : submission.persons()) {
    const PersonId person_id = PersonId::make(now, context.random);
    std::optional<Bytes> description;
    if (!person.description.reveal().empty())
      description = seal(context, report_key, "person.sealed_description", person_id.bytes(), person.description.reveal());
    TUTELA_TRY(casework::insert_person(tx, {person_id, id, std::string(casework::to_word(person.role)),
                                            std::string(to_word(person.age_band)), std::move(description)}));
    TUTELA_TRY(
        record(context, tx, "person.added", About("concern", id), receiving.actor, {{"role", casework::to_word(person.role)}}));
  }
  return id;
}

std::optional<Bytes> seal_unless_empty(const Context& context, const vault::RowKey& key, std::string_view column, BytesView row,
                                       const Sensitive<std::string>& text) {
  if (text.reveal().empty()) return std::nullopt;
  return seal(context, key, column, row, text.reveal());
}

// The answer that was given to this key before.
Result<ReceivedReport> repeated(const Context& context, store::Reader& reader, const intake::IdempotencyRow& earlier) {
  TUTELA_ASSIGN(const auto report, intake::find_report(reader, earlier.report_id));
  TUTELA_ASSIGN(auto receipt, open_sealed_text(context, report.wrapped_key, "idempotency.sealed_receipt", report.id.bytes(),
                                               earlier.sealed_receipt));
  if (receipt.empty()) return fail(ErrorCode::conflict, "report.erased");
  ReceivedReport answer{report.id, Sensitive<std::string>(std::move(receipt)), {}, std::nullopt};
  TUTELA_ASSIGN(const auto items, intake::items_of_report(reader, report.id));
  for (const auto& id : items) {
    TUTELA_ASSIGN(const auto item, review::find_item(reader, id));
    TUTELA_ASSIGN(auto matches, stored_matches(context, reader, id));
    answer.items.push_back({id, item.state, item.action, !item.is_new, item.decode_reason, std::move(matches)});
  }
  TUTELA_ASSIGN(const auto concerns, casework::concerns_of_report(reader, report.id));
  if (!concerns.empty()) answer.concern = concerns.front().id;
  return answer;
}

Result<std::optional<ReceivedReport>> find_repeated(const Context& context, store::Reader& reader,
                                                    const std::optional<MachineCaller>& caller) {
  if (!caller) return std::nullopt;
  TUTELA_ASSIGN(const auto earlier, intake::find_idempotency(reader, caller->token, caller->idempotency_key));
  if (!earlier) return std::nullopt;
  if (earlier->request_digest != caller->request_digest)
    return fail(ErrorCode::conflict, "report.repeated_key", "header Idempotency-Key");
  TUTELA_ASSIGN(auto answer, repeated(context, reader, *earlier));
  return std::optional(std::move(answer));
}

// The file, sealed under the key of the item it will belong to.
Result<> store_file(const Context& context, const Media& media, Content& content) {
  intake::DuplicateDecision plan;
  bool may_be_kept = false;
  bool is_kept = false;
  std::optional<Bytes> wrapped;
  TUTELA_TRY(context.store.read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(const auto known, known_content(context, reader, content));
    plan = intake::decide_duplicate(known);
    TUTELA_ASSIGN(may_be_kept, may_keep_media(context, reader));
    if (plan.completes) {
      TUTELA_ASSIGN(const auto item, review::find_item(reader, *plan.completes));
      wrapped = item.wrapped_key;
      is_kept = item.object_name.has_value();
    }
    return {};
  }));
  content.completes = plan.completes;
  content.key.reset();
  content.object_name.reset();
  if (!plan.creates_item && !plan.completes) return {};
  if (wrapped) {
    TUTELA_ASSIGN(auto key, context.keys.unwrap_key(*wrapped));
    content.key = std::move(key);
  } else {
    content.key = vault::RowKey::make(context.random);
  }
  if (!may_be_kept || is_kept) return {};
  TUTELA_ASSIGN(content.object_name, context.objects.put(*content.key, media.bytes, context.random));
  return {};
}

}  // namespace

Result<ReceivedReport> receive_report(const Context& context, const intake::Submission& submission,
                                      const std::optional<Media>& media, const std::optional<MachineCaller>& caller) {
  std::this_thread::sleep_for(context.recorder.pace().pause());
  // The transaction looks again; this look spares the decoder a file that was taken before.
  if (media) {
    TUTELA_ASSIGN(auto earlier, in_snapshot<std::optional<ReceivedReport>>(context.store, [&](store::Reader& reader) {
                    return find_repeated(context, reader, caller);
                  }));
    if (earlier) return *std::move(earlier);
  }
  TUTELA_TRY(context.banks.refresh(context.store));

  const auto receipt = intake::Receipt::make(context.random);
  const auto generation = context.generations.next(context.clock.now());
  const Actor actor = caller ? Actor::token(caller->token) : Actor::from_public();
  std::vector<Content> contents;
  if (media) {
    Content content{.examined = examine(context, *media),
                    .fingerprints = {},
                    .addresses = submission.addresses(),
                    .key = {},
                    .object_name = {},
                    .completes = {}};
    content.fingerprints = content.examined->fingerprints;
    TUTELA_ASSIGN(content.asked, ask_before(context, content.fingerprints, content.examined->shown_form));
    contents.push_back(std::move(content));
  } else {
    for (const auto& address : submission.addresses())
      contents.push_back(
          {.examined = {}, .fingerprints = {}, .addresses = {address}, .key = {}, .object_name = {}, .completes = {}});
    if (!submission.fingerprints().empty()) {
      Content content{.examined = {},
                      .fingerprints = submission.fingerprints(),
                      .addresses = {},
                      .key = {},
                      .object_name = {},
                      .completes = {}};
      TUTELA_ASSIGN(content.asked, ask_before(context, content.fingerprints, std::nullopt));
      contents.push_back(std::move(content));
    }
  }

  for (int attempt = 1;; ++attempt) {
    if (media) TUTELA_TRY(store_file(context, *media, contents.front()));
    ReceivedReport answer{
        ReportId::make(context.clock.now(), context.random), Sensitive<std::string>(receipt.reveal_text()), {}, std::nullopt};
    std::vector<std::vector<match::Match>> compared;
    bool file_is_used = false;
    bool was_asked_to_commit = false;
    const auto written = context.store.write([&](store::Transaction& tx) -> Result<> {
      file_is_used = false;
      was_asked_to_commit = false;
      answer.items.clear();
      compared.clear();
      answer.concern.reset();
      TUTELA_ASSIGN(auto raced, find_repeated(context, tx, caller));
      if (raced) {
        answer = *std::move(raced);
        was_asked_to_commit = true;
        return {};
      }
      const Time now = context.clock.now();
      const BytesView row = answer.id.bytes();
      const bool urgent = submission.concern() && submission.concern()->danger == casework::DangerSaid::now;
      const Receiving receiving{answer.id, urgent, actor};
      TUTELA_ASSIGN(const auto report_key, new_key(context, vault::RecordClass::report));
      TUTELA_TRY(intake::insert_report(
          tx, {.id = answer.id,
               .receipt_hash = intake::receipt_key(generation, receipt_hash(context, receipt)),
               .channel = std::string(intake::to_word(submission.channel())),
               .kind = std::string(intake::to_word(submission.kind())),
               .state = std::string(intake::to_word(intake::ReportState::triaged)),
               .received_at = now,
               .token_id = caller ? std::optional(caller->token) : std::nullopt,
               .uploader_country = submission.uploader_country(),
               .wrapped_key = report_key.wrapped,
               .sealed_text = seal_unless_empty(context, report_key.key, "report.sealed_text", row, submission.text()),
               .sealed_contact = seal_unless_empty(context, report_key.key, "report.sealed_contact", row, submission.contact()),
               .released_word = std::nullopt}));
      TUTELA_TRY(record(context, tx, "report.received", About("report", answer.id), actor,
                        {{"channel", intake::to_word(submission.channel())}, {"kind", intake::to_word(submission.kind())}}));
      if (caller)
        TUTELA_TRY(intake::insert_idempotency(
            tx, caller->token, caller->idempotency_key,
            {caller->request_digest, answer.id,
             seal(context, report_key.key, "idempotency.sealed_receipt", row, receipt.reveal_text())}));
      for (const auto& indicator : submission.indicators()) {
        const IndicatorId id = IndicatorId::make(now, context.random);
        TUTELA_TRY(intake::insert_indicator(
            tx, answer.id,
            {id, std::string(casework::to_word(indicator.type())),
             seal(context, report_key.key, "indicator.sealed_value", id.bytes(), indicator.value().reveal())}));
      }
      for (const auto& content : contents) {
        TUTELA_ASSIGN(auto taken, take_content(context, tx, content, receiving));
        std::ranges::move(taken.items, std::back_inserter(answer.items));
        std::ranges::move(taken.compared, std::back_inserter(compared));
        file_is_used = file_is_used || taken.uses_file;
      }
      if (submission.concern()) {
        TUTELA_ASSIGN(answer.concern, take_concern(context, tx, submission, report_key.key, receiving));
      }
      // Decided already only where a verdict was there before, or inherited: anything else waits, and nothing follows from it.
      const bool is_decided =
          !submission.concern() && std::ranges::all_of(answer.items, [](const auto& item) { return item.state == "final"; });
      if (is_decided) TUTELA_TRY(settle_report(context, tx, answer.id));
      was_asked_to_commit = true;
      return {};
    });
    // A file that no row names is of no use to anybody: another report was faster, or nothing was committed. Where the outcome of
    // the commit is not known, the file stays.
    const bool is_known = written || !was_asked_to_commit || written.error().code != ErrorCode::unavailable;
    if (media && contents.front().object_name && is_known && !(written && file_is_used)) {
      // What was committed is answered all the same.
      if (const auto removed = context.objects.remove(*contents.front().object_name); !removed)
        log::error("report.file_not_removed", {{"error", removed.error()}});
    }
    if (written) {
      for (const auto& matches : compared) context.floods.count(matches, context.clock.now());
      if (!std::ranges::all_of(contents, [](const Content& content) { return content.asked.is_complete; }))
        context.banks.owe_comparison();
      return answer;
    }
    // Another process took the same key, or the same content, between the look and the commit: now it is there to be seen.
    const Reason reason = written.error().reason;
    const bool was_raced = reason == Reason("report.raced") || reason == Reason("store.duplicate_key");
    if (!was_raced || attempt == kAttemptsMax) return std::unexpected(written.error());
  }
}

}  // namespace tutela::line
