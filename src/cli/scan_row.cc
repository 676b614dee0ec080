#include "cli/scan_row.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/limits.h"
#include "base/utf8.h"
#include "decode/query_fingerprints.h"
#include "match/answer.h"

namespace tutela::cli {
namespace {

using fingerprint::PdqConvention;
using nlohmann::ordered_json;

Error cannot_open(int number) {
  switch (number) {
    case ELOOP:
      return {ErrorCode::unsupported, "scan.symlink"};
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::not_found, "scan.missing"};
    case EACCES:
    case EPERM:
      return {ErrorCode::denied, "scan.unreadable"};
    case ENAMETOOLONG:
      return {ErrorCode::invalid, "scan.name_too_long"};
    case ENXIO:  // a socket
    case ENODEV:
      return {ErrorCode::unsupported, "scan.not_a_file"};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {ErrorCode::unavailable, "scan.cannot_open"};
    default:
      return {ErrorCode::corrupt, "scan.cannot_open"};
  }
}

// The bytes, or the digest of a file that is too large to be decoded.
struct FileBytes {
  Bytes bytes;
  std::int64_t size = 0;
  std::optional<crypto::Sha256> digest;
};

Result<FileBytes> read_open_file(const lists::File& file) {
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return fail(ErrorCode::corrupt, "scan.cannot_read");
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::unsupported, "scan.not_a_file");
  FileBytes read;
  crypto::Sha256Stream digest;
  Bytes piece(256 * 1024);
  bool is_large = false;
  for (;;) {
    const ssize_t count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::corrupt, "scan.cannot_read");
    if (count == 0) break;
    const auto view = BytesView(piece).first(static_cast<std::size_t>(count));
    digest.add(view);
    read.size += count;
    is_large = is_large || static_cast<std::size_t>(read.size) > limits::kMediaBytesMax;
    if (is_large) {
      read.bytes = Bytes();
    } else {
      append_bytes(read.bytes, view);
    }
  }
  if (is_large) read.digest = digest.finish();
  return read;
}

Result<FileBytes> read_file(const std::string& path) {
  if (path.find('\0') != std::string::npos) return fail(ErrorCode::not_found, "scan.missing");
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return std::unexpected(cannot_open(errno));
  const lists::File file(descriptor);
  return read_open_file(file);
}

void put_name(ordered_json& row, const std::string& name) {
  if (is_utf8(as_bytes(name))) {
    row["file"] = name;
  } else {
    row["file_base64"] = encode_base64(as_bytes(name));
  }
}

void put_error(ordered_json& row, const Error& error) {
  row["error"] = {{"code", error_class(error.code).name}, {"reason", error.reason.text()}};
}

void put_fingerprints(ordered_json& row, std::span<const Fingerprint> fingerprints) {
  for (const Fingerprint& fingerprint : fingerprints) {
    const std::string word(fingerprint.algorithm().word());
    row[word] = encode_hex(fingerprint.reveal_value());
    if (fingerprint.quality()) row[word + "_quality"] = *fingerprint.quality();
  }
}

Result<> put_matches(ordered_json& row, const Known& known, std::span<const Fingerprint> fingerprints,
                     std::span<const decode::QueryForm> turned = {}) {
  std::vector<match::MatchAnswer> answers;
  std::vector<std::string_view> forms;
  const auto ask = [&](std::span<const Fingerprint> questions, std::string_view form) -> Result<> {
    TUTELA_ASSIGN(auto answer, known.find(questions));
    answers.push_back(std::move(answer));
    forms.push_back(form);
    return {};
  };
  TUTELA_TRY(ask(fingerprints, ""));
  for (const auto& form : turned) TUTELA_TRY(ask(form.fingerprints, form.word));
  row["matches"] = ordered_json::array();
  for (const auto& found : match::merge_forms(std::move(answers), forms)) {
    row["matches"].push_back(match_object(known, found.match));
    if (!found.form.empty()) row["matches"].back()["form"] = found.form;
  }
  return {};
}

fingerprint::PdqConventions conventions_for(const Known& known) {
  return known.has(Algorithm::pdq_pytx())
             ? fingerprint::PdqConventions{PdqConvention::full, PdqConvention::nearest512, PdqConvention::pytx}
             : fingerprint::PdqConventions{PdqConvention::full, PdqConvention::nearest512};
}

std::string line_of(const ordered_json& row) { return row.dump() + "\n"; }

}  // namespace

ordered_json match_object(const Known& known, const match::Match& match) {
  return {{"bank", known.bank_name(match)},
          {"entry", known.entry_name(match)},
          {"algorithm", match.algorithm.word()},
          {"distance", match.distance_bits},
          {"threshold", match.threshold_bits},
          {"why", match.why},
          {"effect", match::to_word(match::effect_of(match))}};
}

std::optional<std::string_view> why_not_compared(std::span<const Fingerprint> fingerprints) {
  for (const Fingerprint& fingerprint : fingerprints)
    if (const auto why = fingerprint.why_not_compared()) return why;
  return std::nullopt;
}

Result<std::string> scan_row(decode::Decoder& decoder, const Known& known, const ScanFile& file, decode::FormsAsked forms) {
  ordered_json row = ordered_json::object();
  put_name(row, file.name);
  const auto read = read_file(file.path);
  if (!read) {
    if (read.error().code == ErrorCode::unavailable) return std::unexpected(read.error());
    put_error(row, read.error());
    return line_of(row);
  }
  row["bytes"] = read->size;
  if (read->size == 0) {
    put_error(row, {ErrorCode::invalid, "scan.empty"});
    return line_of(row);
  }
  if (read->digest) {
    const std::vector fingerprints = {
        Fingerprint::make(Algorithm::sha256(), Bytes(read->digest->begin(), read->digest->end())).value()};
    put_fingerprints(row, fingerprints);
    TUTELA_TRY(put_matches(row, known, fingerprints));
    put_error(row, {ErrorCode::limit, "media.too_large"});
    return line_of(row);
  }
  auto fingerprints = decode::digest_fingerprints(crypto::digests_of(read->bytes));
  const auto conventions = conventions_for(known);
  const auto decoded = decoder.decode(read->bytes, {.conventions = conventions, .forms = fingerprint::PdqForms::dihedral});
  if (!decoded && (decoded.error().code == ErrorCode::unavailable || decoded.error().code == ErrorCode::busy ||
                   decoded.error().code == ErrorCode::internal))
    return std::unexpected(decoded.error());
  if (decoded) {
    row["width"] = decoded->width;
    row["height"] = decoded->height;
    for (auto& fingerprint : decode::picture_fingerprints(*decoded, conventions)) fingerprints.push_back(std::move(fingerprint));
  }
  put_fingerprints(row, fingerprints);
  if (const auto why = why_not_compared(fingerprints)) row["not_compared"] = *why;
  TUTELA_TRY(
      put_matches(row, known, fingerprints, decoded ? decode::query_forms(*decoded, forms) : std::vector<decode::QueryForm>()));
  if (!decoded) put_error(row, decoded.error());
  return line_of(row);
}

}  // namespace tutela::cli
