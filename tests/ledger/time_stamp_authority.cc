#include "ledger/time_stamp_authority.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/check.h"

namespace tutela::test {
namespace {

constexpr std::string_view kSettings = R"([ req ]
distinguished_name = name
prompt = no
[ name ]
CN = Stamps of a test
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ tsa_extensions ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ tsa ]
default_tsa = authority
[ authority ]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
)";

void write(const std::filesystem::path& path, BytesView content) {
  std::ofstream file(path, std::ios::binary);
  const auto text = as_text(content);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return to_bytes(text);
}

bool run(const std::filesystem::path& folder, const std::string& arguments) {
  const auto command = "cd '" + folder.string() + "' && openssl " + arguments + " >log 2>&1";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TimeStampAuthority::TimeStampAuthority(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  write(folder_ / "settings", as_bytes(kSettings));
  write(folder_ / "serial", as_bytes("01\n"));
  const std::string key = "-newkey rsa:2048 -nodes -config settings ";
  TUTELA_CHECK(run(folder_, "req -x509 -days 30 -extensions ca -keyout ca.key -out ca.pem " + key));
  TUTELA_CHECK(run(folder_, "req -new -keyout tsa.key -out tsa.csr -subj '/CN=Stamping' " + key));
  TUTELA_CHECK(run(folder_,
                   "x509 -req -days 30 -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile settings "
                   "-extensions tsa_extensions -out tsa.pem"));
  http::ListenerOptions listener;
  listener.name = "stamps";
  listener.access_record = http::AccessRecord::silent;
  listener.router = http::Router::build({{http::Method::post, "/stamp", 64 * 1024,
                                          [this](const http::Request& request) {
                                            ++requests;
                                            if (instead) return instead(request.body);
                                            http::Response response;
                                            response.headers["Content-Type"] = "application/timestamp-reply";
                                            response.body = reply_to(request.body);
                                            return response;
                                          }}})
                        .value();
  std::vector<http::ListenerOptions> listeners;
  listeners.push_back(std::move(listener));
  server_ = http::Server::start(std::move(listeners), {.worker_threads = 1}).value();
}

TimeStampAuthority::~TimeStampAuthority() { server_->stop(); }

std::string TimeStampAuthority::url() const { return "http://127.0.0.1:" + std::to_string(server_->port("stamps")) + "/stamp"; }

std::string TimeStampAuthority::roots_pem() const { return std::string(as_text(read(roots_file()))); }

Bytes TimeStampAuthority::reply_to(BytesView query) const {
  write(folder_ / "query.tsq", query);
  TUTELA_CHECK(run(folder_, "ts -reply -config settings -queryfile query.tsq -out reply.tsr"));
  return read(folder_ / "reply.tsr");
}

bool TimeStampAuthority::openssl_accepts(BytesView reply, BytesView data) const {
  write(folder_ / "asked.tsr", reply);
  write(folder_ / "asked.data", data);
  return run(folder_, "ts -verify -data asked.data -in asked.tsr -CAfile ca.pem");
}

}  // namespace tutela::test
