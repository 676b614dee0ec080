#pragma once

#include <filesystem>
#include <string>

#include "app/refused_lines.h"
#include "line/bank_lists.h"
#include "lists/list_file.h"

namespace tutela::app {

// A list on its way into a bank: the file, and beside it the file of refused lines. Opened before the command gives up root,
// since the node's user may not be able to reach them.
class ListImport {
 public:
  // The file of refused lines is "<list>.<bank>.refused", readable by its owner only. As lists::open_list(); denied,
  // "list.cannot_write_refused".
  static Result<ListImport> open(const std::filesystem::path& list, match::ListFormat format, const std::string& bank);

  // Goes on where an earlier start with the same bytes stopped; a list that was taken in whole changes nothing. A line that
  // cannot be read is kept in the file of refused lines, with its number and reason, and counted. conflict,
  // "list.changed_meanwhile"; invalid, "list.bad_header"; as line::begin_list_import() and import_batch().
  Result<match::ListImportRow> run(const line::Context& context, const match::BankRow& bank, const line::ListDefaults& defaults,
                                   const line::Actor& actor);

  const RefusedLines& refused() const { return refused_; }

 private:
  ListImport(lists::File list, RefusedLines refused, match::ListFormat format)
      : list_(std::move(list)), refused_(std::move(refused)), format_(format) {}
  Result<> commit(const line::Context& context, const match::BankRow& bank, const line::ListDefaults& defaults,
                  const line::Actor& actor, line::ListBatch& batch);

  lists::File list_;
  RefusedLines refused_;
  match::ListFormat format_;
};

}  // namespace tutela::app
