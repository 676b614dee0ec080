#include "net/curl_handle.h"

#include <sys/socket.h>

#include <mutex>

#include "base/check.h"

namespace tutela::net {

curl_socket_t SocketGuard::open_socket(void* guard, curlsocktype purpose, curl_sockaddr* address) {
  auto& self = *static_cast<SocketGuard*>(guard);
  if (purpose != CURLSOCKTYPE_IPCXN || !verify_address(self.policy, address->addr)) {
    self.denied = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CurlHandle make_curl(SocketGuard& guard) {
  static std::once_flag once;
  std::call_once(once, [] { TUTELA_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
  CurlHandle curl(curl_easy_init());
  TUTELA_CHECK(curl != nullptr);
  const auto set = [&](CURLoption option, auto value) { TUTELA_CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROXY, "");  // also switches off the environment's proxies
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_OPENSOCKETFUNCTION, &SocketGuard::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&guard));
  return curl;
}

}  // namespace tutela::net
