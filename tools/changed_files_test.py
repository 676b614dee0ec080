import os
import subprocess
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "changed_files")


class ChangedFilesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.git("init", "-q", "-b", "main")
        for name in ("first", "second", "third"):
            self.commit(name)

    def tearDown(self):
        self.folder.cleanup()

    def git(self, *arguments):
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        return subprocess.run(["git", *identity, *arguments], cwd=self.folder.name, check=True, capture_output=True, text=True).stdout

    def write(self, name, text):
        with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as file:
            file.write(text)

    def commit(self, name):
        self.write(name, name)
        self.git("add", name)
        self.git("commit", "-qm", name)

    def changed(self, *arguments):
        return subprocess.run([TOOL, *arguments], cwd=self.folder.name, check=True, capture_output=True, text=True).stdout.split()

    def test_without_origin_the_last_commits_newest_first(self):
        self.assertEqual(self.changed("2"), ["third", "second"])

    def test_fewer_commits_than_asked_for_is_all_of_them(self):
        self.assertEqual(self.changed("20"), ["third", "second", "first"])

    def test_against_origin_main(self):
        self.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
        self.assertEqual(self.changed(), ["third"])

    def test_at_origin_main_the_last_commits(self):
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.assertEqual(self.changed("1"), ["third"])

    def test_uncommitted_and_new_files_come_first_and_deleted_ones_not_at_all(self):
        self.write("first", "changed")
        self.write("fourth", "new")
        self.git("rm", "-q", "third")
        self.assertEqual(self.changed("2"), ["first", "fourth", "second"])


if __name__ == "__main__":
    unittest.main()
