#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "http/server.h"

namespace tutela::test {

// A time-stamp authority for tests: `openssl ts -reply` behind HTTP on loopback, with a certificate authority that it makes for
// itself.
class TimeStampAuthority {
 public:
  explicit TimeStampAuthority(std::filesystem::path folder);
  ~TimeStampAuthority();

  std::string url() const;
  std::string roots_pem() const;
  std::filesystem::path roots_file() const { return folder_ / "ca.pem"; }
  // What the program makes of a query.
  Bytes reply_to(BytesView query) const;
  // Whether `openssl ts -verify` accepts the reply about these bytes.
  bool openssl_accepts(BytesView reply, BytesView data) const;

  // In place of the true reply, if set.
  std::function<http::Response(const Bytes& query)> instead;
  int requests = 0;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace tutela::test
