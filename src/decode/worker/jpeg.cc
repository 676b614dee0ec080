#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

#include "base/check.h"
#include "decode/worker/cmyk.h"
#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

// A file of many thousand scans costs minutes and shows nothing that ten would not; encoders write about ten.
constexpr int kScansMax = 200;
constexpr int kErrorTooManyScans = -1;

// libjpeg reports through callbacks and leaves by longjmp, so everything it touches is plain data in one object, and no C++
// object with a destructor lives in the frames a jump crosses.
struct Session {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf failed = {};
  int error = 0;
  bool input_ended = false;  // libjpeg had to invent an end marker
  bool data_missing = false;
};

Session& session_of(j_common_ptr info) { return *static_cast<Session*>(info->client_data); }

[[noreturn]] void on_error(j_common_ptr info) {
  Session& session = session_of(info);
  session.error = info->err->msg_code;
  std::longjmp(session.failed, 1);
}

void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;  // not a warning
  Session& session = session_of(info);
  if (info->err->msg_code == JWRN_JPEG_EOF) session.input_ended = true;
  if (info->err->msg_code == JWRN_HIT_MARKER) session.data_missing = true;
}

void on_text(j_common_ptr) {}

void on_progress(j_common_ptr info) {
  Session& session = session_of(info);
  if (session.info.input_scan_number <= kScansMax) return;
  session.error = kErrorTooManyScans;
  std::longjmp(session.failed, 1);
}

JobStatus status_of(const Session& session) {
  switch (session.error) {
    case JERR_OUT_OF_MEMORY:
      return JobStatus::out_of_memory;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
      return JobStatus::too_many_pixels;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
      return JobStatus::unsupported_format;
    default:
      return session.input_ended ? JobStatus::truncated : JobStatus::damaged;
  }
}

// The three steps in which libjpeg may jump; each has its own landing place.
bool read_header(Session& session, BytesView input) {
  if (setjmp(session.failed) != 0) return false;
  jpeg_create_decompress(&session.info);
  session.info.progress = &session.progress;
  jpeg_mem_src(&session.info, input.data(), static_cast<unsigned long>(input.size()));
  jpeg_save_markers(&session.info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&session.info, TRUE);
  return true;
}

bool start(Session& session) {
  if (setjmp(session.failed) != 0) return false;
  jpeg_start_decompress(&session.info);
  return true;
}

bool read_row(Session& session, std::uint8_t* row) {
  if (setjmp(session.failed) != 0) return false;
  JSAMPROW rows[1] = {row};
  return jpeg_read_scanlines(&session.info, rows, 1) == 1;
}

struct Destroy {
  void operator()(Session* session) const {
    jpeg_destroy_decompress(&session->info);
    delete session;
  }
};

BytesView exif_in(const Session& session) {
  constexpr std::string_view prefix("Exif\0\0", 6);
  for (const jpeg_marker_struct* marker = session.info.marker_list; marker != nullptr; marker = marker->next) {
    const BytesView data(marker->data, marker->data_length);
    if (data.size() > prefix.size() && as_text(data.first(prefix.size())) == prefix) return data.subspan(prefix.size());
  }
  return {};
}

}  // namespace

JobStatus decode_jpeg(BytesView input, PictureSink& sink, FileFacts& facts) {
  const std::unique_ptr<Session, Destroy> session(new Session);
  jpeg_decompress_struct& info = session->info;
  info.err = jpeg_std_error(&session->errors);
  info.client_data = session.get();
  session->errors.error_exit = on_error;
  session->errors.emit_message = on_message;
  session->errors.output_message = on_text;
  session->progress.progress_monitor = on_progress;

  if (!read_header(*session, input)) return status_of(*session);
  facts.exif = read_exif(exif_in(*session));
  const bool grey = info.num_components == 1;
  const bool cmyk = info.num_components == 4;
  if (!grey && !cmyk && info.num_components != 3) return JobStatus::unsupported_format;
  info.out_color_space = grey ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_EXT_RGBX;
  if (!sink.begin(info.image_width, info.image_height, grey ? Channels::grey : Channels::rgbx)) return JobStatus::too_many_pixels;
  if (!start(*session)) return status_of(*session);
  TUTELA_CHECK(info.output_width == info.image_width && info.output_height == info.image_height);

  Bytes row(sink.row_bytes());
  Bytes converted(cmyk ? row.size() : 0);
  for (std::uint32_t y = 0; y < info.image_height; ++y) {
    if (!read_row(*session, row.data())) return status_of(*session);
    if (cmyk) cmyk_to_rgbx(row, info.saw_Adobe_marker != 0 ? InkScale::light : InkScale::ink, converted);
    sink.push(cmyk ? converted : row);
  }
  return session->input_ended && session->data_missing ? JobStatus::truncated : JobStatus::decoded;
}

}  // namespace tutela::decode
