#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include <libexif/exif-data.h>

#include "decode/worker/formats.h"

namespace tutela::decode {
namespace {

struct Unref {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};

std::string text_of(const ExifData& data, ExifIfd directory, ExifTag tag, std::size_t bytes_max) {
  const ExifEntry* entry = exif_content_get_entry(data.ifd[directory], tag);
  if (entry == nullptr || entry->data == nullptr || entry->format != EXIF_FORMAT_ASCII) return {};
  return printable_text(as_text(BytesView(entry->data, entry->size)), bytes_max);
}

// Degrees, minutes and seconds as three fractions, and a letter for the side.
std::optional<std::int32_t> angle_of(const ExifData& data, ExifTag tag, ExifTag side, std::string_view sides,
                                     double degrees_max) {
  const ExifEntry* entry = exif_content_get_entry(data.ifd[EXIF_IFD_GPS], tag);
  const std::string letter = text_of(data, EXIF_IFD_GPS, side, 1);
  if (entry == nullptr || entry->data == nullptr || entry->format != EXIF_FORMAT_RATIONAL || entry->components != 3 ||
      entry->size < 24 || letter.size() != 1 || sides.find(letter[0]) == std::string_view::npos)
    return std::nullopt;
  double degrees = 0;
  double unit = 1;
  for (std::size_t i = 0; i < 3; ++i, unit /= 60) {
    const ExifRational part = exif_get_rational(entry->data + 8 * i, exif_data_get_byte_order(const_cast<ExifData*>(&data)));
    if (part.denominator == 0) return std::nullopt;
    degrees += unit * part.numerator / part.denominator;
  }
  if (!(degrees >= 0 && degrees <= degrees_max)) return std::nullopt;
  return static_cast<std::int32_t>(std::lround(letter[0] == sides[1] ? -degrees * 1e7 : degrees * 1e7));
}

media::Orientation orientation_of(const ExifData& data) {
  const ExifEntry* entry = exif_content_get_entry(data.ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->data == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2)
    return media::Orientation::top_left;
  const ExifShort number = exif_get_short(entry->data, exif_data_get_byte_order(const_cast<ExifData*>(&data)));
  return number >= 1 && number <= 8 ? static_cast<media::Orientation>(number) : media::Orientation::top_left;
}

}  // namespace

std::string printable_text(std::string_view text, std::size_t bytes_max) {
  std::string printable;
  for (const char c : text.substr(0, std::min(text.find('\0'), bytes_max))) printable += c >= 0x20 && c <= 0x7E ? c : '?';
  while (!printable.empty() && printable.back() == ' ') printable.pop_back();
  return printable;
}

ExifFacts read_exif(BytesView tiff) {
  ExifFacts exif;
  media::CaptureFacts& facts = exif.capture;
  if (tiff.empty()) return exif;
  const std::unique_ptr<ExifData, Unref> data(exif_data_new());
  if (!data) return exif;
  exif_data_unset_option(data.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);  // facts as written, not as repaired
  Bytes block = to_bytes(std::string_view("Exif\0\0", 6));
  append_bytes(block, tiff);
  exif_data_load_data(data.get(), block.data(), static_cast<unsigned int>(block.size()));

  facts.taken_at = text_of(*data, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, kExifTimeBytes);
  std::string zone = text_of(*data, EXIF_IFD_EXIF, EXIF_TAG_OFFSET_TIME_ORIGINAL, 6);
  if (facts.taken_at.empty()) {
    facts.taken_at = text_of(*data, EXIF_IFD_0, EXIF_TAG_DATE_TIME, kExifTimeBytes);
    zone = text_of(*data, EXIF_IFD_EXIF, EXIF_TAG_OFFSET_TIME, 6);
  }
  if (!facts.taken_at.empty()) facts.taken_at += zone;
  facts.make = text_of(*data, EXIF_IFD_0, EXIF_TAG_MAKE, media::kDeviceBytesMax);
  facts.model = text_of(*data, EXIF_IFD_0, EXIF_TAG_MODEL, media::kDeviceBytesMax);
  const auto gps = [](int tag) { return static_cast<ExifTag>(tag); };
  const auto latitude = angle_of(*data, gps(EXIF_TAG_GPS_LATITUDE), gps(EXIF_TAG_GPS_LATITUDE_REF), "NS", 90);
  const auto longitude = angle_of(*data, gps(EXIF_TAG_GPS_LONGITUDE), gps(EXIF_TAG_GPS_LONGITUDE_REF), "EW", 180);
  if (latitude && longitude) facts.position = media::Position{*latitude, *longitude};
  exif.orientation = orientation_of(*data);
  return exif;
}

}  // namespace tutela::decode
