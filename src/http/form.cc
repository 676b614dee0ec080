#include "http/form.h"

#include "base/limits.h"
#include "http/ascii.h"
#include "http/target.h"

namespace tutela::http {
namespace {

// Browsers send line ends of a text area as CR LF (HTML, form submission); inside there is one kind.
std::string with_plain_line_ends(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      plain += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      plain += '\n';
    }
  }
  return plain;
}

}  // namespace

Result<Form> parse_form(const Request& request) {
  const auto type = request.header("Content-Type").value_or("");
  const auto essence = ascii::to_lower(ascii::trim(type.substr(0, type.find(';'))));
  if (essence != "application/x-www-form-urlencoded") return fail(ErrorCode::unsupported, "form.content_type");
  return parse_form_body(request.body);
}

Result<Form> parse_form_body(BytesView body) {
  if (body.size() > limits::kFormBodyBytesMax) return fail(ErrorCode::limit, "form.too_large");
  auto text = as_text(body);
  Form form;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return fail(ErrorCode::invalid, "form.malformed");
    auto name = percent_decode(pair.substr(0, equals), Plus::is_space);
    const auto value = percent_decode(pair.substr(equals + 1), Plus::is_space);
    if (!name || !value) return fail(ErrorCode::invalid, "form.malformed");
    if (form.size() == limits::kFormFieldsMax) return fail(ErrorCode::limit, "form.too_many_fields");
    if (!form.emplace(*std::move(name), with_plain_line_ends(*value)).second)
      return fail(ErrorCode::invalid, "form.field_repeated");
    if (end + 1 == text.size()) return fail(ErrorCode::invalid, "form.malformed");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return form;
}

std::string_view form_value(const Form& form, std::string_view field) {
  const auto found = form.find(field);
  return found == form.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace tutela::http
