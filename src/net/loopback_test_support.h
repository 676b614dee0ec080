#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/check.h"

// For tests: a peer on loopback that serves one connection with whatever bytes the test writes.
namespace tutela::net {

class LoopbackPeer {
 public:
  explicit LoopbackPeer(std::function<void(int connection)> serve) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TUTELA_CHECK(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    TUTELA_CHECK(::listen(listener_, 4) == 0);
    socklen_t size = sizeof(address);
    TUTELA_CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0) return;
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      serve(connection);
      ::close(connection);
    });
  }
  ~LoopbackPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    join();
    ::close(listener_);
  }
  LoopbackPeer(const LoopbackPeer&) = delete;
  LoopbackPeer& operator=(const LoopbackPeer&) = delete;

  std::uint16_t port() const { return port_; }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  static void write(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Everything up to and with `end`, or what came before ten seconds passed or the other side closed.
  static std::string read_until(int connection, std::string_view end) {
    std::string received;
    char byte = 0;
    while (!received.ends_with(end)) {
      pollfd waiting{connection, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0 || ::recv(connection, &byte, 1, 0) <= 0) break;
      received += byte;
    }
    return received;
  }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// A port on loopback where nobody listens.
inline std::uint16_t unused_port() {
  LoopbackPeer peer([](int) {});
  return peer.port();
}

}  // namespace tutela::net
