// tutela-verify excerpt|consistency|export|checkpoint|contradiction: checks what a node hands out without the server
// (spec/ledger.md).

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "checks.h"

namespace tutela::ledger {
namespace {

constexpr int kUsageExitCode = 64;  // EX_USAGE of sysexits.h, as the classes of base/error.h are
constexpr std::array<std::string_view, 5> kCommands = {"excerpt", "consistency", "export", "checkpoint", "contradiction"};

CLI::App* command(CLI::App& app, std::string_view name, const std::string& what, Options& options, int& exit_code,
                  int (*run)(const Options&)) {
  auto* added = app.add_subcommand(std::string(name), what);
  added
      ->add_option("--key", options.key,
                   "one public key that the node has or had, in base64 or a file with it, from a source you trust")
      ->required();
  added->add_option(
      "--successions", options.successions,
      "the node's changes of its key, as its file 'successions' holds them, where what is checked is older or newer than "
      "the key");
  added->add_flag("--json", options.json, "print the result as one JSON object");
  added->callback([&options, &exit_code, run] { exit_code = run(options); });
  return added;
}

int run(std::vector<std::string> words) {
  CLI::App app("Checks what a Tutela node hands out of its ledger, without the server.", "tutela-verify");
  app.require_subcommand(1);
  Options options;
  int exit_code = 0;

  auto* excerpt = command(app, kCommands[0], "The record of one subject; this is meant where no command is given", options,
                          exit_code, check_excerpt);
  excerpt->add_option("EXCERPT", options.file, "the excerpt, a JSON file")->required();

  const auto witnessed = [&](CLI::App* to) {
    to->add_option("--evidence", options.evidence, "folder for both notes of an equivocation");
    return to->add_option("--witness", options.witnesses, "key of a witness whose word you trust (NAME+hex+base64); repeatable");
  };
  auto* known = excerpt->add_option("--known", options.known, "a checkpoint kept from elsewhere, to compare with; repeatable");
  witnessed(excerpt)->needs(known);  // in an excerpt itself nobody cosigns

  auto* consistency =
      command(app, kCommands[1], "That two checkpoints are of one history", options, exit_code, check_consistency);
  consistency->add_option("OLD", options.file, "a checkpoint, a signed note")->required();
  consistency->add_option("NEW", options.other_file, "another of the same epoch")->required();
  auto* proof = consistency->add_option("--proof", options.proof, "file with a consistency proof: a hash in base64 a line");
  consistency->add_option("--tiles", options.tiles, "folder above tile/, as of an export's epoch")->excludes(proof);
  witnessed(consistency);

  auto* exported =
      command(app, kCommands[2], "A whole exported log, recomputed from its leaves", options, exit_code, check_export);
  exported->add_option("FOLDER", options.file, "the export")->required();
  exported->add_option("--known", options.known, "a checkpoint kept from elsewhere, to compare with; repeatable");
  exported->add_option("--time-stamp-roots", options.roots, "certificates (PEM) of a time-stamp authority that you trust");
  witnessed(exported);

  auto* checkpoint =
      command(app, kCommands[3], "One checkpoint, its cosignatures and its time-stamp", options, exit_code, check_checkpoint);
  checkpoint->add_option("CHECKPOINT", options.file, "a signed note")->required();
  auto* stamp = checkpoint->add_option("--time-stamp", options.stamp, "RFC 3161 reply about it, DER");
  auto* roots = checkpoint->add_option("--time-stamp-roots", options.roots, "certificates (PEM) of the authority");
  stamp->needs(roots);
  witnessed(checkpoint);

  auto* contradiction = command(app, kCommands[4], "Whether two things that the node handed out cannot both be true", options,
                                exit_code, check_contradiction);
  contradiction->add_option("ONE", options.file, "an excerpt or a checkpoint")->required();
  contradiction->add_option("OTHER", options.other_file, "another")->required();
  contradiction->add_option("--evidence", options.evidence, "folder for both notes of an equivocation");

  const bool asks = std::ranges::any_of(words, [](const auto& word) { return word == "--help" || word == "-h"; });
  const bool named =
      std::ranges::any_of(words, [](const auto& word) { return std::ranges::find(kCommands, word) != kCommands.end(); });
  if (!named && !asks) words.insert(words.begin(), std::string(kCommands[0]));
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExitCode;
  }
  return exit_code;
}

}  // namespace
}  // namespace tutela::ledger

int main(int argc, char** argv) { return tutela::ledger::run({argv + 1, argv + argc}); }
