#include "print_report.h"

#include <fmt/core.h>

#include <span>
#include <vector>

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
    "that the log was not written anew before an independent witness first cosigned it",
    "that nobody looked at anything outside the node: only views through the server are entries",
    "which record the pseudonym stands for: 'about' is the node's own word",
};

constexpr std::string_view kLogNotProved[] = {
    "that what was recorded is true, or that what the node never recorded did not happen",
    "that others were shown the same log, beyond the checkpoints that were compared here",
    "anything about the time before an independent witness first cosigned: until then the node alone could have written it anew",
    "that nobody looked at anything outside the node: only views through the server are entries",
    "that the clock of the node was right; a time-stamp shows that a checkpoint is not younger than it says",
};

void print_limits(std::span<const std::string_view> lines) {
  fmt::print("This cannot prove:\n");
  for (const auto& line : lines) fmt::print("  - {}\n", line);
}

void print_json(const nlohmann::ordered_json& out) {
  fmt::print("{}\n", out.dump(2, ' ', true, nlohmann::json::error_handler_t::replace));
}

nlohmann::ordered_json json_of(const Checkpoint& checkpoint) {
  return {{"origin", encode_origin(checkpoint.origin)}, {"size", checkpoint.size}, {"root", encode_base64(checkpoint.root)}};
}

nlohmann::ordered_json json_of(const std::vector<WitnessSeen>& seen) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& one : seen) list.push_back({{"witness", one.name}, {"size", one.size}, {"time", to_rfc3339(one.at)}});
  return list;
}

nlohmann::ordered_json json_of(const std::vector<Equivocation>& found) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& one : found) list.push_back({{"why", one.why}, {"first", one.first}, {"second", one.second}});
  return list;
}

void print_witnesses(const std::vector<WitnessSeen>& seen) {
  for (const auto& one : seen) fmt::print("  cosigned by {} at {}, size {}\n", one.name, to_rfc3339(one.at), one.size);
  if (seen.empty()) fmt::print("  not cosigned by any witness whose key was given\n");
}

nlohmann::ordered_json json_of(const std::vector<Succession>& successions) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& one : successions)
    list.push_back({{"time", to_rfc3339(one.at)},
                    {"epoch", one.epoch},
                    {"old_key", encode_base64(one.old_key)},
                    {"next_key", encode_base64(one.next_key)}});
  return list;
}

void print_successions(const std::vector<Succession>& successions) {
  for (const auto& one : successions)
    fmt::print("  KEY CHANGED: at {}, from epoch {} on, from {} to {}; each of the two signed it\n", to_rfc3339(one.at),
               one.epoch, encode_base64(one.old_key), encode_base64(one.next_key));
}

// Behind the `size` leaves that are shown of an epoch.
void print_cut(const Cut& lost, std::uint64_t size, std::string_view warning) {
  if (lost.leaves > 0)
    fmt::print("  CUT: a restore lost at least the last {} leaves of this epoch, index {} to {}{}\n", lost.leaves, size,
               size + lost.leaves - 1, warning);
  for (const auto& [epoch, leaves] : lost.epochs)
    fmt::print("  CUT: a restore lost epoch {}, which followed this one, with at least {} leaves{}\n", epoch, leaves, warning);
}

nlohmann::ordered_json json_of(const std::map<std::uint64_t, std::uint64_t>& epochs) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [epoch, leaves] : epochs) list.push_back({{"epoch", epoch}, {"leaves", leaves}});
  return list;
}

void print_equivocations(const std::vector<Equivocation>& found) {
  for (const auto& one : found)
    fmt::print("EQUIVOCATION: {}\nThe node's key signed both. Keep these two notes:\n\n{}\n{}\n", one.why, one.first, one.second);
}

void print_as_json(const ExcerptReport& report, const ExcerptComparison& comparison) {
  nlohmann::ordered_json out{{"verified", comparison.equivocations.empty()}, {"node", report.node}, {"about", report.about}};
  if (!report.successions.empty()) out["key_changes"] = json_of(report.successions);
  for (const auto& epoch : report.epochs)
    out["epochs"].push_back({{"origin", encode_origin(epoch.checkpoint.origin)},
                             {"size", epoch.checkpoint.size},
                             {"root", encode_base64(epoch.checkpoint.root)},
                             {"opened_at", to_rfc3339(epoch.opened_at)},
                             {"leaves_lost", epoch.lost.leaves},
                             {"epochs_lost", json_of(epoch.lost.epochs)}});
  for (const auto& entry : report.entries)
    out["entries"].push_back({{"epoch", entry.epoch},
                              {"index", entry.index},
                              {"n", entry.n},
                              {"kind", entry.kind},
                              {"time", to_rfc3339(entry.at)},
                              {"payload", entry.payload}});
  out["known_agreeing"] = comparison.agreeing;
  out["known_of_other_size"] = comparison.of_other_size;
  out["witnesses"] = json_of(comparison.witnesses);
  out["equivocations"] = json_of(comparison.equivocations);
  out["not_proved"] = kNotProved;
  print_json(out);
}

void print_known(const ExcerptComparison& comparison) {
  if (comparison.agreeing > 0) {
    fmt::print("  {} known checkpoints agree\n", comparison.agreeing);
    print_witnesses(comparison.witnesses);
  }
  if (comparison.of_other_size > 0)
    fmt::print("  {} known checkpoints are of another size: an export or a consistency proof compares them\n",
               comparison.of_other_size);
}

void print_as_text(const ExcerptReport& report, const ExcerptComparison& comparison) {
  print_equivocations(comparison.equivocations);
  if (comparison.equivocations.empty())
    fmt::print("VERIFIED: the {} entries that node {} signed for about {}: unchanged, none missing, in order\n",
               report.entries.size(), report.node, report.about);
  print_successions(report.successions);
  for (const auto& epoch : report.epochs) {
    fmt::print("  epoch {}: opened {}, {} leaves, root {}\n", epoch.checkpoint.origin.epoch, to_rfc3339(epoch.opened_at),
               epoch.checkpoint.size, encode_base64(epoch.checkpoint.root));
    print_cut(epoch.lost, epoch.checkpoint.size, "; entries may be among them");
  }
  for (const auto& entry : report.entries)
    fmt::print("  {:>4}  {}  {}  {}\n", entry.n, to_rfc3339(entry.at), printable(entry.kind), printable(entry.payload));
  print_known(comparison);
  print_limits(kNotProved);
}

struct Explanation {
  std::string_view reason;
  std::string_view meaning;
};
constexpr Explanation kExplanations[] = {
    {"excerpt.malformed", "this is not an excerpt as a node writes it, or a byte of its form was changed"},
    {"note.malformed", "a signed part was changed in its form"},
    {"note.wrong_key",
     "a checkpoint or the statement was signed by another key than the one given; or the node's key was changed: give "
     "--successions"},
    {"succession.malformed", "the changes of the node's key are not written as a node writes them"},
    {"succession.bad_signature", "a change of the node's key was not signed by both keys, or was changed afterwards"},
    {"succession.broken_chain", "a change of the node's key is missing, doubled or in another place"},
    {"succession.other_node", "the changes of the key are another node's"},
    {"succession.forked", "somebody with a key of the node signed two successors of it: keep both files as evidence"},
    {"succession.too_many", "more changes of the key than a node can have"},
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
    {"consistency.other_origin", "these are of two epochs, which are two trees: an export shows how one follows the other"},
    {"consistency.proof_needed", "the sizes differ: give --proof or --tiles"},
    {"ledger.bad_consistency", "this proof does not lead to the later checkpoint, so it says nothing of either"},
    {"ledger.bad_tiles", "these tiles are not of the later checkpoint's tree"},
    {"contradiction.other_node", "these two are of two nodes"},
    {"export.missing_file", "a part of the export is missing"},
    {"export.bad_tile", "this file is not what the leaves make it"},
    {"export.wrong_root", "the leaves do not make the tree that was signed"},
    {"export.older_than_known", "the export ends before a checkpoint that is known: ask for a newer one"},
    {"witness.bad_key", "a witness's key is NAME+hex+base64"},
    {"witness.bad_cosignature", "a cosignature carries the name of a witness but not its signature"},
    {"time_stamp.bad_signature", "the time-stamp was not signed by an authority under the certificates given"},
    {"time_stamp.other_imprint", "the time-stamp is about something else"},
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

void print_report(const ExcerptReport& report, const ExcerptComparison& comparison, Form form) {
  form == Form::json ? print_as_json(report, comparison) : print_as_text(report, comparison);
}

void print_contradictions(const std::vector<Equivocation>& found, Form form) {
  if (form == Form::json) {
    print_json({{"contradiction", !found.empty()}, {"equivocations", json_of(found)}, {"not_proved", kLogNotProved}});
    return;
  }
  print_equivocations(found);
  if (found.empty())
    fmt::print(
        "NO CONTRADICTION: both are in order, and neither says what the other excludes. That is no proof of one history:\n"
        "an export, or a consistency proof between their checkpoints, is\n");
  print_limits(kLogNotProved);
}

void print_comparison(const Comparison& comparison, const std::vector<WitnessSeen>& seen, Form form) {
  const auto& [earlier, later, equivocation] = comparison;
  const auto found = equivocation ? std::vector{*equivocation} : std::vector<Equivocation>();
  if (form == Form::json) {
    print_json({{"verified", found.empty()},
                {"earlier", json_of(earlier)},
                {"later", json_of(later)},
                {"witnesses", json_of(seen)},
                {"equivocations", json_of(found)},
                {"not_proved", kLogNotProved}});
    return;
  }
  print_equivocations(found);
  if (found.empty())
    fmt::print("CONSISTENT: the {} leaves of the earlier checkpoint are the first of the {} of the later ({})\n", earlier.size,
               later.size, encode_origin(later.origin));
  print_witnesses(seen);
  print_limits(kLogNotProved);
}

void print_export(const ExportReport& report, Form form) {
  if (form == Form::json) {
    nlohmann::ordered_json out{{"verified", report.equivocations.empty()}, {"node", report.node}};
    if (!report.successions.empty()) out["key_changes"] = json_of(report.successions);
    for (const auto& epoch : report.epochs) {
      auto one = json_of(epoch.checkpoint);
      one["opened_at"] = to_rfc3339(epoch.opened_at);
      one["leaves_lost"] = epoch.lost.leaves;
      one["epochs_lost"] = json_of(epoch.lost.epochs);
      one["witnesses"] = json_of(epoch.witnesses);
      if (epoch.stamped_size) one["stamped_size"] = *epoch.stamped_size;
      if (epoch.stamped_at) one["stamped_at"] = to_rfc3339(*epoch.stamped_at);
      out["epochs"].push_back(one);
    }
    out["known_compared"] = report.known_compared;
    out["equivocations"] = json_of(report.equivocations);
    out["not_proved"] = kLogNotProved;
    print_json(out);
    return;
  }
  print_equivocations(report.equivocations);
  if (report.equivocations.empty())
    fmt::print("VERIFIED: the log of node {}, {} epochs, recomputed from every leaf; {} known checkpoints agree\n", report.node,
               report.epochs.size(), report.known_compared);
  print_successions(report.successions);
  for (const auto& epoch : report.epochs) {
    fmt::print("epoch {}: opened {}, {} leaves, root {}\n", epoch.checkpoint.origin.epoch, to_rfc3339(epoch.opened_at),
               epoch.checkpoint.size, encode_base64(epoch.checkpoint.root));
    print_cut(epoch.lost, epoch.checkpoint.size, "");
    print_witnesses(epoch.witnesses);
    if (epoch.stamped_at) {
      fmt::print("  size {} existed at {}, says the time-stamp authority\n", *epoch.stamped_size, to_rfc3339(*epoch.stamped_at));
    } else if (epoch.stamped_size) {
      fmt::print("  size {} has a time-stamp, not checked: give --time-stamp-roots\n", *epoch.stamped_size);
    }
  }
  print_limits(kLogNotProved);
}

void print_checkpoint(const CheckpointReport& report, Form form) {
  if (form == Form::json) {
    nlohmann::ordered_json out{{"verified", true}, {"checkpoint", json_of(report.checkpoint)}};
    out["witnesses"] = json_of(report.witnesses);
    if (report.stamped_at) out["stamped_at"] = to_rfc3339(*report.stamped_at);
    out["not_proved"] = kLogNotProved;
    print_json(out);
    return;
  }
  fmt::print("VERIFIED: {} signed for {} leaves with root {}\n", encode_origin(report.checkpoint.origin), report.checkpoint.size,
             encode_base64(report.checkpoint.root));
  print_witnesses(report.witnesses);
  if (report.stamped_at) fmt::print("  existed at {}, says the time-stamp authority\n", to_rfc3339(*report.stamped_at));
  print_limits(kLogNotProved);
}

void print_refusal(const Error& error, Form form) {
  if (form == Form::json) {
    const nlohmann::ordered_json out{{"verified", false}, {"reason", error.reason.text()}, {"place", error.place}};
    fmt::print("{}\n", out.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print(stderr, "REFUSED: {}\n  {}\n", to_string(error), explain(error));
  }
}

}  // namespace tutela::ledger
