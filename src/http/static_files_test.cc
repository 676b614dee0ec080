#include "http/static_files.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tutela::http {
namespace {

class StaticFilesTest : public testing::Test {
 public:
  StaticFilesTest() : folder_(std::filesystem::temp_directory_path() / ("tutela-static-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_ / "assets");
    write("index.html", "<script nonce=\"__CSP_NONCE__\"></script><style nonce=\"__CSP_NONCE__\"></style>");
    write("assets/index-B3kq9_xA.js", "run()");
    write("assets/main.css", "a{}");
    write("favicon.svg", "<svg/>");
  }
  ~StaticFilesTest() override { std::filesystem::remove_all(folder_); }

 protected:
  void write(const std::string& name, std::string_view text) { std::ofstream(folder_ / name, std::ios::binary) << text; }
  static Request get(std::string path, Headers headers = {}) {
    Request request{};
    request.path = std::move(path);
    request.headers = std::move(headers);
    return request;
  }

  std::filesystem::path folder_;
  SeededRandom random_{7};
};

TEST_F(StaticFilesTest, EveryIndexHasAFreshNonceInPageAndPolicy) {
  const auto files = StaticFiles::load(folder_, random_);
  ASSERT_TRUE(files) << to_string(files.error());
  std::set<std::string> nonces;
  for (const auto* path : {"/", "/index.html", "/review/018f", "/"}) {
    const auto response = files->serve(get(path));
    EXPECT_EQ(response.status, 200);
    const std::string html(as_text(response.body));
    EXPECT_EQ(html.find(kNonceMarker), std::string::npos);
    const auto nonce = html.substr(15, 24);
    nonces.insert(nonce);
    EXPECT_EQ(html, "<script nonce=\"" + nonce + "\"></script><style nonce=\"" + nonce + "\"></style>");
    const auto& policy = response.headers.at("Content-Security-Policy");
    EXPECT_EQ(policy, content_security_policy_with_nonce(nonce));
    EXPECT_NE(policy.find("script-src 'self' 'nonce-" + nonce + "'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(response.headers.at("Cache-Control"), "no-store");
  }
  EXPECT_EQ(nonces.size(), 4u);
}

TEST_F(StaticFilesTest, AssetsHaveTypesAndCaching) {
  const auto files = StaticFiles::load(folder_, random_);
  const auto hashed = files->serve(get("/assets/index-B3kq9_xA.js"));
  EXPECT_EQ(as_text(hashed.body), "run()");
  EXPECT_EQ(hashed.headers.at("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(hashed.headers.at("Cache-Control"), "public, max-age=31536000, immutable");
  const auto plain = files->serve(get("/assets/main.css"));
  EXPECT_EQ(plain.headers.at("Cache-Control"), "no-cache");
  const auto again = files->serve(get("/assets/main.css", {{"If-None-Match", plain.headers.at("ETag")}}));
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  EXPECT_EQ(files->serve(get("/assets/main.css", {{"If-None-Match", "\"other\""}})).status, 200);
  EXPECT_EQ(files->serve(get("/favicon.svg")).headers.at("Content-Type"), "image/svg+xml");
}

TEST_F(StaticFilesTest, AMissingAssetIsNotThePage) {
  const auto files = StaticFiles::load(folder_, random_);
  EXPECT_EQ(files->serve(get("/assets/gone-12345678.js")).status, 404);
  EXPECT_EQ(files->serve(get("/assets")).status, 200);
}

TEST_F(StaticFilesTest, LinksAreNotFollowed) {
  std::filesystem::create_symlink("/etc/hostname", folder_ / "leak.txt");
  EXPECT_EQ(StaticFiles::load(folder_, random_)->serve(get("/leak.txt")).status, 404);
}

TEST_F(StaticFilesTest, WithoutAPageItDoesNotLoad) {
  std::filesystem::remove(folder_ / "index.html");
  EXPECT_EQ(StaticFiles::load(folder_, random_).error().reason, Reason("http.assets_missing"));
  EXPECT_EQ(StaticFiles::load(folder_ / "absent", random_).error().reason, Reason("http.assets_missing"));
}

TEST_F(StaticFilesTest, RoutesOutliveIt) {
  std::vector<Route> routes;
  {
    routes = StaticFiles::load(folder_, random_)->routes();
  }
  ASSERT_EQ(routes.size(), 1u);
  EXPECT_EQ(routes[0].pattern, "/*");
  EXPECT_EQ(routes[0].handler(get("/assets/main.css")).status, 200);
}

}  // namespace
}  // namespace tutela::http
