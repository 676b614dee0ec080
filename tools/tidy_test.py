import os
import tempfile
import unittest

from tidy import cache_key, parse_ninja_deps, sources_for


class TidyTest(unittest.TestCase):
    def test_a_header_stands_for_the_source_of_its_name(self):
        known = {"src/base/id.cc", "src/base/id_test.cc", "src/base/result_test.cc"}
        changed = ["src/base/id.h", "README.md", "src/base/id.cc", "src/base/result.h", "src/gone.cc"]
        self.assertEqual(sources_for(changed, known), ["src/base/id.cc", "src/base/result_test.cc"])

    def test_ninja_deps_keeps_only_the_project(self):
        text = ("src/a.cc.o: #deps 3, deps mtime 1 (VALID)\n    /p/src/a.cc\n    ../../src/a.h\n    /usr/include/stdio.h\n    /p/build/gen.h\n\n"
                "src/b.cc.o: #deps 1, deps mtime 1 (VALID)\n    /p/src/b.cc\n")
        self.assertEqual(parse_ninja_deps(text, "/p/build/release", "/p"), {"src/a.cc.o": ["src/a.cc", "src/a.h"], "src/b.cc.o": ["src/b.cc"]})

    def test_the_key_follows_sources_headers_command_and_configuration_but_not_the_checkout(self):
        keys = []
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            for root, text, command, config in ((one, "a", "g++ -O2", "c"), (two, "a", "g++ -O2", "c"), (two, "b", "g++ -O2", "c"),
                                                (two, "b", "g++ -O1", "c"), (two, "b", "g++ -O1", "d")):
                with open(os.path.join(root, "x.h"), "w", encoding="utf-8") as file:
                    file.write(text)
                keys.append(cache_key(root, f"{command} -I{root}/src", ["x.h"], config))
        self.assertEqual(keys[0], keys[1])
        self.assertEqual(len(set(keys)), 4)

    def test_without_known_headers_nothing_is_remembered(self):
        self.assertIsNone(cache_key("/p", "g++", [], "c"))


if __name__ == "__main__":
    unittest.main()
