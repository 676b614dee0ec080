#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "http/http.h"

namespace tutela::http {

// A folder of built assets, read once into memory and served from there; a file that changes later is not noticed.
//
// index.html: every "__CSP_NONCE__" in it becomes a fresh nonce of that answer, which the answer's Content-Security-Policy names;
// it is never cached. Files with a content hash in their name ("index-B3kq9_xA.js") are cached for a year, others are revalidated
// by ETag. A GET below "/" that names no file is answered with index.html if its last segment has no dot (the page's own router
// shows what it is), else with 404.
class StaticFiles {
 public:
  // `random` makes the nonces; it must outlive this and be thread-safe.
  // not_found "http.assets_missing" (no folder or no index.html), limit "http.assets_too_large", unavailable
  // "http.assets_unreadable".
  static Result<StaticFiles> load(const std::filesystem::path& folder, Random& random);

  Response serve(const Request& request) const;

  // GET /* for a Router. The routes share the content with this object and may outlive it.
  std::vector<Route> routes() const;

 private:
  struct File {
    Bytes content;
    std::string content_type;
    std::string etag;
    bool immutable = false;
  };
  struct Content {
    std::map<std::string, File, std::less<>> files;  // by path with '/' in front
    std::string index;
    Random* random = nullptr;
  };
  static Response serve_index(const Content& content);
  static Response serve_from(const Content& content, const Request& request);

  std::shared_ptr<const Content> content_;
};

inline constexpr std::string_view kNonceMarker = "__CSP_NONCE__";

// The policy of index.html for one nonce (base64).
std::string content_security_policy_with_nonce(std::string_view nonce);

}  // namespace tutela::http
