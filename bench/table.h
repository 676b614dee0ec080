#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// What the measurements print: one row a comparison, as a table for people or, with --json, one JSON object a line:
//
//   {"name":"pdq-core-512","peer":"meta-cpp","tutela":0.34,"peer_value":4.8,"unit":"ms","ratio":14.1,"recall":1,"note":"…"}
//
// `peer_value` and `ratio` are absent where there is no peer or it was not there to be run; `recall` and `note` where there is
// nothing to say. Rows are printed as they come, so that a run that is ended early has shown what it found.
namespace tutela::bench {

enum class Better : std::uint8_t { lower, higher };

struct Row {
  std::string name;
  std::string peer = {};  // empty: our own figure alone
  double tutela = 0;
  std::optional<double> peer_value = {};
  std::string unit;
  Better better = Better::lower;
  std::optional<double> recall = {};
  std::string note = {};

  // How many times better ours is: above 1 in our favour, whichever way the unit runs.
  std::optional<double> ratio() const {
    if (!peer_value || *peer_value == 0 || tutela == 0) return std::nullopt;
    return better == Better::lower ? *peer_value / tutela : tutela / *peer_value;
  }
};

struct Options {
  bool json = false;
  bool long_run = false;
};

// Reads --json and --long; nullopt for anything else, after a line on standard error.
inline std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--long") {
      options.long_run = true;
    } else {
      std::fprintf(stderr, "usage: %s [--json] [--long]\n", argv[0]);
      return std::nullopt;
    }
  }
  return options;
}

class Table {
 public:
  explicit Table(Options options) : options_(options) {}

  void add(const Row& row) {
    if (options_.json) {
      print_json(row);
    } else {
      print_text(row);
    }
    std::fflush(stdout);
  }

  // A line above the rows that follow; nothing with --json.
  void heading(const std::string& text) {
    if (!options_.json)
      std::printf("\n%s\n%-34s %12s %12s %8s  %-6s %s\n", text.c_str(), "", "tutela", "peer", "ratio", "unit", "peer, note");
  }

 private:
  static void print_json(const Row& row) {
    nlohmann::ordered_json object;
    object["name"] = row.name;
    if (!row.peer.empty()) object["peer"] = row.peer;
    object["tutela"] = row.tutela;
    if (row.peer_value) object["peer_value"] = *row.peer_value;
    object["unit"] = row.unit;
    if (const auto ratio = row.ratio()) object["ratio"] = *ratio;
    if (row.recall) object["recall"] = *row.recall;
    if (!row.note.empty()) object["note"] = row.note;
    std::printf("%s\n", object.dump().c_str());
  }

  static std::string figure(const std::optional<double>& value) {
    if (!value) return "-";
    char text[32];
    std::snprintf(text, sizeof text, *value >= 1000 ? "%.0f" : *value >= 10 ? "%.1f" : "%.3f", *value);
    return text;
  }

  static void print_text(const Row& row) {
    std::string last = row.peer;
    const auto append = [&last](const std::string& text) { last += (last.empty() ? "" : ", ") + text; };
    if (row.recall) append("recall " + figure(row.recall));
    if (!row.note.empty()) append(row.note);
    std::printf("%-34s %12s %12s %8s  %-6s %s\n", row.name.c_str(), figure(row.tutela).c_str(), figure(row.peer_value).c_str(),
                figure(row.ratio()).c_str(), row.unit.c_str(), last.c_str());
  }

  Options options_;
};

}  // namespace tutela::bench
