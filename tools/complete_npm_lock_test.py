import unittest

from complete_npm_lock import complete


class CompleteNpmLockTest(unittest.TestCase):
    def test_missing_platforms_are_added_once_and_present_ones_kept(self):
        lock = {"packages": {"": {}, "node_modules/tool": {"dev": True, "optionalDependencies": {
            "@tool/cli-linux-x64": "2.0.0", "@tool/cli-linux-arm64-musl": "2.0.0", "helper": "1.0.0", "tool-win32": "^2"}},
            "node_modules/@tool/cli-linux-x64": {"version": "2.0.0", "integrity": "sha512-x"}}}
        self.assertEqual(complete(lock), ["@tool/cli-linux-arm64-musl"])
        self.assertEqual(lock["packages"]["node_modules/@tool/cli-linux-arm64-musl"],
                         {"version": "2.0.0", "optional": True, "os": ["linux"], "cpu": ["arm64"], "libc": ["musl"], "dev": True})
        self.assertEqual(lock["packages"]["node_modules/@tool/cli-linux-x64"]["integrity"], "sha512-x")
        self.assertEqual(complete(lock), [])


if __name__ == "__main__":
    unittest.main()
