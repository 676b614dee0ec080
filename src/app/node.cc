#include "app/node.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>

#include "app/beside_database.h"
#include "app/key_secret.h"
#include "app/opening_checks.h"
#include "crypto/mac.h"
#include "decode/decoder_broker.h"
#include "fingerprint/pdq.h"
#include "ledger/ledger_view.h"
#include "ledger/signed_note.h"
#include "line/accounts.h"
#include "line/banks.h"
#include "line/retention.h"
#include "line/schema_steps.h"
#include "store/migrations.h"
#include "store/postgres/postgres_store.h"
#include "store/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "vault/durable_file.h"

namespace tutela::app {
namespace {

constexpr std::size_t kSettingsBytesMax = 64 * 1024;

// For commands that touch no picture.
class NoDecoder final : public decode::Decoder {
 public:
  Result<decode::Decoded> decode(BytesView, const decode::DecodeRequest&) override {
    return fail(ErrorCode::unavailable, "decoder.not_started");
  }
};

Result<line::MailRoute> mail_route(const Config& config) {
  line::MailRoute route;
  if (!config.mail.folder.empty()) route.folder = config.mail.folder;
  if (config.mail.smtp.empty()) return route;
  const std::string& url = config.mail.smtp;
  const bool plain = url.starts_with("smtp://");
  const bool secure = url.starts_with("smtp+starttls://");
  const auto colon = url.rfind(':');
  if ((!plain && !secure) || colon == std::string::npos || colon < 7)
    return fail(ErrorCode::invalid, "config.bad_value", "mail.smtp");
  net::SmtpServer server;
  const std::size_t begin = url.find("//") + 2;
  server.host = url.substr(begin, colon - begin);
  int port = 0;
  for (const char c : url.substr(colon + 1)) {
    if (c < '0' || c > '9' || port > 65535) return fail(ErrorCode::invalid, "config.bad_value", "mail.smtp");
    port = port * 10 + (c - '0');
  }
  if (port < 1 || port > 65535) return fail(ErrorCode::invalid, "config.bad_value", "mail.smtp");
  server.port = static_cast<std::uint16_t>(port);
  server.transport = plain ? net::MailTransport::plain : net::MailTransport::starttls_required;
  route.smtp = std::move(server);
  return route;
}

Result<std::unique_ptr<decode::Decoder>> start_decoder(const Config& config) {
  decode::DecoderOptions options;
  options.program =
      config.decoder.program.empty() ? decode::default_decoder_program() : std::filesystem::path(config.decoder.program);
  options.sandbox =
      config.decoder.allow_unsandboxed ? decode::SandboxPolicy::unsandboxed_allowed : decode::SandboxPolicy::required;
  if (!config.decoder.pdq_kernel.empty()) {
    TUTELA_ASSIGN(options.pdq_kernel, fingerprint::parse_pdq_kernel(config.decoder.pdq_kernel));
  }
  return decode::open_decoder(options);
}

// The origin of the ledger's current epoch, which is the first line of its checkpoint and another after every restore.
Result<std::string> ledger_origin(store::Store& store) {
  TUTELA_ASSIGN(const auto note, in_snapshot<std::string>(store, ledger::latest_checkpoint));
  return note.substr(0, note.find('\n'));
}

Result<match_engine::EngineOptions> engine_options(store::Store& store, const vault::KeyStore& keys, const DataFolder& folder,
                                                   const Config& config, Random& random) {
  match_engine::EngineOptions options;
  if (store.backend() != "sqlite") options.lease = config.match.lease;
  TUTELA_ASSIGN(auto origin, ledger_origin(store));
  // A key of its own (spec/keys.md), so that no file that is opened for one use is opened for another.
  const auto key = crypto::keyed_hash(keys.lookup_key(), "match.snapshot", {});
  TUTELA_ASSIGN(auto snapshot_key, match_engine::SnapshotKey::from_bytes(key));
  options.snapshot.emplace(match_engine::SnapshotPlace{
      .path = folder.match_snapshot(), .key = std::move(snapshot_key), .source = std::move(origin), .random = random});
  return options;
}

// What the database knows goes into a new one.
// A list that is there holds what was recorded up to the head beside it; of one without a head nobody knows how far it came, and
// all that the node knows goes into it once more.
Result<> make_after_list(const line::Context& context, const std::filesystem::path& path, bool had_head) {
  std::error_code error;
  const bool had_list = std::filesystem::exists(path, error);
  if (had_list && had_head) return {};
  TUTELA_TRY(context.store.write([](store::Transaction& tx) { return line::restage_after_list(tx); }));
  if (had_list) return {};
  return vault::create_after_list(path, context.keys.signing_key(), context.clock.now());
}

}  // namespace

Result<Config> read_config(const DataFolder& folder) {
  std::ifstream file(folder.settings());
  if (!file) return fail(ErrorCode::not_found, "node.no_folder");
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().size() > kSettingsBytesMax) return fail(ErrorCode::limit, "config.too_large");
  return parse_config(text.str());
}

Result<std::unique_ptr<store::Store>> open_database(const DataFolder& folder, const Config& config) {
  const auto steps = line::schema_steps();
  if (!config.store.postgresql.empty()) {
    TUTELA_ASSIGN(auto opened, store::open_postgres(config.store.postgresql));
    TUTELA_ASSIGN(const auto facts, store::find_schema(*opened));
    TUTELA_TRY(store::check_schema(facts, steps));
    return opened;
  }
  // Before it is opened to be written: that alone would set the journal mode of somebody else's file.
  TUTELA_ASSIGN(const auto facts, store::look_at_sqlite(folder.database()));
  TUTELA_TRY(store::check_schema(facts, steps));
  return store::open_sqlite(folder.database());
}

Result<std::unique_ptr<store::Store>> open_store(const DataFolder& folder, const Config& config) {
  TUTELA_ASSIGN(auto opened, open_database(folder, config));
  TUTELA_TRY(store::migrate(*opened, line::schema_steps()));
  return opened;
}

// SQLite's lock admits one process, so the node itself can be the sequencer's name; on PostgreSQL each process has its own.
ledger::Sequencer make_sequencer(const std::string& name, const vault::KeyStore& keys, const store::Store& store,
                                 const Clock& clock, Random& random) {
  ledger::Sequencer::Parts parts{name, keys.signing_key(), keys.subject_key(), clock, random};
  parts.keys = keys.key_chain();
  // The first, since that never changes.
  const auto& key = keys.key_chain().first();
  if (store.backend() == "sqlite") parts.holder = Bytes(key.begin(), key.begin() + 16);
  return ledger::Sequencer(parts);
}

Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::open(const DataFolder& folder, DecoderUse decoder, const Opening& opening) {
  std::unique_ptr<Node> node(new Node());
  TUTELA_ASSIGN(node->config_, read_config(folder));
  TUTELA_ASSIGN(node->mail_, mail_route(node->config_));
  for (const auto& text : node->config_.ledger.witnesses) {
    TUTELA_ASSIGN(auto witness, line::parse_witness(text));
    node->witnesses_.push_back(std::move(witness));
  }
  TUTELA_ASSIGN(node->keys_, vault::KeyStore::open(folder.keys(), opening.ask ? opening.ask : ask_key_secret(node->config_)));
  TUTELA_ASSIGN(node->store_, open_checked(folder, node->config_, *node->keys_, opening));
  TUTELA_ASSIGN(node->objects_, vault::ObjectStore::open(folder.objects(), node->keys_->lookup_key()));
  TUTELA_ASSIGN(node->row_, in_snapshot<accounts::NodeRow>(*node->store_, accounts::find_node));
  TUTELA_ASSIGN(node->law_, law::built_in_table());
  if (decoder == DecoderUse::start) {
    TUTELA_ASSIGN(node->decoder_, start_decoder(node->config_));
  } else {
    node->decoder_ = std::make_unique<NoDecoder>();
  }
  node->recorder_ =
      std::make_unique<ledger::Recorder>(node->keys_->subject_key(), node->random_, [raw = node.get()] { raw->wake(); });
  node->sequencer_ = std::make_unique<ledger::Sequencer>(
      make_sequencer(node->row_.name, *node->keys_, *node->store_, node->clock_, node->random_));
  TUTELA_ASSIGN(auto engine, engine_options(*node->store_, *node->keys_, folder, node->config_, node->random_));
  node->banks_.emplace(std::move(engine));

  line::Settings settings;
  settings.exposure_max = node->config_.review.exposure_max;
  settings.exposure_weight_max = node->config_.review.weight_max;
  settings.shift = node->config_.review.shift;
  settings.notice_clocks.answer_clock = node->config_.clocks.notice_answer;
  settings.notice_clocks.first_check = node->config_.clocks.recheck;
  settings.notice_clocks.after_answer =
      std::min<std::chrono::milliseconds>(node->config_.clocks.recheck, settings.notice_clocks.after_answer);
  settings.notice_clocks.check_every_max = std::max<std::chrono::milliseconds>(
      node->config_.clocks.recheck,
      std::min<std::chrono::milliseconds>(node->config_.clocks.recheck * 24, settings.notice_clocks.check_every_max));
  settings.outbox.first_delay = node->config_.clocks.outbox_first;
  settings.portal_url = node->config_.urls.portal;
  settings.mail_from = node->config_.mail.from;
  settings.after_list = folder.after_list();
  const auto destinations = node->row_.demo ? net::DestinationPolicy::loopback_only() : net::DestinationPolicy::public_only();
  node->context_.emplace(line::Context{*node->store_, node->clock_, node->random_, *node->keys_, *node->objects_,
                                       *node->recorder_, *node->decoder_, *node->banks_, node->answers_, node->floods_,
                                       node->generations_, node->tokens_, *node->law_, node->row_, destinations,
                                       std::move(settings)});
  TUTELA_ASSIGN(node->known_head_, KnownHead::read(folder));
  if (opening.beside == BesideFiles::made_if_missing) {
    // The head first: what is recorded behind it comes into the list by itself.
    const bool had_head = node->known_head_->is_known();
    if (!had_head) TUTELA_TRY(node->known_head_->keep(*node->keys_, *node->store_));
    TUTELA_TRY(make_after_list(*node->context_, folder.after_list(), had_head));
  }
  // So does what the backup held and had not numbered yet.
  if (opening.beside == BesideFiles::of_a_restore) TUTELA_TRY(node->known_head_->keep(*node->keys_, *node->store_));
  if (opening.beside != BesideFiles::of_a_restore) TUTELA_TRY(line::write_restaged(*node->context_, folder.after_list()));
  return node;
}

store::LeasedStore Node::lease(std::string name) {
  const auto& key = keys_->key_chain().first();
  Bytes holder(key.begin(), key.begin() + 16);
  if (store_->backend() != "sqlite") {
    const auto random = random_.bytes<16>();
    holder.assign(random.begin(), random.end());
  }
  return store::LeasedStore(*store_, clock_, {std::move(name), std::move(holder)});
}

line::Context Node::context_with(store::LeasedStore& lease) const {
  const auto& own = *context_;
  return {lease,       own.clock,  own.random,      own.keys,   own.objects, own.recorder, own.decoder,      own.banks,
          own.answers, own.floods, own.generations, own.tokens, own.law,     own.node,     own.destinations, own.settings};
}

Result<std::size_t> Node::sequence() {
  std::size_t all = 0;
  for (;;) {
    TUTELA_TRY(known_head_->check(*keys_, *store_));
    const auto count = sequencer_->sequence_pending(*store_);
    // Also of what another process signed, or what was signed before an error.
    TUTELA_TRY(known_head_->keep(*keys_, *store_));
    TUTELA_TRY(store_->read([&](store::Reader& reader) -> Result<> {
      TUTELA_ASSIGN(const auto behind, ledger::numbering_behind(reader, clock_.now()));
      recorder_->pace().note_behind(behind);
      return {};
    }));
    // Another took it over while this one had nothing to number: asked for again, it is given or refused.
    if (!count && count.error().reason == Reason("ledger.stale_lease")) continue;
    // Whoever holds the lease numbers what is staged here, too.
    if (!count && count.error().reason == Reason("ledger.sequenced_elsewhere")) return all;
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return all;
    all += *count;
  }
}

line::LogParts Node::log_parts_of(store::Store& store) {
  line::LogParts parts{store, keys_->key_chain(), random_, std::nullopt};
  if (row_.demo) parts.destinations = net::DestinationPolicy::loopback_only();
  return parts;
}

Result<std::optional<line::TimeStampAuthority>> Node::time_stamp_authority() const {
  if (config_.ledger.time_stamp_url.empty()) return std::nullopt;
  std::ifstream file(config_.ledger.time_stamp_roots);
  if (!file) return fail(ErrorCode::not_found, "time_stamp.no_roots");
  std::ostringstream text;
  text << file.rdbuf();
  return line::TimeStampAuthority{config_.ledger.time_stamp_url, {text.str()}};
}

Result<std::uint64_t> Node::open_epoch(const std::optional<std::string>& last_known) {
  return sequencer_->open_epoch(*store_, last_known);
}

void Node::wait_for_entries(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  staged_.wait_for(lock, at_most, [&] { return has_staged_; });
  has_staged_ = false;
}

void Node::wake() {
  {
    const std::lock_guard lock(mutex_);
    has_staged_ = true;
  }
  staged_.notify_all();
}

Result<CreatedNode> create_node(const DataFolder& folder, const NewNode& wanted) {
  if (!ledger::is_key_name(wanted.name) || wanted.name.find('/') != std::string::npos)
    return fail(ErrorCode::invalid, "node.bad_name");
  if (!law::parse_organisation_kind(wanted.kind)) return fail(ErrorCode::invalid, "node.bad_kind");
  if (!Country::parse(wanted.country)) return fail(ErrorCode::invalid, "node.bad_country");
  std::error_code error;
  if (std::filesystem::exists(folder.settings(), error)) return fail(ErrorCode::conflict, "node.exists");
  if (std::filesystem::exists(folder.keys(), error)) return fail(ErrorCode::conflict, "node.folder_not_empty");
  std::filesystem::create_directories(folder.data(), error);
  if (error) return fail(ErrorCode::unavailable, "node.folder_unwritable");
  std::filesystem::permissions(folder.data(), std::filesystem::perms::owner_all, error);

  SystemRandom random;
  SystemClock clock;
  TUTELA_ASSIGN(const auto keys, vault::KeyStore::create(folder.keys(), random));
  TUTELA_TRY(vault::ObjectStore::open(folder.objects(), keys.lookup_key()));
  {
    TUTELA_ASSIGN(const auto store, open_store(folder, wanted.config));
    TUTELA_TRY(store->write([&](store::Transaction& tx) {
      return accounts::insert_node(tx, {wanted.name, wanted.kind, wanted.country, wanted.demo, clock.now()});
    }));
    auto sequencer = make_sequencer(wanted.name, keys, *store, clock, random);
    TUTELA_TRY(sequencer.open_epoch(*store, std::nullopt));
    TUTELA_TRY(KnownHead(folder).keep(keys, *store));
  }
  TUTELA_TRY(vault::create_after_list(folder.after_list(), keys.signing_key(), clock.now()));
  // The settings under another name until all is done: a folder without them is not a node, so that what a broken-off init left
  // can be told from a whole one, which has its administrator.
  const DataFolder hidden{folder.root, std::string(vault::kTemporaryPrefix) + "settings"};
  TUTELA_TRY(vault::write_durably(hidden.settings(), as_bytes(config_text(wanted.config)), vault::IfExists::keep));
  TUTELA_ASSIGN(const auto node, Node::open(hidden, DecoderUse::none));
  const auto password = line::make_password(random);
  TUTELA_TRY(line::add_member(node->context(), {"admin", password, RoleSet{Role::admin}}, line::Actor::node()));
  TUTELA_TRY(line::create_bank(node->context(),
                               {std::string(line::kOwnBank), match::BankPurpose::match, match::kDistanceBitsDefault, wanted.name,
                                "own verdicts of two members"},
                               line::Actor::node()));
  TUTELA_TRY(node->sequence());
  if (::rename(hidden.settings().c_str(), folder.settings().c_str()) != 0)
    return fail(ErrorCode::unavailable, "node.folder_unwritable");
  TUTELA_TRY(vault::sync_folder(folder.root));
  return CreatedNode{encode_base64(keys.signing_key().public_key()), "admin", password};
}

}  // namespace tutela::app
