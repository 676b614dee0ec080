#pragma once

#include <filesystem>
#include <string>

namespace tutela::app {

// One data folder: tutela.toml, data/ (records and objects: what a backup holds), keys/ (what it must not hold), after.list,
// ledger.head.
struct DataFolder {
  std::filesystem::path root;
  std::string settings_name = "tutela.toml";  // another while a restore is not finished

  std::filesystem::path settings() const { return root / settings_name; }
  std::filesystem::path data() const { return root / "data"; }
  std::filesystem::path database() const { return data() / "tutela.sqlite"; }
  std::filesystem::path match_snapshot() const { return data() / "match.snapshot"; }
  std::filesystem::path objects() const { return data() / "objects"; }
  std::filesystem::path keys() const { return root / "keys"; }
  // What a restore applies (spec/after-list.md): of neither, so that it outlives both.
  std::filesystem::path after_list() const { return root / "after.list"; }
  // The newest signed checkpoint, a note (spec/ledger.md): what the database must hold when it is opened.
  std::filesystem::path ledger_head() const { return root / "ledger.head"; }
};

}  // namespace tutela::app
