#include "decode/decoder_broker.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"
#include "decode/sealed_memory.h"
#include "decode/worker/sandbox.h"
#include "decode/worker/test_encoders.h"
#include "decode/worker/test_exif.h"
#include "decode/worker/test_pictures.h"
#include "fingerprint/drawn_picture.h"
#include "fingerprint/pdq.h"

namespace tutela::decode {
namespace {

using fingerprint::DrawnPicture;
using fingerprint::PdqConvention;
using namespace std::chrono_literals;

DecoderOptions options_for(const std::string& program) {
  return {.program = std::string(TUTELA_BINARY_DIR "/") + program, .time_max = 5s};
}

std::unique_ptr<Decoder> open_or_fail(const DecoderOptions& options) {
  auto decoder = open_decoder(options);
  if (!decoder) {
    ADD_FAILURE() << to_string(decoder.error()) << ": these tests need bubblewrap and seccomp";
    std::abort();
  }
  return *std::move(decoder);
}

DrawnPicture some_picture(std::uint64_t seed = 31) {
  return DrawnPicture({.seed = seed, .width = 640, .height = 480, .shapes = 8, .noise = 6});
}

std::string reason_of(Decoder& decoder, std::string_view order) {
  const auto decoded = decoder.decode(as_bytes(order), {});
  return decoded ? "decoded" : std::string(decoded.error().reason.text());
}

// The processes this one started and has not waited for: the decoder's bubblewrap.
std::vector<pid_t> own_children() {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    std::getline(stat, line);
    const std::size_t behind_name = line.rfind(')');
    if (behind_name == std::string::npos) continue;
    std::istringstream rest(line.substr(behind_name + 1));
    std::string state;
    pid_t parent = 0;
    rest >> state >> parent;
    if (parent == getpid()) found.push_back(std::stoi(name));
  }
  return found;
}

TEST(DecoderBroker, AnswersAsTheFingerprintLibraryDoes) {
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  const DrawnPicture picture = some_picture();
  const auto decoded = decoder->decode(picture.to_pnm(), {.preview_side_px_max = 640});
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->width, 640U);
  EXPECT_EQ(decoded->height, 480U);
  EXPECT_EQ(media::to_word(decoded->format), "pnm");
  EXPECT_EQ(decoded->pdq, fingerprint::pdq(picture.view()));
  EXPECT_EQ(decoded->pdq_nearest512, fingerprint::pdq_nearest512(picture.view()));
  ASSERT_TRUE(decoded->preview);
  EXPECT_EQ(decoded->preview->rgb.reveal(), picture.rgb());
}

TEST(DecoderBroker, GivesTheConventionsAndFormsAskedFor) {
  const DrawnPicture picture({.seed = 12, .width = 900, .height = 700, .shapes = 9});
  const fingerprint::PdqConventions all = {PdqConvention::full, PdqConvention::nearest512, PdqConvention::pytx};
  for (const fingerprint::PdqKernel kernel : fingerprint::kPdqKernels) {
    DecoderOptions options = options_for("tutela-decoder");
    options.pdq_kernel = kernel;
    if (!fingerprint::is_supported(kernel)) {
      EXPECT_EQ(open_decoder(options).error().reason, Reason("pdq.kernel_not_supported"));
      continue;
    }
    const auto decoder = open_or_fail(options);
    const auto decoded = decoder->decode(picture.to_pnm(), {.conventions = all, .forms = fingerprint::PdqForms::dihedral});
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_EQ(decoded->pdq, fingerprint::pdq(picture.view()));
    EXPECT_EQ(decoded->pdq_nearest512, fingerprint::pdq_nearest512(picture.view()));
    EXPECT_EQ(decoded->pdq_pytx, fingerprint::pdq_pytx(picture.view()));
    EXPECT_EQ(decoded->pdq_dihedral, fingerprint::pdq_dihedral(picture.view()));
    ASSERT_TRUE(decoded->pdq_nearest512_dihedral);
    EXPECT_EQ(decoded->pdq_nearest512_dihedral->front(), decoded->pdq_nearest512.hash);
    EXPECT_NE(decoded->pdq_nearest512_dihedral->at(1), decoded->pdq_nearest512.hash);

    const auto only = decoder->decode(picture.to_pnm(), {.conventions = {PdqConvention::nearest512}});
    ASSERT_TRUE(only);
    EXPECT_EQ(only->pdq_nearest512, decoded->pdq_nearest512);
    EXPECT_EQ(only->pdq, fingerprint::PdqFingerprint());
    EXPECT_EQ(only->pdq_pytx, fingerprint::PdqFingerprint());
    EXPECT_FALSE(only->pdq_dihedral || only->pdq_nearest512_dihedral);
  }
}

TEST(DecoderBroker, PhotographsWithTheirFacts) {
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  const auto decoded =
      decoder->decode(test::photograph("Storm.jpg"), {.preview_side_px_max = 256, .claimed_content_type = "image/jpeg"});
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->capture.reveal().model, "Canon EOS 400D DIGITAL");
  EXPECT_EQ(decoded->preview->width, 256U);
  EXPECT_EQ(decoded->preview->height, 171U);
}

TEST(DecoderBroker, ASmallerCopyOfAPhotographHashesAlike) {
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  const auto original = decoder->decode(test::photograph("Wood.jpg"), {.preview_side_px_max = 800});
  ASSERT_TRUE(original);
  const Preview& reduced = *original->preview;
  const Bytes copy = test::to_jpeg(
      media::RgbView{reduced.rgb.reveal(), reduced.width, reduced.height, std::size_t{3} * reduced.width}, {.quality = 60});
  const auto again = decoder->decode(copy, {});
  ASSERT_TRUE(again);
  EXPECT_LE(hamming_distance_bits(original->pdq.hash, again->pdq.hash), 16);
}

TEST(DecoderBroker, BadInputHasItsReason) {
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  const Bytes jpeg = test::to_jpeg(some_picture().view());
  const auto reason = [&](BytesView bytes, std::string_view claimed = {}) {
    const auto decoded = decoder->decode(bytes, {.claimed_content_type = claimed});
    return decoded ? std::string("decoded") : std::string(decoded.error().reason.text());
  };
  EXPECT_EQ(reason(jpeg, "image/jpeg"), "decoded");
  EXPECT_EQ(reason(jpeg, "image/png"), "media.mislabelled");
  EXPECT_EQ(reason(BytesView(jpeg).first(jpeg.size() / 2)), "media.truncated");
  EXPECT_EQ(reason(as_bytes("not a picture")), "media.not_an_image");
  EXPECT_EQ(reason({}), "media.not_an_image");
  EXPECT_EQ(reason(as_bytes("GIF89a")), "media.truncated");
  EXPECT_EQ(reason(as_bytes("BM a bitmap")), "media.unsupported_format");
  EXPECT_EQ(reason(test::to_webp(some_picture().view()), "image/avif"), "media.mislabelled");
  EXPECT_EQ(reason(test::to_webp(some_picture().view()), "image/webp"), "decoded");
  EXPECT_EQ(reason(test::to_heif(some_picture().view()), "image/heif"), "decoded");
  EXPECT_EQ(reason(as_bytes("P6\n30000 30000\n255\n")), "media.too_many_pixels");
  EXPECT_EQ(reason(as_bytes("P6\n0 0\n255\n")), "media.damaged");
  EXPECT_EQ(reason(Bytes(limits::kMediaBytesMax + 1)), "media.too_large");
}

TEST(DecoderBroker, MemoryIsBounded) {
  DecoderOptions options = options_for("tutela-decoder");
  options.memory_bytes_max = 64 * limits::kMiB;
  const auto decoder = open_or_fail(options);
  const Bytes white(std::size_t{3} * 6000 * 6000, 255);
  // A progressive picture of 36 million pixels has 216 MB of coefficients.
  const auto decoded = decoder->decode(test::to_jpeg(media::RgbView{white, 6000, 6000, 18000}, {.progressive = true}), {});
  if constexpr (kAddressSanitizer) {
    EXPECT_TRUE(decoded) << "the limit is off in this build";
  } else {
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason, Reason("decoder.out_of_memory"));
  }
  EXPECT_TRUE(decoder->decode(some_picture().to_pnm(), {}));
}

struct Named {
  std::string name;
  Bytes file;
};

// The same picture without loss in every format, each by its library's own encoder.
std::vector<Named> lossless_files(const media::RgbView& picture) {
  const Bytes exif = test::some_exif({});
  return {{"png", test::to_png(picture)},
          {"webp", test::to_webp_with_exif(test::to_webp(picture), exif)},
          {"tiff", test::to_tiff(picture, {.compression = COMPRESSION_LZW, .tile = 64, .make = "Invented"})},
          {"heic", test::to_heif(picture, {.exif = exif})},
          {"avif", test::to_heif(picture, {.format = heif_compression_AV1, .exif = exif})}};
}

// A codec that started a thread, wrote a message or opened a file would be killed here.
TEST(DecoderBroker, EveryFormatPassesTheSandbox) {
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  const auto photograph = decoder->decode(test::photograph("Storm.jpg"), {.preview_side_px_max = 640});
  ASSERT_TRUE(photograph) << to_string(photograph.error());
  const Preview& reduced = *photograph->preview;
  const Bytes& rgb = reduced.rgb.reveal();
  const media::RgbView view{rgb, reduced.width, reduced.height, std::size_t{3} * reduced.width};
  for (const auto& [name, file] : lossless_files(view)) {
    const auto decoded = decoder->decode(file, {.preview_side_px_max = 640});
    ASSERT_TRUE(decoded) << name << ": " << to_string(decoded.error());
    EXPECT_EQ(media::to_word(decoded->format), name);
    EXPECT_EQ(decoded->pdq, fingerprint::pdq(view)) << name;
    EXPECT_EQ(decoded->pdq_nearest512, fingerprint::pdq_nearest512(view)) << name;
    EXPECT_EQ(decoded->preview->rgb.reveal(), rgb) << name;
    EXPECT_FALSE(decoded->has_more_pictures) << name;
    EXPECT_EQ(decoded->capture.reveal().make, name == "png" ? "" : "Invented") << name;
  }
  Bytes indices(std::size_t{300} * 200);
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i % 300 < 150 ? 1 : 0;
  const test::GifFrame frame = {.indices = indices, .width = 300, .height = 200};
  const auto gif = decoder->decode(test::to_gif(300, 200, Bytes{0, 0, 0, 250, 240, 230}, {frame, frame}), {});
  ASSERT_TRUE(gif) << to_string(gif.error());
  EXPECT_EQ(media::to_word(gif->format), "gif");
  EXPECT_TRUE(gif->has_more_pictures);
  const auto turned = decoder->decode(test::to_tiff(view, {.orientation = ORIENTATION_LEFTBOT}), {});
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->orientation, media::Orientation::left_bottom);
  EXPECT_EQ(turned->pdq, fingerprint::pdq(view)) << "said, and not applied";
}

// What a damaged file makes a library do must never be what the sandbox forbids.
TEST(DecoderBroker, DamageIsNeverTakenForAnAttack) {
  constexpr std::uint64_t seed = 99;
  RecordProperty("seed", std::to_string(seed));
  SeededRandom random(seed);
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  const DrawnPicture picture({.seed = 8, .width = 80, .height = 72, .shapes = 5, .noise = 10});
  for (const auto& [name, file] : lossless_files(picture.view())) {
    for (int round = 0; round < 25; ++round) {
      Bytes damaged = file;
      for (int i = 0; i < 3; ++i) damaged[random.next() % damaged.size()] = static_cast<std::uint8_t>(random.next());
      const auto decoded = decoder->decode(damaged, {});
      if (!decoded) {
        EXPECT_NE(decoded.error().code, ErrorCode::corrupt) << name << " round " << round;
      }
    }
  }
}

// Files of a few kilobytes that unfold to the most that is taken on.
TEST(DecoderBroker, BombsWithinTheLimitsAreDecodedInTime) {
  DecoderOptions options = options_for("tutela-decoder");
  options.time_max = 20s;
  const auto decoder = open_or_fail(options);
  constexpr std::uint32_t side = kAddressSanitizer ? 2000 : 8000;
  const Bytes white(std::size_t{3} * side * side, 255);
  const media::RgbView picture{white, side, side, std::size_t{3} * side};
  const Named bombs[] = {
      {"tiff", test::to_tiff(picture, {.compression = COMPRESSION_ADOBE_DEFLATE, .rows_per_strip = side})},
      {"webp", test::to_webp(picture)},
      {"png", test::to_png(picture)},
      {"png of 16 bits, interlaced",
       test::to_png(Bytes(std::size_t{6} * side * side, 255), side, side, {.bits = 16, .interlaced = true})},
      {"png palette", test::to_png(Bytes(std::size_t{side} * side), side, side,
                                   {.bits = 1, .color = PNG_COLOR_TYPE_PALETTE, .palette = {255, 255, 255, 0, 0, 0}})},
      {"gif", test::to_gif(side, side, Bytes{255, 255, 255, 0, 0, 0},
                           {{.indices = Bytes(std::size_t{side} * side), .width = side, .height = side}})},
  };
  for (const auto& [name, file] : bombs) {
    EXPECT_LT(file.size(), white.size() / 200) << name;
    const auto decoded = decoder->decode(file, {});
    ASSERT_TRUE(decoded) << name << ": " << to_string(decoded.error());
    EXPECT_EQ(decoded->width, side);
    EXPECT_EQ(decoded->pdq.quality, 0) << name;
  }
}

TEST(DecoderBroker, ManyCallersAtOnceEachGetTheirOwnAnswer) {
  const auto decoder = open_or_fail(options_for("tutela-decoder"));
  std::vector<std::future<bool>> callers;
  for (std::uint64_t caller = 1; caller <= 8; ++caller) {
    callers.push_back(std::async(std::launch::async, [&, caller] {
      for (std::uint64_t round = 0; round < 5; ++round) {
        const DrawnPicture picture({.seed = caller * 100 + round, .width = 200, .height = 150, .shapes = 6, .noise = 4});
        const auto decoded = decoder->decode(picture.to_pnm(), {});
        if (!decoded || decoded->pdq != fingerprint::pdq(picture.view())) return false;
      }
      return true;
    }));
  }
  for (auto& caller : callers) EXPECT_TRUE(caller.get());
}

TEST(DecoderBroker, WithoutASandboxItIsRefusedUnlessAllowed) {
  DecoderOptions options = options_for("tutela-decoder");
  options.bubblewrap = "/nonexistent/bwrap";
  auto refused = open_decoder(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason("decoder.no_sandbox"));
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);

  options.bubblewrap = "/bin/false";  // there, but it cannot make namespaces
  EXPECT_EQ(open_decoder(options).error().reason, Reason("decoder.no_sandbox"));

  options.sandbox = SandboxPolicy::unsandboxed_allowed;
  testing::internal::CaptureStderr();
  const auto decoder = open_or_fail(options);
  EXPECT_NE(testing::internal::GetCapturedStderr().find(R"("level":"error","event":"decoder.unsandboxed")"), std::string::npos);
  EXPECT_TRUE(decoder->decode(some_picture().to_pnm(), {}));
}

TEST(DecoderBroker, AMissingProgramIsSaid) {
  EXPECT_EQ(open_decoder(options_for("no-such-program")).error().reason, Reason("decoder.cannot_start"));
}

TEST(HostileJob, EveryEscapeEndsTheProcess) {
  const auto decoder = open_or_fail(options_for("hostile_job"));
  for (const char* order : {"open", "socket", "fork", "vfork", "exec", "ptrace", "kill", "write_process", "truncate", "write",
                            "control", "memory_file", "map_file", "map_code", "unshare", "limits", "io_uring"})
    EXPECT_EQ(reason_of(*decoder, order), "decoder.killed") << order;
  EXPECT_TRUE(decoder->decode(some_picture().to_pnm(), {})) << "and the next job is decoded";
}

TEST(HostileJob, WhatItLeavesBehindIsChecked) {
  const auto decoder = open_or_fail(options_for("hostile_job"));
  EXPECT_EQ(reason_of(*decoder, "crash"), "decoder.killed");
  EXPECT_EQ(reason_of(*decoder, "silent"), "decoder.bad_answer");
  EXPECT_EQ(reason_of(*decoder, "garbage"), "decoder.bad_answer");
  EXPECT_EQ(reason_of(*decoder, "huge_preview"), "decoder.bad_answer");
  EXPECT_EQ(reason_of(*decoder, "alter_input"), "media.unsupported_format") << "its word for: the seal held";
}

TEST(HostileJob, AHangingJobIsEndedAloneAndInTime) {
  DecoderOptions options = options_for("hostile_job");
  options.time_max = 1000ms;
  const auto decoder = open_or_fail(options);
  const auto begin = std::chrono::steady_clock::now();
  auto hanging = std::async(std::launch::async, [&] { return reason_of(*decoder, "hang"); });
  const DrawnPicture picture = some_picture();
  const Bytes file = picture.to_pnm();
  const auto beside = decoder->decode(file, {});
  ASSERT_TRUE(beside) << to_string(beside.error());
  EXPECT_EQ(beside->pdq, fingerprint::pdq(picture.view()));
  EXPECT_EQ(hanging.get(), "decoder.timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(HostileJob, OtherJobsAnswersStayTheirOwn) {
  const auto decoder = open_or_fail(options_for("hostile_job"));
  std::atomic<bool> done = false;
  auto attacker = std::async(std::launch::async, [&] {
    for (int i = 0; !done; ++i) {
      static constexpr const char* kOrders[] = {"write", "truncate", "map_file", "write_process", "control", "garbage"};
      reason_of(*decoder, kOrders[i % 6]);
    }
  });
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const DrawnPicture picture({.seed = seed, .width = 300, .height = 200, .shapes = 6, .noise = 4});
    const auto decoded = decoder->decode(picture.to_pnm(), {});
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_EQ(decoded->pdq, fingerprint::pdq(picture.view()));
  }
  done = true;
}

TEST(HostileJob, AKilledDecoderIsRestartedAndTheJobRepeated) {
  const auto decoder = open_or_fail(options_for("hostile_job"));
  const DrawnPicture picture = some_picture();
  Bytes slow = to_bytes("slow");
  append_bytes(slow, picture.to_pnm());
  auto job = std::async(std::launch::async, [&] { return decoder->decode(slow, {}); });
  std::this_thread::sleep_for(200ms);
  const auto children = own_children();
  ASSERT_EQ(children.size(), 1U);
  ASSERT_EQ(kill(children[0], SIGKILL), 0);
  const auto decoded = job.get();
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->pdq, fingerprint::pdq(picture.view()));
  EXPECT_NE(own_children(), children);
}

TEST(HostileZygote, BubblewrapAndTheSealsHold) {
  const auto decoder = open_or_fail(options_for("hostile_zygote"));
  const Descriptor listening(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(bind(listening.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(listening.get(), 1), 0);
  ASSERT_EQ(getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string escape = "escape " + std::to_string(getpid()) + " " + std::to_string(ntohs(address.sin_port));
  for (const std::string& order : {escape, std::string("unseal")}) {
    const auto decoded = decoder->decode(as_bytes(order), {});
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_EQ(decoded->capture.reveal().make, "") << "escapes that worked";
  }
}

TEST(HostileZygote, ALieOnTheWireEndsIt) {
  const auto decoder = open_or_fail(options_for("hostile_zygote"));
  for (const char* order : {"die", "flood", "wrong_job"}) EXPECT_EQ(reason_of(*decoder, order), "decoder.died") << order;
  EXPECT_EQ(reason_of(*decoder, "twice"), "decoded");
  EXPECT_EQ(reason_of(*decoder, "late"), "decoder.bad_answer") << "it ended before it answered";
  EXPECT_EQ(reason_of(*decoder, "unseal"), "decoded");
}

TEST(HostileZygote, OneThatNeverAnswersIsGivenUp) {
  DecoderOptions options = options_for("hostile_zygote");
  options.time_max = 100ms;
  const auto decoder = open_or_fail(options);
  EXPECT_EQ(reason_of(*decoder, "mute"), "decoder.timeout");
  EXPECT_EQ(reason_of(*decoder, "unseal"), "decoded");
}

}  // namespace
}  // namespace tutela::decode
