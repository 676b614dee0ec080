#include "lists/line_reader.h"

#include <cerrno>

#include <unistd.h>

#include "match/list_entry.h"

namespace tutela::lists {
namespace {
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
}

LineReader::LineReader(int file, Place place) : file_(file), place_(place) {}

Result<bool> LineReader::fill() {
  begin_ = 0;
  buffer_.resize(kReadBytes);
  ssize_t count = 0;
  do {
    count = ::pread(file_, buffer_.data(), buffer_.size(), place_.position_bytes);
  } while (count < 0 && errno == EINTR);
  buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count < 0) return fail(ErrorCode::unavailable, "list.cannot_read");
  return count > 0;
}

Result<std::optional<LineReader::Line>> LineReader::next() {
  line_.clear();
  bool is_cut = false;
  bool has_begun = false;
  for (bool is_whole = false; !is_whole;) {
    if (begin_ == buffer_.size()) {
      TUTELA_ASSIGN(const bool has_more, fill());
      if (!has_more && !has_begun) return std::nullopt;
      if (!has_more) break;  // the last line, without a line end
    }
    has_begun = true;
    const std::size_t end = buffer_.find('\n', begin_);
    is_whole = end != std::string::npos;
    const auto piece = std::string_view(buffer_).substr(begin_, (is_whole ? end : buffer_.size()) - begin_);
    const std::size_t room = match::kListLineBytesMax - line_.size();
    is_cut = is_cut || piece.size() > room;
    line_ += piece.substr(0, room);
    const std::size_t consumed = piece.size() + (is_whole ? 1 : 0);
    begin_ += consumed;
    place_.position_bytes += static_cast<std::int64_t>(consumed);
  }
  ++place_.lines;
  if (!is_cut && line_.ends_with('\r')) line_.pop_back();
  return Line{line_, place_.lines, place_.position_bytes, is_cut};
}

}  // namespace tutela::lists
