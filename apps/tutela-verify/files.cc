#include "files.h"

#include <algorithm>
#include <fstream>

#include "base/limits.h"

namespace tutela::ledger {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return fail(ErrorCode::not_found, "verify.no_file", path.string());
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, "verify.no_file", path.string());
  std::string text;
  constexpr std::size_t kChunk = 64 * 1024;
  for (std::string chunk(kChunk, '\0'); file; text.append(chunk, 0, static_cast<std::size_t>(file.gcount()))) {
    if (text.size() > bytes_max) return fail(ErrorCode::limit, "verify.too_large", path.string());
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
  }
  if (text.size() > bytes_max) return fail(ErrorCode::limit, "verify.too_large", path.string());
  return text;
}

Result<crypto::PublicKey> read_key(const std::string& argument) {
  std::string text = read_file(argument, limits::kJsonBodyBytesMax).value_or(argument);
  if (text.ends_with('\n')) text.pop_back();
  const auto bytes = decode_base64(text);
  crypto::PublicKey key;
  if (!bytes || bytes->size() != key.size()) return fail(ErrorCode::invalid, "verify.bad_key", "--key");
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

Result<std::vector<WitnessKey>> read_witnesses(const std::vector<std::string>& arguments) {
  std::vector<WitnessKey> keys;
  for (const auto& argument : arguments) {
    TUTELA_ASSIGN(auto key, parse_witness_key(argument));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::optional<crypto::TimeStampTrust>> read_roots(const std::string& path) {
  if (path.empty()) return std::nullopt;
  TUTELA_ASSIGN(auto text, read_file(path, limits::kTimeStampRootsBytesMax));
  return crypto::TimeStampTrust{std::move(text)};
}

TileSource tiles_in(const std::filesystem::path& folder) {
  return [folder](const TileId& id, std::uint64_t width) -> Result<TileHashes> {
    const auto of = [&](std::uint64_t wide) { return folder / "tile" / encode_tile_path({TileKind::hashes, id, wide}); };
    auto bytes = read_file(of(width), kTileWidth * sizeof(Hash));
    if (!bytes && width < kTileWidth) bytes = read_file(of(kTileWidth), kTileWidth * sizeof(Hash));
    TUTELA_TRY(bytes);
    return decode_tile(as_bytes(*bytes));
  };
}

ExportSource export_in(const std::filesystem::path& folder) {
  ExportSource source;
  source.file = [folder](const std::string& path, std::size_t bytes_max) -> Result<Bytes> {
    TUTELA_ASSIGN(const auto text, read_file(folder / path, bytes_max));
    return to_bytes(text);
  };
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error); !error && entry != std::filesystem::end(entry);
       entry.increment(error))
    if (const auto epoch = parse_epoch_folder(entry->path().filename().string())) source.epochs.push_back(*epoch);
  std::ranges::sort(source.epochs);
  return source;
}

Result<> write_evidence(const std::filesystem::path& folder, const std::vector<Equivocation>& found) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  int number = 0;
  const auto write = [&](const std::string& name, const std::string& text) -> Result<> {
    std::ofstream file(folder / name, std::ios::binary);
    file << text;
    file.close();
    if (!file) return fail(ErrorCode::unavailable, "verify.cannot_write", (folder / name).string());
    return {};
  };
  for (const auto& one : found) {
    const auto stem = "equivocation-" + std::to_string(++number);
    TUTELA_TRY(write(stem + "-first", one.first));
    TUTELA_TRY(write(stem + "-second", one.second));
  }
  return {};
}

}  // namespace tutela::ledger
