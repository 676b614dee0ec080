#pragma once

#include <filesystem>
#include <string>

#include "app/node.h"
#include "app/refused_lines.h"
#include "match/list_line.h"

namespace tutela::app {

// A file that names entries which are to be withdrawn: a list as an export writes it (csv, jsonl), whose `entry` counts and
// nothing else, or text with one id a line. Opened before the command gives up root.
class ListWithdrawal {
 public:
  // The file of refused lines is "<file>.refused". As lists::open_list() and RefusedLines::open().
  static Result<ListWithdrawal> open(const std::filesystem::path& list, match::ListFormat format);

  struct Done {
    std::int64_t lines = 0;
    std::int64_t withdrawn = 0;
    std::int64_t already = 0;  // were withdrawn before
    std::int64_t refused = 0;  // lines kept aside
    std::int64_t reopened = 0;
  };
  // Reads the file as a stream; line::kWithdrawnAtOnceMax lines are one transaction and stand in the after-list before the next
  // begins. It keeps no mark: killed anywhere, the same command passes over what is withdrawn already and does the rest. A line
  // that names no entry is kept aside with its reason: those of match::ListParser, "list.no_entry", "list.bad_entry",
  // "bank.unknown_entry". conflict, "list.changed_meanwhile"; invalid, "list.bad_header"; as line::withdraw_entries().
  Result<Done> run(Node& node, const line::SignedIn& member, const std::string& reason);

  const RefusedLines& refused() const { return refused_; }

 private:
  struct Asked;
  ListWithdrawal(lists::File list, RefusedLines refused, match::ListFormat format)
      : list_(std::move(list)), refused_(std::move(refused)), format_(format) {}
  Result<> carry_out(Node& node, const line::SignedIn& member, const std::string& reason, std::vector<Asked>& batch, Done& done);

  lists::File list_;
  RefusedLines refused_;
  match::ListFormat format_;
};

}  // namespace tutela::app
