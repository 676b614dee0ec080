#!/usr/bin/env python3
"""Reads the log of a test run and prints "PASSED FAILED", so that ./dev can add the runs up.

Knows ctest, GoogleTest, unittest, node --test, vitest and the plain line "N passed, N failed". A log without any of them counts as one
test, passed or failed by the exit status. A run that exited non-zero never counts as free of failures.
"""

import argparse
import re
import sys

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def last_number(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else None


def ctest(text):
    found = re.findall(r"^\d+% tests passed, (\d+) tests failed out of (\d+)", text, re.MULTILINE)
    if not found:
        return None
    failed, total = map(int, found[-1])
    return total - failed, failed


def googletest(text):
    if not re.search(r"^\[==========\] .* ran\.", text, re.MULTILINE):
        return None
    passed = last_number(r"^\[  PASSED  \] (\d+) test", text)
    failed = last_number(r"^\[  FAILED  \] (\d+) tests?, listed below", text)
    return passed or 0, failed or 0


def unittest(text):
    total = last_number(r"^Ran (\d+) tests? in ", text)
    if total is None:
        return None
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text.splitlines()[-1] if text else ""))
    return max(total - failed, 0), failed


def node(text):
    passed = last_number(r"^(?:#|ℹ) pass (\d+)$", text)
    failed = last_number(r"^(?:#|ℹ) fail (\d+)$", text)
    return None if passed is None or failed is None else (passed, failed)


def vitest(text):
    line = re.findall(r"^\s*Tests\s+(.*\(\d+\))\s*$", text, re.MULTILINE)
    if not line:
        return None
    return last_number(r"(\d+) passed", line[-1]) or 0, last_number(r"(\d+) failed", line[-1]) or 0


def plain(text):
    found = re.findall(r"^(\d+) passed, (\d+) failed$", text, re.MULTILINE)
    return tuple(map(int, found[-1])) if found else None


def count(text, status):
    text = ANSI.sub("", text)
    for reader in (ctest, googletest, unittest, node, vitest, plain):
        counts = reader(text)
        if counts is not None:
            passed, failed = counts
            return (passed, failed) if status == 0 or failed else (passed, 1)
    return (1, 0) if status == 0 else (0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--status", type=int, required=True, help="exit status of the run")
    parser.add_argument("log")
    arguments = parser.parse_args()
    with open(arguments.log, encoding="utf-8", errors="replace") as file:
        print(*count(file.read(), arguments.status))


if __name__ == "__main__":
    sys.exit(main())
