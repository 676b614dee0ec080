#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "program/program.h"
#include "store/sqlite/sqlite_store.h"
#include "upkeep/running_folder.h"

// A node that something is wrong with, and that it is refused with nothing of it changed.
namespace tutela::test {

inline std::map<std::string, std::string> files_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    // What a reader of a WAL makes beside it, and an empty lock.
    if (name.ends_with("-shm") || name.ends_with("-wal") || name.ends_with(".lock")) continue;
    all[entry.path().string()] = entry.is_regular_file() ? text_of(entry.path()) : "";
  }
  return all;
}

class Refusal : public testing::Test {
 protected:
  void change(const std::string& sql) {
    const auto store = must(store::open_sqlite(node().database()));
    must(store->write([&](store::Transaction& tx) -> Result<> {
      TUTELA_TRY(tx.execute(sql));
      return {};
    }));
  }
  app::DataFolder node() const { return home.folder(); }
  // By every command that opens a node; and nothing of the folder changed.
  void expect_refused(const std::string& reason, const std::string& advice) {
    const auto before = files_of(node().root);
    EXPECT_EQ(reason_of(app::Node::open(node(), app::DecoderUse::none)), reason);
    for (const auto* command : {"serve", "member"}) {
      std::vector<std::string> words{command};
      if (words[0] == "member") words.push_back("add");
      words.insert(words.end(), {"--data", node().root.string()});
      if (words[0] == "member") words.insert(words.end(), {"--login", "somebody", "--roles", "analyst"});
      const auto ran = home_program.run(words);
      EXPECT_NE(ran.exit_code, 0);
      EXPECT_THAT(ran.err, testing::HasSubstr(reason));
      EXPECT_THAT(ran.err, testing::HasSubstr(advice));
    }
    EXPECT_EQ(files_of(node().root), before);
  }

  NodeFolder home;
  Program home_program;
};

}  // namespace tutela::test
