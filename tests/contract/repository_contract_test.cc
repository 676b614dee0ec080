#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "accounts/account_repository.h"
#include "contract.h"
#include "intake/report_repository.h"
#include "match/bank_repository.h"
#include "review/item_repository.h"
#include "review/review_repository.h"
#include "store/migrations.h"

// The real tables and the repositories on them. Rows are compared field by field, for a column that is written into the wrong
// place still reads back without an error.
namespace tutela::store {
namespace {

using namespace std::string_literals;

const Bytes kBlob{0, 1, 0xFF, 0x5C};

TEST_P(MigratedStoreContract, MigratingAgainChangesNothing) {
  const auto steps = static_cast<std::int64_t>(migrations().size());
  EXPECT_EQ(number("SELECT count(*) FROM schema_version"), steps);
  ASSERT_TRUE(migrate(store()));
  database_.close();
  database_.open();
  ASSERT_TRUE(migrate(store()));
  EXPECT_EQ(number("SELECT count(*) FROM schema_version"), steps);
}

TEST_P(MigratedStoreContract, RefusesADatabaseOfANewerProgram) {
  ASSERT_TRUE(execute("INSERT INTO schema_version (version) VALUES (1000)"));
  const auto result = migrate(store());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unsupported);
  EXPECT_EQ(reason_of(result), "store.newer_schema");
}

TEST_P(StoreContract, StepsOfOtherModulesJoinAndAFailedOneLeavesNothing) {
  const std::array good{Migration{1, "CREATE TABLE a (id BIGINT PRIMARY KEY);"},
                        Migration{2, "CREATE TABLE b (id BLOB);\nCREATE INDEX b_id ON b (id)"}};
  const std::array bad{good[0], good[1], Migration{3, "CREATE TABLE c (id BIGINT PRIMARY KEY); CREATE TABLE a (id BIGINT)"}};
  ASSERT_TRUE(migrate(store(), std::span(good).first(1)));
  ASSERT_TRUE(migrate(store(), good));
  EXPECT_EQ(reason_of(migrate(store(), bad)), "store.bad_statement");
  EXPECT_EQ(number("SELECT max(version) FROM schema_version"), 2);
  EXPECT_EQ(reason_of(query("SELECT id FROM c")), "store.bad_statement");
  EXPECT_TRUE(execute("INSERT INTO b (id) VALUES ($1)", {kBlob}));
}

TEST_P(MigratedStoreContract, EntriesAreDrawnFromAllOfEveryBankWithTheSameChance) {
  constexpr std::size_t kMany = 4'500;  // more than are read at once
  constexpr std::size_t kDrawn = 30;
  const match::BankRow large{make_id<BankId>(), "large", "match", 31, "", "", kNow};
  const match::BankRow small{make_id<BankId>(), "small", "match", 31, "", "", kNow};
  const match::BankRow ended{make_id<BankId>(), "ended", "match", 31, "", "", kNow};
  std::map<EntryId, std::size_t> places;
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    for (const auto& bank : {large, small, ended}) TUTELA_TRY(match::insert_bank(tx, bank));
    const auto add = [&](const match::BankRow& bank, const std::string& status) -> Result<EntryId> {
      const auto id = make_id<EntryId>();
      TUTELA_TRY(match::insert_entry(tx, {id, bank.id, status, "a", "pubescent", "", {}, {}, {}, kNow, 1, 1}));
      return id;
    };
    for (std::size_t i = 0; i < kMany; ++i) {
      TUTELA_ASSIGN(const auto id, add(large, i % 3 == 0 ? "active" : "disputed"));
      places[id] = i;
    }
    for (int i = 0; i < 5; ++i) TUTELA_TRY(add(small, "active"));
    TUTELA_TRY(add(ended, "withdrawn"));
    return {};
  }));
  std::size_t at = 0;
  for (auto& [id, place] : places) place = at++;  // as they are read
  const auto draw = [&](std::uint64_t seed) {
    SeededRandom random(seed);
    return in_snapshot<std::vector<match::DrawnEntry>>(store(), [&](Reader& r) { return match::draw_entries(r, kDrawn, random); })
        .value();
  };
  std::array<int, 9> ninths{};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::set<EntryId> drawn;
    std::size_t of_small = 0;
    for (const auto& one : draw(seed)) {
      EXPECT_NE(one.bank, ended.id);
      of_small += one.bank == small.id ? 1 : 0;
      if (one.bank == large.id) ++ninths[places.at(one.entry) * ninths.size() / kMany];
      drawn.insert(one.entry);
    }
    EXPECT_EQ(drawn.size(), kDrawn + 5) << "none twice";
    EXPECT_EQ(of_small, 5U);
  }
  for (const int drawn : ninths) EXPECT_NEAR(drawn, 200, 60) << "of 60 times 30 in nine";
  const auto once = draw(7);
  const auto again = draw(7);
  EXPECT_TRUE(std::ranges::equal(once, again, {}, &match::DrawnEntry::entry, &match::DrawnEntry::entry));
}

TEST_P(MigratedStoreContract, Accounts) {
  using namespace accounts;
  const NodeRow node{"hotline-a.example.org", "hotline", "AA", true, kNow};
  const MemberRow first{make_id<MemberId>(), "first", "m-1", "hash", 5, true, kNow, 1};
  const MemberRow second{make_id<MemberId>(), "second", "m-2", "hash2", 1, false, kNow + Duration(1), 3};
  const MandateRow mandate{"basis", "counsel", kNow, kNow + Duration(10), first.id, second.id, kNow + Duration(5)};
  const SessionRow session{kBlob, first.id, "csrf", kNow, kNow};
  const TokenRow token{make_id<TokenId>(), Bytes{9}, "platform", "upload match", kNow, kNow + Duration(99), std::nullopt};

  EXPECT_EQ(reason_of(in_snapshot<NodeRow>(store(), [](Reader& r) { return find_node(r); })), "node.not_initialised");
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    EXPECT_EQ(find_mandate(tx).value().has_value(), false);
    TUTELA_TRY(insert_node(tx, node));
    TUTELA_TRY(insert_member(tx, first));
    TUTELA_TRY(insert_member(tx, second));
    TUTELA_TRY(insert_mandate(tx, mandate, random_));
    TUTELA_TRY(insert_session(tx, session));
    TUTELA_TRY(touch_session(tx, session.token_hash, kNow + Duration(7)));
    return insert_token(tx, token);
  }));
  ASSERT_TRUE(store().read([&](Reader& reader) -> Result<> {
    const auto read_node = find_node(reader).value();
    EXPECT_EQ(std::tie(read_node.name, read_node.kind, read_node.country, read_node.demo, read_node.created_at),
              std::tie(node.name, node.kind, node.country, node.demo, node.created_at));
    const auto read_mandate = find_mandate(reader).value().value();
    EXPECT_EQ(std::tie(read_mandate.legal_basis, read_mandate.counsel, read_mandate.valid_from, read_mandate.expires_at,
                       read_mandate.first_member, read_mandate.second_member, read_mandate.recorded_at),
              std::tie(mandate.legal_basis, mandate.counsel, mandate.valid_from, mandate.expires_at, mandate.first_member,
                       mandate.second_member, mandate.recorded_at));
    const auto tie = [](const MemberRow& row) {
      return std::tie(row.id, row.login, row.pseudonym, row.password_hash, row.roles, row.active, row.created_at, row.version);
    };
    EXPECT_EQ(tie(find_member(reader, second.id).value().value()), tie(second));
    EXPECT_EQ(tie(find_member_by_login(reader, "first").value().value()), tie(first));
    EXPECT_EQ(find_member_by_login(reader, "nobody").value().has_value(), false);
    EXPECT_EQ(list_members(reader).value().size(), 2U);
    const auto read_session = find_session(reader, kBlob).value().value();
    EXPECT_EQ(read_session.member_id, first.id);
    EXPECT_EQ(read_session.csrf, "csrf");
    EXPECT_EQ(read_session.last_seen_at, kNow + Duration(7));
    const auto read_token = find_token(reader, Bytes{9}).value().value();
    EXPECT_EQ(
        std::tie(read_token.id, read_token.token_hash, read_token.name, read_token.scopes, read_token.created_at,
                 read_token.expires_at, read_token.revoked_at),
        std::tie(token.id, token.token_hash, token.name, token.scopes, token.created_at, token.expires_at, token.revoked_at));
    return {};
  }));
  ASSERT_TRUE(store().write([&](Transaction& tx) { return delete_session(tx, kBlob); }));
  EXPECT_EQ(number("SELECT count(*) FROM session"), 0);
}

TEST_P(MigratedStoreContract, Reports) {
  using namespace intake;
  const ReportRow full{
      make_id<ReportId>(), kBlob,        "machine", "content", "received", kNow, make_id<TokenId>(), "BB", Bytes{1}, Bytes{},
      Bytes{2, 3},         std::nullopt, 1};
  const ReportRow sparse{make_id<ReportId>(), Bytes{7}, "public",     "concern",    "received",   kNow, std::nullopt,
                         std::nullopt,        Bytes{1}, std::nullopt, std::nullopt, std::nullopt, 1};
  const auto item = make_id<ItemId>();
  const IndicatorRow indicator{make_id<IndicatorId>(), "email", kBlob};
  const auto tie = [](const ReportRow& row) {
    return std::tie(row.id, row.receipt_hash, row.channel, row.kind, row.state, row.received_at, row.token_id,
                    row.uploader_country, row.wrapped_key, row.sealed_text, row.sealed_contact, row.released_word, row.version);
  };
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(insert_report(tx, full));
    TUTELA_TRY(insert_report(tx, sparse));
    TUTELA_TRY(link_item(tx, full.id, item));
    TUTELA_TRY(link_item(tx, full.id, item));
    TUTELA_TRY(link_item(tx, sparse.id, item));
    TUTELA_TRY(insert_indicator(tx, full.id, indicator));
    return insert_idempotency(tx, *full.token_id, "key", {Bytes{4}, full.id, Bytes{5}});
  }));
  ASSERT_TRUE(store().write([&](Transaction& tx) { return set_report_state(tx, sparse, "triaged"); }));
  EXPECT_EQ(reason_of(store().write([&](Transaction& tx) { return set_released_word(tx, sparse, "closed"); })),
            "store.row_changed");
  ASSERT_TRUE(store().read([&](Reader& reader) -> Result<> {
    EXPECT_EQ(tie(find_report(reader, full.id).value()), tie(full));
    auto changed = sparse;
    changed.state = "triaged";
    changed.version = 2;
    EXPECT_EQ(tie(find_report_by_receipt(reader, Bytes{7}).value().value()), tie(changed));
    EXPECT_EQ(reason_of(find_report(reader, make_id<ReportId>())), "report.unknown");
    EXPECT_FALSE(find_report_by_receipt(reader, Bytes{8}).value().has_value());
    EXPECT_EQ(items_of_report(reader, full.id).value(), std::vector{item});
    EXPECT_EQ(reports_of_item(reader, item).value().size(), 2U);
    const auto answer = find_idempotency(reader, *full.token_id, "key").value().value();
    EXPECT_EQ(answer.request_digest, Bytes{4});
    EXPECT_EQ(answer.report_id, full.id);
    EXPECT_EQ(answer.sealed_receipt, Bytes{5});
    EXPECT_FALSE(find_idempotency(reader, *full.token_id, "other").value().has_value());
    const auto indicators = indicators_of_report(reader, full.id).value();
    EXPECT_EQ(indicators.size(), 1U);
    EXPECT_EQ(std::tie(indicators[0].id, indicators[0].type, indicators[0].sealed_value),
              std::tie(indicator.id, indicator.type, indicator.sealed_value));
    return {};
  }));
}

// Hashes of one receipt each in three generations, in one that looks like the end of them, and alone, as they stood before.
TEST_P(MigratedStoreContract, AReceiptIsFoundInEveryGeneration) {
  using namespace intake;
  const auto hash = [](std::uint8_t number) { return Bytes(32, number); };
  std::vector<std::pair<Bytes, Bytes>> kept;  // hash, what stands in the row
  for (std::uint8_t i = 0; i < 3; ++i) {
    for (const std::uint8_t fill : Bytes{0x00, 0x55, 0xFF}) {
      auto receipt = hash(fill);
      receipt[31] = i;
      kept.emplace_back(receipt, receipt_key(kNow.time_since_epoch().count() + i, receipt));
    }
  }
  auto low = hash(9);
  low[0] = low[1] = 0;
  auto lowest = hash(0);
  lowest[31] = 9;
  for (const auto& bare : {lowest, low, hash(0x77)}) kept.emplace_back(bare, bare);
  kept.emplace_back(hash(3), receipt_key(1, hash(3)));
  kept.emplace_back(hash(4), receipt_key((std::int64_t{1} << 48) - 1, hash(4)));
  std::vector<ReportId> ids;
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    ids.clear();
    for (const auto& [receipt, key] : kept) {
      ids.push_back(make_id<ReportId>());
      TUTELA_TRY(insert_report(tx, {ids.back(), key, "public", "concern", "received", kNow, std::nullopt, std::nullopt, Bytes{1},
                                    std::nullopt, std::nullopt, std::nullopt, 1}));
    }
    return {};
  }));
  ASSERT_TRUE(store().read([&](Reader& reader) -> Result<> {
    for (std::size_t i = 0; i < kept.size(); ++i) {
      TUTELA_ASSIGN(const auto found, find_report_by_receipt(reader, kept[i].first));
      EXPECT_TRUE(found && found->id == ids[i]) << i;
    }
    for (const auto& unknown : {hash(1), hash(0xFF)}) {
      TUTELA_ASSIGN(const auto found, find_report_by_receipt(reader, unknown));
      EXPECT_FALSE(found);
    }
    return {};
  }));
}

TEST_P(MigratedStoreContract, Items) {
  using namespace review;
  const ItemRow full{make_id<ItemId>(),  "queued", "hold", true,    true,      true,        kNow,
                     kNow + Duration(1), 640,      480,    "jpeg"s, "object"s, Bytes{1, 2}, Bytes{3},
                     "decode.reason"s,   1};
  const ItemRow sparse{.id = make_id<ItemId>(), .state = "unknown", .first_seen_at = kNow + Duration(1), .wrapped_key = Bytes{1}};
  const LocationRow location{make_id<LocationId>(), full.id, kBlob, Bytes{8}, "https", "host.test", "CC"s, "live", kNow, 1};
  const auto entry = make_id<EntryId>();
  const auto tie = [](const ItemRow& row) {
    return std::tie(row.id, row.state, row.action, row.is_new, row.urgent, row.is_safe, row.first_seen_at, row.due_at, row.width,
                    row.height, row.format, row.object_name, row.wrapped_key, row.sealed_capture, row.decode_reason, row.version);
  };
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(insert_item(tx, full));
    TUTELA_TRY(insert_item(tx, sparse));
    TUTELA_TRY(insert_location(tx, location));
    TUTELA_TRY(insert_fingerprint(tx, full.id, {"pdq", kBlob, 99, "node"}));
    TUTELA_TRY(insert_fingerprint(tx, full.id, {"sha256", Bytes(32, 7), std::nullopt, "node"}));
    TUTELA_TRY(insert_match(tx, full.id, {entry, "pdq", 12, 31, "near", kNow}));
    return insert_match(tx, full.id, {entry, "pdq", 13, 31, "again", kNow});
  }));
  ASSERT_TRUE(store().write([&](Transaction& tx) { return set_location_state(tx, location, "gone"); }));
  ASSERT_TRUE(store().read([&](Reader& reader) -> Result<> {
    EXPECT_EQ(tie(find_item(reader, full.id).value()), tie(full));
    EXPECT_EQ(tie(find_item(reader, sparse.id).value()), tie(sparse));
    EXPECT_EQ(reason_of(find_item(reader, make_id<ItemId>())), "item.unknown");
    const auto listed = list_items(reader, {"queued", "unknown", "final"}, 10).value();
    EXPECT_EQ(listed.size(), 2U);
    EXPECT_EQ(list_items(reader, {"queued"}, 0).value().size(), 0U);
    const auto read = find_location_by_key(reader, kBlob).value().value();
    EXPECT_EQ(std::tie(read.id, read.item_id, read.address_key, read.sealed_address, read.scheme, read.host, read.country,
                       read.first_seen_at),
              std::tie(location.id, location.item_id, location.address_key, location.sealed_address, location.scheme,
                       location.host, location.country, location.first_seen_at));
    EXPECT_EQ(find_location(reader, location.id).value().state, "gone");
    EXPECT_EQ(locations_of_item(reader, full.id).value().size(), 1U);
    const auto fingerprints = fingerprints_of_item(reader, full.id).value();
    EXPECT_EQ(fingerprints.size(), 2U);
    EXPECT_EQ(fingerprints[0].value, kBlob);
    EXPECT_EQ(fingerprints[0].quality, 99);
    EXPECT_EQ(fingerprints[1].quality, std::nullopt);
    EXPECT_EQ(find_item_by_sha256(reader, Bytes(32, 7)).value(), full.id);
    EXPECT_EQ(find_item_by_sha256(reader, kBlob).value(), std::nullopt) << "another kind of value is no digest";
    const auto matches = matches_of_item(reader, full.id).value();
    EXPECT_EQ(matches.size(), 1U);
    EXPECT_EQ(matches[0].entry_id, entry);
    EXPECT_EQ(matches[0].distance, 12);
    EXPECT_EQ(matches[0].why, "near");
    return {};
  }));
}

TEST_P(MigratedStoreContract, Reviews) {
  using namespace review;
  const auto item = make_id<ItemId>();
  const auto member = make_id<MemberId>();
  ViewRow view{make_id<ViewId>(), item, member, std::nullopt, "blurred", kNow, kNow + Duration(1), std::nullopt, 3, 1};
  const AssessmentRow assessment{make_id<AssessmentId>(), item, member, "a", "b", "off_node", 40, kBlob, kNow};
  const VerdictRow verdict{item, make_id<VerdictId>(), "a", "b", make_id<EntryId>(), false, kNow};
  ExposureRow exposure{member, kNow, 30, 60, 0};
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    EXPECT_FALSE(find_lease(tx, item).value().has_value());
    TUTELA_TRY(put_lease(tx, {item, member, kNow, kNow + Duration(9), 0}));
    TUTELA_TRY(insert_view(tx, view));
    TUTELA_TRY(insert_assessment(tx, assessment));
    TUTELA_TRY(insert_verdict(tx, verdict));
    EXPECT_EQ(find_exposure(tx, member, kNow).value().version, 0);
    TUTELA_TRY(put_exposure(tx, exposure));
    exposure.version = 1;
    exposure.seconds = 45;
    return put_exposure(tx, exposure);
  }));
  ASSERT_TRUE(store().read([&](Reader& reader) -> Result<> {
    const auto lease = find_lease(reader, item).value().value();
    EXPECT_EQ(std::tie(lease.item_id, lease.member_id), std::tie(item, member));
    EXPECT_EQ(lease.until, kNow + Duration(9));
    EXPECT_EQ(open_views(reader, kNow + Duration(2)).value().size(), 1U);
    EXPECT_EQ(open_views(reader, kNow + Duration(1)).value().size(), 0U);
    const auto read = find_view(reader, view.id).value();
    EXPECT_EQ(std::tie(read.item_id, read.member_id, read.location_id, read.mode, read.opened_at, read.last_beat_at,
                       read.closed_at, read.seconds, read.version),
              std::tie(view.item_id, view.member_id, view.location_id, view.mode, view.opened_at, view.last_beat_at,
                       view.closed_at, view.seconds, view.version));
    EXPECT_EQ(views_of_item(reader, item, member).value().size(), 1U);
    const auto assessments = assessments_of_item(reader, item).value();
    EXPECT_EQ(assessments.size(), 1U);
    EXPECT_EQ(assessments[0].viewed, "off_node");
    EXPECT_EQ(assessments[0].declared_seconds, 40);
    EXPECT_EQ(assessments[0].sealed_reason, kBlob);
    const auto read_verdict = find_verdict(reader, item).value().value();
    EXPECT_EQ(read_verdict.inherited_entry, verdict.inherited_entry);
    EXPECT_FALSE(read_verdict.viewed_here);
    const auto read_exposure = find_exposure(reader, member, kNow).value();
    EXPECT_EQ(read_exposure.seconds, 45);
    EXPECT_EQ(read_exposure.weight, 60);
    EXPECT_EQ(read_exposure.version, 2);
    EXPECT_EQ(exposure_since(reader, kNow).value().size(), 1U);
    EXPECT_EQ(exposure_since(reader, kNow + Duration(1)).value().size(), 0U);
    return {};
  }));
  view.closed_at = kNow + Duration(4);
  view.seconds = 4;
  ASSERT_TRUE(store().write([&](Transaction& tx) -> Result<> {
    TUTELA_TRY(update_view(tx, view));
    return delete_lease(tx, item);
  }));
  EXPECT_EQ(reason_of(store().write([&](Transaction& tx) { return update_view(tx, view); })), "store.row_changed");
  EXPECT_EQ(reason_of(store().write([&](Transaction& tx) { return put_exposure(tx, exposure); })), "store.row_changed");
  EXPECT_EQ(number("SELECT count(*) FROM lease"), 0);
}

}  // namespace
}  // namespace tutela::store
