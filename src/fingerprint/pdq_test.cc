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

  PdqHash hash() {
    const auto reduced = reduce();
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
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes = {{5, 700},    {700, 5},   {2049, 6},  {6, 2049}, {129, 1025},
                                                                {1025, 129}, {4100, 33}, {33, 4100}, {257, 255}};
  for (std::uint32_t side = 5; side <= 40; ++side) sizes.emplace_back(side, 45 - side + 5);
  for (std::uint32_t side = 126; side <= 131; ++side) sizes.emplace_back(side, 257 - side + 126);
  for (const auto& [width, height] : sizes) {
    if (width == 64 && height == 64) continue;
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Bytes values(std::size_t{width} * height);
    random.fill(values);
    Plain plain(width, height);
    std::copy(values.begin(), values.end(), plain.pixels().begin());
    const PdqHash expected = plain.hash();
    for (const PdqKernel kernel : kernels()) {
      PdqStream stream(width, height, {.kernel = kernel});
      for (std::uint32_t y = 0; y < height; ++y) stream.push_grey(BytesView(values).subspan(std::size_t{y} * width, width));
      EXPECT_EQ(stream.finish().hash.to_hex(), expected.to_hex()) << to_word(kernel);
    }
  }
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
