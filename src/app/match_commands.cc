#include "app/match_commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include "app/command_output.h"
#include "app/known_node.h"
#include "app/privileges.h"
#include "base/limits.h"
#include "cli/question.h"
#include "cli/scan.h"
#include "cli/scan_row.h"
#include "decode/decoder_broker.h"
#include "http/multipart.h"
#include "net/http_client.h"
#include "vault/durable_file.h"

namespace tutela::app {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string data, list, format, node, token_file, folder, manifest, out, shard = "1/1";
  int threshold = match::kDistanceBitsDefault;
  bool json = false;
  bool is_null_separated = false;
  bool unsandboxed = false;
  bool turned = false;
  std::vector<std::string> questions;
};

// An entry that no picture can match is no reason to think that nothing like it is known.
void tell_what_is_not_compared(const match::NotCompared& entries) {
  if (entries.quality_below_50 > 0)
    fmt::print(stderr, "{} entries have a PDQ value below quality 50; nothing is compared with it.\n", entries.quality_below_50);
  if (entries.algorithm_carried_only > 0)
    fmt::print(stderr, "{} entries have a value that is only carried here; nothing is compared with it.\n",
               entries.algorithm_carried_only);
}

Result<std::unique_ptr<cli::Known>> open_source(const Options& options, const std::string& command) {
  if (options.list.empty() == options.data.empty()) return fail(ErrorCode::invalid, "match.one_source");
  if (!options.data.empty()) {
    TUTELA_TRY(give_up_root(options.data, FolderUse::node, Unreachable::stay));
    return open_known_node({options.data}, command);
  }
  TUTELA_ASSIGN(const auto format,
                options.format.empty() ? lists::format_of(options.list) : match::parse_list_format(options.format));
  TUTELA_ASSIGN(auto opened, cli::open_known_list(options.list, format, options.threshold));
  if (opened.refused > 0)
    fmt::print(stderr, "{} lines of the list could not be read and are not compared with.\n", opened.refused);
  return std::move(opened.known);
}

Result<std::unique_ptr<cli::Known>> open_known(const Options& options, const std::string& command) {
  TUTELA_ASSIGN(auto known, open_source(options, command));
  tell_what_is_not_compared(known->not_compared());
  return known;
}

Result<std::unique_ptr<decode::Decoder>> open_decoder(const Options& options) {
  return decode::open_decoder(
      {.program = decode::default_decoder_program(),
       .sandbox = options.unsandboxed ? decode::SandboxPolicy::unsandboxed_allowed : decode::SandboxPolicy::required,
       .jobs_max = 2});
}

void print_answer(const Options& options, const ordered_json& answer) {
  if (options.json) {
    fmt::print("{}\n", answer.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    return;
  }
  fmt::print("{}\n", answer.at("question").get<std::string>());
  if (answer.contains("error")) fmt::print("  {}\n", answer["error"]["reason"].get<std::string>());
  if (answer.contains("not_compared")) fmt::print("  not compared: {}\n", answer["not_compared"].get<std::string>());
  if (!answer.contains("matches")) return;
  if (answer["matches"].empty()) fmt::print("  no match\n");
  for (const auto& match : answer["matches"]) {
    const auto text = [&match](const char* field) { return match.contains(field) ? match[field].get<std::string>() : "-"; };
    const auto number = [&match](const char* field) { return match.contains(field) ? match[field].dump() : "-"; };
    const std::string form = match.contains("form") ? " (" + text("form") + ")" : "";
    fmt::print("  {}  {}  distance {} of {}  {}{}\n", text("bank"), text(match.contains("entry") ? "entry" : "entry_id"),
               number("distance"), number("threshold"), text("why"), form);
  }
}

bool is_file(const std::string& question) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(question, error));
}

Result<ordered_json> ask_here(const Options& options, const cli::Known& known, std::unique_ptr<decode::Decoder>& decoder,
                              const std::string& question) {
  ordered_json answer = {{"question", question}};
  if (is_file(question)) {
    if (!decoder) {
      TUTELA_ASSIGN(decoder, open_decoder(options));
    }
    TUTELA_ASSIGN(const auto line, cli::scan_row(*decoder, known, {question, question},
                                                 options.turned ? decode::FormsAsked::all : decode::FormsAsked::shown));
    answer.update(ordered_json::parse(line));
    answer.erase("file");
    return answer;
  }
  TUTELA_ASSIGN(const auto fingerprints, cli::parse_question(question));
  if (const auto why = cli::why_not_compared(fingerprints)) answer["not_compared"] = *why;
  TUTELA_ASSIGN(const auto found, known.find(fingerprints));
  answer["matches"] = ordered_json::array();
  for (const auto& match : found.matches) answer["matches"].push_back(cli::match_object(known, match));
  return answer;
}

// The same, by a node that serves: fingerprints in one request, a file as the node's own decoder sees it.
class RemoteNode {
 public:
  static Result<RemoteNode> open(const Options& options) {
    TUTELA_ASSIGN(const auto text, vault::read_file(options.token_file, limits::kHeaderBytesMax));
    std::string token(as_text(text));
    token.erase(std::find_if(token.begin(), token.end(), [](char c) { return c == '\n' || c == '\r'; }), token.end());
    const std::size_t begin = options.node.find("//");
    if (begin == std::string::npos) return fail(ErrorCode::invalid, "net.url_malformed");
    const std::string host = options.node.substr(begin + 2, options.node.find_first_of(":/", begin + 2) - begin - 2);
    std::string url = options.node;
    if (url.ends_with('/')) url.pop_back();
    return RemoteNode(url + "/v1/match", Sensitive<std::string>(std::move(token)), net::DestinationPolicy::listed_hosts({host}));
  }

  Result<ordered_json> ask(const Options& options, const std::string& question) const {
    net::OutboundRequest request{.method = http::Method::post, .url = url_};
    request.headers["Authorization"] = "Bearer " + token_.reveal();
    if (is_file(question)) {
      TUTELA_ASSIGN(const auto bytes, vault::read_file(question, limits::kMediaBytesMax));
      SystemRandom random;
      const std::string boundary = encode_hex(random.bytes<16>());
      request.headers["Content-Type"] = "multipart/form-data; boundary=" + boundary;
      std::string head;
      if (options.turned)
        head = "--" + boundary +
               "\r\nContent-Disposition: form-data; name=\"question\"\r\nContent-Type: application/json\r\n\r\n" +
               R"({"turned":true})" + "\r\n";
      head += "--" + boundary +
              "\r\nContent-Disposition: form-data; name=\"media\"\r\nContent-Type: application/octet-stream\r\n\r\n";
      request.body = to_bytes(head);
      append_bytes(request.body, bytes);
      append_bytes(request.body, as_bytes("\r\n--" + boundary + "--\r\n"));
    } else {
      TUTELA_ASSIGN(const auto fingerprints, cli::parse_question(question));
      ordered_json body = {{"fingerprints", ordered_json::array()}};
      for (const auto& fingerprint : fingerprints) {
        ordered_json one = {{"algorithm", fingerprint.algorithm().word()}, {"value", encode_hex(fingerprint.reveal_value())}};
        if (fingerprint.quality()) one["quality"] = *fingerprint.quality();
        body["fingerprints"].push_back(std::move(one));
      }
      request.headers["Content-Type"] = "application/json";
      request.body = to_bytes(body.dump());
    }
    TUTELA_ASSIGN(const auto response, net::send_request(request, policy_));
    const auto said = ordered_json::parse(as_text(response.body), nullptr, false);
    ordered_json answer = {{"question", question}};
    if (response.status != 200 || !said.is_object() || !said.contains("answers")) {
      answer["error"] = {{"code", "status " + std::to_string(response.status)}, {"reason", "match.node_refused"}};
      if (said.is_object() && said.contains("reason") && said["reason"].is_string()) answer["error"]["reason"] = said["reason"];
      return answer;
    }
    answer["matches"] = ordered_json::array();
    for (const auto& one : said["answers"]) {
      for (const auto& match : one.at("matches")) answer["matches"].push_back(match);
      if (one.contains("not_compared")) answer["not_compared"] = one["not_compared"];
      if (one.contains("decode_reason")) answer["error"] = {{"code", "invalid"}, {"reason", one["decode_reason"]}};
    }
    return answer;
  }

 private:
  RemoteNode(std::string url, Sensitive<std::string> token, net::DestinationPolicy policy)
      : url_(std::move(url)), token_(std::move(token)), policy_(std::move(policy)) {}
  std::string url_;
  Sensitive<std::string> token_;
  net::DestinationPolicy policy_;
};

Result<> ask_all(const Options& options, const std::function<Result<ordered_json>(const std::string&)>& ask) {
  std::optional<Error> first;
  for (const auto& question : options.questions) {
    auto answer = ask(question);
    if (!answer) {
      if (!first) first = answer.error();
      answer =
          ordered_json{{"question", question},
                       {"error", {{"code", error_class(answer.error().code).name}, {"reason", answer.error().reason.text()}}}};
    }
    print_answer(options, *answer);
  }
  if (first) return std::unexpected(*first);
  return {};
}

Result<> match(const Options& options) {
  if (!options.node.empty()) {
    if (!options.list.empty() || !options.data.empty()) return fail(ErrorCode::invalid, "match.one_source");
    TUTELA_ASSIGN(const auto node, RemoteNode::open(options));
    return ask_all(options, [&](const std::string& question) { return node.ask(options, question); });
  }
  TUTELA_ASSIGN(const auto known, open_known(options, "match"));
  std::unique_ptr<decode::Decoder> decoder;
  return ask_all(options, [&](const std::string& question) { return ask_here(options, *known, decoder, question); });
}

Result<> scan(const Options& options) {
  if (options.folder.empty() == options.manifest.empty()) return fail(ErrorCode::invalid, "scan.folder_or_manifest");
  TUTELA_ASSIGN(const auto shard, cli::Shard::parse(options.shard));
  TUTELA_ASSIGN(const auto known, open_known(options, "scan"));
  TUTELA_ASSIGN(const auto decoder, open_decoder(options));
  const cli::ScanPlan plan{.folder = options.folder,
                           .manifest = options.manifest,
                           .separator = options.is_null_separated ? cli::Separator::nul : cli::Separator::line,
                           .out = options.out,
                           .shard = shard};
  TUTELA_ASSIGN(const auto done, cli::run_scan(plan, *known, *decoder));
  print_result({{"files", done.files}, {"out", options.out}, {"was_complete", done.was_complete}},
               options.json ? OutputForm::json : OutputForm::lines);
  return {};
}

CLI::App* command(CLI::App& program, const std::string& name, const std::string& what, Options& options, int& exit_code,
                  Result<> (*run)(const Options&)) {
  auto* added = program.add_subcommand(name, what);
  added->add_option("--list", options.list, "Compare with a list, as 'tutela bank export' writes it");
  added->add_option("--format", options.format, "Of the list: csv, jsonl or text; else by the ending of its name");
  added->add_option("--threshold", options.threshold, "Bits of 256 for the list; 31 is usual");
  added->add_option("--data", options.data, "Compare with the banks in the folder of a node that does not serve");
  added->add_flag("--json", options.json, "Print JSON objects");
  added->add_flag("--unsandboxed", options.unsandboxed, "Run the decoder even where bubblewrap is not available");
  added->callback([&options, &exit_code, run] {
    if (const auto done = run(options); !done) exit_code = report_error(done.error());
  });
  return added;
}

}  // namespace

void add_match_commands(CLI::App& program, int& exit_code) {
  static Options options;
  auto* matched = command(program, "match", "Ask whether files or fingerprints are known", options, exit_code, match);
  matched->add_option("--node", options.node, "Ask a node that serves: address of its machine API");
  matched->add_option("--token-file", options.token_file, "Its first line is a token with the scope match");
  matched->add_flag("--turned", options.turned, "Compare a picture turned and flipped, too: all eight forms");
  matched->add_option("QUESTION", options.questions, "A file, pdq:<hex>, pdq:<hex>:<quality>, or a hexadecimal value alone")
      ->required();

  auto* scanned = command(program, "scan", "Compare every file of a folder or a manifest; goes on where it was stopped", options,
                          exit_code, scan);
  scanned->add_option("--folder", options.folder, "Everything under it; links are not followed");
  scanned->add_option("--manifest", options.manifest, "A path a line");
  scanned->add_flag("-0,--null", options.is_null_separated, "Paths of the manifest end with a NUL, not with a line end");
  scanned->add_option("--out", options.out, "The result, in place only when whole; <out>.scan beside it keeps the work")
      ->required();
  scanned->add_option("--shard", options.shard, "2/8: every eighth file, beginning with the second");
}

}  // namespace tutela::app
