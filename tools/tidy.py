#!/usr/bin/env python3
"""clang-tidy on the sources that changed (tools/changed_files), or on all, within a time limit.

A file that passed is not looked at again until it, a header it includes, its compile command or .clang-tidy changes; results are kept in
the user's cache folder, so that another checkout profits. Files that the time did not suffice for are named, not passed over in silence.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time

CLANG_TIDY = "clang-tidy-19"
# Sources that a test wants refused (tutela_must_not_compile).
MEANT_TO_FAIL = re.compile(r"must_not_compile_\w+\.dir")
# The compile commands are g++'s.
ARGUMENTS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument"]


def sources_for(changed, known):
    """The compiled files to look at: a changed .cc itself, for a changed .h the .cc or _test.cc of the same stem. In order, once each."""
    wanted = {}
    for path in changed:
        stem, extension = os.path.splitext(path)
        candidates = [path] if extension == ".cc" else [stem + ".cc", stem + "_test.cc"] if extension == ".h" else []
        for candidate in candidates:
            if candidate in known:
                wanted.setdefault(candidate)
                break
    return list(wanted)


def parse_ninja_deps(text, build, root):
    """Object -> headers inside the project, from `ninja -t deps`."""
    deps, current = {}, None
    for line in text.splitlines():
        header = re.match(r"^(\S+): #deps \d+,", line)
        if header:
            current = deps.setdefault(header.group(1), [])
        elif line.startswith("    ") and current is not None:
            path = os.path.relpath(os.path.join(build, line.strip()), root)
            if not path.startswith(("..", "build")):
                current.append(path)
    return deps


def cache_key(root, command, files, config):
    """None when what the result depends on is not known."""
    if not files:
        return None
    digest = hashlib.sha256((config + command.replace(root, "")).encode())
    for path in sorted(set(files)):
        with open(os.path.join(root, path), "rb") as file:
            digest.update(path.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "tutela", "tidy")


class Runner:
    def __init__(self, root, build, deadline):
        self.root, self.build, self.deadline = root, build, deadline
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            rows = json.load(file)
        self.commands = {os.path.relpath(row["file"], root): row for row in rows if not MEANT_TO_FAIL.search(row["command"])}
        with open(os.path.join(root, ".clang-tidy"), encoding="utf-8") as file:
            self.config = file.read()
        listed = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=False).stdout
        self.deps = parse_ninja_deps(listed, build, root)
        self.passed = cache_folder()
        os.makedirs(self.passed, exist_ok=True)

    def key(self, path):
        command = self.commands[path]["command"]
        output = re.search(r" -o (\S+)", command)
        return cache_key(self.root, command, self.deps.get(output.group(1), []) if output else [], self.config)

    def run(self, path):
        """(path, "ok" | "cached" | "failed" | "no time", output, seconds)"""
        key = self.key(path)
        if key and os.path.exists(os.path.join(self.passed, key)):
            return path, "cached", "", 0
        started = time.monotonic()
        left = self.deadline - started
        if left <= 0:
            return path, "no time", "", 0
        try:
            done = subprocess.run([CLANG_TIDY, *ARGUMENTS, "-p", self.build, os.path.join(self.root, path)], capture_output=True, text=True,
                                  check=False, timeout=left + 60)
        except subprocess.TimeoutExpired:
            return path, "no time", "", time.monotonic() - started
        if done.returncode == 0 and key:
            with open(os.path.join(self.passed, key), "w", encoding="utf-8") as file:
                file.write(path + "\n")
        return path, "ok" if done.returncode == 0 else "failed", done.stdout + done.stderr, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("files", nargs="*", help="only these")
    arguments = parser.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    runner = Runner(root, os.path.join(root, arguments.build), time.monotonic() + arguments.seconds)
    if arguments.files:
        changed = arguments.files
    elif arguments.all:
        changed = sorted(runner.commands)
    else:
        changed = subprocess.run([os.path.join(root, "tools", "changed_files")], cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    counts = {"ok": 0, "cached": 0, "failed": 0, "no time": 0}
    findings = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result, output, seconds in pool.map(runner.run, sources_for(changed, runner.commands)):
            counts[result] += 1
            if result != "cached":
                print(f"{result} {path} {seconds:.1f} s", flush=True)
            if result == "failed":
                findings.append(output)
    # Last, where a reader of the log's end sees them.
    for output in findings:
        print(output)
    print(f"clang-tidy: {counts['ok']} files looked at, {counts['cached']} unchanged since they passed, {counts['no time']} not reached in "
          f"{arguments.seconds} s, {counts['failed']} with findings")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
