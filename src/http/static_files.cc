#include "http/static_files.h"

#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "http/ascii.h"
#include "http/problem.h"

namespace tutela::http {
namespace {

constexpr std::size_t kNonceBytes = 18;  // 24 characters of base64 without padding

std::string_view content_type_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".webp", "image/webp"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// "index-B3kq9_xA.js": eight or more characters of a hash, at least one of them a digit or a capital, between the last '-' or '.'
// of the stem and its ending. A wrong no costs a revalidation, a wrong yes would pin an old file, so the rule is narrow.
bool has_hashed_name(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot < 10) return false;
  const auto hash = name.substr(dot - 8, 8);
  const char before = name[dot - 9];
  const bool characters = std::ranges::all_of(hash, [](char c) { return ascii::is_alphanumeric(c) || c == '_' || c == '-'; });
  const bool random = std::ranges::any_of(hash, [](char c) { return ascii::is_digit(c) || (c >= 'A' && c <= 'Z'); });
  return (before == '-' || before == '.') && characters && random;
}

// FNV-1a, 64 bits: names a version of a file for one server's own cache validation, nothing else.
std::string etag_of(BytesView content) {
  std::uint64_t hash = 14695981039346656037u;
  for (const auto byte : content) hash = (hash ^ byte) * 1099511628211u;
  return fmt::format("\"{:016x}-{:x}\"", hash, content.size());
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorCode::unavailable, "http.assets_unreadable");
  if (size > bytes_max) return fail(ErrorCode::limit, "http.assets_too_large");
  Bytes content(size);
  std::ifstream file(path, std::ios::binary);
  // A char may alias any byte.
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(size));
  if (!file || static_cast<std::uintmax_t>(file.gcount()) != size) return fail(ErrorCode::unavailable, "http.assets_unreadable");
  return content;
}

}  // namespace

std::string content_security_policy_with_nonce(std::string_view nonce) {
  return fmt::format(
      "default-src 'none'; script-src 'self' 'nonce-{0}'; style-src 'self' 'nonce-{0}'; img-src 'self' blob: data:; font-src "
      "'self'; "
      "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      nonce);
}

Result<StaticFiles> StaticFiles::load(const std::filesystem::path& folder, Random& random) {
  std::error_code error;
  auto content = std::make_shared<Content>();
  content->random = &random;
  std::size_t bytes_left = limits::kStaticFilesBytesMax;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    // A link could lead out of the folder; build tools write none.
    if (entry->is_symlink(error) || !entry->is_regular_file(error)) continue;
    if (content->files.size() == limits::kStaticFilesMax) return fail(ErrorCode::limit, "http.assets_too_large");
    TUTELA_ASSIGN(Bytes bytes, read_file(entry->path(), bytes_left));
    bytes_left -= bytes.size();
    const std::string path = "/" + entry->path().lexically_relative(folder).generic_string();
    if (path == "/index.html") {
      content->index = as_text(bytes);
      continue;
    }
    std::string etag = etag_of(bytes);
    content->files.emplace(path,
                           File{std::move(bytes), std::string(content_type_of(path)), std::move(etag), has_hashed_name(path)});
  }
  if (error || content->index.empty()) return fail(ErrorCode::not_found, "http.assets_missing");
  StaticFiles files;
  files.content_ = std::move(content);
  return files;
}

Response StaticFiles::serve_index(const Content& content) {
  const std::string nonce = encode_base64(content.random->bytes<kNonceBytes>());
  std::string html;
  std::string_view rest = content.index;
  for (auto at = rest.find(kNonceMarker); at != std::string_view::npos; at = rest.find(kNonceMarker)) {
    html += rest.substr(0, at);
    html += nonce;
    rest.remove_prefix(at + kNonceMarker.size());
  }
  html += rest;
  auto response = text_response(200, "text/html; charset=utf-8", html);
  response.headers["Cache-Control"] = "no-store";
  response.headers["Content-Security-Policy"] = content_security_policy_with_nonce(nonce);
  return response;
}

Response StaticFiles::serve_from(const Content& content, const Request& request) {
  if (request.path == "/" || request.path == "/index.html") return serve_index(content);
  const auto found = content.files.find(request.path);
  if (found == content.files.end()) {
    const auto last = std::string_view(request.path).substr(request.path.rfind('/') + 1);
    if (last.find('.') == std::string_view::npos) return serve_index(content);
    return text_error_response(Error{ErrorCode::not_found, "http.not_found"});
  }
  const auto& file = found->second;
  Response response;
  response.headers["Cache-Control"] = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  response.headers["ETag"] = file.etag;
  if (request.header("If-None-Match") == file.etag) {
    response.status = 304;
    return response;
  }
  response.headers["Content-Type"] = file.content_type;
  response.body = file.content;
  return response;
}

Response StaticFiles::serve(const Request& request) const { return serve_from(*content_, request); }

std::vector<Route> StaticFiles::routes() const {
  return {Route{Method::get, "/*", 0, [content = content_](const Request& request) { return serve_from(*content, request); }}};
}

}  // namespace tutela::http
