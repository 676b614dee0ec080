#!/usr/bin/env python3
"""Keeps the map of ARCHITECTURE.md true: includes point down, decisions stay pure, SQL stays in repositories, no file is dead,
the verifier stands alone.

Every message says why the rule exists. Exit status 1 when something is found.
"""

import os
import re
import sys
from dataclasses import dataclass

# Lowest first. A module may include its own layer (without cycles) and every layer below.
LAYERS = [
    ["base"],
    ["model", "media", "crypto"],
    ["fingerprint", "match", "law", "access", "accounts", "intake", "review", "filing", "notice", "casework", "retention", "ledger", "store"],
    ["store/sqlite", "store/postgres", "vault", "match_engine", "decode", "net", "http", "lists"],
    ["line", "doctor", "backup"],
    ["api", "portal", "cli"],
    ["app"],
]
LEVEL = {module: level for level, modules in enumerate(LAYERS) for module in modules}
DECIDING, ADAPTING, PROGRAMS = 2, 3, len(LAYERS)

# (pattern, reason): nothing of the deciding layer or below it may match, base apart; repositories may use the store only.
IMPURE = [
    (r'#include <(?:fstream|filesystem|thread|iostream|random|sys/[a-z]+\.h|unistd\.h|fcntl\.h|netdb\.h)>',
     "a deciding module has no files, sockets, threads, entropy or output: take values, return decisions"),
    (r'#include [<"](?:boost/|curl/|sqlite3\.h|libpq-fe\.h|spdlog/)', "third-party I/O belongs into an adapter of layer 3"),
    (r'#include "base/log\.h"', "decisions do not log; the boundary that carries them out does, once"),
    (r'\b(?:SystemClock|SystemRandom|system_clock::now|steady_clock::now|random_device)\b',
     "time and randomness are handed in, so that the same inputs give the same outputs (I11)"),
    (r'\b(?:std::getenv|getenv|parse_file)\s*\(', "configuration and files are read by app and handed in"),
]
PURE_EXEMPT = {"base", "crypto"}

SQL = re.compile(r'\b(?:SELECT\s[^;"]*\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(?:TABLE|INDEX)\s)')
# The doctor's conditions are lists of what must not be; a measurement fills and compares databases.
SQL_HOME = re.compile(
    r'(?:^src/store/|_repository\.(?:cc|h)$|^src/ledger/ledger_schema\.h$|_test\.cc$|^tests/|^bench/|^src/doctor/\w+_checks\.cc$)')

# (pattern, where it is allowed, reason)
EVERYWHERE = [
    (re.compile(r'\bco_(?:await|return|yield)\b'), None, "g++ 12 destroys captured temporaries twice in coroutines: callbacks and the worker pool instead"),
    (re.compile(r'#include <format>|\bstd::format\b'), None, "g++ 12 has no <format>: use fmt"),
    (re.compile(r'#include <boost/beast'), re.compile(r'^src/http/server[a-z_]*\.cc$'),
     "each Beast file costs most of a minute to compile, and its types must not leave the server plumbing"),
    (re.compile(r'#include <boost/asio'), re.compile(r'^src/http/[a-z_]*\.cc$|^src/http/[a-z_]*internal\.h$'), "Asio stays behind http's plain values"),
    (re.compile(r'#include <sqlite3\.h>'), re.compile(r'^src/store/sqlite/|^bench/plain_inserts\.cc$|^tests/'), "SQLite stays behind store.h"),
    (re.compile(r'#include <libpq-fe\.h>'), re.compile(r'^src/store/postgres/|^bench/plain_inserts\.cc$|^tests/'), "PostgreSQL stays behind store.h"),
    (re.compile(r'#include <(?:jpeglib|png|turbojpeg|gif_lib|tiff|tiffio)\.h>|#include <(?:libexif|webp|libheif|libde265|dav1d)/'), re.compile(r'^src/decode/worker/|^src/line/picture\.cc$|^bench/photographs\.cc$|_test\.cc$|^tests/'),  # picture.cc only writes, photographs.cc reads Debian's own
     "media from outside is decoded only in the sandboxed decoder (I2)"),
    (re.compile(r'\bstd::system\s*\(|\bpopen\s*\(|\bstrcpy\s*\(|\bsprintf\s*\('), re.compile(r'_test\.cc$|^tests/'), "no shell and no unbounded copy"),
]

# What must not reach a log line or a terminal (I7): paths of requests carry tokens, reveal() opens a Sensitive.
PRINTING = re.compile(r'\b(?:log::(?:info|warning|error)|std::(?:cout|cerr|clog)\b|fmt::print|spdlog::\w+)')
PRINTED = re.compile(r'\.reveal\(\)|\brequest\.(?:path|query|target|body|headers|path_parameters|peer_address)\b|\.(?:target|peer_address)\b')

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# Strings are matched first, so that "/assets/*" opens no comment.
STRING_OR_COMMENT = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
SOURCE = re.compile(r'\.(?:cc|h)$')
FOLDERS = ("src", "apps", "tests", "fuzz", "bench")


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def module_of(path):
    """The module a file of src/ belongs to; "store/sqlite" before "store". None outside src/."""
    parts = path.split("/")
    if parts[0] != "src" or len(parts) < 3:
        return None
    return "/".join(parts[1:3]) if "/".join(parts[1:3]) in LEVEL else parts[1]


def level_of(path):
    """The level of a file: of its module in src/, above all of them elsewhere. None: the folder is on no map."""
    if not path.startswith("src/"):
        return PROGRAMS
    return LEVEL.get(module_of(path))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blank_comment(match):
    return re.sub(r"[^\n]", " ", match.group()) if match.group().startswith("/") else match.group()


def without_comments(text):
    """Comments become blanks, so that positions stay."""
    return STRING_OR_COMMENT.sub(blank_comment, text)


def check_includes(files):
    findings = []
    edges = {}
    for path, text in files.items():
        level = level_of(path)
        if level is None:
            findings.append(Finding(path, 1, f'folder "src/{path.split("/")[1]}" is on no layer: add it to tools/check_layers.py and ARCHITECTURE.md'))
            continue
        is_test = path.endswith("_test.cc")
        for match in INCLUDE.finditer(text):
            target = "src/" + match.group(1)
            if target not in files:
                continue
            target_level = level_of(target)
            if target_level is None:
                continue
            # Tests of repositories and decisions run on the real store and the real decoder.
            reach = max(level, ADAPTING) if is_test else level
            if target_level > reach:
                findings.append(Finding(path, line_of(text, match.start()),
                                        f"layer {level} includes layer {target_level} ({match.group(1)}): includes point down only, "
                                        "so that decisions can be tested without what carries them out"))
            elif not is_test and path.startswith("src/") and module_of(path) != module_of(target):
                edges.setdefault(module_of(path), {}).setdefault(module_of(target), (path, line_of(text, match.start())))
    return findings + find_cycles(edges)


def find_cycles(edges):
    findings = []
    done = set()

    def visit(module, trail):
        if module in trail:
            cycle = trail[trail.index(module):] + [module]
            path, line = edges[cycle[-2]][cycle[-1]]
            findings.append(Finding(path, line, f"modules include each other in a circle: {' -> '.join(cycle)}; neither can be understood or tested alone"))
            return
        if module in done:
            return
        for target in sorted(edges.get(module, {})):
            visit(target, trail + [module])
        done.add(module)

    for module in sorted(edges):
        visit(module, [])
    return findings


def check_purity(files):
    findings = []
    for path, text in files.items():
        module = module_of(path)
        if path.endswith("_test.cc") or module in PURE_EXEMPT or LEVEL.get(module, PROGRAMS) > DECIDING:
            continue
        code = without_comments(text)
        for pattern, reason in IMPURE:
            for match in re.finditer(pattern, code):
                findings.append(Finding(path, line_of(code, match.start()), f'"{match.group().strip()}" in module {module}: {reason}'))
    return findings


def check_sql(files):
    findings = []
    for path, text in files.items():
        if SQL_HOME.search(path):
            continue
        code = without_comments(text)
        match = SQL.search(code)
        if match:
            findings.append(Finding(path, line_of(code, match.start()),
                                    "SQL outside a *_repository.cc: one SQL text per record, run by the contract suite on both back ends"))
    return findings


def check_everywhere(files):
    findings = []
    for path, text in files.items():
        code = without_comments(text)
        for pattern, allowed, reason in EVERYWHERE:
            if allowed and allowed.search(path):
                continue
            for match in pattern.finditer(code):
                findings.append(Finding(path, line_of(code, match.start()), f'"{match.group()}": {reason}'))
    return findings


def check_printing(files):
    findings = []
    for path, text in files.items():
        if path.endswith("_test.cc") or not path.startswith(("src/", "apps/")):
            continue
        code = without_comments(text)
        for match in PRINTING.finditer(code):
            end = code.find(";", match.start())
            statement = code[match.start():end if end >= 0 else len(code)]
            leak = PRINTED.search(statement)
            if leak:
                findings.append(Finding(path, line_of(code, match.start()),
                                        f'"{leak.group()}" is printed: a request\'s path carries tokens, and what is Sensitive stays unprinted (I7)'))
    return findings


def check_dead(files, cmake):
    """Every .cc is compiled by somebody, every header is included by somebody else, every fuzz target and corpus is named."""
    findings = []
    included = {}
    for path, text in files.items():
        for match in INCLUDE.finditer(text):
            name = match.group(1)
            for target in (name, "src/" + name, "tests/" + name, os.path.normpath(os.path.join(os.path.dirname(path), name))):
                if target in files and target != path:
                    included.setdefault(target, set()).add(path)
    for path in files:
        folder, name = os.path.split(path)
        if path.endswith(".h"):
            own = {path[:-2] + ".cc", path[:-2] + "_test.cc"}
            if not included.get(path, set()) - own:
                findings.append(Finding(path, 1, "no other file includes this header: delete it, or use it"))
            continue
        owner = cmake.get(folder + "/CMakeLists.txt", "")
        if folder.startswith("src/"):
            if not owner:
                findings.append(Finding(path, 1, f"{folder} has no CMakeLists.txt, so nothing compiles this file"))
            elif not re.search(rf"\btutela_module\(|\bGLOB\b|\b{re.escape(name)}", owner):
                findings.append(Finding(path, 1, f"{folder}/CMakeLists.txt does not name it, so nothing compiles this file"))
        elif folder in ("fuzz", "bench"):
            lists = "\n".join(text for listing, text in cmake.items() if listing.startswith(folder + "/"))
            if not re.search(rf"\b{re.escape(name[:-3])}\b", lists):
                findings.append(Finding(path, 1, f"no {folder}/*.cmake names it, so nothing compiles this file"))
        else:
            above = "\n".join(cmake.get(os.path.join(*folder.split("/")[:depth], "CMakeLists.txt"), "") for depth in range(1, folder.count("/") + 2))
            if not re.search(rf"{re.escape(name)}|GLOB", above):
                findings.append(Finding(path, 1, "no CMakeLists.txt of its folders names it, so nothing compiles this file"))
    return findings


# What an outsider runs must not drag in a database, a network or a server: he is to read what he trusts. The program, the only
# targets of ours that it may reach, and the only ones of others.
STANDALONE = {
    "tutela-verify": ({"tutela_ledger_proof", "tutela_crypto", "tutela_base"},
                      {"CLI11::CLI11", "nlohmann_json::nlohmann_json", "fmt::fmt", "OpenSSL::Crypto", "PkgConfig::sodium"}),
}
CMAKE_COMMENT = re.compile(r"#[^\n]*")
CMAKE_LINKS = re.compile(r"target_link_libraries\(\s*(\S+)\s+([^)]*)\)")
CMAKE_MODULE = re.compile(r"tutela_module\(\s*(\w+)([^)]*)\)")
CMAKE_WORDS = {"PUBLIC", "PRIVATE", "INTERFACE", "DEPS", "LIBS"}


def linked_targets(cmake):
    """target -> what it links directly, by target_link_libraries() and tutela_module()."""
    links = {}
    for text in cmake.values():
        text = CMAKE_COMMENT.sub("", text)
        for target, words in CMAKE_LINKS.findall(text):
            links.setdefault(target, []).extend(word for word in words.split() if word not in CMAKE_WORDS)
        for name, rest in CMAKE_MODULE.findall(text):
            deps, _, libs = rest.partition("LIBS")
            links.setdefault("tutela_" + name, []).extend(
                ["tutela_" + word for word in deps.split() if word not in CMAKE_WORDS] + libs.split())
    return links


def check_standalone(cmake):
    """What the programs of STANDALONE reach, whoever links it for them."""
    findings = []
    links = linked_targets(cmake)
    for program, (own, foreign) in STANDALONE.items():
        path = f"apps/{program}/CMakeLists.txt"
        if path not in cmake:
            continue
        if program not in links:
            findings.append(Finding(path, 1, f"what {program} links cannot be read here: say target_link_libraries({program} …)"))
        seen, open_ends = {program}, [(program, program)]
        while open_ends:
            target, way = open_ends.pop()
            for linked in links.get(target, []):
                if linked in seen:
                    continue
                seen.add(linked)
                if linked not in own | foreign:
                    findings.append(Finding(path, 1, f"{program} links {linked} ({way} -> {linked}): an outsider's verifier has ledger, crypto "
                                                     "and base alone, no database, network or server"))
                    continue
                open_ends.append((linked, f"{way} -> {linked}"))
    return findings


def check_corpora(corpora, files):
    return [Finding(f"fuzz/corpus/{name}", 1, f"a corpus without fuzz/{name}.cc") for name in corpora if f"fuzz/{name}.cc" not in files]


def check(files, cmake, corpora=()):
    """All findings. files and cmake: path -> text, paths relative to the root."""
    return sorted(check_includes(files) + check_purity(files) + check_sql(files) + check_everywhere(files) + check_printing(files) +
                  check_dead(files, cmake) + check_standalone(cmake) + check_corpora(corpora, files))


def read_tree(root):
    files, cmake = {}, {}
    for folder in FOLDERS:
        for here, folders, names in os.walk(os.path.join(root, folder)):
            folders[:] = sorted(name for name in folders if name not in ("node_modules", "corpus"))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(here, name), root)
                if SOURCE.search(name) or name == "CMakeLists.txt" or name.endswith(".cmake"):
                    with open(os.path.join(here, name), encoding="utf-8") as file:
                        (files if SOURCE.search(name) else cmake)[path] = file.read()
    corpus = os.path.join(root, "fuzz", "corpus")
    return files, cmake, sorted(os.listdir(corpus)) if os.path.isdir(corpus) else []


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files, cmake, corpora = read_tree(root)
    findings = check(files, cmake, corpora)
    for finding in findings:
        print(finding)
    print(f"{len(files)} files looked at, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
