#include "fingerprint/pdq.h"

#include <cmath>
#include <fstream>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "fingerprint/dct_matrix.h"
#include "fingerprint/drawn_picture.h"

namespace tutela::fingerprint {
namespace {

using nlohmann::json;

const json& vectors() {
  static const json loaded = [] {
    std::ifstream file(TUTELA_SOURCE_DIR "/spec/vectors/pdq.json");
    return json::parse(file);
  }();
  return loaded;
}

DrawingRecipe recipe_of(const json& v) {
  return {.seed = v.at("seed").get<std::uint64_t>(),
          .width = v.at("width").get<std::uint32_t>(),
          .height = v.at("height").get<std::uint32_t>(),
          .shapes = v.at("shapes").get<std::uint32_t>(),
          .noise = v.at("noise").get<std::uint32_t>()};
}

std::vector<PdqKernel> kernels() {
  std::vector<PdqKernel> found;
  for (const PdqKernel kernel : kPdqKernels)
    if (is_supported(kernel)) found.push_back(kernel);
  return found;
}

template <class Stream>
void push_rgb(const media::RgbView& view, Stream& stream) {
  Bytes row(std::size_t{4} * view.width, 0xEE);  // the fourth byte must not matter
  for (std::uint32_t y = 0; y < view.height; ++y) {
    for (std::size_t x = 0; x < view.width; ++x)
      for (std::size_t c = 0; c < 3; ++c) row[4 * x + c] = view.row(y)[3 * x + c];
    stream.push_rgbx(row);
  }
}

// The reference's algorithm as its description states it, a whole buffer at a time and nothing clever: what the kernels are held
// against for sizes that no vector covers.
class Plain {
 public:
  Plain(std::uint32_t width, std::uint32_t height) : cols_(width), rows_(height), a_(std::size_t{width} * height) {}
  std::vector<float>& pixels() { return a_; }

  std::array<std::array<float, 64>, 64> reduce() {
    std::vector<float> b(a_.size());
    const int along_rows = static_cast<int>((cols_ + 127) / 128);
    const int along_columns = static_cast<int>((rows_ + 127) / 128);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t y = 0; y < rows_; ++y) box(&a_[y * cols_], &b[y * cols_], cols_, 1, along_rows);
      for (std::size_t x = 0; x < cols_; ++x) box(&b[x], &a_[x], rows_, cols_, along_columns);
    }
    std::array<std::array<float, 64>, 64> out;
    for (std::size_t i = 0; i < 64; ++i)
      for (std::size_t j = 0; j < 64; ++j)
        out[i][j] = a_[static_cast<std::size_t>((static_cast<double>(i) + 0.5) * rows_ / 64) * cols_ +
                       static_cast<std::size_t>((static_cast<double>(j) + 0.5) * cols_ / 64)];
    return out;
  }

 private:
  static void box(const float* in, float* out, std::size_t length, std::size_t stride, int window) {
    const int half = (window + 2) / 2;
    std::size_t left = 0, right = 0, at = 0;
    float sum = 0;
    int count = 0;
    for (int i = 0; i < half - 1; ++i) sum += in[stride * right++], ++count;
    for (int i = 0; i < window - half + 1; ++i) {
      sum += in[stride * right++];
      out[stride * at++] = sum / static_cast<float>(++count);
    }
    for (std::size_t i = static_cast<std::size_t>(window); i < length; ++i) {
      sum += in[stride * right++];
      sum -= in[stride * left++];
      out[stride * at++] = sum / static_cast<float>(count);
    }
    for (int i = 0; i < half - 1; ++i) {
      sum -= in[stride * left++];
      out[stride * at++] = sum / static_cast<float>(--count);
    }
  }

  std::uint32_t cols_;
  std::uint32_t rows_;
  std::vector<float> a_;
};

PdqHash hash_plainly(const std::array<std::array<float, 64>, 64>& reduced) {
  std::array<float, 256> values;
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < 64; ++k) {
        float inner = 0;
        for (std::size_t m = 0; m < 64; ++m) inner += kDctMatrix[i][m] * reduced[m][k];
        sum += inner * kDctMatrix[j][k];
      }
      values[16 * i + j] = sum;
    }
  }
  auto sorted = values;
  std::sort(sorted.begin(), sorted.end());
  PdqHash hash;
  for (std::size_t bit = 0; bit < 256; ++bit)
    if (values[bit] > sorted[127]) hash.set_bit(static_cast<int>(bit));
  return hash;
}

TEST(Pdq, EveryVectorWithEveryKernel) {
  ASSERT_EQ(vectors().size(), 24U);
  for (const PdqKernel kernel : kernels()) {
    int reduced = 0;
    for (const json& v : vectors()) {
      SCOPED_TRACE(std::string(to_word(kernel)) + " seed " + v.at("seed").dump());
      const DrawnPicture picture(recipe_of(v));
      PicturePdqStream stream(picture.view().width, picture.view().height, {.kernel = kernel});
      push_rgb(picture.view(), stream);
      const PicturePdq both = stream.finish();
      EXPECT_EQ(both.pdq.hash.to_hex(), v.at("pdq").get<std::string>());
      EXPECT_EQ(both.pdq.quality, v.at("quality").get<int>());
      EXPECT_EQ(both.pdq_pytx.hash.to_hex(), v.at("pytx").at("pdq").get<std::string>());
      EXPECT_EQ(both.pdq_pytx.quality, v.at("pytx").at("quality").get<int>());
      if (v.contains("nearest512")) {
        ++reduced;
        EXPECT_EQ(both.pdq_nearest512.hash.to_hex(), v.at("nearest512").at("pdq").get<std::string>());
        EXPECT_EQ(both.pdq_nearest512.quality, v.at("nearest512").at("quality").get<int>());
      } else {
        EXPECT_EQ(both.pdq_nearest512, both.pdq);
      }
      PdqStream turned(picture.view().width, picture.view().height,
                       {.kernel = kernel, .shortcut = PdqStream::Shortcut64::filter});
      push_rgb(picture.view(), turned);
      std::vector<std::string> dihedral;
      for (const PdqHash& hash : turned.finish_with_dihedral().dihedral) dihedral.push_back(hash.to_hex());
      EXPECT_EQ(dihedral, v.at("dihedral").get<std::vector<std::string>>());
    }
    EXPECT_EQ(reduced, 6);
  }
}

TEST(Pdq, WholePictureFunctionsAgreeWithTheVectors) {
  for (const json& v : vectors()) {
    const DrawnPicture picture(recipe_of(v));
    EXPECT_EQ(pdq(picture.view()).hash.to_hex(), v.at("pdq").get<std::string>());
    const json& nearest = v.contains("nearest512") ? v.at("nearest512") : v;
    EXPECT_EQ(pdq_nearest512(picture.view()).hash.to_hex(), nearest.at("pdq").get<std::string>());
    EXPECT_EQ(pdq_dihedral(picture.view())[3].to_hex(), v.at("dihedral").at(3).get<std::string>());
  }
}

// Every size around the block, chunk and window boundaries, and a few that are long and thin.
TEST(Pdq, KernelsAgreeWithThePlainAlgorithmAtEverySize) {
  SeededRandom random(20261122);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes = {{5, 700},    {700, 5},    {2049, 6},   {6, 2049},
                                                                {129, 1025}, {1025, 129}, {4100, 33},  {33, 4100},
                                                                {257, 255},  {30000, 17}, {17, 30000}, {2304, 640}};
  for (std::uint32_t side = 5; side <= 40; ++side) sizes.emplace_back(side, 45 - side + 5);
  for (std::uint32_t side = 126; side <= 131; ++side) sizes.emplace_back(side, 257 - side + 126);
  for (const auto& [width, height] : sizes) {
    if (width == 64 && height == 64) continue;
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Bytes values(std::size_t{width} * height);
    random.fill(values);
    Plain plain(width, height);
    std::copy(values.begin(), values.end(), plain.pixels().begin());
    const PdqHash expected = hash_plainly(plain.reduce());
    for (const PdqKernel kernel : kernels()) {
      PdqStream stream(width, height, {.kernel = kernel});
      for (std::uint32_t y = 0; y < height; ++y) stream.push_grey(BytesView(values).subspan(std::size_t{y} * width, width));
      EXPECT_EQ(stream.finish().hash.to_hex(), expected.to_hex()) << to_word(kernel);
    }
  }
}

// The reduced picture of a colour picture, with luma as the two families of implementations compute it.
std::array<std::array<float, 64>, 64> reduced_plainly(const media::RgbView& view, PdqStream::Luma luma) {
  Plain plain(view.width, view.height);
  for (std::uint32_t y = 0; y < view.height; ++y) {
    for (std::size_t x = 0; x < view.width; ++x) {
      const std::uint8_t* p = view.row(y).data() + 3 * x;
      plain.pixels()[y * view.width + x] = luma == PdqStream::Luma::in_double
                                               ? static_cast<float>(p[0] * 0.299 + p[1] * 0.587 + p[2] * 0.114)
                                               : 0.299F * p[0] + 0.587F * p[1] + 0.114F * p[2];
    }
  }
  return plain.reduce();
}

// A chess board of two colours: its spectrum is full of values next to zero, whose signs hang on the last bit of luma.
Bytes chess_board(std::uint32_t side, std::uint32_t cell) {
  Bytes rgb;
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x)
      for (const std::uint8_t value : {std::uint8_t{77}, std::uint8_t{201}, std::uint8_t{13}})
        rgb.push_back((x / cell + y / cell) % 2 == 0 ? value : static_cast<std::uint8_t>(255 - value));
  return rgb;
}

void expect_as_plain(const media::RgbView& picture) {
  const std::string in_float = hash_plainly(reduced_plainly(picture, PdqStream::Luma::in_float)).to_hex();
  const std::string in_double = hash_plainly(reduced_plainly(picture, PdqStream::Luma::in_double)).to_hex();
  EXPECT_EQ(pdq(picture).hash.to_hex(), in_float);
  EXPECT_EQ(pdq_pytx(picture).hash.to_hex(), in_double);
  for (const PdqKernel kernel : kernels()) {
    PicturePdqStream stream(picture.width, picture.height,
                            {.conventions = {PdqConvention::full, PdqConvention::pytx}, .kernel = kernel});
    push_rgb(picture, stream);
    const PicturePdq both = stream.finish();
    EXPECT_EQ(both.pdq.hash.to_hex(), in_float) << to_word(kernel);
    EXPECT_EQ(both.pdq_pytx.hash.to_hex(), in_double) << to_word(kernel);
  }
}

TEST(Pdq, PytxIsThePlainAlgorithmOverLumaInDouble) {
  const std::pair<std::uint32_t, std::uint32_t> sizes[] = {{5, 5},     {34, 42},   {97, 201}, {128, 128}, {129, 127},
                                                           {224, 399}, {512, 512}, {700, 31}, {1023, 540}};
  std::uint64_t seed = 100;
  for (const auto& [width, height] : sizes) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    expect_as_plain(DrawnPicture({.seed = ++seed, .width = width, .height = height, .shapes = 4, .noise = 5}).view());
  }
}

TEST(Pdq, TheTwoLumasGiveTwoHashesWhereSignsHangOnTheLastBit) {
  for (const auto& [side, cell] : {std::pair{128U, 8U}, std::pair{128U, 16U}, std::pair{512U, 32U}, std::pair{640U, 40U}}) {
    SCOPED_TRACE(testing::Message() << side << " by " << cell);
    const Bytes rgb = chess_board(side, cell);
    const media::RgbView picture{rgb, side, side, std::size_t{3} * side};
    expect_as_plain(picture);
    EXPECT_NE(pdq(picture).hash, pdq_pytx(picture).hash);
  }
}

// So a picture with one channel needs no second pass.
TEST(Pdq, LumaOfGreyIsItsValueInBothConventions) {
  for (int value = 0; value < 256; ++value)
    ASSERT_EQ(static_cast<float>(value * 0.299 + value * 0.587 + value * 0.114), static_cast<float>(value));
}

// What the kernels with fused multiply-add do instead of dividing, for every count that a side of 30,000 pixels can lead to. (It
// holds for all 2^23 significands of a dividend; here is a sample of them.)
TEST(Pdq, OneCorrectionMakesTheProductAQuotient) {
  SeededRandom random(20261123);
  int uncorrected = 0;
  for (int count = 1; count <= 235; ++count) {
    const auto divisor = static_cast<float>(count);
    const float reciprocal = 1 / divisor;
    for (int i = 0; i < 2000; ++i) {
      const auto dividend = 1 + static_cast<float>(random.next() >> 41) * 0x1p-23F;
      const float product = dividend * reciprocal;
      ASSERT_EQ(std::fma(std::fma(-product, divisor, dividend), reciprocal, product), dividend / divisor) << count;
      if (product != dividend / divisor) ++uncorrected;
    }
  }
  EXPECT_GT(uncorrected, 1000);
}

TEST(Pdq, OnlyWhatIsAskedForIsGiven) {
  const DrawnPicture picture({.seed = 3, .width = 700, .height = 300, .shapes = 6});
  const auto ask = [&](PdqConventions conventions, PdqForms forms) {
    PicturePdqStream stream(700, 300, {.conventions = conventions, .forms = forms});
    push_rgb(picture.view(), stream);
    return stream.finish();
  };
  const PicturePdq nearest = ask({PdqConvention::nearest512}, PdqForms::dihedral);
  EXPECT_EQ(nearest.pdq_nearest512, pdq_nearest512(picture.view()));
  EXPECT_EQ(nearest.pdq_nearest512_dihedral[0], nearest.pdq_nearest512.hash);
  EXPECT_EQ(nearest.pdq, PdqFingerprint());
  EXPECT_EQ(nearest.pdq_dihedral, DihedralHashes());
  const PicturePdq full = ask({PdqConvention::full}, PdqForms::dihedral);
  EXPECT_EQ(full.pdq, pdq(picture.view()));
  EXPECT_EQ(full.pdq_dihedral, pdq_dihedral(picture.view()));
  EXPECT_EQ(full.pdq_nearest512, PdqFingerprint());
  const PicturePdq both = ask({PdqConvention::full, PdqConvention::nearest512}, PdqForms::as_stored);
  EXPECT_EQ(both.pdq, full.pdq);
  EXPECT_EQ(both.pdq_nearest512, nearest.pdq_nearest512);
  EXPECT_EQ(both.pdq_dihedral, DihedralHashes());
}

// Where no side exceeds 512 the two conventions are one, whichever was asked for.
TEST(Pdq, BelowTheReductionNearestIsFull) {
  const DrawnPicture picture({.seed = 4, .width = 512, .height = 200, .shapes = 6});
  PicturePdqStream stream(512, 200, {.conventions = {PdqConvention::nearest512}, .forms = PdqForms::dihedral});
  push_rgb(picture.view(), stream);
  const PicturePdq nearest = stream.finish();
  EXPECT_EQ(nearest.pdq_nearest512, pdq(picture.view()));
  EXPECT_EQ(nearest.pdq_nearest512_dihedral, pdq_dihedral(picture.view()));
  EXPECT_EQ(nearest.pdq, PdqFingerprint());
}

TEST(Pdq, KernelsHaveNames) {
  for (const PdqKernel kernel : kPdqKernels) EXPECT_EQ(parse_pdq_kernel(to_word(kernel)).value(), kernel);
  EXPECT_EQ(parse_pdq_kernel("fastest").error().reason, Reason("pdq.unknown_kernel"));
  EXPECT_TRUE(is_supported(PdqKernel::baseline));
  EXPECT_TRUE(is_supported(best_kernel()));
}

TEST(Pdq, APictureBelowFivePixelsSaysNothing) {
  for (const auto& [width, height] : {std::pair{4U, 100U}, std::pair{100U, 4U}, std::pair{1U, 1U}}) {
    const DrawnPicture picture({.seed = 9, .width = width, .height = height, .shapes = 2});
    EXPECT_EQ(pdq(picture.view()), PdqFingerprint());
  }
}

TEST(Pdq, OneColourHasNoQuality) {
  const Bytes white(std::size_t{3} * 300 * 200, 255);
  EXPECT_EQ(pdq({white, 300, 200, 900}).quality, 0);
}

TEST(Pdq, NearestPicksTheReferencesRows) {
  for (const std::uint32_t height : {1U, 5U, 480U, 511U, 512U, 513U, 1024U, 1999U, 30000U}) {
    const Nearest512 nearest(600, height);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t y = 0; y < height; ++y) rows.insert(rows.end(), nearest.copies_of(y), y);
    ASSERT_EQ(rows.size(), 512U) << height;
    for (std::uint32_t r = 0; r < 512; ++r) ASSERT_EQ(rows[r], r * height / 512) << height;
  }
}

TEST(Pdq, TheTableIsTheMachinesCosine) {
  const auto scale = static_cast<float>(std::sqrt(2.0 / 64.0));
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 64; ++j)
      ASSERT_EQ(kDctMatrix[i][j], static_cast<float>(scale * std::cos((std::numbers::pi / 2.0 / 64.0) * (i + 1) * (2 * j + 1))));
}

TEST(PdqHash, TextAndBytesRoundTrip) {
  const std::string hex = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
  const auto hash = PdqHash::parse(hex);
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->to_hex(), hex);
  EXPECT_EQ(PdqHash::from_bytes(hash->to_bytes()), *hash);
  EXPECT_EQ(hash->to_bytes()[0], 0xF8);
  EXPECT_EQ(hash->words()[0] & 0xFF, 0x22U);

  PdqHash one;
  one.set_bit(255);
  EXPECT_EQ(one.to_hex(), "8" + std::string(63, '0'));
  EXPECT_EQ(hamming_distance_bits(one, PdqHash()), 1);
  EXPECT_EQ(one.count_bits(), 1);

  for (const std::string& bad : {std::string(), hex.substr(1), hex + "0", "F" + hex.substr(1), "g" + hex.substr(1), hex + "\n"})
    EXPECT_EQ(PdqHash::parse(bad).error().reason, Reason("pdq.malformed"));
}

}  // namespace
}  // namespace tutela::fingerprint
