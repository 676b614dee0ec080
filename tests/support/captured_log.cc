#include "support/captured_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace tutela::test {

CapturedLog::CapturedLog() : saved_(::dup(STDERR_FILENO)) {
  const int file = ::open((folder_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
}

CapturedLog::~CapturedLog() {
  ::dup2(saved_, STDERR_FILENO);
  ::close(saved_);
}

std::string CapturedLog::text() const {
  std::ifstream file(folder_.path() / "log", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

long CapturedLog::lines(std::string_view part) const {
  std::istringstream text(this->text());
  long count = 0;
  for (std::string line; std::getline(text, line);) count += line.find(part) != std::string::npos ? 1 : 0;
  return count;
}

}  // namespace tutela::test
