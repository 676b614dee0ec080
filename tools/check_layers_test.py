"""Each rule is shown a tree that breaks it, and one beside it that does not."""

import unittest

from check_layers import LAYERS, check

MODULE = "tutela_module(x)\n"


def tree(files, cmake=None):
    """Findings of a small tree in which every header is used and every folder is a module, unless cmake says otherwise."""
    if cmake is None:
        cmake = {path.rsplit("/", 1)[0] + "/CMakeLists.txt": MODULE for path in files}
    return check(files, cmake)


class LayersTest(unittest.TestCase):
    def finds(self, files, words, path=None, cmake=None):
        findings = tree(files, cmake)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(words, findings[0].message)
        if path:
            self.assertEqual(findings[0].path, path)

    def accepts(self, files, cmake=None):
        self.assertEqual(tree(files, cmake), [])

    def test_an_include_that_points_down(self):
        self.accepts({"src/line/file.cc": '#include "vault/vault.h"\n', "src/vault/vault.h": ""})

    def test_an_include_that_points_up(self):
        self.finds({"src/review/review.cc": '\n#include "http/http.h"\n', "src/http/http.h": ""}, "layer 2 includes layer 3", "src/review/review.cc")

    def test_every_layer_refuses_the_one_above(self):
        for lower, upper in zip(LAYERS, LAYERS[1:]):
            for module in lower:
                for target in upper:
                    self.finds({f"src/{module}/x.cc": f'#include "{target}/y.h"\n', f"src/{target}/y.h": ""}, "includes point down only")

    def test_the_interface_of_the_store_is_below_its_drivers(self):
        self.accepts({"src/store/sqlite/sqlite.cc": '#include "store/store.h"\n', "src/store/store.h": ""})
        self.finds({"src/store/open.cc": '#include "store/sqlite/sqlite.h"\n', "src/store/sqlite/sqlite.h": ""}, "includes point down only")

    def test_a_test_may_use_adapters_but_not_use_cases(self):
        self.accepts({"src/intake/intake_test.cc": '#include "store/sqlite/sqlite.h"\n', "src/store/sqlite/sqlite.h": ""})
        self.finds({"src/intake/intake_test.cc": '#include "line/line.h"\n', "src/line/line.h": ""}, "includes point down only")

    def test_a_circle_in_one_layer(self):
        self.finds({"src/review/a.h": '#include "intake/b.h"\n', "src/intake/b.h": '#include "review/a.h"\n'}, "in a circle")

    def test_an_unknown_folder(self):
        self.finds({"src/helpers/x.cc": ""}, "on no layer")

    def test_a_decision_that_reaches_for_the_world(self):
        for code in ("#include <fstream>", "#include <thread>", '#include "base/log.h"', "auto now = SystemClock{}.now();",
                     "std::random_device seed;", 'auto text = std::getenv("HOME");', "#include <curl/curl.h>"):
            self.finds({"src/law/law.cc": code + "\n"}, "module law")
        self.accepts({"src/net/fetch.cc": "#include <curl/curl.h>\n#include <thread>\n"})

    def test_a_word_in_a_comment_is_no_code(self):
        self.accepts({"src/law/law.cc": "// SystemClock is handed in; no co_await; no SELECT x FROM y.\n"})

    def test_a_slash_and_a_star_in_a_string_open_no_comment(self):
        self.finds({"src/app/x.cc": 'route("/assets/*");\nco_await f();\nroute("/other/*/");\n'}, "co_await")
        self.finds({"src/app/x.cc": 'auto page = R"html(<a href="/*">)html";\nco_await f(); /* */\n'}, "co_await")

    def test_sql_outside_a_repository(self):
        sql = 'auto rows = reader.query("SELECT id FROM item");\n'
        self.finds({"src/review/review.cc": sql}, "SQL outside")
        self.accepts({"src/review/item_repository.cc": sql, "src/store/sqlite/x.cc": sql, "src/review/review_test.cc": sql})

    def test_words_that_no_file_may_use(self):
        for code in ("co_await f();", "#include <format>", "std::format(x);", 'std::system("ls");', "#include <boost/beast/core.hpp>",
                     "#include <sqlite3.h>", "#include <png.h>", "#include <tiffio.h>", "#include <webp/decode.h>",
                     "#include <libheif/heif.h>"):
            self.finds({"src/app/x.cc": code + "\n"}, '"')
        self.accepts({"src/http/server.cc": "#include <boost/beast/core.hpp>\n", "src/decode/worker/png.cc": "#include <png.h>\n"})

    def test_printing_what_is_private(self):
        self.finds({"src/http/x.cc": 'log::info("http.served",\n   {{"path", request.path}});\n'}, "is printed")
        self.finds({"src/cli/x.cc": 'fmt::print("{}", address.reveal());\n'}, "is printed")
        self.accepts({"src/http/x.cc": 'log::info("http.served", {{"status", response.status}});\nroute(request.path);\n'})

    def test_a_header_that_only_its_own_file_includes(self):
        self.finds({"src/law/law.h": "", "src/law/law.cc": '#include "law/law.h"\n', "src/law/law_test.cc": '#include "law/law.h"\n'},
                   "no other file includes")

    def test_a_source_that_nothing_compiles(self):
        self.finds({"src/law/law.cc": ""}, "has no CMakeLists.txt", cmake={})
        self.finds({"src/law/law.cc": ""}, "does not name it", cmake={"src/law/CMakeLists.txt": "add_library(law other.cc)"})
        self.finds({"fuzz/law.cc": ""}, "no fuzz/*.cmake names it", cmake={"fuzz/other.cmake": "tutela_fuzz(laws)"})
        self.accepts({"fuzz/law.cc": ""}, cmake={"fuzz/law.cmake": "tutela_fuzz(law DEPS law)"})
        self.finds({"tests/contract/x_test.cc": ""}, "no CMakeLists.txt", cmake={})
        self.accepts({"tests/contract/x_test.cc": ""}, cmake={"tests/CMakeLists.txt": "tutela_test(x SOURCES contract/x_test.cc)"})

    def verifier(self, links, **others):
        cmake = {"apps/tutela-verify/CMakeLists.txt": f"add_executable(tutela-verify main.cc)\n{links}\n",
                 "src/ledger/CMakeLists.txt": "target_link_libraries(tutela_ledger_proof PUBLIC tutela_base tutela_crypto)\n",
                 "src/crypto/CMakeLists.txt": "tutela_module(crypto DEPS base LIBS OpenSSL::Crypto PkgConfig::sodium)\n",
                 "src/base/CMakeLists.txt": "tutela_module(base LIBS fmt::fmt)\n"}
        return check({}, cmake | {path.replace("__", "/") + "/CMakeLists.txt": text for path, text in others.items()})

    def test_the_verifier_links_ledger_and_crypto_alone(self):
        links = "target_link_libraries(tutela-verify PRIVATE tutela_ledger_proof CLI11::CLI11 fmt::fmt)"
        self.assertEqual(self.verifier(links), [])
        for extra in ("tutela_ledger", "tutela_net", "PkgConfig::SQLITE3", "CURL::libcurl", "Boost::system"):
            # Directly, in a second call, over several lines, and through what it may link.
            for text in (links.replace("fmt::fmt", extra), f"{links}\ntarget_link_libraries(tutela-verify PRIVATE\n  {extra})"):
                findings = self.verifier(text)
                self.assertEqual(len(findings), 1, findings)
                self.assertIn(f"links {extra}", findings[0].message)
            findings = self.verifier(links, src__base=f"tutela_module(base LIBS fmt::fmt {extra})")
            self.assertEqual(len(findings), 1, findings)
            self.assertIn(f"tutela_base -> {extra}", findings[0].message)
        findings = self.verifier(links, src__crypto="tutela_module(crypto DEPS base store LIBS OpenSSL::Crypto)")
        self.assertIn("tutela_crypto -> tutela_store", findings[0].message)
        self.assertEqual(self.verifier(links + "  # tutela_net\n"), [])
        self.assertEqual(len(self.verifier("link_it(tutela-verify)")), 1)

    def test_a_corpus_without_its_target(self):
        self.assertEqual(len(check({}, {}, ["law"])), 1)


if __name__ == "__main__":
    unittest.main()
