#include "cli/hash_command.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "crypto/digest.h"
#include "decode/decoder_broker.h"

namespace tutela::cli {
namespace {

using fingerprint::PdqConvention;
using fingerprint::PdqConventions;
using nlohmann::ordered_json;

const std::map<std::string, PdqConvention> kAlgorithms = {
    {"pdq", PdqConvention::full}, {"pdq_nearest512", PdqConvention::nearest512}, {"pdq_pytx", PdqConvention::pytx}};

Result<Bytes> read_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return fail(ErrorCode::not_found, "hash.no_such_file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::denied, "hash.cannot_read");
  Bytes bytes;
  std::array<char, 64 * 1024> part;
  while (file) {
    file.read(part.data(), part.size());
    const auto* begin = reinterpret_cast<const std::uint8_t*>(part.data());
    bytes.insert(bytes.end(), begin, begin + file.gcount());
    if (bytes.size() > limits::kMediaBytesMax) return fail(ErrorCode::limit, "media.too_large");
  }
  if (file.bad()) return fail(ErrorCode::unavailable, "hash.cannot_read");
  return bytes;
}

ordered_json to_json(const fingerprint::PdqFingerprint& pdq) {
  ordered_json object;
  object["value"] = pdq.hash.to_hex();
  object["quality"] = pdq.quality;
  return object;
}

struct Line {
  std::string text;
  int exit_code = 0;
};

// A line of either form; an object that is not JSON is written as "key value" pairs under the file's name.
std::string write(const ordered_json& object, bool json) {
  if (json) return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  std::string text = object.at("file").get<std::string>() + "\n";
  for (const auto& [key, value] : object.items()) {
    if (key == "file") continue;
    text += "  " + key;
    if (value.is_object()) {
      for (const auto& [_, part] : value.items()) text += " " + (part.is_string() ? part.get<std::string>() : part.dump());
    } else {
      text += " " + (value.is_string() ? value.get<std::string>() : value.dump());
    }
    text += "\n";
  }
  return text;
}

struct Options {
  bool json = false;
  bool unsandboxed = false;
  std::string kernel;
  std::vector<std::string> algorithms = {"pdq", "pdq_nearest512"};
  std::vector<std::string> files;
};

PdqConventions conventions_of(const Options& options) {
  std::uint8_t bits = 0;
  for (const std::string& name : options.algorithms)
    bits = static_cast<std::uint8_t>(bits | PdqConventions({kAlgorithms.at(name)}).bits());
  return PdqConventions::from_bits(bits);
}

Line hash_file(decode::Decoder& decoder, const std::string& path, const Options& options) {
  ordered_json object;
  object["file"] = path;
  const auto failed = [&](const Error& error) {
    object["error"]["code"] = error_class(error.code).name;
    object["error"]["reason"] = error.reason.text();
    return Line{write(object, options.json), error_class(error.code).exit_code};
  };
  const auto bytes = read_file(path);
  if (!bytes) return failed(bytes.error());
  const crypto::Digests digests = crypto::digests_of(*bytes);
  object["sha256"] = encode_hex(digests.sha256);
  object["sha1"] = encode_hex(digests.sha1);
  object["md5"] = encode_hex(digests.md5);
  const PdqConventions conventions = conventions_of(options);
  const auto decoded = decoder.decode(*bytes, {.conventions = conventions});
  if (!decoded) return failed(decoded.error());
  object["width"] = decoded->width;
  object["height"] = decoded->height;
  if (conventions.contains(PdqConvention::full)) object["pdq"] = to_json(decoded->pdq);
  if (conventions.contains(PdqConvention::nearest512)) object["pdq_nearest512"] = to_json(decoded->pdq_nearest512);
  if (conventions.contains(PdqConvention::pytx)) object["pdq_pytx"] = to_json(decoded->pdq_pytx);
  return {write(object, options.json), 0};
}

// Every worker takes the next file; the lines come out in the order of the arguments.
int hash_files(decode::Decoder& decoder, const Options& options, std::size_t workers_max) {
  const std::vector<std::string>& files = options.files;
  std::vector<std::optional<Line>> lines(files.size());
  std::mutex mutex;
  std::condition_variable done;
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(workers_max, files.size()); ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++) {
        Line line = hash_file(decoder, files[at], options);
        const std::lock_guard lock(mutex);
        lines[at] = std::move(line);
        done.notify_one();
      }
    });
  }
  int exit_code = 0;
  for (std::optional<Line>& line : lines) {
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return line.has_value(); });
    const Line finished = *std::exchange(line, Line{});
    lock.unlock();
    std::cout << finished.text << std::flush;
    if (exit_code == 0) exit_code = finished.exit_code;
  }
  return exit_code;
}

int run(const Options& options) {
  std::optional<fingerprint::PdqKernel> kernel;
  if (!options.kernel.empty()) kernel = fingerprint::parse_pdq_kernel(options.kernel).value();  // CLI11 let no other through
  const unsigned workers = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
  const auto decoder = decode::open_decoder({
      .program = decode::default_decoder_program(),
      .sandbox = options.unsandboxed ? decode::SandboxPolicy::unsandboxed_allowed : decode::SandboxPolicy::required,
      .jobs_max = workers,
      .pdq_kernel = kernel,
  });
  if (!decoder) {
    std::cerr << to_string(decoder.error()) << "\n";
    return error_class(decoder.error().code).exit_code;
  }
  return hash_files(**decoder, options, workers);
}

}  // namespace

void add_hash_command(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("hash", "Fingerprints of image files, off-line, through the sandboxed decoder");
  command->add_flag("--json", options->json, "One JSON object a line, as the console takes it for an item without a picture");
  command->add_flag("--unsandboxed", options->unsandboxed, "Run the decoder even where bubblewrap is not available");
  std::vector<std::string> kernels;
  for (const fingerprint::PdqKernel kernel : fingerprint::kPdqKernels) kernels.emplace_back(to_word(kernel));
  command->add_option("--algorithm", options->algorithms, "Which PDQ conventions to compute; pdq,pdq_nearest512 unless told")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(kAlgorithms));
  command->add_option("--kernel", options->kernel, "Which code computes PDQ, instead of the fastest that this processor has")
      ->check(CLI::IsMember(kernels))
      ->envname("TUTELA_PDQ_KERNEL");
  command->add_option("FILE", options->files, "JPEG, PNG, WebP, GIF, TIFF, HEIC, AVIF or PNM")->required();
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace tutela::cli
