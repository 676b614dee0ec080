#include "crypto/time_stamp.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "base/limits.h"

namespace tutela::crypto {
namespace {

constexpr std::size_t kNonceBytes = 8;
constexpr int kRootsMax = 16;

template <auto free_one>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_one(object);
  }
};
template <class T, auto free_one>
using Owned = std::unique_ptr<T, Free<free_one>>;

// The library's own account of an error is of no use to a caller, and must not be found by the next one.
std::unexpected<Error> failed(ErrorCode code, Reason reason) {
  ERR_clear_error();
  return fail(code, reason);
}

std::unexpected<Error> malformed() { return failed(ErrorCode::corrupt, "time_stamp.malformed"); }
std::unexpected<Error> no_memory() { return failed(ErrorCode::unavailable, "time_stamp.no_memory"); }

Result<Owned<X509_STORE, X509_STORE_free>> trusted_store(const TimeStampTrust& trust) {
  const auto bad = [] { return failed(ErrorCode::invalid, "time_stamp.bad_roots"); };
  if (trust.roots_pem.size() > limits::kTimeStampRootsBytesMax) return bad();
  Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  Owned<BIO, BIO_free> text(BIO_new_mem_buf(trust.roots_pem.data(), static_cast<int>(trust.roots_pem.size())));
  if (!store || !text) return no_memory();
  int count = 0;
  for (;; ++count) {
    const Owned<X509, X509_free> root(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!root) break;
    if (count == kRootsMax || X509_STORE_add_cert(store.get(), root.get()) != 1) return bad();
  }
  ERR_clear_error();
  if (count == 0) return bad();
  return store;
}

Result<Time> stamped_time(const TS_TST_INFO& info) {
  std::tm parts{};
  const auto* text = TS_TST_INFO_get_time(&info);
  if (text == nullptr || ASN1_TIME_to_tm(text, &parts) != 1) return malformed();
  return from_unix_ms(std::int64_t{::timegm(&parts)} * 1000);
}

Result<> check_imprint(TS_TST_INFO& info, const Sha256& imprint) {
  const auto other = [] { return failed(ErrorCode::corrupt, "time_stamp.other_imprint"); };
  auto* stamped = TS_TST_INFO_get_msg_imprint(&info);
  if (stamped == nullptr) return malformed();
  const auto* algorithm = TS_MSG_IMPRINT_get_algo(stamped);
  const auto* digest = TS_MSG_IMPRINT_get_msg(stamped);
  if (algorithm == nullptr || digest == nullptr) return malformed();
  const ASN1_OBJECT* name = nullptr;
  X509_ALGOR_get0(&name, nullptr, nullptr, algorithm);
  const auto* bytes = ASN1_STRING_get0_data(digest);
  const auto length = static_cast<std::size_t>(ASN1_STRING_length(digest));
  if (OBJ_obj2nid(name) != NID_sha256 || length != imprint.size() || !std::equal(imprint.begin(), imprint.end(), bytes))
    return other();
  return {};
}

Result<> check_nonce(const TS_TST_INFO& info, const Bytes& request) {
  const auto* at = request.data();
  const Owned<TS_REQ, TS_REQ_free> asked(d2i_TS_REQ(nullptr, &at, static_cast<long>(request.size())));
  if (!asked) return malformed();
  const auto* wanted = TS_REQ_get_nonce(asked.get());
  const auto* given = TS_TST_INFO_get_nonce(&info);
  if (wanted == nullptr || given == nullptr || ASN1_INTEGER_cmp(wanted, given) != 0)
    return failed(ErrorCode::corrupt, "time_stamp.other_nonce");
  return {};
}

// As the certificates stood when it was stamped: an authority's certificate ends long before the need for its word does.
Result<> check_signature(TS_RESP& reply, Time at, const TimeStampTrust& trust) {
  TUTELA_ASSIGN(auto store, trusted_store(trust));
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), to_unix_ms(at) / 1000);
  const Owned<TS_VERIFY_CTX, TS_VERIFY_CTX_free> context(TS_VERIFY_CTX_new());
  if (!context) return no_memory();
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_SIGNATURE | TS_VFY_VERSION);
  TS_VERIFY_CTX_set_store(context.get(), store.release());
  if (TS_RESP_verify_response(context.get(), &reply) != 1) return failed(ErrorCode::corrupt, "time_stamp.bad_signature");
  return {};
}

}  // namespace

Result<Bytes> encode_time_stamp_request(const Sha256& imprint, Random& random) {
  const Owned<TS_REQ, TS_REQ_free> request(TS_REQ_new());
  const Owned<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> message(TS_MSG_IMPRINT_new());
  const Owned<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
  auto digest = imprint;
  auto nonce_bytes = random.bytes<kNonceBytes>();
  nonce_bytes[0] |= 0x40;  // never short, and positive
  nonce_bytes[0] &= 0x7F;
  const Owned<BIGNUM, BN_free> number(BN_bin2bn(nonce_bytes.data(), static_cast<int>(nonce_bytes.size()), nullptr));
  if (!request || !message || !algorithm || !number) return no_memory();
  const Owned<ASN1_INTEGER, ASN1_INTEGER_free> nonce(BN_to_ASN1_INTEGER(number.get(), nullptr));
  const bool made = nonce && TS_REQ_set_version(request.get(), 1) == 1 &&
                    X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
                    TS_MSG_IMPRINT_set_algo(message.get(), algorithm.get()) == 1 &&
                    TS_MSG_IMPRINT_set_msg(message.get(), digest.data(), static_cast<int>(digest.size())) == 1 &&
                    TS_REQ_set_msg_imprint(request.get(), message.get()) == 1 &&
                    TS_REQ_set_nonce(request.get(), nonce.get()) == 1 && TS_REQ_set_cert_req(request.get(), 1) == 1;
  const int length = made ? i2d_TS_REQ(request.get(), nullptr) : -1;
  if (length <= 0) return no_memory();
  Bytes out(static_cast<std::size_t>(length));
  auto* at = out.data();
  i2d_TS_REQ(request.get(), &at);
  return out;
}

Result<Time> verify_time_stamp(BytesView reply, const Sha256& imprint, const TimeStampTrust& trust,
                               const std::optional<Bytes>& request) {
  if (reply.size() > limits::kTimeStampReplyBytesMax) return fail(ErrorCode::limit, "time_stamp.too_large");
  const auto* at = reply.data();
  const Owned<TS_RESP, TS_RESP_free> parsed(d2i_TS_RESP(nullptr, &at, static_cast<long>(reply.size())));
  if (!parsed || at != reply.data() + reply.size()) return malformed();
  const auto status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(parsed.get())));
  auto* info = TS_RESP_get_tst_info(parsed.get());
  // Granted, or granted with modifications; all else has no token.
  if ((status != 0 && status != 1) || info == nullptr) return failed(ErrorCode::corrupt, "time_stamp.refused");
  TUTELA_ASSIGN(const auto time, stamped_time(*info));
  TUTELA_TRY(check_imprint(*info, imprint));
  if (request) TUTELA_TRY(check_nonce(*info, *request));
  TUTELA_TRY(check_signature(*parsed, time, trust));
  return time;
}

}  // namespace tutela::crypto
