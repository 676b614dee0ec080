#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "line/media_exports.h"
#include "line/retention.h"
#include "scenario/line_node.h"

// An item's file leaves the node by two members' decision only, once, and on record first.
namespace tutela::test {
namespace {

using namespace std::chrono_literals;

class MediaExport : public testing::Test {
 protected:
  const line::Context& context() { return node.context(); }
  retention::ExportRow requested() {
    return must(line::request_export(context(), item,
                                     {retention::ExportPurpose::court_order, Sensitive<std::string>("order of a court")}, asker));
  }
  Bytes read_all(vault::ObjectReader& reader) {
    Bytes all;
    for (;;) {
      const auto chunk = must(reader.next());
      if (!chunk) return all;
      append_bytes(all, *chunk);
    }
  }
  std::int64_t weight_of(const line::SignedIn& member) {
    return node
        .read<review::ExposureRow>([&](store::Reader& reader) { return line::exposure_of(context(), reader, member.id()); })
        .weight;
  }

  LineNode node;
  const line::SignedIn asker = node.join("asker", {Role::analyst});
  const line::SignedIn other = node.join("other", {Role::manager, Role::assessor});
  const Bytes file = png(30);
  const ItemId item = must(node.upload(file, "image/png")).items.at(0).id;
};

TEST_F(MediaExport, GoesOutOnceAfterTwoMembersCountedAndOnRecordFirst) {
  const auto row = requested();
  EXPECT_EQ(reason_of(line::hand_out_export(context(), row.id, asker)), "export.not_approved");
  EXPECT_EQ(reason_of(line::approve_export(context(), row.id, asker)), "export.same_member");
  must(line::approve_export(context(), row.id, other));
  EXPECT_EQ(reason_of(line::hand_out_export(context(), row.id, other)), "export.unknown") << "only to who asked";
  const auto before = weight_of(asker);
  auto reader = must(line::hand_out_export(context(), row.id, asker));
  // No byte was read yet.
  EXPECT_EQ(node.events("item", item).back(), "export.handed_out");
  EXPECT_GT(weight_of(asker), before);
  EXPECT_EQ(read_all(reader), file) << "bit for bit";
  EXPECT_EQ(reason_of(line::hand_out_export(context(), row.id, asker)), "export.handed_out");
}

TEST_F(MediaExport, AnApprovalRunsOutAndARefusalEndsIt) {
  const auto late = requested();
  must(line::approve_export(context(), late.id, other));
  node.clock.advance(retention::kExportTime);
  EXPECT_EQ(reason_of(line::hand_out_export(context(), late.id, node.again("asker"))), "export.expired");
  const auto refused = requested();
  must(line::refuse_export(context(), refused.id, other));
  EXPECT_EQ(reason_of(line::hand_out_export(context(), refused.id, asker)), "export.not_approved");
}

TEST_F(MediaExport, NothingLeavesWithoutAMandateOrABudget) {
  const auto row = requested();
  must(line::approve_export(context(), row.id, other));
  must(node.store().write([&](store::Transaction& tx) -> Result<> {
    review::ExposureRow spent = must(line::exposure_of(context(), tx, asker.id()));
    spent.weight = 400;
    return review::put_exposure(tx, spent);
  }));
  EXPECT_EQ(reason_of(line::hand_out_export(context(), row.id, asker)), "review.exposure_spent");
  must(node.store().write([](store::Transaction& tx) -> Result<> {
    TUTELA_TRY(tx.execute("UPDATE mandate SET expires_at = 1"));
    return {};
  }));
  EXPECT_EQ(reason_of(line::hand_out_export(context(), row.id, asker)), "mandate.missing");
  EXPECT_EQ(
      reason_of(line::request_export(context(), item, {retention::ExportPurpose::forensics, Sensitive<std::string>("x")}, asker)),
      "mandate.missing");
  const auto events = node.events("item", item);
  EXPECT_EQ(std::ranges::count(events, "export.handed_out"), 0);
}

TEST_F(MediaExport, ABrokenFileIsNotSaidToHaveGoneOut) {
  const auto row = requested();
  must(line::approve_export(context(), row.id, other));
  const auto path = node.folder() / "objects" / context().objects.file_name(*node.item(item).object_name);
  {
    std::fstream sealed(path, std::ios::in | std::ios::out | std::ios::binary);
    sealed.seekp(-1, std::ios::end);
    sealed.put('x');
  }
  EXPECT_EQ(reason_of(line::hand_out_export(context(), row.id, asker)), "vault.corrupt_object");
  const auto events = node.events("item", item);
  EXPECT_EQ(std::ranges::count(events, "export.handed_out"), 0);
}

// What a thief of the data folder has: database, write-ahead log, objects, and the list beside them. Every word that was given in
// confidence, and the file itself, is planted and looked for in every byte.
TEST_F(MediaExport, ACopyOfTheDataAloneShowsNothingOfWhatWasSaid) {
  intake::SubmissionDraft draft;
  draft.addresses.emplace_back("https://host.test/planted-path");
  draft.text = Sensitive<std::string>("planted-words of the reporter");
  draft.contact = Sensitive<std::string>("planted-contact@mail.test");
  must(node.hand_in(std::move(draft)));
  must(node.report_worry("planted-worry about a child"));
  must(line::request_export(context(), item,
                            {retention::ExportPurpose::forensics, Sensitive<std::string>("planted-reason of an export")}, asker));
  const line::NewHold hold{"item", Bytes(item.bytes().begin(), item.bytes().end()), std::nullopt,
                           Sensitive<std::string>("planted-reason of a hold")};
  const auto set = must(line::set_hold(context(), hold, other));
  must(line::lift_hold(context(), set.id, Sensitive<std::string>("planted-reason of the end"), other));
  node.finish(item, asker, other);
  EXPECT_EQ(must(node.write_after_list()), 2U);

  const std::vector<std::string> planted{"planted-", "Robin of class 7", "player1@game.test", "shapes on a gradient",
                                         std::string(as_text(BytesView(file).subspan(file.size() / 2, 24))),
                                         // The object's file does not bear the id that its row keeps.
                                         "objects/" + *node.item(item).object_name};
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(node.folder())) {
    const auto relative = std::filesystem::relative(entry.path(), node.folder()).string();
    if (!entry.is_regular_file() || relative.starts_with("keys")) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << relative << '\n' << stream.rdbuf();
    for (const auto& marker : planted)
      EXPECT_EQ(content.str().find(marker), std::string::npos) << relative << ": " << marker.substr(0, 12);
    ++files;
  }
  EXPECT_GE(files, 3U) << "database, an object and the list";
  // The search finds what is there.
  EXPECT_TRUE(node.database_holds("host.test"));
}

}  // namespace
}  // namespace tutela::test
