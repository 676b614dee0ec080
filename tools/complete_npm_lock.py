#!/usr/bin/env python3
"""Adds to a package-lock.json the optional packages of other platforms that the registry at hand did not offer.

npm 11 refuses `npm ci` when a package's optional dependency is missing from the lock file, even one that this machine would never install.
Run it after every `npm install` that changed a lock file: tools/complete_npm_lock.py web/console/package-lock.json
"""

import json
import sys

SYSTEMS = ("aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32")
PROCESSORS = ("arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64")


def complete(lock):
    """Returns the names added. Platform and processor are read from the package's name, where every such package states them."""
    packages = lock["packages"]
    added = []
    for row in list(packages.values()):
        for name, version in row.get("optionalDependencies", {}).items():
            if any(path.endswith("node_modules/" + name) for path in packages):
                continue
            words = name.split("/")[-1].split("-")
            systems = [word for word in words if word in SYSTEMS]
            if not systems or not version[:1].isdigit():
                continue
            entry = {"version": version, "optional": True, "os": systems}
            processors = [word for word in words if word in PROCESSORS]
            if processors:
                entry["cpu"] = processors
            if "musl" in words:
                entry["libc"] = ["musl"]
            if row.get("dev"):
                entry["dev"] = True
            packages["node_modules/" + name] = entry
            added.append(name)
    lock["packages"] = dict(sorted(packages.items()))
    return added


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            lock = json.load(file)
        added = complete(lock)
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
        print(f"{path}: {len(added)} added {' '.join(added)}")


if __name__ == "__main__":
    main()
