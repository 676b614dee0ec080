import unittest

from count_tests import count


class CountTest(unittest.TestCase):
    def test_ctest(self):
        self.assertEqual(count("\n97% tests passed, 2 tests failed out of 70\n\nTotal Test time\n", 8), (68, 2))

    def test_googletest(self):
        log = "[==========] 5 tests from 2 test suites ran. (3 ms total)\n[  PASSED  ] 4 tests.\n[  FAILED  ] 1 test, listed below:\n"
        self.assertEqual(count(log, 1), (4, 1))

    def test_unittest(self):
        self.assertEqual(count("..\nRan 2 tests in 0.1s\n\nOK", 0), (2, 0))
        self.assertEqual(count("Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=2)", 1), (2, 3))

    def test_node_in_both_reporters(self):
        self.assertEqual(count("# tests 3\n# pass 3\n# fail 0\n", 0), (3, 0))
        self.assertEqual(count("ℹ tests 3\nℹ pass 1\nℹ fail 2\n", 1), (1, 2))

    def test_vitest_in_colour(self):
        self.assertEqual(count("\x1b[2m      Tests \x1b[22m \x1b[31m1 failed\x1b[39m | 12 passed (13)\n", 1), (12, 1))

    def test_the_last_run_of_a_log_counts(self):
        self.assertEqual(count("3 passed, 0 failed\nagain\n2 passed, 1 failed\n", 1), (2, 1))

    def test_a_log_without_a_count_is_one_test(self):
        self.assertEqual(count("fine", 0), (1, 0))
        self.assertEqual(count("", 1), (0, 1))

    def test_a_run_that_died_is_a_failure_even_if_all_it_counted_passed(self):
        self.assertEqual(count("# pass 3\n# fail 0\n", 134), (3, 1))


if __name__ == "__main__":
    unittest.main()
