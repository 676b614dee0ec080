#include "upkeep/running_folder.h"

#include "doctor/examination.h"
#include "fingerprint/drawn_picture.h"
#include "line/reporting.h"
#include "line/schema_steps.h"
#include "match/bank_repository.h"
#include "store/sqlite/sqlite_snapshot.h"

namespace tutela::test {

void expect_no_damage(const app::DataFolder& folder) {
  const auto keys = must(vault::KeyStore::open(folder.keys()));
  const auto store = must(store::open_sqlite_read_only(folder.database(), store::Beside::a_writer));
  const auto steps = line::schema_steps();
  const auto findings = must(doctor::examine({*store, keys, folder.objects(), steps}, doctor::Depth::deep, SystemClock().now()));
  for (const auto& finding : findings.all())
    EXPECT_NE(finding.grade, doctor::Grade::damage) << finding.what.text() << " " << finding.where << " " << finding.sample;
}

NodeFolder::NodeFolder(const std::string& name) {
  app::NewNode wanted{name, "hotline", "DE", true, {}};
  must(app::create_node(folder(), wanted));
  const auto node = open();
  must(line::add_member(node->context(), {"manager", kPassword, RoleSet{Role::manager}}, line::Actor::node()));
  must(node->sequence());
}

line::SignedIn NodeFolder::manager(app::Node& node) const {
  return must(line::sign_in(node.context(), "manager", kPassword)).member;
}

EntryId NodeFolder::add_entry(app::Node& node, std::uint64_t seed) {
  const auto& context = node.context();
  const auto id = EntryId::make(node.clock().now(), node.random());
  must(context.store.write([&](store::Transaction& tx) -> Result<> {
    TUTELA_ASSIGN(const auto bank, match::find_bank_by_name(tx, std::string(line::kOwnBank)));
    TUTELA_TRY(match::insert_entry(tx, {id, bank->id, "active", "a", "prepubescent", "node.test", std::nullopt, std::nullopt,
                                        std::nullopt, node.clock().now(), 1}));
    const auto digest = crypto::sha256(png(seed));
    return match::insert_entry_fingerprint(tx, {id, "sha256", Bytes(digest.begin(), digest.end()), std::nullopt});
  }));
  return id;
}

line::ReceivedReport NodeFolder::report(app::Node& node, const std::string& address) {
  intake::SubmissionDraft draft;
  draft.addresses.emplace_back(address);
  draft.text = Sensitive<std::string>("words of the reporter");
  draft.contact = Sensitive<std::string>("reporter@mail.test");
  const auto submission = must(intake::Submission::validate(std::move(draft)));
  auto received = must(line::receive_report(node.context(), submission, std::nullopt, std::nullopt));
  must(node.sequence());
  return received;
}

Result<backup::Taken> NodeFolder::back_up(const std::string& name) const {
  const auto keys = must(vault::KeyStore::open(folder().keys()));
  const auto steps = line::schema_steps();
  return backup::take_backup({folder().database(), folder().objects(), folder().settings(), folder().after_list(), keys, steps},
                             path(name), SystemClock().now());
}

app::RestoreRequest NodeFolder::request(const std::string& backup, const std::string& target) const {
  return {path(backup), {path(target)}, folder().keys(), folder().after_list()};
}

}  // namespace tutela::test
