#include "print_report.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace tutela::ledger {
namespace {

// Nothing that a terminal could take for a command.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text)
    shown += c >= 0x20 && c < 0x7F ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return shown;
}

constexpr std::string_view kNotProved[] = {
    "that what was recorded is true, only that it stands so under the checkpoints that the node signed",
    "that the node's signed number of entries is honest: another signed number for the same tree would convict it",
    "that an event which the node never recorded did not happen",
    "that the clock of the node was right",
    "that others were shown the same log: compare the checkpoint with one from a witness, a peer or an earlier excerpt",
    "which record the pseudonym stands for: 'about' is the node's own word",
};

void print_as_json(const ExcerptReport& report) {
  nlohmann::ordered_json out{{"verified", true}, {"node", report.node}, {"about", report.about}};
  for (const auto& epoch : report.epochs)
    out["epochs"].push_back({{"origin", encode_origin(epoch.checkpoint.origin)},
                             {"size", epoch.checkpoint.size},
                             {"root", encode_base64(epoch.checkpoint.root)},
                             {"opened_at", to_rfc3339(epoch.opened_at)},
                             {"leaves_lost", epoch.leaves_lost}});
  for (const auto& entry : report.entries)
    out["entries"].push_back({{"epoch", entry.epoch},
                              {"index", entry.index},
                              {"n", entry.n},
                              {"kind", entry.kind},
                              {"time", to_rfc3339(entry.at)},
                              {"payload", entry.payload}});
  out["not_proved"] = kNotProved;
  fmt::print("{}\n", out.dump(2, ' ', true, nlohmann::json::error_handler_t::replace));
}

void print_as_text(const ExcerptReport& report) {
  fmt::print("VERIFIED: the {} entries that node {} signed for about {}: unchanged, none missing, in order\n",
             report.entries.size(), report.node, report.about);
  for (const auto& epoch : report.epochs) {
    fmt::print("  epoch {}: opened {}, {} leaves, root {}\n", epoch.checkpoint.origin.epoch, to_rfc3339(epoch.opened_at),
               epoch.checkpoint.size, encode_base64(epoch.checkpoint.root));
    if (epoch.leaves_lost > 0)
      fmt::print("  CUT: a restore lost the last {} leaves of this epoch; entries may be among them\n", epoch.leaves_lost);
  }
  for (const auto& entry : report.entries)
    fmt::print("  {:>4}  {}  {}  {}\n", entry.n, to_rfc3339(entry.at), printable(entry.kind), printable(entry.payload));
  fmt::print("This cannot prove:\n");
  for (const auto& line : kNotProved) fmt::print("  - {}\n", line);
}

struct Explanation {
  std::string_view reason;
  std::string_view meaning;
};
constexpr Explanation kExplanations[] = {
    {"excerpt.malformed", "this is not an excerpt as a node writes it, or a byte of its form was changed"},
    {"note.malformed", "a signed part was changed in its form"},
    {"note.wrong_key", "a checkpoint or the statement was signed by another key than the one given"},
    {"note.bad_signature", "a checkpoint or the statement was changed after it was signed"},
    {"excerpt.bad_statement", "the signed statement is not one that a node makes"},
    {"excerpt.checkpoint_swapped", "a checkpoint is genuine, but not the one that this statement was made about"},
    {"excerpt.reordered", "all entries are there, but not in their order"},
    {"excerpt.missing_entry", "an entry was taken out, or one is there twice"},
    {"excerpt.cut_off", "the last entries were taken off: the node signed for more"},
    {"excerpt.surplus_entry", "there are more entries than the node signed for"},
    {"excerpt.bad_entry", "this entry was changed, moved or comes from another record"},
    {"excerpt.wrong_head", "the last entry is not the one that the node signed for"},
    {"excerpt.bad_epoch", "the log was not continued as the node's own record of its epochs says"},
    {"verify.bad_key", "give the node's public key: 32 bytes in base64, or a file that holds them"},
    {"verify.no_file", "there is no such file, or it may not be read"},
};

std::string_view explain(const Error& error) {
  for (const auto& known : kExplanations) {
    if (known.reason == error.reason.text()) return known.meaning;
  }
  return "see the reason";
}

}  // namespace

void print_report(const ExcerptReport& report, Form form) { form == Form::json ? print_as_json(report) : print_as_text(report); }

void print_refusal(const Error& error, Form form) {
  if (form == Form::json) {
    const nlohmann::ordered_json out{{"verified", false}, {"reason", error.reason.text()}, {"place", error.place}};
    fmt::print("{}\n", out.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print(stderr, "REFUSED: {}\n  {}\n", to_string(error), explain(error));
  }
}

}  // namespace tutela::ledger
