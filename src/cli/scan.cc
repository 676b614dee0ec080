#include "cli/scan.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "base/limits.h"
#include "cli/progress.h"
#include "cli/scan_row.h"
#include "vault/durable_file.h"

namespace tutela::cli {
namespace {

using nlohmann::ordered_json;

// A part is what a kill loses at most: some seconds of two decoders.
constexpr std::int64_t kPartFiles = 200;
constexpr std::size_t kWorkers = 2;

// "<out>.scan": lock, plan, frozen list of files, parts.
class WorkFolder {
 public:
  explicit WorkFolder(const std::filesystem::path& out) : path_(out.string() + ".scan") {}

  Result<> open() {
    std::error_code error;
    std::filesystem::create_directory(path_, error);
    if (error) return fail(ErrorCode::unavailable, "scan.cannot_write");
    const int descriptor = ::open((path_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(ErrorCode::unavailable, "scan.cannot_write");
    lock_.emplace(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return fail(ErrorCode::conflict, "scan.running");
    return {};
  }
  std::filesystem::path plan() const { return path_ / "plan.json"; }
  std::filesystem::path files() const { return path_ / "files"; }
  std::filesystem::path part(std::int64_t number) const { return path_ / fmt::format("part-{:09}", number); }
  void remove_parts(std::int64_t count) const {
    std::error_code ignored;
    for (std::int64_t number = 0; number < count; ++number) std::filesystem::remove(part(number), ignored);
    std::filesystem::remove(files(), ignored);
  }

 private:
  std::filesystem::path path_;
  std::optional<lists::File> lock_;
};

Result<std::string> digest_of_manifest(const std::filesystem::path& manifest) {
  auto file = lists::open_list(manifest);
  if (!file) return fail(ErrorCode::not_found, "scan.no_such_manifest");
  TUTELA_ASSIGN(const auto digest, lists::digest_of(*file));
  return encode_hex(digest);
}

// What must be the same for a scan to go on.
Result<ordered_json> describe(const ScanPlan& plan, const Known& known) {
  ordered_json out = {{"version", 1}, {"known", known.digest()}};
  if (plan.manifest.empty()) {
    std::error_code error;
    const auto folder = std::filesystem::canonical(plan.folder, error);
    if (error) return fail(ErrorCode::not_found, "scan.no_such_folder");
    const auto target = std::filesystem::weakly_canonical(plan.out, error);
    const auto [in_folder, in_target] = std::ranges::mismatch(folder, target);
    if (error || in_folder == folder.end()) return fail(ErrorCode::invalid, "scan.out_inside");
    out["folder"] = encode_hex(as_bytes(folder.string()));
  } else {
    TUTELA_ASSIGN(out["manifest"], digest_of_manifest(plan.manifest));
    out["separator"] = plan.separator == Separator::nul ? "nul" : "line";
  }
  out["shard"] = fmt::format("{}/{}", plan.shard.index, plan.shard.count);
  return out;
}

// The files of this shard, in order, each with a NUL behind it. Returns how many.
Result<std::int64_t> freeze_files(const ScanPlan& plan, const std::filesystem::path& frozen) {
  TUTELA_ASSIGN(auto file, WholeFile::create(frozen));
  std::int64_t seen = 0;
  std::int64_t taken = 0;
  const auto take = [&](const std::string& path) -> Result<> {
    if (seen++ % plan.shard.count != plan.shard.index - 1) return {};
    ++taken;
    TUTELA_TRY(file.write(path));
    return file.write(std::string_view("\0", 1));
  };
  TUTELA_TRY(plan.manifest.empty() ? walk_folder(plan.folder, take) : read_manifest(plan.manifest, plan.separator, take));
  TUTELA_TRY(file.finish());
  return taken;
}

Result<std::optional<ordered_json>> read_plan(const std::filesystem::path& path) {
  const auto text = vault::read_file(path, limits::kJsonBodyBytesMax);
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  TUTELA_TRY(text);
  auto plan = ordered_json::parse(as_text(*text), nullptr, false);
  if (!plan.is_object()) return fail(ErrorCode::corrupt, "scan.bad_plan");
  return plan;
}

Result<> write_plan(const std::filesystem::path& path, const ordered_json& plan) {
  return vault::write_durably(path, as_bytes(plan.dump() + "\n"), vault::IfExists::replace);
}

std::int64_t part_count(std::int64_t files) { return (files + kPartFiles - 1) / kPartFiles; }

class Runner {
 public:
  Runner(const ScanPlan& plan, const Known& known, decode::Decoder& decoder, const WorkFolder& work)
      : plan_(plan), known_(known), decoder_(decoder), work_(work) {}

  // Every part that is missing.
  Result<> run(std::int64_t files) {
    const auto mark = [files](std::int64_t done) {
      return ProgressMark{done, static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(files, 1))};
    };
    std::int64_t done = files_done(files);
    Progress progress("files", mark(done));
    std::int64_t seen = 0;
    std::vector<ScanFile> part;
    const auto close_part = [&]() -> Result<> {
      const std::int64_t number = (seen - 1) / kPartFiles;
      if (!has_part(number)) {
        TUTELA_TRY(write_part(number, part));
        done += std::ssize(part);
        progress.tell(mark(done));
      }
      part.clear();
      return {};
    };
    TUTELA_TRY(read_manifest(work_.files(), Separator::nul, [&](const std::string& name) -> Result<> {
      part.push_back({plan_.manifest.empty() ? (plan_.folder / name).string() : name, name});
      ++seen;
      return seen % kPartFiles == 0 ? close_part() : Result<>();
    }));
    if (!part.empty()) TUTELA_TRY(close_part());
    if (seen != files) return fail(ErrorCode::corrupt, "scan.bad_plan");
    progress.finish(seen);
    return {};
  }

 private:
  bool has_part(std::int64_t number) const {
    std::error_code error;
    return std::filesystem::exists(work_.part(number), error);
  }
  // By an earlier start.
  std::int64_t files_done(std::int64_t files) const {
    std::int64_t done = 0;
    for (std::int64_t number = 0; number < part_count(files); ++number)
      if (has_part(number)) done += std::min(kPartFiles, files - number * kPartFiles);
    return done;
  }

  // Two files at a time; the rows stand in the order of the files all the same.
  Result<> write_part(std::int64_t number, const std::vector<ScanFile>& files) {
    std::vector<std::string> rows(files.size());
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::optional<Error> failed;  // guarded by mutex
    {
      std::array<std::jthread, kWorkers> workers;
      for (auto& worker : workers)
        worker = std::jthread([&] {
          for (std::size_t at = next++; at < files.size(); at = next++) {
            auto row = scan_row(decoder_, known_, files[at]);
            if (row) {
              rows[at] = *std::move(row);
              continue;
            }
            const std::lock_guard lock(mutex);
            failed = row.error();
            next = files.size();
          }
        });
    }
    if (failed) return std::unexpected(*failed);
    TUTELA_ASSIGN(auto file, WholeFile::create(work_.part(number)));
    for (const std::string& row : rows) TUTELA_TRY(file.write(row));
    return file.finish();
  }

  const ScanPlan& plan_;
  const Known& known_;
  decode::Decoder& decoder_;
  const WorkFolder& work_;
};

Result<> join_parts(const WorkFolder& work, std::int64_t count, const std::filesystem::path& out) {
  TUTELA_ASSIGN(auto whole, WholeFile::create(out));
  std::string piece(std::size_t{1} << 20, '\0');
  for (std::int64_t number = 0; number < count; ++number) {
    std::ifstream part(work.part(number), std::ios::binary);
    if (!part) return fail(ErrorCode::corrupt, "scan.part_missing");
    while (part) {
      part.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      TUTELA_TRY(whole.write(std::string_view(piece).substr(0, static_cast<std::size_t>(part.gcount()))));
    }
    if (part.bad()) return fail(ErrorCode::unavailable, "scan.cannot_read");
  }
  return whole.finish();
}

}  // namespace

Result<Shard> Shard::parse(std::string_view text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool has_slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = std::from_chars(has_slash ? index.ptr + 1 : end, end, shard.count);
  if (!has_slash || count.ec != std::errc() || count.ptr != end || shard.count < 1 || shard.index < 1 ||
      shard.index > shard.count)
    return fail(ErrorCode::invalid, "scan.bad_shard");
  return shard;
}

Result<ScanDone> run_scan(const ScanPlan& plan, const Known& known, decode::Decoder& decoder) {
  TUTELA_ASSIGN(const auto described, describe(plan, known));
  WorkFolder work(plan.out);
  std::error_code error;
  TUTELA_TRY(work.open());
  TUTELA_ASSIGN(auto stored, read_plan(work.plan()));
  if (!stored) {
    if (std::filesystem::exists(plan.out, error)) return fail(ErrorCode::conflict, "scan.out_exists");
    TUTELA_ASSIGN(const auto files, freeze_files(plan, work.files()));
    stored = described;
    (*stored)["files"] = files;
    (*stored)["finished"] = false;
    TUTELA_TRY(write_plan(work.plan(), *stored));
  }
  for (const auto& [key, value] : described.items())
    if (!stored->contains(key) || (*stored)[key] != value) return fail(ErrorCode::conflict, "scan.other_plan");
  const auto files = stored->value("files", std::int64_t{-1});
  if (files < 0) return fail(ErrorCode::corrupt, "scan.bad_plan");
  const bool was_complete = stored->value("finished", false) && std::filesystem::exists(plan.out, error);
  if (!was_complete) {
    if (stored->value("finished", false)) return fail(ErrorCode::conflict, "scan.out_missing");
    TUTELA_TRY(Runner(plan, known, decoder, work).run(files));
    TUTELA_TRY(join_parts(work, part_count(files), plan.out));
    (*stored)["finished"] = true;
    TUTELA_TRY(write_plan(work.plan(), *stored));
  }
  work.remove_parts(part_count(files));
  return ScanDone{files, was_complete};
}

}  // namespace tutela::cli
