// tutela-verify EXCERPT.json --key NODE_PUBLIC_KEY: checks the exported record of one subject without the server
// (spec/ledger.md).

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>

#include "base/limits.h"
#include "ledger/excerpt.h"
#include "print_report.h"

namespace tutela::ledger {
namespace {

constexpr int kUsageExitCode = 64;  // EX_USAGE of sysexits.h, as the classes of base/error.h are

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, "verify.no_file", path);
  std::string text;
  constexpr std::size_t kChunk = 64 * 1024;
  for (std::string chunk(kChunk, '\0'); file; text.append(chunk, 0, static_cast<std::size_t>(file.gcount()))) {
    if (text.size() > limits::kExcerptBytesMax) return fail(ErrorCode::limit, "excerpt.too_large", path);
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
  }
  return text;
}

// The 32 bytes in base64, given itself or as a file that holds nothing else.
Result<crypto::PublicKey> read_key(const std::string& argument) {
  std::string text = read_file(argument).value_or(argument);
  if (text.ends_with('\n')) text.pop_back();
  const auto bytes = decode_base64(text);
  crypto::PublicKey key;
  if (!bytes || bytes->size() != key.size()) return fail(ErrorCode::invalid, "verify.bad_key", "--key");
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

int run(int argc, char** argv) {
  CLI::App app("Checks an exported excerpt of a Tutela ledger without the server.", "tutela-verify");
  std::string excerpt_path;
  std::string key_argument;
  bool as_json = false;
  app.add_option("EXCERPT", excerpt_path, "the excerpt, a JSON file")->required();
  app.add_option("--key", key_argument, "the node's public key, in base64 or a file with it, from a source you trust")
      ->required();
  app.add_flag("--json", as_json, "print the result as one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExitCode;
  }
  const auto report = [&]() -> Result<ExcerptReport> {
    TUTELA_ASSIGN(const auto key, read_key(key_argument));
    TUTELA_ASSIGN(const auto text, read_file(excerpt_path));
    return verify_excerpt(text, key);
  }();
  const auto form = as_json ? Form::json : Form::text;
  if (report) {
    print_report(*report, form);
    return 0;
  }
  print_refusal(report.error(), form);
  return error_class(report.error().code).exit_code;
}

}  // namespace
}  // namespace tutela::ledger

int main(int argc, char** argv) { return tutela::ledger::run(argc, argv); }
