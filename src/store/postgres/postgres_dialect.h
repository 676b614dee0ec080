#pragma once

#include <string>
#include <string_view>

// The places where PostgreSQL does not read the common SQL text as it stands.
namespace tutela::store::postgres {

// In CREATE and ALTER statements, replaces the words of the override table (at most ten) outside of quotes; other statements and
// other words are returned as they are.
std::string translate(std::string_view sql);

// CREATE, ALTER or DROP.
bool is_definition(std::string_view sql);

}  // namespace tutela::store::postgres
