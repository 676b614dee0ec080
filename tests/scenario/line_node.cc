#include "scenario/line_node.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "api/machine_routes.h"
#include "decode/decoder_broker.h"
#include "doctor/examination.h"
#include "fingerprint/drawn_picture.h"
#include "ledger/ledger_view.h"
#include "line/after_entries.h"
#include "line/picture.h"
#include "line/schema_steps.h"
#include "store/migrations.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_snapshot.h"
#include "store/sqlite/sqlite_store.h"
#include "vault/after_list.h"

namespace tutela::test {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

decode::Decoder& SwitchedDecoder::real() {
  static const auto decoder = must(decode::open_decoder({.program = TUTELA_BINARY_DIR "/tutela-decoder"}));
  return *decoder;
}

LineNode::LineNode(NodeOptions options)
    : random(options.seed),
      banks({.wide = options.wide}),
      floods(options.flood),
      path_(options.folder),
      row_{options.name, options.kind, options.country, true, clock.now()},
      law_(must(law::built_in_table())) {
  if (path_.empty()) path_ = own_folder_.emplace().path();
  std::filesystem::create_directories(path_);
  const bool is_new = !std::filesystem::exists(path_ / "keys");
  keys_ = must(is_new ? vault::KeyStore::create(path_ / "keys", random) : vault::KeyStore::open(path_ / "keys"));
  objects_ = must(vault::ObjectStore::open(path_ / "objects", keys_->lookup_key()));
  store_ =
      must(options.postgresql.empty() ? store::open_sqlite(path_ / "tutela.sqlite") : store::open_postgres(options.postgresql));
  must(store::migrate(*store_, line::schema_steps()));
  if (is_new) must(store_->write([&](store::Transaction& tx) { return accounts::insert_node(tx, row_); }));
  faults = std::make_unique<FaultyStore>(*store_);
  recorder_.emplace(keys_->subject_key(), random, [] {});
  ledger::Sequencer::Parts parts{row_.name, keys_->signing_key(), keys_->subject_key(), clock, random};
  const auto& key = keys_->signing_key().public_key();
  if (options.postgresql.empty()) parts.holder = Bytes(key.begin(), key.begin() + 16);
  sequencer_.emplace(std::move(parts));
  if (is_new) must(sequencer_->open_epoch(*store_, std::nullopt));
  line::Settings settings;
  settings.portal_url = "http://portal.test";
  settings.mail_from = "desk@" + row_.name;
  context_.emplace(line::Context{*faults, clock, random, *keys_, *objects_, *recorder_, decoder, banks, answers, floods,
                                 generations, tokens, law_, row_, net::DestinationPolicy::loopback_only(), settings});
  if (is_new)
    must(line::create_bank(
        *context_,
        {std::string(line::kOwnBank), match::BankPurpose::match, match::kDistanceBitsDefault, row_.name, "own verdicts"},
        line::Actor::node()));
  must(banks.open(*store_));
  if (is_new && options.mandate) {
    const auto first = join("first-of-mandate", {Role::manager});
    const auto second = join("second-of-mandate", {Role::admin});
    must(line::record_mandate(*context_, {"section 1", "counsel", std::chrono::days(365)}, first.id(), second.id()));
  }
}

Result<> LineNode::sequence() {
  for (;;) {
    TUTELA_ASSIGN(const auto count, sequencer_->sequence_pending(*store_));
    if (count == 0) return {};
  }
}

Result<std::size_t> LineNode::write_after_list() {
  TUTELA_TRY(sequence());
  const auto path = folder() / "after.list";
  TUTELA_TRY(vault::create_after_list(path, keys_->signing_key(), clock.now()));
  std::vector<vault::AfterEntry> entries;
  TUTELA_TRY(store_->read([&](store::Reader& reader) -> Result<> {
    TUTELA_ASSIGN(entries, line::after_entries(reader, listed_));
    TUTELA_ASSIGN(const auto epoch, ledger::current_epoch(reader));
    listed_ = {epoch->origin.epoch, epoch->frontier.size()};
    return {};
  }));
  TUTELA_TRY(vault::append_to_after_list(path, keys_->signing_key(), entries));
  return entries.size();
}

line::SignedIn LineNode::join(const std::string& login, RoleSet roles) {
  must(line::add_member(context(), {login, kPassword, roles}, line::Actor::node()));
  return again(login);
}

line::SignedIn LineNode::again(const std::string& login) { return must(line::sign_in(context(), login, kPassword)).member; }

line::CheckedToken LineNode::machine() {
  const access::ScopeSet scopes{access::Scope::report_write, access::Scope::report_read, access::Scope::match};
  if (!machine_)
    machine_ = must(line::issue_token(context(), "uploader", scopes, std::chrono::days(300), line::Actor::node())).id;
  return {*machine_, "uploader", scopes};
}

Result<line::ReceivedReport> LineNode::upload(BytesView file, const std::string& type, const std::string& key,
                                              std::vector<std::string> addresses) {
  intake::SubmissionDraft draft;
  draft.channel = intake::Channel::machine;
  draft.media_parts = 1;
  for (auto& address : addresses) draft.addresses.emplace_back(std::move(address));
  TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
  const std::string used = key.empty() ? "key-" + std::to_string(++keys_used_) : key;
  return line::receive_report(context(), submission, line::Media{file, type},
                              line::MachineCaller{machine().id, used, Bytes(file.begin(), file.begin() + 16)});
}

Result<line::ReceivedReport> LineNode::report_address(const std::string& address, const std::string& text) {
  intake::SubmissionDraft draft;
  draft.addresses.emplace_back(address);
  draft.text = Sensitive<std::string>(text);
  return hand_in(std::move(draft));
}

Result<line::ReceivedReport> LineNode::report_worry(const std::string& text, casework::DangerSaid danger) {
  intake::SubmissionDraft draft;
  draft.kind = intake::ReportKind::concern;
  draft.text = Sensitive<std::string>(text);
  draft.concern = intake::ConcernDraft{casework::ConcernKind::grooming, danger};
  draft.persons.push_back({casework::PersonRole::child_at_risk, AgeBand::pubescent, Sensitive<std::string>("Robin of class 7")});
  draft.indicators.push_back({casework::IndicatorType::account, Sensitive<std::string>("player1@game.test")});
  return hand_in(std::move(draft));
}

Result<line::ReceivedReport> LineNode::hand_in(intake::SubmissionDraft draft) {
  TUTELA_ASSIGN(const auto submission, intake::Submission::validate(std::move(draft)));
  return line::receive_report(context(), submission, std::nullopt, std::nullopt);
}

Result<line::AssessmentTaken> LineNode::judge(const ItemId& item, const line::SignedIn& member, Act act, AgeBand age_band) {
  TUTELA_TRY(line::claim_item(context(), item, member));
  TUTELA_ASSIGN(const auto row,
                in_snapshot<review::ItemRow>(*store_, [&](store::Reader& reader) { return review::find_item(reader, item); }));
  auto viewed = review::Viewed::not_viewed;
  if (row.object_name) {
    TUTELA_ASSIGN(const auto opened, line::open_view(context(), item, review::ViewMode::full, std::nullopt, member));
    if (on_view) on_view(item, opened.view.id);
    viewed = review::Viewed::here;
  }
  return line::assess_item(context(), item, {{act, age_band}, viewed, 0, Sensitive<std::string>("shapes on a gradient")}, member);
}

void LineNode::finish(const ItemId& item, const line::SignedIn& first, const line::SignedIn& second, Act act) {
  must(judge(item, first, act));
  ASSERT_TRUE(must(judge(item, second, act)).verdict);
}

review::ItemRow LineNode::item(const ItemId& id) {
  return read<review::ItemRow>([&](store::Reader& reader) { return review::find_item(reader, id); });
}

std::int64_t LineNode::count(std::string_view sql) {
  const auto rows = read<std::vector<store::Row>>([&](store::Reader& reader) { return reader.query(sql); });
  return rows.at(0).integer(0);
}

std::vector<std::string> LineNode::events(std::string_view type, BytesView id) {
  while (must(sequencer_->sequence_pending(*store_)) > 0) {
  }
  std::vector<std::string> kinds;
  const auto entries = read<std::vector<ledger::EntryReport>>([&](store::Reader& reader) {
    return ledger::entries_of(reader, {std::string(type), Bytes(id.begin(), id.end())}, keys_->subject_key(), 1000);
  });
  for (const auto& entry : entries) kinds.push_back(entry.kind);
  return kinds;
}

std::vector<std::string> LineNode::payloads(std::string_view type, BytesView id, std::string_view kind) {
  events(type, id);
  std::vector<std::string> found;
  const auto entries = read<std::vector<ledger::EntryReport>>([&](store::Reader& reader) {
    return ledger::entries_of(reader, {std::string(type), Bytes(id.begin(), id.end())}, keys_->subject_key(), 1000);
  });
  for (const auto& entry : entries)
    if (entry.kind == kind) found.push_back(entry.payload);
  return found;
}

std::size_t LineNode::object_files() const {
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(path_ / "objects")) ++files;
  return files;
}

bool LineNode::database_holds(std::string_view text) {
  for (const auto* name : {"tutela.sqlite", "tutela.sqlite-wal"})
    if (text_of(path_ / name).find(text) != std::string::npos) return true;
  return false;
}

void LineNode::copy_database(const std::filesystem::path& to, std::initializer_list<Bytes> logged) const {
  std::filesystem::create_directories(to);
  for (const auto* name : {"tutela.sqlite", "tutela.sqlite-wal"}) {
    ASSERT_TRUE(std::filesystem::exists(path_ / name)) << name;
    std::filesystem::copy_file(path_ / name, to / name);
  }
  const auto log = text_of(to / "tutela.sqlite-wal");
  for (const auto& bytes : logged) EXPECT_NE(log.find(as_text(bytes)), std::string::npos) << "not in the log";
}

http::Server& LineNode::listen() {
  if (server_) return *server_;
  std::vector<http::ListenerOptions> listeners;
  listeners.push_back({.name = "machine", .router = must(http::Router::build(api::machine_routes(context(), match_watch_)))});
  listeners.back().access_record = http::AccessRecord::silent;
  server_ = must(http::Server::start(std::move(listeners)));
  return *server_;
}

std::string LineNode::url() { return "http://127.0.0.1:" + std::to_string(listen().port("machine")); }

Bytes pnm(std::uint64_t seed, std::uint32_t noise) {
  return fingerprint::DrawnPicture({.seed = seed, .width = 320, .height = 240, .shapes = 40, .noise = noise}).to_pnm();
}

Bytes png(std::uint64_t seed, std::uint32_t noise) {
  const fingerprint::DrawnPicture picture({.seed = seed, .width = 320, .height = 240, .shapes = 40, .noise = noise});
  return line::encode_png(picture.rgb(), 320, 240, line::PixelFormat::rgb);
}

std::vector<std::string> what_doctor_finds(const std::filesystem::path& folder, Time now) {
  const auto store = must(store::open_sqlite_read_only(folder / "tutela.sqlite", store::Beside::a_writer));
  return what_doctor_finds(folder, *store, now);
}

std::vector<std::string> what_doctor_finds(const std::filesystem::path& folder, store::Store& store, Time now) {
  const auto keys = must(vault::KeyStore::open(folder / "keys"));
  const auto steps = line::schema_steps();
  const auto findings = must(doctor::examine({store, keys, folder / "objects", steps}, doctor::Depth::deep, now));
  std::vector<std::string> lines;
  for (const auto& finding : findings.all()) {
    const auto what = finding.what.text();
    // A file whose row was never committed, and entries that the next start numbers.
    if (what == "doctor.object_orphan" || what == "doctor.unfinished_file" || what == "doctor.staged") continue;
    lines.push_back(std::string(what) + " " + finding.where + " " + finding.sample);
  }
  return lines;
}

}  // namespace tutela::test
