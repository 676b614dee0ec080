#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"

// A large file, sealed at rest. It begins with "TUTELAMS", u32 version, u32 chunk size and 16 random bytes; then come chunks,
// each u32 length and one sealed value (crypto/sealing.h) whose context is that beginning, the chunk's number and whether it is
// the last. So a chunk that is changed, missing, moved, of another file or key does not open, and a cut file is seen. Numbers are
// little-endian, as the memory they are copied from.
namespace tutela::match_engine {

using SnapshotKey = crypto::SecretKey<32, struct SnapshotPurpose>;

inline constexpr std::uint32_t kSnapshotVersion = 1;
inline constexpr std::size_t kSnapshotChunkBytes = std::size_t{4} << 20;

class SnapshotWriter {
 public:
  // `key` and `random` outlive the writer. A temporary file beside `path`, readable by its owner alone. Removed unless finish()
  // succeeds. limit, "match.disk_full"; unavailable, "match.snapshot_io" (place: errno's name).
  static Result<SnapshotWriter> create(const std::filesystem::path& path, const SnapshotKey& key, Random& random);
  SnapshotWriter(SnapshotWriter&& other) noexcept;
  SnapshotWriter& operator=(SnapshotWriter&&) = delete;
  ~SnapshotWriter();

  // As create().
  Result<> write(BytesView bytes);
  Result<> write_number(std::uint64_t number);
  // u64 length, then the bytes.
  Result<> write_text(std::string_view text);
  // The last chunk, fsync, the name, fsync of the folder: from then on it is the snapshot, and durable.
  Result<> finish();

 private:
  SnapshotWriter(std::filesystem::path path, std::filesystem::path temporary, int file, const SnapshotKey& key, Random& random);
  Result<> flush(bool is_last);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int file_;
  const SnapshotKey* key_;
  Random* random_;
  Bytes head_;
  Bytes chunk_;
  std::uint64_t chunks_ = 0;
};

class SnapshotReader {
 public:
  // `key` outlives the reader. not_found, "match.no_snapshot"; unsupported, "match.snapshot_version" (a newer or older program
  // wrote it); corrupt, "match.snapshot_broken" (not a snapshot, changed, or of another key), "match.snapshot_cut"; denied,
  // "match.snapshot_exposed" (others than the owner may read it); unavailable, "match.snapshot_io".
  static Result<SnapshotReader> open(const std::filesystem::path& path, const SnapshotKey& key);
  SnapshotReader(SnapshotReader&& other) noexcept;
  SnapshotReader& operator=(SnapshotReader&&) = delete;
  ~SnapshotReader();

  // Fills `out` wholly. Errors as open().
  Result<> read(std::span<std::uint8_t> out);
  Result<std::uint64_t> read_number();
  // corrupt, "match.snapshot_broken" above `bytes_max`.
  Result<std::string> read_text(std::size_t bytes_max);
  // That nothing follows. As open().
  Result<> finish();

 private:
  SnapshotReader(int file, const SnapshotKey& key) : file_(file), key_(&key) {}
  Result<> next_chunk();

  int file_;
  const SnapshotKey* key_;
  Bytes head_;
  Bytes chunk_;
  std::size_t used_ = 0;
  std::uint64_t chunks_ = 0;
  bool is_last_ = false;
};

}  // namespace tutela::match_engine
