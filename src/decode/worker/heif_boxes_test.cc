#include "decode/worker/heif_boxes.h"

#include <fstream>
#include <iterator>
#include <string_view>

#include <gtest/gtest.h>

#include "decode/worker/decode_picture.h"

namespace tutela::decode {
namespace {

Bytes number(std::uint64_t value, std::size_t bytes) {
  Bytes out(bytes);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<std::uint8_t>(value >> 8 * (bytes - 1 - i));
  return out;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes type_of(std::string_view type) { return {type.begin(), type.end()}; }

Bytes box(std::string_view type, const Bytes& content) { return joined({number(8 + content.size(), 4), type_of(type), content}); }

Bytes reference(std::string_view type, std::uint64_t from, std::uint64_t to, std::size_t id_bytes = 2) {
  return box(type, joined({number(from, id_bytes), number(1, 2), number(to, id_bytes)}));
}

Bytes file_with(const Bytes& references, std::uint32_t version = 0) {
  const Bytes other = box("hdlr", Bytes(20, 1));
  return joined({box("ftyp", type_of("heicheic")),
                 box("meta", joined({number(0, 4), other, box("iref", joined({number(version << 24, 4), references}))}))});
}

// Picture 1 made of 2, made of 3, and so on.
Bytes chain(std::uint64_t links) {
  Bytes references;
  for (std::uint64_t i = 1; i <= links; ++i) references = joined({reference("dimg", i, i + 1), references});
  return file_with(references);
}

TEST(HeifBoxes, TheOutlineOfAFile) {
  const Bytes plain = joined({box("ftyp", type_of("heic")), box("mdat", Bytes(100, 7))});
  EXPECT_FALSE(outline_heif(plain).cut_off);
  EXPECT_FALSE(outline_heif(plain).has_sequence);
  EXPECT_TRUE(outline_heif(joined({plain, box("moov", {})})).has_sequence);
  for (const std::size_t length : {plain.size() - 1, std::size_t{15}, std::size_t{3}})
    EXPECT_TRUE(outline_heif(BytesView(plain).first(length)).cut_off) << length;
  EXPECT_FALSE(outline_heif({}).cut_off);
  const Bytes to_the_end = joined({number(0, 4), type_of("mdat"), Bytes(30, 7)});
  EXPECT_FALSE(outline_heif(to_the_end).cut_off);
  const Bytes with_large_size = joined({number(1, 4), type_of("mdat"), number(20, 8), Bytes(4, 7)});
  EXPECT_FALSE(outline_heif(with_large_size).cut_off);
  EXPECT_TRUE(outline_heif(BytesView(with_large_size).first(19)).cut_off);
}

TEST(HeifBoxes, PicturesMadeOfPicturesHaveADepth) {
  EXPECT_FALSE(outline_heif(chain(3)).too_deep);
  EXPECT_FALSE(outline_heif(chain(8)).too_deep);
  EXPECT_TRUE(outline_heif(chain(9)).too_deep);
}

TEST(HeifBoxes, ACircleIsTooDeep) {
  EXPECT_TRUE(outline_heif(file_with(reference("dimg", 5, 5))).too_deep);
  EXPECT_TRUE(outline_heif(file_with(reference("dimg", 70'000, 70'000, 4), 1)).too_deep);
  EXPECT_TRUE(outline_heif(file_with(joined({reference("dimg", 1, 2), reference("dimg", 2, 1)}))).too_deep);
  // 2 is the mask of 1, and made of it.
  EXPECT_TRUE(outline_heif(file_with(joined({reference("auxl", 2, 1), reference("dimg", 2, 1)}))).too_deep);
  EXPECT_FALSE(outline_heif(file_with(joined({reference("auxl", 2, 1), reference("dimg", 1, 3)}))).too_deep);
  EXPECT_FALSE(outline_heif(file_with(reference("thmb", 5, 5))).too_deep) << "a thumbnail is never decoded with its picture";
}

TEST(HeifBoxes, AGridThatIsItsOwnTileIsRefused) {
  std::ifstream in(TUTELA_SOURCE_DIR "/fuzz/corpus/decode_heic/grid.heic", std::ios::binary);
  Bytes file(std::istreambuf_iterator<char>(in), {});
  const std::size_t tile = as_text(file).find("dimg") + 8;
  ASSERT_LT(tile + 2, file.size());
  ASSERT_EQ(BytesView(file).subspan(tile, 2)[1], 1);
  media::JobStart job;
  job.preview_side_px_max = 32;
  job.output_bytes = media::output_bytes_for(32);
  job.side_px_max = 4000;
  job.pixels_max = 1'000'000;
  Bytes preview(job.output_bytes - media::kPreviewOffsetBytes);
  EXPECT_EQ(decode_picture(file, job, preview).status, media::JobStatus::decoded);
  file[tile + 1] = 2;  // the grid itself
  EXPECT_EQ(decode_picture(file, job, preview).status, media::JobStatus::damaged);
}

}  // namespace
}  // namespace tutela::decode
