#include "app/demo_host.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "fingerprint/drawn_picture.h"
#include "http/form.h"
#include "http/problem.h"
#include "line/picture.h"

namespace tutela::app {
namespace {

constexpr int kPictures = 3;
constexpr std::string_view kHead =
    R"(<!doctype html><html lang="en"><meta charset="utf-8"><title>pictures.test: a demo's host</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #888;padding:1rem}
button{font:inherit;padding:.3rem .8rem}</style><h1>pictures.test</h1><p>An invented host. Its pictures are drawn by code.</p>)";

struct Served {
  std::array<std::atomic<bool>, kPictures> on{true, true, true};
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

// The text of a message as net::build_mail writes it: base64 after the blank line.
std::string mail_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  const std::string mail = content.str();
  const auto blank = mail.find("\r\n\r\n");
  if (blank == std::string::npos) return {};
  std::string body = mail.substr(blank + 4);
  std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
  const auto decoded = decode_base64(body);
  return decoded ? std::string(as_text(*decoded)) : body;
}

// Links in the message can be followed, as in a mail program.
std::string with_links(const std::string& text) {
  const std::string safe = escaped(text);
  std::string out;
  std::size_t at = 0;
  while (true) {
    const auto begin = safe.find("http://127.0.0.1", at);
    if (begin == std::string::npos) return out + safe.substr(at);
    const auto end = std::min(safe.find_first_of(" \r\n", begin), safe.size());
    out += safe.substr(at, begin - at) + "<a href=\"" + safe.substr(begin, end - begin) + "\">" +
           safe.substr(begin, end - begin) + "</a>";
    at = end;
  }
}

std::string page(const Served& served, const std::filesystem::path& mail) {
  std::string html(kHead);
  html += "<h2>What is served</h2><ul>";
  for (int number = 1; number <= kPictures; ++number) {
    const bool on = served.on[static_cast<std::size_t>(number - 1)];
    html += fmt::format(
        "<li><a href=\"/picture/{0}\">picture {0}</a>: {1} <form method=post action=\"/picture/{0}\" "
        "style=\"display:inline\"><button>{2}</button></form></li>",
        number, on ? "served" : "gone", on ? "Stop serving it" : "Serve it again");
  }
  html += "</ul><h2>Mailbox of the abuse desk</h2>";
  std::error_code error;
  std::vector<std::filesystem::path> messages;
  for (const auto& entry : std::filesystem::directory_iterator(mail, error))
    if (entry.path().extension() == ".eml") messages.push_back(entry.path());
  std::ranges::sort(messages, std::greater());
  if (messages.empty()) html += "<p>No message yet. Approve a notice in the console, and it arrives here.</p>";
  for (const auto& message : messages) html += "<pre>" + with_links(mail_text(message)) + "</pre>";
  return html;
}

int number_in(const http::Request& request) {
  const auto& text = request.path_parameters.at("number");
  return text.size() == 1 && text[0] >= '1' && text[0] <= '0' + kPictures ? text[0] - '0' : 0;
}

}  // namespace

std::string demo_host_address(int number) { return fmt::format("http://127.0.0.1:{}/picture/{}", kDemoHostPort, number); }

Result<std::unique_ptr<http::Server>> start_demo_host(const std::filesystem::path& mail) {
  const auto served = std::make_shared<Served>();
  std::vector<http::Route> routes;
  routes.push_back({http::Method::get, "/", 0, [served, mail](const http::Request&) {
                      auto response = http::text_response(200, "text/html; charset=utf-8", page(*served, mail));
                      response.headers["Content-Security-Policy"] =
                          "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'";
                      return response;
                    }});
  routes.push_back(
      {http::Method::get, "/picture/{number}", 0, [served](const http::Request& request) {
         const int number = number_in(request);
         if (number == 0) return http::text_response(404, "text/plain", "no such picture\n");
         if (!served->on[static_cast<std::size_t>(number - 1)]) return http::text_response(410, "text/plain", "gone\n");
         const fingerprint::DrawnPicture drawn(
             {.seed = 900 + static_cast<std::uint64_t>(number), .width = 480, .height = 360, .shapes = 24, .noise = 4});
         http::Response response;
         response.headers["Content-Type"] = "image/png";
         response.body = line::encode_png(drawn.rgb(), 480, 360, line::PixelFormat::rgb);
         return response;
       }});
  routes.push_back({http::Method::post, "/picture/{number}", 1024, [served](const http::Request& request) {
                      if (const int number = number_in(request); number != 0) {
                        auto& on = served->on[static_cast<std::size_t>(number - 1)];
                        on = !on;
                      }
                      http::Response response;
                      response.status = 303;
                      response.headers["Location"] = "/";
                      return response;
                    }});
  TUTELA_ASSIGN(auto router, http::Router::build(std::move(routes)));
  std::vector<http::ListenerOptions> listeners;
  listeners.push_back(
      {.name = "demo-host", .port = kDemoHostPort, .router = std::move(router), .access_record = http::AccessRecord::silent});
  return http::Server::start(std::move(listeners), {.worker_threads = 2});
}

}  // namespace tutela::app
