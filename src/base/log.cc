#include "base/log.h"

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

// One write(2) a line, so that lines of several threads and processes do not mix.
void emit(std::string_view level, Reason event, Fields fields) {
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
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void info(Reason event, Fields fields) { emit("info", event, fields); }
void warning(Reason event, Fields fields) { emit("warning", event, fields); }
void error(Reason event, Fields fields) { emit("error", event, fields); }

}  // namespace tutela::log
