#include "net/http_client.h"

#include <algorithm>

#include "base/check.h"
#include "http/ascii.h"
#include "net/curl_handle.h"

namespace tutela::net {
namespace {

namespace ascii = http::ascii;

struct Receiver {
  std::size_t body_bytes_max;
  OutboundResponse response;
  std::size_t header_bytes = 0;
  bool too_large = false;
};

std::size_t receive_body(const char* data, std::size_t, std::size_t size, void* target) {
  auto& receiver = *static_cast<Receiver*>(target);
  if (size > receiver.body_bytes_max - receiver.response.body.size()) {
    receiver.too_large = true;
    return 0;
  }
  append_bytes(receiver.response.body, as_bytes({data, size}));
  return size;
}

std::size_t receive_header(const char* data, std::size_t, std::size_t size, void* target) {
  auto& receiver = *static_cast<Receiver*>(target);
  receiver.header_bytes += size;
  if (receiver.header_bytes > 8 * limits::kHeaderBytesMax) {
    receiver.too_large = true;
    return 0;
  }
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  // A status line begins an answer anew: what came before was a 100 Continue.
  if (line.starts_with("HTTP/")) {
    receiver.response.headers.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !ascii::is_token(line.substr(0, colon))) return size;
  const auto [field, inserted] =
      receiver.response.headers.try_emplace(std::string(line.substr(0, colon)), ascii::trim(line.substr(colon + 1)));
  if (!inserted) field->second += ", " + std::string(ascii::trim(line.substr(colon + 1)));
  return size;
}

// Reads the URL once, with the parser that will also connect, and asks the policy about the host name.
Result<CurlUrl> parse_url(const std::string& text, const DestinationPolicy& policy) {
  const auto malformed = [] { return fail(ErrorCode::invalid, "net.url_malformed"); };
  if (text.size() > limits::kUrlBytesMax) return malformed();
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return malformed();
  }
  CurlUrl url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) return malformed();
  const auto part = [&](CURLUPart which) {
    char* value = nullptr;
    const std::unique_ptr<char, CurlDeleter> owned(curl_url_get(url.get(), which, &value, 0) == CURLUE_OK ? value : nullptr);
    return owned ? std::string(owned.get()) : std::string();
  };
  const auto scheme = part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return malformed();
  auto host = part(CURLUPART_HOST);
  if (host.empty()) return malformed();
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  TUTELA_TRY(verify_host(policy, host));
  return url;
}

Error error_of(CURLcode code, const SocketGuard& guard, const Receiver& receiver) {
  // A name may have several addresses; once one of them was refused, that no other answered is no news about the other side.
  if (guard.denied) return Error{ErrorCode::denied, "net.destination_denied"};
  if (receiver.too_large) return Error{ErrorCode::limit, "net.response_too_large"};
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error{ErrorCode::invalid, "net.url_malformed"};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Error{ErrorCode::unavailable, "net.unreachable"};
    case CURLE_OPERATION_TIMEDOUT:
      return Error{ErrorCode::unavailable, "net.timeout"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return Error{ErrorCode::unavailable, "net.tls_failed"};
    case CURLE_FILESIZE_EXCEEDED:
      return Error{ErrorCode::limit, "net.response_too_large"};
    default:
      return Error{ErrorCode::unavailable, "net.failed", "curl " + std::to_string(static_cast<int>(code))};
  }
}

Result<CurlList> build_header_list(const http::Headers& headers) {
  CurlList list;
  const auto append = [&](const std::string& line) {
    auto* grown = curl_slist_append(list.get(), line.c_str());
    TUTELA_CHECK(grown != nullptr);
    [[maybe_unused]] auto* same = list.release();
    list.reset(grown);
  };
  append("Expect:");
  append("User-Agent: tutela");
  for (const auto& [name, value] : headers) {
    const bool clean = std::ranges::all_of(value, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
    if (!ascii::is_token(name) || !clean) return fail(ErrorCode::invalid, "net.header_malformed");
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  return list;
}

}  // namespace

Result<OutboundResponse> send_request(const OutboundRequest& request, const DestinationPolicy& policy) {
  TUTELA_ASSIGN(const CurlUrl url, parse_url(request.url, policy));
  TUTELA_ASSIGN(const CurlList headers, build_header_list(request.headers));
  SocketGuard guard{policy};
  Receiver receiver{request.response_bytes_max, {}};
  const auto curl = make_curl(guard);
  const auto set = [&](CURLoption option, auto value) { TUTELA_CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK); };
  set(CURLOPT_CURLU, url.get());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_timeout.count()));
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_WRITEFUNCTION, &receive_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&receiver));
  set(CURLOPT_HEADERFUNCTION, &receive_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&receiver));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.response_bytes_max));
  const bool with_body = request.method != http::Method::get && request.method != http::Method::head;
  if (request.method == http::Method::head) {
    set(CURLOPT_NOBODY, 1L);
  } else if (with_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    // Not copied; it lives as long as `request`. Null would make curl read from standard input.
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : static_cast<const void*>(request.body.data()));
    set(CURLOPT_CUSTOMREQUEST, std::string(http::to_string(request.method)).c_str());
  }
  const auto code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return std::unexpected(error_of(code, guard, receiver));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  receiver.response.status = static_cast<int>(status);
  return std::move(receiver.response);
}

std::string_view to_word(Serving serving) {
  switch (serving) {
    case Serving::gone:
      return "gone";
    case Serving::serving:
      return "serving";
    case Serving::unknown:
      return "unknown";
  }
  return "unknown";
}

Result<Serving> parse_serving(std::string_view word) {
  for (const auto serving : {Serving::gone, Serving::serving, Serving::unknown}) {
    if (word == to_word(serving)) return serving;
  }
  return fail(ErrorCode::invalid, "net.serving_unknown");
}

Result<Probe> probe_head(std::string_view url, const DestinationPolicy& policy) {
  OutboundRequest request;
  request.method = http::Method::head;
  request.url = std::string(url);
  request.response_bytes_max = 0;
  const auto response = send_request(request, policy);
  if (!response) {
    if (response.error().code == ErrorCode::unavailable) return Probe{};
    return std::unexpected(response.error());
  }
  Probe probe{Serving::unknown, response->status};
  if (probe.status == 404 || probe.status == 410 || probe.status == 451) probe.serving = Serving::gone;
  if (probe.status >= 200 && probe.status < 300) probe.serving = Serving::serving;
  return probe;
}

}  // namespace tutela::net
