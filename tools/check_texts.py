#!/usr/bin/env python3
"""Keeps the project's texts about the project: wording, links, sizes, nothing unfinished, nothing of the machine it was written on.

Exceptions stand in tools/text_allowances.toml, each with its reason. Exit status 1 when something is found.
The patterns write one letter as a class ("[o]") so that this file does not contain what it forbids.
"""

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True)
class Rule:
    name: str
    pattern: re.Pattern
    reason: str


def rule(name, pattern, reason, flags=re.IGNORECASE):
    return Rule(name, re.compile(pattern, flags), reason)


RULES = [
    rule("wording", r"child[ \t\n]+p[o]rn\w*|k[i]ddie[ \t\n]+p[o]rn\w*", 'say "child sexual abuse material"'),
    rule("unfinished", r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b", "finish it or file an issue; nothing half-done is called done", 0),
    rule("switched_off", r"\bDIS[A]BLED_[A-Z]|\b(?:describe|it|test)\.(?:o[n]ly|sk[i]p)\(", "a test that does not run proves nothing", 0),
    rule("machine_path", r"(?<![\w./$}~-])/(?:r[o]ot|h[o]me|w[o]rk|w[o]rkspace|f[a]rm|U[s]ers|m[n]t)/[\w.]", "a path of one machine means nothing on another", 0),
    rule("registry_host", r"\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bregistry\.[a-z0-9-]+/|\b(?:deb|security|snapshot)\.debian\.org\b|\bfiles\.pythonh[o]sted\b",
         "the reader's own package sources decide; for lock files set omit-lockfile-registry-resolved=true in .npmrc"),
    rule("authoring_tool", r"\b(?:cl[a]ude|anthr[o]pic|chatg[p]t|op[e]nai|copil[o]t|geminipr[o]|l[l]ms?|large language m[o]dels?|su[b]agents?)\b"
         r"|\bas an a[i]\b|\ba[i] assist[a]nt|\bassist[a]nts?\b|\bgenerated (?:by|with) (?:an )?a[i]\b|\bco-auth[o]red-by\b",
         "texts speak of the project, not of how they were typed"),
    rule("merge_mark", r"^(?:<{7}|>{7}|={7})(?: |$)", "a conflict was committed", re.MULTILINE),
]

# Bytes; short and true beats long.
SIZE_LIMITS = [
    ("README.md", 8 * 1024),
    ("ARCHITECTURE.md", 14 * 1024),
    ("docs/adr/*.md", 6 * 1024),
    ("docs/*.md", 20 * 1024),
    ("spec/*.md", 32 * 1024),
    ("*.md", 20 * 1024),
]
BINARY_BYTES_MAX = 64 * 1024

README_COMMANDS = ("./dev run", "./dev test")

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
# `ledger/event_kinds.h`, `tools/check_layers.py`: a file that a page names has to be there, at the root or under src/.
NAMED_FILE = re.compile(r"(?<![\w./*…-])((?:[\w.-]+/)+[\w.-]+\.(?:h|cc|py|mjs|sh|yaml|md|toml|json))(?![\w/])")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True)
class Allowance:
    file: str
    rule: str
    text: str
    reason: str


def parse_allowances(text):
    allowances = [Allowance(**row) for row in tomllib.loads(text).get("allow", [])]
    for allowance in allowances:
        if allowance.rule not in {known.name for known in RULES} or not allowance.reason or not allowance.text:
            raise ValueError(f"text_allowances.toml: needs a known rule, a text and a reason: {allowance}")
    return allowances


def anchors_of(text):
    """GitHub's anchors of the headings of a page."""
    anchors, seen = set(), {}
    for heading in HEADING.findall(CODE_BLOCK.sub("", text)):
        anchor = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number = seen.get(anchor, 0)
        seen[anchor] = number + 1
        anchors.add(f"{anchor}-{number}" if number else anchor)
    return anchors


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_rules(path, text, allowances, used):
    findings = []
    for one in RULES:
        for match in one.pattern.finditer(text):
            start = text.rfind("\n", 0, match.start()) + 1
            end = text.find("\n", match.end())
            lines = " ".join(text[start:end if end >= 0 else len(text)].split())
            allowed = [a for a in allowances if a.rule == one.name and fnmatch.fnmatch(path, a.file) and a.text.lower() in lines.lower()]
            used.update(allowed)
            if not allowed:
                findings.append(f'{path}:{line_of(text, match.start())}: {one.name}: "{match.group().strip()}": {one.reason}')
    return findings


def check_links(path, text, texts, exists):
    findings = []
    prose = CODE_SPAN.sub(lambda m: " " * len(m.group()), CODE_BLOCK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text))
    for match in LINK.finditer(prose):
        target = unquote(match.group(1) or match.group(2))
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        resolved = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        if not exists(resolved):
            findings.append(f"{path}:{line_of(text, match.start())}: link to {target}: no such file")
        elif anchor and resolved in texts and anchor not in anchors_of(texts[resolved]):
            findings.append(f"{path}:{line_of(text, match.start())}: link to {target}: no such heading")
    return findings


def check_named_files(path, text, exists):
    findings = []
    for match in NAMED_FILE.finditer(LINK.sub(lambda m: " " * len(m.group()), text)):
        name = match.group(1)
        if not name.startswith("build/") and not exists(name) and not exists("src/" + name):
            findings.append(f"{path}:{line_of(text, match.start())}: names {name}, which is not there")
    return findings


def check_size(path, size):
    for pattern, limit in SIZE_LIMITS:
        if fnmatch.fnmatch(path, pattern):
            return [f"{path}:1: {size} bytes, more than {limit}: shorten it, or split it where the reader would"] if size > limit else []
    return []


def check(texts, binaries, allowances, exists):
    """texts: path -> text of every text file; binaries: path -> bytes in size; exists(path) tells of files and folders."""
    findings, used = [], set()
    for path, text in sorted(texts.items()):
        findings += check_rules(path, text, allowances, used)
        if path.endswith(".md"):
            findings += check_links(path, text, texts, exists)
            findings += check_size(path, len(text.encode()))
            if "/" not in path or path.startswith("docs/"):
                findings += check_named_files(path, text, exists)
    for path, size in sorted(binaries.items()):
        if size > BINARY_BYTES_MAX:
            findings.append(f"{path}:1: a binary file of {size} bytes: pictures are drawn by code or come from a Debian package")
    if "README.md" in texts:
        findings += [f"README.md:1: does not name {command}" for command in README_COMMANDS if command not in texts["README.md"]]
    findings += [f'tools/text_allowances.toml:1: "{a.text}" in {a.file} is no longer needed: remove it' for a in allowances if a not in used]
    return findings


def read_tree(root):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True, capture_output=True).stdout
    texts, binaries = {}, {}
    for path in sorted(set(listed.decode().split("\0")) - {""}):
        full = os.path.join(root, path)
        if not os.path.isfile(full):
            continue
        with open(full, "rb") as file:
            content = file.read()
        try:
            if b"\0" in content or path.startswith("fuzz/corpus/"):
                raise ValueError
            texts[path] = content.decode()
        except ValueError:
            binaries[path] = len(content)
    return texts, binaries


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    texts, binaries = read_tree(root)
    with open(os.path.join(root, "tools", "text_allowances.toml"), encoding="utf-8") as file:
        allowances = parse_allowances(file.read())
    findings = check(texts, binaries, allowances, lambda path: os.path.exists(os.path.join(root, path)))
    for finding in findings:
        print(finding)
    print(f"{len(texts)} texts looked at, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
