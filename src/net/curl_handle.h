#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "base/result.h"
#include "net/destination.h"

// What every use of libcurl here shares. Not for the headers that others include.
namespace tutela::net {

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter>;
using CurlUrl = std::unique_ptr<CURLU, CurlDeleter>;

// Asks the policy about each address a socket is about to connect to.
struct SocketGuard {
  const DestinationPolicy& policy;
  bool denied = false;

  static curl_socket_t open_socket(void* guard, curlsocktype purpose, curl_sockaddr* address);
};

// A handle with what must never differ: no signals, no proxy, no redirect, no netrc, a fresh connection that is not kept, `guard`
// asked before each connect. `guard` must outlive the handle. curl_global_init happens at the first call, once a process.
CurlHandle make_curl(SocketGuard& guard);

}  // namespace tutela::net
