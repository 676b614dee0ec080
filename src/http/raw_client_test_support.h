#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "http/http.h"

// For tests: bytes over a socket on loopback, as hostile or as slow as a test wants, without any HTTP library in between.
namespace tutela::http {

struct RawAnswer {
  int status = 0;
  Headers headers;
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawClient() { ::close(descriptor_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  // Whether the peer's side still takes bytes, as far as this side knows.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

  // All that comes until the peer closes or nothing came for `patience`.
  std::string receive_all(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    while (receive_some(patience)) {
    }
    return std::exchange(received_, {});
  }
  bool closed_by_peer() const { return closed_; }

  // The next answer; status 0 if none comes. `head_only` for answers to HEAD.
  enum class Expect : std::uint8_t { body, head_only };
  RawAnswer receive_answer(Expect expect = Expect::body) {
    RawAnswer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_some(std::chrono::seconds(10))) return answer;
    }
    std::string_view head = std::string_view(received_).substr(0, end + 2);
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    for (head.remove_prefix(head.find("\r\n") + 2); !head.empty(); head.remove_prefix(head.find("\r\n") + 2)) {
      const auto line = head.substr(0, head.find("\r\n"));
      answer.headers.emplace(line.substr(0, line.find(": ")), line.substr(line.find(": ") + 2));
    }
    received_.erase(0, end + 4);
    std::size_t length = 0;
    if (const auto field = answer.headers.find("Content-Length"); field != answer.headers.end())
      length = std::stoul(field->second);
    if (expect == Expect::head_only) return answer;
    while (received_.size() < length && receive_some(std::chrono::seconds(10))) {
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
  }

 private:
  bool receive_some(std::chrono::milliseconds patience) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return false;
    char buffer[4096];
    const auto got = ::recv(descriptor_, buffer, sizeof(buffer), 0);
    if (got <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int descriptor_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

// The status codes of all answers in `bytes`, found by their status lines.
inline std::vector<int> statuses_in(std::string_view bytes) {
  std::vector<int> statuses;
  for (auto at = bytes.find("HTTP/1.1 "); at != std::string_view::npos; at = bytes.find("HTTP/1.1 ", at + 9)) {
    int status = 0;
    std::from_chars(bytes.data() + at + 9, bytes.data() + std::min(at + 12, bytes.size()), status);
    statuses.push_back(status);
  }
  return statuses;
}

}  // namespace tutela::http
