#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "app/node.h"
#include "app/restore.h"
#include "backup/backup.h"
#include "line/accounts.h"
#include "scenario/line_node.h"
#include "support/temp_folder.h"

// A node in a folder as `tutela init` makes it, with a member who may withdraw and an entry to withdraw.
namespace tutela::test {

// That doctor --deep finds no damage there; notices may be.
void expect_no_damage(const app::DataFolder& folder);

class NodeFolder {
 public:
  explicit NodeFolder(const std::string& name = "node.test");

  app::DataFolder folder() const { return {folder_.path() / "node"}; }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  // Opened for the time of the call's result; the folder is then held.
  std::unique_ptr<app::Node> open() const { return must(app::Node::open(folder(), app::DecoderUse::none)); }
  line::SignedIn manager(app::Node& node) const;

  // An entry of the own bank with a drawn picture's fingerprints.
  EntryId add_entry(app::Node& node, std::uint64_t seed);
  // A report with a text, a contact and an address.
  line::ReceivedReport report(app::Node& node, const std::string& address);

  Result<backup::Taken> back_up(const std::string& name) const;
  app::RestoreRequest request(const std::string& backup, const std::string& target) const;

 private:
  TempFolder folder_;
};

}  // namespace tutela::test
