#include "line/witnessing.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/ledger_repository.h"
#include "ledger/ledger_view.h"
#include "net/http_client.h"

namespace tutela::line {
namespace {

constexpr std::string_view kSizeType = "text/x.tlog.size";

// The host of a URL as operators write it; empty when there is none.
std::string host_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  auto rest = url.substr(begin + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.find('@') != std::string_view::npos) return {};
  if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
  return std::string(rest.substr(0, rest.rfind(':')));
}

net::DestinationPolicy policy_for(const LogParts& log, const std::string& url) {
  return log.destinations ? *log.destinations : net::DestinationPolicy::listed_hosts({host_of(url)});
}

struct Newest {
  ledger::Checkpoint checkpoint;
  std::string note;
};

Result<Newest> newest_of(store::Reader& reader, const ledger::KeyChain& keys) {
  TUTELA_ASSIGN(auto note, ledger::latest_checkpoint(reader));
  TUTELA_ASSIGN(auto checkpoint, ledger::open_checkpoint(note, keys));
  return Newest{std::move(checkpoint), std::move(note)};
}

// What the witness will be told: from the size that it holds, as far as we know.
struct Question {
  Newest newest;
  std::uint64_t held = 0;
  std::vector<ledger::Hash> proof;
};

Result<std::vector<ledger::Hash>> proof_from(store::Reader& reader, const ledger::Checkpoint& checkpoint, std::uint64_t held) {
  if (held == 0) return std::vector<ledger::Hash>();
  return ledger::consistency_proof_of(reader, checkpoint.origin.epoch, {held, checkpoint.size});
}

Result<net::OutboundResponse> send(const LogParts& log, const Witness& witness, const Question& question) {
  net::OutboundRequest request;
  request.method = http::Method::post;
  request.url = witness.url + "/add-checkpoint";
  request.headers["Content-Type"] = "text/plain; charset=utf-8";
  request.body = to_bytes(ledger::encode_add_checkpoint({question.held, question.proof, question.newest.note}));
  request.response_bytes_max = limits::kWitnessAnswerBytesMax;
  return net::send_request(request, policy_for(log, witness.url));
}

bool says_its_size(const net::OutboundResponse& answer) {
  const auto type = answer.headers.find("Content-Type");
  return answer.status == 409 && type != answer.headers.end() && type->second.starts_with(kSizeType);
}

Result<> keep_cosignature(const LogParts& log, const Witness& witness, const Newest& newest, BytesView body) {
  TUTELA_ASSIGN(const auto lines, ledger::parse_signature_lines(as_text(body)));
  TUTELA_ASSIGN(const auto note, ledger::parse_note(newest.note));
  for (const auto& line : lines) {
    TUTELA_ASSIGN(const auto at, ledger::verify_cosignature(line, note.text, witness.key));
    if (!at) continue;
    const ledger::CosignatureRow row{newest.checkpoint.origin.epoch, newest.checkpoint.size, witness.key.name,
                                     ledger::encode_signature_line(line), *at};
    return log.store.write([&](store::Transaction& tx) { return ledger::put_cosignature(tx, row); });
  }
  return fail(ErrorCode::corrupt, "witness.no_cosignature");
}

std::unexpected<Error> refusal(const net::OutboundResponse& answer) {
  switch (answer.status) {
    case 400:
      return fail(ErrorCode::invalid, "witness.bad_request");
    case 403:
      return fail(ErrorCode::denied, "witness.refused_signature");
    case 404:
      return fail(ErrorCode::not_found, "witness.unknown_log");
    case 409:  // without its size: another root for the same size, as the protocol first had it
    case 422:
      return fail(ErrorCode::corrupt, "witness.refused_tree");
    default:
      return fail(ErrorCode::unavailable, "witness.unavailable", "status " + std::to_string(answer.status));
  }
}

}  // namespace

Result<Witness> parse_witness(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return fail(ErrorCode::invalid, "witness.bad_url");
  TUTELA_ASSIGN(auto key, ledger::parse_witness_key(text.substr(0, space)));
  const auto url = text.substr(space + 1);
  const bool known = url.starts_with("https://") || url.starts_with("http://");
  if (!known || url.ends_with('/') || url.size() > limits::kUrlBytesMax || url.find(' ') != std::string_view::npos ||
      host_of(url).empty())
    return fail(ErrorCode::invalid, "witness.bad_url");
  return Witness{std::move(key), std::string(url)};
}

std::string encode_witness(const Witness& witness) { return ledger::encode_witness_key(witness.key) + " " + witness.url; }

Result<std::uint64_t> ask_witness(const LogParts& log, const Witness& witness) {
  TUTELA_ASSIGN(auto question, store::in_snapshot<Question>(log.store, [&](store::Reader& reader) -> Result<Question> {
                  Question made;
                  TUTELA_ASSIGN(made.newest, newest_of(reader, log.keys));
                  const auto& checkpoint = made.newest.checkpoint;
                  TUTELA_ASSIGN(made.held, ledger::largest_cosigned(reader, checkpoint.origin.epoch, witness.key.name));
                  if (made.held >= checkpoint.size) return made;
                  TUTELA_ASSIGN(made.proof, proof_from(reader, checkpoint, made.held));
                  return made;
                }));
  const auto& checkpoint = question.newest.checkpoint;
  if (question.held >= checkpoint.size) return question.held;
  TUTELA_ASSIGN(auto answer, send(log, witness, question));
  if (says_its_size(answer)) {
    // It holds another size than we knew of: an answer was lost, or our copy is younger than its memory.
    TUTELA_ASSIGN(question.held, ledger::parse_size_body(as_text(answer.body)));
    if (question.held > checkpoint.size) return fail(ErrorCode::corrupt, "witness.ahead");
    TUTELA_TRY(log.store.read([&](store::Reader& reader) -> Result<> {
      TUTELA_ASSIGN(question.proof, proof_from(reader, checkpoint, question.held));
      return {};
    }));
    TUTELA_ASSIGN(answer, send(log, witness, question));
  }
  if (answer.status != 200) return refusal(answer);
  TUTELA_TRY(keep_cosignature(log, witness, question.newest, answer.body));
  return checkpoint.size;
}

Result<Time> ask_for_time_stamp(const LogParts& log, const TimeStampAuthority& authority) {
  std::optional<ledger::TimeStampRow> last;
  TUTELA_ASSIGN(const auto newest, store::in_snapshot<Newest>(log.store, [&](store::Reader& reader) -> Result<Newest> {
                  TUTELA_ASSIGN(auto found, newest_of(reader, log.keys));
                  TUTELA_ASSIGN(last, ledger::last_time_stamp(reader, found.checkpoint.origin.epoch));
                  return found;
                }));
  const auto& checkpoint = newest.checkpoint;
  if (last && last->size == checkpoint.size) return last->stamped_at;
  const auto imprint = crypto::sha256(as_bytes(newest.note));
  net::OutboundRequest request;
  request.method = http::Method::post;
  request.url = authority.url;
  request.headers["Content-Type"] = "application/timestamp-query";
  TUTELA_ASSIGN(request.body, crypto::encode_time_stamp_request(imprint, log.random));
  request.response_bytes_max = limits::kTimeStampReplyBytesMax;
  TUTELA_ASSIGN(const auto answer, net::send_request(request, policy_for(log, authority.url)));
  if (answer.status != 200)
    return fail(ErrorCode::unavailable, "time_stamp.unavailable", "status " + std::to_string(answer.status));
  TUTELA_ASSIGN(const auto at, crypto::verify_time_stamp(answer.body, imprint, authority.trust, request.body));
  const ledger::TimeStampRow row{checkpoint.origin.epoch, checkpoint.size, answer.body, at};
  TUTELA_TRY(log.store.write([&](store::Transaction& tx) { return ledger::put_time_stamp(tx, row); }));
  return at;
}

}  // namespace tutela::line
