#include "app/refused_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace tutela::app {

Result<RefusedLines> RefusedLines::open(std::filesystem::path path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return fail(ErrorCode::denied, "list.cannot_write_refused");
  lists::File file(descriptor);
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || ::fchmod(descriptor, 0600) != 0)
    return fail(ErrorCode::denied, "list.cannot_write_refused");
  return RefusedLines(std::move(file), std::move(path));
}

Result<> RefusedLines::cut_at(std::int64_t bytes) {
  if (::ftruncate(file_.get(), bytes) != 0 || ::lseek(file_.get(), bytes, SEEK_SET) != bytes)
    return fail(ErrorCode::unavailable, "list.cannot_write_refused");
  return {};
}

void RefusedLines::add(const lists::LineReader::Line& line, const Error& error) {
  nlohmann::ordered_json object = {{"line", line.number}, {"reason", error.reason.text()}};
  if (is_utf8(as_bytes(line.text))) {
    object["text"] = line.text;
  } else {
    object["base64"] = encode_base64(as_bytes(line.text));
  }
  if (line.is_cut) object["cut"] = true;
  unwritten_ += object.dump() + "\n";
}

Result<std::int64_t> RefusedLines::write() {
  if (unwritten_.empty()) return 0;
  for (std::string_view rest = unwritten_; !rest.empty();) {
    const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::unavailable, "list.cannot_write_refused");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file_.get()) != 0) return fail(ErrorCode::unavailable, "list.cannot_write_refused");
  const auto written = static_cast<std::int64_t>(unwritten_.size());
  unwritten_.clear();
  return written;
}

void RefusedLines::discard_empty() const {
  struct stat facts{};
  if (::fstat(file_.get(), &facts) == 0 && facts.st_size == 0) ::unlink(path_.c_str());
}

}  // namespace tutela::app
