#include "lists/line_reader.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/random.h"
#include "match/list_entry.h"

namespace tutela::lists {
namespace {

class Text {
 public:
  explicit Text(const std::string& text) : file_(::memfd_create("lines", MFD_CLOEXEC)) {
    EXPECT_EQ(::write(file_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  ~Text() { ::close(file_); }
  int file() const { return file_; }

 private:
  int file_;
};

TEST(LineReader, GivesLinesWithTheirNumbersAndEnds) {
  const Text text("one\ntwo\r\n\nlast");
  LineReader reader(text.file(), {});
  const auto expect = [&](std::string_view line, std::int64_t number, std::int64_t end) {
    const auto next = reader.next();
    ASSERT_TRUE(next && *next);
    EXPECT_EQ((*next)->text, line);
    EXPECT_EQ((*next)->number, number);
    EXPECT_EQ((*next)->end_bytes, end);
    EXPECT_FALSE((*next)->is_cut);
  };
  expect("one", 1, 4);
  expect("two", 2, 9);
  expect("", 3, 10);
  expect("last", 4, 14);
  EXPECT_FALSE(*reader.next());
  const Text nothing("");
  EXPECT_FALSE(*LineReader(nothing.file(), {}).next());
}

TEST(LineReader, ALineThatIsTooLongIsCutAndTheNextIsWhole) {
  const std::string longest(match::kListLineBytesMax, 'x');
  const Text text(longest + "\n" + longest + "y\n" + std::string(3'000'000, 'z') + "\nshort\n" + longest + "w");
  LineReader reader(text.file(), {});
  std::vector<std::pair<std::string, bool>> seen;
  for (auto line = reader.next(); line && *line; line = reader.next()) seen.emplace_back((*line)->text, (*line)->is_cut);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[0], std::pair(longest, false));
  EXPECT_EQ(seen[1], std::pair(longest, true));
  EXPECT_EQ(seen[2], std::pair(std::string(match::kListLineBytesMax, 'z'), true));
  EXPECT_EQ(seen[3], std::pair(std::string("short"), false));
  EXPECT_EQ(seen[4], std::pair(longest, true));
}

TEST(LineReader, FromAnyLinesEndTheRestIsTheSame) {
  SeededRandom random(5);
  std::string all;
  std::vector<std::string> lines;
  for (int i = 0; i < 500; ++i) {
    lines.push_back(std::string(random.next() % 3000, static_cast<char>('a' + i % 26)));
    all += lines.back() + "\n";
  }
  const Text text(all);
  LineReader whole(text.file(), {});
  LineReader::Place place;
  for (int i = 0; i < 500; ++i) {
    LineReader resumed(text.file(), place);
    const auto line = resumed.next();
    ASSERT_TRUE(line && *line);
    EXPECT_EQ((*line)->text, lines[static_cast<std::size_t>(i)]);
    EXPECT_EQ((*line)->number, i + 1);
    const auto same = whole.next();
    EXPECT_EQ((*same)->end_bytes, (*line)->end_bytes);
    place = {(*line)->end_bytes, (*line)->number};
  }
}

}  // namespace
}  // namespace tutela::lists
