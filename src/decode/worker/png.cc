#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <png.h>

#include "base/limits.h"
#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

using media::JobStatus;

constexpr png_alloc_size_t kChunkBytesMax = 8 * limits::kMiB;

// As with libjpeg: plain data only, because libpng leaves by longjmp.
struct Session {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf failed = {};
  const std::uint8_t* at = nullptr;
  std::size_t left = 0;
  bool input_ended = false;
  bool out_of_memory = false;
};

[[noreturn]] void on_error(png_structp png, png_const_charp) {
  std::longjmp(static_cast<Session*>(png_get_error_ptr(png))->failed, 1);
}
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep out, std::size_t length) {
  Session& session = *static_cast<Session*>(png_get_io_ptr(png));
  if (length > session.left) {
    session.input_ended = true;
    png_error(png, "end of input");
  }
  std::memcpy(out, session.at, length);
  session.at += length;
  session.left -= length;
}

png_voidp on_allocate(png_structp png, png_alloc_size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) static_cast<Session*>(png_get_mem_ptr(png))->out_of_memory = true;
  return memory;
}
void on_free(png_structp, png_voidp memory) { std::free(memory); }

JobStatus status_of(const Session& session) {
  if (session.out_of_memory) return JobStatus::out_of_memory;
  return session.input_ended ? JobStatus::truncated : JobStatus::damaged;
}

struct Destroy {
  void operator()(Session* session) const {
    png_destroy_read_struct(&session->png, &session->info, nullptr);
    delete session;
  }
};

bool read_header(Session& session) {
  if (setjmp(session.failed) != 0) return false;
  png_set_read_fn(session.png, &session, on_read);
  // Sizes are the sink's business; libpng's own limit only has to be out of the way.
  png_set_user_limits(session.png, 0x7FFF'FFFF, 0x7FFF'FFFF);
  png_set_chunk_malloc_max(session.png, kChunkBytesMax);
  // Compressed texts and profiles can be small bombs, and nothing here reads them.
  static const png_byte ignored[] = "iCCP\0zTXt\0iTXt\0tEXt\0sPLT";
  png_set_keep_unknown_chunks(session.png, PNG_HANDLE_CHUNK_NEVER, ignored, 5);
  png_read_info(session.png, session.info);
  return true;
}

bool start(Session& session, int& passes) {
  if (setjmp(session.failed) != 0) return false;
  const int color = png_get_color_type(session.png, session.info);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(session.png);
  if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(session.png);
  if (color == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_strip_alpha(session.png);
  png_set_strip_16(session.png);
  if ((color & PNG_COLOR_MASK_COLOR) != 0) png_set_filler(session.png, 0xFF, PNG_FILLER_AFTER);  // only where there is no alpha
  passes = png_set_interlace_handling(session.png);
  png_read_update_info(session.png, session.info);
  return true;
}

bool read_row(Session& session, std::uint8_t* row) {
  if (setjmp(session.failed) != 0) return false;
  png_read_row(session.png, row, nullptr);
  return true;
}

// What follows the pixels. A file that breaks off here has lost nothing that is looked at.
void read_end(Session& session) {
  if (setjmp(session.failed) != 0) return;
  png_read_end(session.png, session.info);
}

// An animated PNG says so in a chunk before the first pixels, which libpng does not know.
bool is_animated(BytesView input) {
  constexpr std::size_t frame_bytes = 12;  // length, name and checksum of a chunk
  for (std::size_t at = 8; at + frame_bytes <= input.size();) {
    const std::string_view name = as_text(input.subspan(at + 4, 4));
    if (name == "acTL") return true;
    if (name == "IDAT") return false;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | input[at + i];
    at += frame_bytes + length;
  }
  return false;
}

BytesView exif_in(Session& session) {
  png_uint_32 length = 0;
  png_bytep data = nullptr;
  if (png_get_eXIf_1(session.png, session.info, &length, &data) == 0 || data == nullptr) return {};
  return {data, length};
}

}  // namespace

JobStatus decode_png(BytesView input, PictureSink& sink, FileFacts& facts) {
  const std::unique_ptr<Session, Destroy> session(new Session);
  session->at = input.data();
  session->left = input.size();
  session->png =
      png_create_read_struct_2(PNG_LIBPNG_VER_STRING, session.get(), on_error, on_warning, session.get(), on_allocate, on_free);
  if (session->png == nullptr) return JobStatus::out_of_memory;
  session->info = png_create_info_struct(session->png);
  if (session->info == nullptr) return JobStatus::out_of_memory;

  if (!read_header(*session)) return status_of(*session);
  const std::uint32_t width = png_get_image_width(session->png, session->info);
  const std::uint32_t height = png_get_image_height(session->png, session->info);
  const bool grey = (png_get_color_type(session->png, session->info) & PNG_COLOR_MASK_COLOR) == 0;
  if (!sink.begin(width, height, grey ? Channels::grey : Channels::rgbx)) return JobStatus::too_many_pixels;
  int passes = 1;
  if (!start(*session, passes)) return status_of(*session);
  if (png_get_rowbytes(session->png, session->info) != sink.row_bytes()) return JobStatus::damaged;

  // An interlaced picture comes in seven passes over all rows, so it has to be kept.
  const std::size_t row_bytes = sink.row_bytes();
  Bytes rows(passes == 1 ? row_bytes : row_bytes * height);
  for (int pass = 0; pass < passes; ++pass) {
    for (std::uint32_t y = 0; y < height; ++y) {
      std::uint8_t* row = rows.data() + (passes == 1 ? 0 : row_bytes * y);
      if (!read_row(*session, row)) return status_of(*session);
      if (pass == passes - 1) sink.push({row, row_bytes});
    }
  }
  read_end(*session);
  facts.exif = read_exif(exif_in(*session));
  facts.has_more_pictures = is_animated(input);
  return JobStatus::decoded;
}

}  // namespace tutela::decode
