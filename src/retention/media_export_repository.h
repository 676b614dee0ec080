#pragma once

#include "retention/media_export.h"

namespace tutela::retention {

Result<> insert_export(store::Transaction& tx, const ExportRow& row);
// On the version the row was read with.
Result<> update_export(store::Transaction& tx, const ExportRow& row);
// not_found, "export.unknown".
Result<ExportRow> find_export(store::Reader& reader, const ExportId& id);
// Newest first, at most `count_max`.
Result<std::vector<ExportRow>> list_exports(store::Reader& reader, std::int64_t count_max);

}  // namespace tutela::retention
