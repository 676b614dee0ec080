#include "ledger/witness_server.h"

#include <algorithm>
#include <fstream>

#include "base/limits.h"
#include "base/random.h"

namespace tutela::test {
namespace {

http::Response plain(int status, std::string_view body) { return http::text_response(status, "text/plain", body); }

}  // namespace

WitnessServer::WitnessServer(Options options) : options_(std::move(options)) {
  SeededRandom random(options_.seed);
  key_.emplace(crypto::KeyPair::from_seed(crypto::SigningSeed::make(random)));
  http::ListenerOptions listener;
  listener.name = "witness";
  listener.router = http::Router::build({{http::Method::post, "/prefix/add-checkpoint", limits::kAddCheckpointBytesMax,
                                          [this](const http::Request& request) { return answer(request); }}})
                        .value();
  listener.access_record = http::AccessRecord::silent;
  std::vector<http::ListenerOptions> listeners;
  listeners.push_back(std::move(listener));
  server_ = http::Server::start(std::move(listeners), {.worker_threads = 2}).value();
}

WitnessServer::~WitnessServer() { server_->stop(); }

line::Witness WitnessServer::witness() const {
  return {{options_.name, key_->public_key()}, "http://127.0.0.1:" + std::to_string(server_->port("witness")) + "/prefix"};
}

http::Response WitnessServer::answer(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  ++requests;
  if (meanwhile) meanwhile();
  http::Response response = plain(200, "");
  switch (fault) {
    case Fault::is_down:
      response = plain(503, "");
      break;
    case Fault::forbids:
      response = plain(403, "");
      break;
    case Fault::answers_garbage:
      response = plain(200, "a cosignature\n");
      break;
    case Fault::huge:
      response = plain(200, std::string(limits::kWitnessAnswerBytesMax + 1, 'a'));
      break;
    default:
      response = add_checkpoint(as_text(request.body));
      if (fault == Fault::loses_answer && response.status == 200) response = plain(500, "");
  }
  last_status = response.status;
  return response;
}

http::Response WitnessServer::add_checkpoint(std::string_view body) {
  const auto request = ledger::parse_add_checkpoint(body);
  if (!request) return plain(400, "");
  const auto note = ledger::parse_note(request->note);
  if (!note) return plain(400, "");
  const auto checkpoint = ledger::parse_checkpoint(note->text);
  if (!checkpoint) return plain(400, "");
  if (checkpoint->origin.name != options_.log_name) return plain(404, "");
  if (!ledger::open_checkpoint(request->note, options_.log_key)) return plain(403, "");
  if (request->old_size > checkpoint->size) return plain(400, "");
  const auto origin = ledger::encode_origin(checkpoint->origin);
  const auto before = held(origin);
  const auto root = encode_base64(checkpoint->root);
  if (request->old_size != (before ? before->size : 0)) {
    auto response = plain(409, std::to_string(before ? before->size : 0) + "\n");
    response.headers["Content-Type"] = "text/x.tlog.size";
    return response;
  }
  if (before && before->size == checkpoint->size && before->root != root) return plain(422, "");
  if (!before && !request->proof.empty()) return plain(422, "");
  if (before) {
    const auto old_root = decode_base64(before->root).value();
    ledger::RootPair roots{{}, checkpoint->root};
    std::ranges::copy(old_root, roots.first.begin());
    if (!ledger::verify_consistency({before->size, checkpoint->size}, request->proof, roots)) return plain(422, "");
  }
  keep(origin, {checkpoint->size, root});
  return cosign(*checkpoint, note->text);
}

http::Response WitnessServer::cosign(const ledger::Checkpoint& checkpoint, const std::string& text) {
  constexpr std::int64_t kFirstSecond = 1'795'400'000;
  const auto seconds = kFirstSecond + static_cast<std::int64_t>(checkpoint.size);
  ledger::WitnessKey me{options_.name, key_->public_key()};
  if (fault == Fault::answers_for_another) me.name = "witness.test/other";
  const auto signed_text = ledger::cosigned_text(fault == Fault::signs_other_text ? "x\n" : text, seconds);
  return plain(200, ledger::encode_signature_line(ledger::cosignature_line(me, seconds, key_->sign(as_bytes(signed_text)))));
}

std::optional<WitnessServer::Held> WitnessServer::held(const std::string& origin) const {
  std::ifstream file(options_.state);
  std::optional<Held> last;
  std::string name;
  Held one{};
  while (file >> name >> one.size >> one.root)
    if (name == origin) last = one;
  return last;
}

void WitnessServer::keep(const std::string& origin, const Held& now) const {
  std::ofstream file(options_.state, std::ios::app);
  file << origin << ' ' << now.size << ' ' << now.root << '\n';
}

}  // namespace tutela::test
