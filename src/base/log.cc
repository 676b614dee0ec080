#include "base/log.h"

#include <climits>

#include <unistd.h>

#include "base/clock.h"

namespace tutela::log {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  out += '"';
}

std::string line_of(std::string_view level, Reason event, Fields fields) {
  std::string line = "{\"time\":\"" + to_rfc3339(SystemClock().now()) + "\",\"level\":\"";
  line += level;
  line += "\",\"event\":";
  append_quoted(line, event.text());
  for (const auto& field : fields) {
    line += ',';
    append_quoted(line, field.name());
    line += ':';
    if (const auto* number = std::get_if<std::int64_t>(&field.value())) {
      line += std::to_string(*number);
    } else {
      append_quoted(line, std::get<std::string>(field.value()));
    }
  }
  line += "}\n";
  return line;
}

// Whole lines in one write(2) of at most PIPE_BUF bytes, so that lines of several threads and processes do not mix.
void put_out(const std::string& lines) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, lines.data(), lines.size());
}

void emit(std::string_view level, Reason event, Fields fields) { put_out(line_of(level, event, fields)); }

}  // namespace

void info(Reason event, Fields fields) { emit("info", event, fields); }
void warning(Reason event, Fields fields) { emit("warning", event, fields); }
void error(Reason event, Fields fields) { emit("error", event, fields); }

bool GatheredLines::info(Reason event, Fields fields) {
  const auto line = line_of("info", event, fields);
  const std::lock_guard lock(mutex_);
  const bool is_first = lines_.empty();
  if (lines_.size() + line.size() > PIPE_BUF) {
    put_out(lines_);
    lines_.clear();
  }
  lines_ += line;
  return is_first;
}

void GatheredLines::write() {
  const std::lock_guard lock(mutex_);
  if (!lines_.empty()) put_out(lines_);
  lines_.clear();
}

}  // namespace tutela::log
