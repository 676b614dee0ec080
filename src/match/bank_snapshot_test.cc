#include "match/bank_snapshot.h"

#include <gmock/gmock.h>

namespace tutela::match {
namespace {

template <class IdType>
IdType numbered(std::uint8_t number) {
  return IdType::from_bytes(Bytes(16, number)).value();
}

BankRow bank_row() {
  return {.id = numbered<BankId>(1),
          .name = "known",
          .purpose = "match",
          .threshold = 31,
          .source = "",
          .legal_basis = "",
          .created_at = {}};
}

EntryRow entry_row(std::uint8_t number) {
  return {.id = numbered<EntryId>(number),
          .bank_id = numbered<BankId>(1),
          .status = "active",
          .act = "a",
          .age_band = "pubescent",
          .source = "",
          .item_id = std::nullopt,
          .adopted_first = std::nullopt,
          .adopted_second = std::nullopt,
          .created_at = {}};
}

TEST(BankSnapshot, TakesWhatBelongsToTheBank) {
  EntryRow elsewhere = entry_row(3);
  elsewhere.bank_id = numbered<BankId>(9);
  const std::vector entries = {entry_row(2), elsewhere};
  const std::vector<EntryFingerprintRow> fingerprints = {{numbered<EntryId>(2), "sha256", Bytes(32, 1), std::nullopt},
                                                         {numbered<EntryId>(3), "sha256", Bytes(32, 2), std::nullopt},
                                                         {numbered<EntryId>(2), "pdq", Bytes(32, 3), 77}};
  const auto snapshot = make_bank_snapshot(bank_row(), entries, fingerprints);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->purpose, BankPurpose::match);
  ASSERT_EQ(snapshot->entries.size(), 1U);
  EXPECT_EQ(snapshot->entries[0].age_band, AgeBand::pubescent);
  ASSERT_EQ(snapshot->entries[0].fingerprints.size(), 2U);
  EXPECT_EQ(snapshot->entries[0].fingerprints[1].quality(), 77);
}

TEST(BankSnapshot, OnlyTwoDifferentMembersAdopt) {
  const auto source_with = [](std::optional<MemberId> first, std::optional<MemberId> second) {
    EntryRow row = entry_row(2);
    row.adopted_first = first;
    row.adopted_second = second;
    return make_bank_snapshot(bank_row(), std::vector{row}, {})->entries[0].source;
  };
  EXPECT_EQ(source_with({}, {}), EntrySource::listed);
  EXPECT_EQ(source_with(numbered<MemberId>(1), {}), EntrySource::listed);
  EXPECT_EQ(source_with({}, numbered<MemberId>(1)), EntrySource::listed);
  EXPECT_EQ(source_with(numbered<MemberId>(1), numbered<MemberId>(1)), EntrySource::listed);
  EXPECT_EQ(source_with(numbered<MemberId>(1), numbered<MemberId>(2)), EntrySource::final_verdict_adopted);
}

TEST(BankSnapshot, RefusesRowsThatCannotBe) {
  const auto reason_of = [](const BankRow& bank, const EntryRow& entry, const EntryFingerprintRow& fingerprint) {
    const auto snapshot = make_bank_snapshot(bank, std::vector{entry}, std::vector{fingerprint});
    return snapshot ? std::string_view("fine") : snapshot.error().reason.text();
  };
  const EntryFingerprintRow good{numbered<EntryId>(2), "sha256", Bytes(32), std::nullopt};
  EXPECT_EQ(reason_of(bank_row(), entry_row(2), good), "fine");
  BankRow bank = bank_row();
  bank.purpose = "other";
  EXPECT_EQ(reason_of(bank, entry_row(2), good), "bank.bad_row");
  bank = bank_row();
  bank.threshold = 257;
  EXPECT_EQ(reason_of(bank, entry_row(2), good), "bank.bad_row");
  EntryRow entry = entry_row(2);
  entry.act = "z";
  EXPECT_EQ(reason_of(bank_row(), entry, good), "bank.bad_row");
  EntryFingerprintRow fingerprint = good;
  fingerprint.value.pop_back();
  EXPECT_EQ(reason_of(bank_row(), entry_row(2), fingerprint), "bank.bad_row");
}

}  // namespace
}  // namespace tutela::match
