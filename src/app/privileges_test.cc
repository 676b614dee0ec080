#include "app/privileges.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/check.h"

namespace tutela::app {
namespace {

// In a process of its own without root, whose core files may have so many bytes at most: how many it may have afterwards; -1 if
// the program would not start.
int core_bytes_after(rlim_t hard) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit before{hard, hard};
    if (::setrlimit(RLIMIT_CORE, &before) != 0 || (::geteuid() == 0 && ::setuid(65534) != 0)) ::_exit(100);
    if (!forbid_core_files()) ::_exit(101);
    rlimit after{};
    ::getrlimit(RLIMIT_CORE, &after);
    ::_exit(after.rlim_cur == after.rlim_max && after.rlim_max <= 1 ? static_cast<int>(after.rlim_max) : 102);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) < 100 ? WEXITSTATUS(status) : -1;
}

TEST(CoreFiles, AreForbiddenWhateverWasForbiddenBefore) {
  rlimit own{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &own), 0);
  EXPECT_EQ(core_bytes_after(0), 0) << "as a unit with LimitCORE=0 starts it";
  if (own.rlim_max >= 1) {
    EXPECT_EQ(core_bytes_after(1), 1);
    EXPECT_EQ(core_bytes_after(own.rlim_max), 1);
  }
}

class GivenUpRoot : public testing::Test {
 protected:
  GivenUpRoot() {
    std::string name = (std::filesystem::temp_directory_path() / "tutela-test-XXXXXX").string();
    TUTELA_CHECK(::mkdtemp(name.data()) != nullptr);
    home_ = name;
    std::filesystem::permissions(home_, std::filesystem::perms(0755));
    std::filesystem::create_directory(folder());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(home_, ignored);
  }
  std::filesystem::path folder() const { return home_ / "folder"; }
  std::filesystem::path outside(const std::string& name) const { return home_ / name; }
  void make(const std::filesystem::path& path) const { std::ofstream(path) << "something\n"; }
  void make_node() const {
    std::filesystem::create_directories(folder() / "data" / "objects");
    std::filesystem::create_directory(folder() / "keys");
    make(folder() / "tutela.toml");
    make(folder() / "keys" / "signing.key");
  }

  // In a process of its own: what it answers, and that it is root no more afterwards.
  std::string give_up(FolderUse use) const {
    std::array<int, 2> pipe{};
    TUTELA_CHECK(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto done = give_up_root(folder(), use, Unreachable::refuse);
      const std::string answer = done ? (::geteuid() == 0 ? "root" : "ok") : std::string(done.error().reason.text());
      ::_exit(::write(pipe[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()) ? 0 : 1);
    }
    ::close(pipe[1]);
    std::string answer(64, '\0');
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(pipe[0], answer.data(), answer.size()))));
    ::close(pipe[0]);
    ::waitpid(child, nullptr, 0);
    return answer;
  }
  // Who owns what lies in the private folder, with the rights to it.
  std::map<std::string, std::pair<uid_t, mode_t>> owners() const {
    std::map<std::string, std::pair<uid_t, mode_t>> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home_)) {
      struct stat facts{};
      TUTELA_CHECK(::lstat(entry.path().c_str(), &facts) == 0);
      all[entry.path().string()] = {facts.st_uid, facts.st_mode};
    }
    return all;
  }
  void expect_untouched(FolderUse use, const std::string& reason) const {
    const auto before = owners();
    EXPECT_EQ(give_up(use), reason);
    EXPECT_EQ(owners(), before);
  }

 private:
  std::filesystem::path home_;
};

TEST_F(GivenUpRoot, NotForAFolderThatIsNoNode) {
  make(folder() / "passwd");
  std::filesystem::create_directory(folder() / "ssh");
  for (const auto use : {FolderUse::node, FolderUse::new_node, FolderUse::demo})
    expect_untouched(use, use == FolderUse::node ? "node.no_folder" : "node.folder_not_empty");
  make(folder() / "tutela.toml");
  expect_untouched(FolderUse::node, "node.no_folder");
  expect_untouched(FolderUse::new_node, "node.exists");
}

TEST_F(GivenUpRoot, NotForAFolderThatIsNotThereUnlessANodeIsMade) {
  std::filesystem::remove(folder());
  expect_untouched(FolderUse::node, "node.no_folder");
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(give_up(FolderUse::new_node), "ok");
  EXPECT_NE(owners().at(folder().string()).first, 0U);
}

TEST_F(GivenUpRoot, HandsOverANodeAndNothingBesides) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  make_node();
  make(outside("other"));
  std::filesystem::create_directory(outside("elsewhere"));
  make(outside("elsewhere") / "file");
  std::filesystem::create_symlink(outside("other"), folder() / "link");
  std::filesystem::create_directory_symlink(outside("elsewhere"), folder() / "data" / "folder-link");
  EXPECT_EQ(give_up(FolderUse::node), "ok");
  auto owned = owners();
  for (const auto* name : {"", "data", "data/objects", "keys", "keys/signing.key", "tutela.toml", "link"})
    EXPECT_NE(owned.at((*name == '\0' ? folder() : folder() / name).string()).first, 0U) << name;
  for (const auto* name : {"other", "elsewhere", "elsewhere/file"}) EXPECT_EQ(owned.at(outside(name).string()).first, 0U) << name;
  EXPECT_EQ(give_up(FolderUse::node), "ok") << "and again";
}

TEST_F(GivenUpRoot, NotAFileWithASecondNameElsewhere) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  make_node();
  make(outside("shadow"));
  std::filesystem::create_hard_link(outside("shadow"), folder() / "data" / "harmless");
  EXPECT_EQ(give_up(FolderUse::node), "node.folder_not_handed_over");
  EXPECT_EQ(owners().at(outside("shadow").string()).first, 0U);
}

TEST_F(GivenUpRoot, ForWhatABrokenOffStartLeft) {
  for (const auto* name : {"data", "keys"}) std::filesystem::create_directory(folder() / name);
  for (const auto* name : {"after.list", "ledger.head"}) make(folder() / name);
  EXPECT_TRUE(check_folder(folder(), FolderUse::new_node));
  std::filesystem::remove_all(folder());
  std::filesystem::create_directories(folder() / "hotline");
  make(folder() / "demo.log");
  EXPECT_TRUE(check_folder(folder(), FolderUse::demo));
}

}  // namespace
}  // namespace tutela::app
