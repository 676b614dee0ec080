#include "http/multipart.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"
#include "http/ascii.h"

namespace tutela::http {
namespace {

constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046 section 5.1.1

// `key=value` or `key="value"` at the front of `text`, after optional blanks; takes it off. Quoted values hold no escape: RFC
// 7578 section 2 has browsers write '"' as %22, and a reader that undoes backslashes splits names differently from one that does
// not.
struct Parameter {
  std::string key;
  std::string_view value;
};
std::optional<Parameter> take_parameter(std::string_view& text) {
  text = ascii::trim(text);
  if (!text.starts_with(';')) return std::nullopt;
  text = ascii::trim(text.substr(1));
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || !ascii::is_token(text.substr(0, equals))) return std::nullopt;
  Parameter parameter{ascii::to_lower(text.substr(0, equals)), {}};
  text.remove_prefix(equals + 1);
  if (text.starts_with('"')) {
    const auto end = text.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    parameter.value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return parameter;
  }
  const auto end = std::min(text.find_first_of("; \t"), text.size());
  parameter.value = text.substr(0, end);
  if (!ascii::is_token(parameter.value)) return std::nullopt;
  text.remove_prefix(end);
  return parameter;
}

bool is_boundary_character(char c) {
  return ascii::is_alphanumeric(c) || std::string_view("'()+_,-./:=?").find(c) != std::string_view::npos;
}

Result<std::string> parse_boundary(std::string_view content_type) {
  const auto malformed = fail(ErrorCode::invalid, "multipart.content_type");
  const auto end = std::min(content_type.find(';'), content_type.size());
  if (ascii::to_lower(ascii::trim(content_type.substr(0, end))) != "multipart/form-data") return malformed;
  auto rest = content_type.substr(end);
  std::optional<std::string> boundary;
  while (!ascii::trim(rest).empty()) {
    const auto parameter = take_parameter(rest);
    if (!parameter) return malformed;
    if (parameter->key == "boundary") {
      if (boundary) return malformed;
      boundary = parameter->value;
    } else if (parameter->key != "charset") {
      return malformed;
    }
  }
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryBytesMax ||
      !std::ranges::all_of(*boundary, is_boundary_character)) {
    return malformed;
  }
  return *boundary;
}

Result<> read_disposition(std::string_view value, Part& part) {
  const auto malformed = fail(ErrorCode::invalid, "multipart.part_header");
  const auto end = std::min(value.find(';'), value.size());
  if (ascii::to_lower(ascii::trim(value.substr(0, end))) != "form-data") return malformed;
  value.remove_prefix(end);
  bool named = false;
  while (!ascii::trim(value).empty()) {
    const auto parameter = take_parameter(value);
    if (!parameter || !is_plain_text(parameter->value)) return malformed;
    if (parameter->key == "name" && !named && !parameter->value.empty()) {
      part.name = parameter->value;
      named = true;
    } else if (parameter->key == "filename" && !part.file_name) {
      part.file_name = Sensitive(std::string(parameter->value));
    } else {
      return malformed;
    }
  }
  if (!named) return malformed;
  return {};
}

// `block` is the part's header lines without the empty line behind them.
Result<Part> parse_part_header(std::string_view block) {
  const auto malformed = fail(ErrorCode::invalid, "multipart.part_header");
  if (block.size() > limits::kMultipartPartHeaderBytesMax) return fail(ErrorCode::limit, "multipart.part_header_too_large");
  Part part;
  part.content_type = "text/plain";
  bool has_disposition = false;
  bool has_type = false;
  while (!block.empty()) {
    const auto end = std::min(block.find("\r\n"), block.size());
    const auto line = block.substr(0, end);
    block.remove_prefix(std::min(end + 2, block.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos) return malformed;
    const auto name = ascii::to_lower(line.substr(0, colon));
    const auto value = ascii::trim(line.substr(colon + 1));
    if (name == "content-disposition" && !has_disposition) {
      TUTELA_TRY(read_disposition(value, part));
      has_disposition = true;
    } else if (name == "content-type" && !has_type && !value.empty() && is_plain_text(value)) {
      part.content_type = ascii::to_lower(value);
      has_type = true;
    } else {
      return malformed;
    }
  }
  if (!has_disposition) return malformed;
  return part;
}

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, BytesView body, std::string_view repeated) {
  TUTELA_ASSIGN(const std::string boundary, parse_boundary(content_type));
  const auto malformed = fail(ErrorCode::invalid, "multipart.malformed");
  const std::string opening = "--" + boundary;
  const std::string delimiter = "\r\n" + opening;
  auto rest = as_text(body);
  if (!rest.starts_with(opening)) return malformed;
  rest.remove_prefix(opening.size());

  std::vector<Part> parts;
  // Here `rest` stands behind a boundary: CR LF begins a part, "--" ends the body.
  while (!rest.starts_with("--")) {
    if (!rest.starts_with("\r\n")) return malformed;
    rest.remove_prefix(2);
    if (parts.size() == limits::kMultipartPartsMax) return fail(ErrorCode::limit, "multipart.too_many_parts");
    const auto header_end = rest.substr(0, limits::kMultipartPartHeaderBytesMax + 4).find("\r\n\r\n");
    if (header_end == std::string_view::npos) {
      if (rest.size() > limits::kMultipartPartHeaderBytesMax) return fail(ErrorCode::limit, "multipart.part_header_too_large");
      return malformed;
    }
    TUTELA_ASSIGN(Part part, parse_part_header(rest.substr(0, header_end)));
    if (part.name != repeated && find_part(parts, part.name) != nullptr)
      return fail(ErrorCode::invalid, "multipart.name_repeated");
    rest.remove_prefix(header_end + 4);
    // An empty part's CR LF in front of the boundary is the one that ended its header; RFC 2046 wants its own, and so do we.
    const auto data_end = rest.find(delimiter);
    if (data_end == std::string_view::npos) return malformed;
    part.data = as_bytes(rest.substr(0, data_end));
    parts.push_back(std::move(part));
    rest.remove_prefix(data_end + delimiter.size());
  }
  rest.remove_prefix(2);
  if (parts.empty() || (!rest.empty() && rest != "\r\n")) return malformed;
  return parts;
}

const Part* find_part(const std::vector<Part>& parts, std::string_view name) {
  const auto found = std::ranges::find(parts, name, &Part::name);
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace tutela::http
