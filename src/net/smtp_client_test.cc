#include "net/smtp_client.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/check.h"
#include "net/loopback_test_support.h"

namespace tutela::net {
namespace {

using namespace std::chrono_literals;

MailMessage message() {
  return {.from = "desk@hotline.test",
          .to = "abuse@host.example.org",
          .subject = "Notice \xC3\xA9",
          .text = "Line one\n.\n..two\n",
          .message_id = "notice-1@hotline.test",
          .date = from_unix_ms(1'795'349'677'250)};
}
SmtpServer server_at(std::uint16_t port) {
  return {.host = "127.0.0.1",
          .port = port,
          .transport = MailTransport::plain,
          .helo_name = "node.hotline.test",
          .total_timeout = 10s};
}
std::string outcome(const SmtpServer& server, const DestinationPolicy& policy = DestinationPolicy::loopback_only()) {
  const auto sent = send_mail(message(), server, policy);
  return sent ? "sent" : to_string(sent.error());
}

// A really started aiosmtpd that prints what it takes. Ended by its process id.
class RealSmtpServer {
 public:
  RealSmtpServer() : port_(unused_port()) {
    int ends[2];
    TUTELA_CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    output_ = ends[0];
    const std::string listen = "127.0.0.1:" + std::to_string(port_);
    const char* arguments[] = {
        "python3", "-u",   "-W", "ignore", "-m", "aiosmtpd", "-n", "-l", listen.c_str(), "-c", "aiosmtpd.handlers.Debugging",
        "stdout",  nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    // posix_spawn does not write to the arguments; its signature is older than const.
    TUTELA_CHECK(::posix_spawn(&process_, "/usr/bin/python3", &actions, nullptr, const_cast<char**>(arguments), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  ~RealSmtpServer() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    ::close(output_);
  }
  std::uint16_t port() const { return port_; }

  std::string printed_until(std::string_view end) const {
    std::string printed;
    char byte = 0;
    while (printed.find(end) == std::string::npos) {
      pollfd waiting{output_, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0 || ::read(output_, &byte, 1) <= 0) break;
      printed += byte;
    }
    return printed;
  }

 private:
  std::uint16_t port_;
  pid_t process_ = -1;
  int output_ = -1;
};

TEST(SmtpClient, HandsAMessageToARealServer) {
  const RealSmtpServer server;
  std::string result;
  for (int tries = 0; tries < 200 && result != "sent"; ++tries) {
    result = outcome(server_at(server.port()));
    if (result != "sent") std::this_thread::sleep_for(50ms);
  }
  ASSERT_EQ(result, "sent");
  const auto printed = server.printed_until("END MESSAGE");
  for (const std::string_view line :
       {"From: <desk@hotline.test>\n", "To: <abuse@host.example.org>\n", "Message-ID: <notice-1@hotline.test>\n",
        "Subject: =?utf-8?B?Tm90aWNlIMOp?=\n", "Content-Transfer-Encoding: base64\n"}) {
    EXPECT_NE(printed.find(line), std::string::npos) << line << printed;
  }
  EXPECT_NE(printed.find(encode_base64(as_bytes("Line one\r\n.\r\n..two\r\n"))), std::string::npos) << printed;
  // This server offers no STARTTLS: with it required, nothing may go out in the clear.
  auto strict = server_at(server.port());
  strict.transport = MailTransport::starttls_required;
  EXPECT_EQ(outcome(strict), "unavailable mail.tls_failed");
}

// Answers each command line with what the test says for its verb; "" closes the connection.
using Replies = std::function<std::string(std::string_view verb)>;
std::string outcome_with(Replies replies, std::string* commands = nullptr) {
  LoopbackPeer peer([replies = std::move(replies), commands](int connection) {
    auto reply = replies("CONNECT");
    while (!reply.empty()) {
      LoopbackPeer::write(connection, reply);
      const bool data = reply.starts_with("354");
      const auto line = LoopbackPeer::read_until(connection, data ? "\r\n.\r\n" : "\r\n");
      if (line.empty()) return;
      if (commands != nullptr && !data) *commands += line;
      reply = replies(data ? "CONTENT" : std::string_view(line).substr(0, 4));
    }
  });
  auto server = server_at(peer.port());
  server.total_timeout = 700ms;
  const auto result = outcome(server);
  peer.join();
  return result;
}
std::string usual(std::string_view verb) {
  if (verb == "CONNECT") return "220 ready\r\n";
  if (verb == "DATA") return "354 go on\r\n";
  if (verb == "QUIT") return "221 bye\r\n";
  return "250 ok\r\n";
}
Replies unusual(std::string_view at, std::string reply) {
  return [at, reply = std::move(reply)](std::string_view verb) { return verb == at ? reply : usual(verb); };
}

TEST(SmtpClient, SaysTheDialogue) {
  std::string commands;
  EXPECT_EQ(outcome_with(usual, &commands), "sent");
  EXPECT_EQ(commands,
            "EHLO node.hotline.test\r\nMAIL FROM:<desk@hotline.test>\r\nRCPT TO:<abuse@host.example.org>\r\nDATA\r\nQUIT\r\n");
}

TEST(SmtpClient, TellsLaterFromNever) {
  EXPECT_EQ(outcome_with(unusual("RCPT", "450 greylisted\r\n")), "busy mail.deferred (reply 450)");
  EXPECT_EQ(outcome_with(unusual("MAIL", "451 later\r\n")), "busy mail.deferred (reply 451)");
  EXPECT_EQ(outcome_with(unusual("CONTENT", "452 full\r\n")), "busy mail.deferred (reply 452)");
  EXPECT_EQ(outcome_with(unusual("CONNECT", "421 busy\r\n")), "busy mail.deferred (reply 421)");
  EXPECT_EQ(outcome_with(unusual("RCPT", "550 no such user\r\n")), "denied mail.rejected (reply 550)");
  EXPECT_EQ(outcome_with(unusual("MAIL", "553 no\r\n")), "denied mail.rejected (reply 553)");
  EXPECT_EQ(outcome_with(unusual("CONTENT", "554 no\r\n")), "denied mail.rejected (reply 554)");
}

TEST(SmtpClient, ALostConnectionIsNotSuccess) {
  EXPECT_TRUE(outcome_with(unusual("CONTENT", "")).starts_with("unavailable mail.unreachable"));
  EXPECT_TRUE(outcome_with(unusual("DATA", "")).starts_with("unavailable mail.unreachable"));
  EXPECT_TRUE(outcome_with(unusual("CONNECT", "")).starts_with("unavailable mail.unreachable"));
  EXPECT_EQ(outcome(server_at(unused_port())), "unavailable mail.unreachable");
  LoopbackPeer silent([](int connection) { LoopbackPeer::read_until(connection, "never"); });
  auto server = server_at(silent.port());
  server.total_timeout = 200ms;
  EXPECT_EQ(outcome(server), "unavailable mail.timeout");
}

TEST(SmtpClient, GoesOnlyWhereThePolicyAllows) {
  auto server = server_at(unused_port());
  EXPECT_EQ(outcome(server, DestinationPolicy::public_only()), "denied net.destination_denied");
  server.host = "localhost";
  EXPECT_EQ(outcome(server, DestinationPolicy::public_only()), "denied net.destination_denied");
  EXPECT_EQ(outcome(server, DestinationPolicy::listed_hosts({"mail.example.org"})), "denied net.destination_denied");
  server.host = "a/b";
  EXPECT_EQ(outcome(server), "invalid mail.server_malformed");
  server.host = "127.0.0.1";
  server.helo_name = "a\r\nRSET";
  EXPECT_EQ(outcome(server), "invalid mail.server_malformed");
}

TEST(SmtpClient, TransportWords) {
  for (const auto transport : {MailTransport::plain, MailTransport::starttls_required}) {
    EXPECT_EQ(parse_mail_transport(to_word(transport)), transport);
  }
  EXPECT_FALSE(parse_mail_transport("tls"));
}

}  // namespace
}  // namespace tutela::net
