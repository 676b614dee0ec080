"""Each rule is shown a text that breaks it. The forbidden words are put together here, so that this file does not contain them."""

import unittest

from check_texts import anchors_of, check, parse_allowances

FORBIDDEN = {
    "wording": ["child " + "porn" + "ography", "Child\n" + "Porn" + "ography Act"],
    "unfinished": ["// " + "TO" + "DO later", "FIX" + "ME"],
    "switched_off": ["TEST(A, DIS" + "ABLED_B)", "it.on" + "ly('x')", "test.sk" + "ip('x')"],
    "machine_path": ["see /" + "home/ada/notes.txt", '"/' + 'root/build"'],
    "registry_host": ["https://" + "registry.npmjs" + ".org/react", "deb.deb" + "ian.org"],
    "authoring_tool": ["written with Chat" + "GPT", "the assist" + "ant says", "Co-auth" + "ored-by: x", "an L" + "LM wrote this"],
    "merge_mark": ["<<<" + "<<<< HEAD", "====" + "==="],
}


def findings(texts, binaries=None, allowances=(), files=()):
    return check(texts, binaries or {}, list(allowances), lambda path: path in texts or path in files)


class TextsTest(unittest.TestCase):
    def test_every_rule_can_fail(self):
        for name, samples in FORBIDDEN.items():
            for sample in samples:
                found = findings({"docs/x.txt": f"first line\n{sample}\n"})
                self.assertEqual(len(found), 1, (name, sample, found))
                self.assertIn(f"docs/x.txt:2: {name}", found[0])

    def test_ordinary_words_pass(self):
        text = ("child sexual abuse material\nA session of a member, the path /v1/items/homework, AI as a signal, AI-generated.\n"
                ".." + "/ro" + "ot/x $HOME" + "/wo" + "rk/x build/home/x todo list\n")
        self.assertEqual(findings({"docs/x.txt": text}), [])

    def test_an_allowance_is_bound_to_file_and_words_and_must_be_used(self):
        statute = "title of the statute: " + FORBIDDEN["wording"][0]
        toml = f'[[allow]]\nfile = "data/*.toml"\nrule = "wording"\ntext = "{statute}"\nreason = "its official name"\n'
        allowances = parse_allowances(toml)
        self.assertEqual(findings({"data/a.toml": statute}, allowances=allowances), [])
        self.assertEqual(len(findings({"data/a.toml": statute, "docs/a.txt": statute}, allowances=allowances)), 1)
        self.assertEqual(len(findings({"data/a.toml": statute + "\n" + FORBIDDEN["wording"][0]}, allowances=allowances)), 1)
        self.assertIn("no longer needed", findings({}, allowances=allowances)[0])

    def test_an_allowance_needs_a_known_rule_and_a_reason(self):
        for row in ('file="a"\nrule="other"\ntext="b"\nreason="c"', 'file="a"\nrule="wording"\ntext="b"\nreason=""'):
            with self.assertRaises(ValueError):
                parse_allowances("[[allow]]\n" + row)

    def test_links(self):
        page = "# A page\n\n[a](b.md) [c](b.md#the-second-part) [d](#a-page) [e](https://example.org/x) `[f](gone.md)`\n"
        other = "# B\n\n## The second part\n"
        self.assertEqual(findings({"docs/a.md": page, "docs/b.md": other}), [])
        self.assertIn("no such file", findings({"docs/a.md": "[a](gone.md)"})[0])
        self.assertIn("no such heading", findings({"docs/a.md": "[a](b.md#third)", "docs/b.md": other})[0])
        self.assertEqual(findings({"docs/a.md": "[a](../LICENSE)"}, files=["LICENSE"]), [])

    def test_a_page_names_files_that_exist(self):
        page = "`law/routing.h`, docs/a.md and build/release/x.json; *.cc, a/b, https://example.org/c.md\n"
        self.assertEqual(findings({"docs/a.md": page}, files=["src/law/routing.h"]), [])
        self.assertIn("names law/routing.h", findings({"docs/a.md": page})[0])

    def test_anchors_of_equal_headings_are_numbered(self):
        self.assertEqual(anchors_of("# Get `it`, now!\n## A\n## A\n```\n# no\n```\n"), {"get-it-now", "a", "a-1"})

    def test_sizes(self):
        self.assertIn("more than", findings({"docs/adr/0001-x.md": "x" * 7000})[0])
        self.assertIn("binary", findings({}, {"tests/photo.jpg": 70_000})[0])
        self.assertEqual(findings({}, {"fuzz/corpus/png/small": 700}), [])

    def test_the_readme_names_the_two_commands(self):
        self.assertEqual(findings({"README.md": "`./dev run` and `./dev test`"}), [])
        self.assertEqual(len(findings({"README.md": "make"})), 2)


if __name__ == "__main__":
    unittest.main()
