#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/http.h"

namespace tutela::http {

// Field name to value, decoded, UTF-8, without NUL; line ends in values are made "\n".
using Form = std::map<std::string, std::string, std::less<>>;

// Reads an application/x-www-form-urlencoded body.
//
// unsupported  "form.content_type"
// invalid      "form.malformed", "form.field_repeated"
// limit        "form.too_large" (kFormBodyBytesMax), "form.too_many_fields"
Result<Form> parse_form(const Request& request);
Result<Form> parse_form_body(BytesView body);

// The value, or empty if the field is absent.
std::string_view form_value(const Form& form, std::string_view field);

}  // namespace tutela::http
