#include "ledger/log_export.h"

#include "ledger/cosignature.h"
#include "ledger/ledger_repository.h"

namespace tutela::ledger {
namespace {

class Exporting {
 public:
  Exporting(store::Reader& reader, const ExportSink& sink) : reader_(reader), sink_(sink) {}

  Result<> epoch(std::uint64_t number) {
    folder_ = "epoch-" + std::to_string(number) + "/";
    TUTELA_ASSIGN(const auto published, published_checkpoint(reader_, number, Published::newest));
    TUTELA_ASSIGN(const auto cosigned, parse_cosigned_note(published));
    TUTELA_ASSIGN(const auto note, parse_note(cosigned.note));
    TUTELA_ASSIGN(const auto checkpoint, parse_checkpoint(note.text));
    TUTELA_TRY(put("checkpoint", as_bytes(published)));
    TUTELA_ASSIGN(const auto opening, opening_of(reader_, checkpoint));
    TUTELA_TRY(put("opening", as_bytes(encode_opening(opening))));
    TUTELA_TRY(others(number));
    TUTELA_TRY(tiles(number, checkpoint.size));
    ++counts_.epochs;
    counts_.leaves += checkpoint.size;
    return {};
  }

  Result<> successions(std::string_view notes) {
    folder_.clear();
    return notes.empty() ? Result<>() : put("successions", as_bytes(notes));
  }

  const ExportCounts& counts() const { return counts_; }

 private:
  Result<> put(const std::string& name, BytesView content) {
    ++counts_.files;
    return sink_(folder_ + name, content);
  }

  Result<> others(std::uint64_t number) {
    const auto cosigned = published_checkpoint(reader_, number, Published::cosigned);
    if (cosigned) {
      TUTELA_TRY(put("cosigned", as_bytes(*cosigned)));
    } else if (cosigned.error().code != ErrorCode::not_found) {
      return std::unexpected(cosigned.error());
    }
    TUTELA_ASSIGN(const auto stamp, last_time_stamp(reader_, number));
    if (!stamp) return {};
    TUTELA_ASSIGN(const auto stamped, find_checkpoint(reader_, number, stamp->size));
    if (!stamped) return fail(ErrorCode::corrupt, "ledger.missing_checkpoint");
    TUTELA_TRY(put("stamped", as_bytes(*stamped)));
    return put("stamped.tsr", stamp->reply);
  }

  Result<> tile(std::uint64_t number, const TilePath& path) {
    TUTELA_ASSIGN(const auto content, published_tile(reader_, number, path));
    return put("tile/" + encode_tile_path(path), content);
  }

  Result<> tiles(std::uint64_t number, std::uint64_t size) {
    for (int level = 0; level < kTileLevelsMax; ++level)
      for (TileId id{level, 0}; tile_width(id, size) > 0; ++id.position) {
        const auto width = tile_width(id, size);
        TUTELA_TRY(tile(number, {TileKind::hashes, id, width}));
        if (level == 0) TUTELA_TRY(tile(number, {TileKind::entries, id, width}));
      }
    return {};
  }

  store::Reader& reader_;
  const ExportSink& sink_;
  std::string folder_;
  ExportCounts counts_;
};

}  // namespace

Result<ExportCounts> export_log(store::Reader& reader, std::string_view successions, const ExportSink& sink) {
  TUTELA_TRY(current_epoch_number(reader));
  TUTELA_ASSIGN(const auto epochs, epoch_numbers(reader));
  Exporting exporting(reader, sink);
  for (const auto number : epochs) TUTELA_TRY(exporting.epoch(number));
  TUTELA_TRY(exporting.successions(successions));
  return exporting.counts();
}

}  // namespace tutela::ledger
