#include "retention/media_export.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tutela::retention {
namespace {

const Time kNow = from_unix_ms(1'795'000'000'000);

class MediaExportTest : public testing::Test {
 protected:
  SeededRandom random{6};
  const MemberId asker = MemberId::make(kNow, random);
  const MemberId other = MemberId::make(kNow, random);
  const ExportRow row{.id = ExportId::make(kNow, random),
                      .item_id = ItemId::make(kNow, random),
                      .purpose = ExportPurpose::court_order,
                      .requested_by = asker,
                      .requested_at = kNow};
};

TEST_F(MediaExportTest, ItTakesTwoMembersAndGoesOutOnceInTime) {
  EXPECT_EQ(hand_out(row, asker, kNow).error().reason, Reason("export.not_approved"));
  EXPECT_EQ(approve(row, asker, kNow).error().reason, Reason("export.same_member"));
  const auto approved = approve(row, other, kNow).value();
  EXPECT_EQ(approve(approved, other, kNow).error().reason, Reason("export.not_waiting"));
  EXPECT_EQ(hand_out(approved, other, kNow).error().reason, Reason("export.unknown")) << "only to who asked";
  EXPECT_EQ(hand_out(approved, asker, kNow + kExportTime).error().reason, Reason("export.expired"));
  const auto out = hand_out(approved, asker, kNow + kExportTime - Duration(1)).value();
  EXPECT_EQ(hand_out(out, asker, kNow).error().reason, Reason("export.handed_out"));
  EXPECT_EQ(refuse(out, other, kNow).error().reason, Reason("export.not_waiting"));
}

TEST_F(MediaExportTest, ARefusalEndsIt) {
  const auto refused = refuse(approve(row, other, kNow).value(), other, kNow).value();
  EXPECT_EQ(hand_out(refused, asker, kNow).error().reason, Reason("export.not_approved"));
  EXPECT_EQ(approve(refused, other, kNow).error().reason, Reason("export.not_waiting"));
}

TEST_F(MediaExportTest, WordsComeBack) {
  for (const auto state : kExportStates) EXPECT_EQ(parse_export_state(to_word(state)).value(), state);
  for (const auto purpose : kExportPurposes) EXPECT_EQ(parse_export_purpose(to_word(purpose)).value(), purpose);
  EXPECT_FALSE(parse_export_purpose("curiosity"));
}

}  // namespace
}  // namespace tutela::retention
