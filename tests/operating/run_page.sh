#!/usr/bin/env bash
# run_page.sh [--only-read] PAGE [WORD=VALUE…]: runs a page of docs/operating in the present folder as an administrator follows it, top to
# bottom, in one shell. Each WORD of its blocks is replaced by its VALUE. The first command that fails ends it, with its exit code and line.
#
#   ```console                what follows "$ " is run; a line that ends in a backslash goes on with the next; the rest is output, not compared
#   ```toml NODE              settings: each is put in its section of NODE/tutela.toml in place of what stands there
#   ```console by hand: WHY   not run; counted
#
# Any other block fails the page before anything is run, and so does one without a command, so that none escapes. The last line is
# "PAGE: N commands, N settings, N by hand".
set -euo pipefail
only_read=no
if [ "$1" = --only-read ]; then only_read=yes; shift; fi
page=$1
shift

# The page as a bash script, in which `at LINE` tells where it is.
script_of() {
  awk -v page="$(basename "$page")" '
    function refuse(why) { printf "%s:%d: %s\n", page, NR, why >"/dev/stderr"; refused = 1; exit 3 }
    function quoted(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
    !kind && /^(    |\t)/ && !list { refuse("a block of commands or settings stands between fences") }
    !kind && /^[^ \t]/ { list = /^([*-]|[0-9]+\.) / }
    /^```/ && kind {
      if (!inside) refuse("a block with nothing in it")
      if (goes_on) refuse("a command that ends in a backslash")
      kind = ""; next
    }
    /^```/ {
      if ($0 == "```console") kind = "console"
      else if ($0 ~ /^```console by hand: ./) { kind = "hand"; by_hand++ }
      else if ($0 ~ /^```toml [^ ]+$/) { kind = "toml"; file = $2 "/tutela.toml"; section = "" }
      else refuse("no kind of block that can be run: " $0)
      inside = 0; next
    }
    kind == "console" && goes_on { print; goes_on = /\\$/; next }
    kind == "console" && /^\$ / { inside = 1; commands++; printf "at %d %s\n%s\n", NR, quoted(substr($0, 3)), substr($0, 3); goes_on = /\\$/ }
    kind == "hand" { inside = 1 }
    kind == "toml" && /^\[.*\]$/ { section = $0 }
    kind == "toml" && / = / {
      inside = 1; settings++
      printf "at %d %s\nset_in %s %s %s\n", NR, quoted($0), quoted(file), quoted(section), quoted($0)
    }
    END {
      if (refused) exit 3
      if (kind) refuse("a block that does not end")
      printf "printf \"%%s\\n\" \"%s: %d commands, %d settings, %d by hand\"\n", page, commands, settings, by_hand
    }' "$page"
}

# set_in FILE [SECTION] "key = value"
set_in() {
  awk -v wanted="$2" -v setting="$3" '
    BEGIN { split(setting, words, " "); key = words[1] }
    function give() { if (!given) print setting; given = 1 }
    /^\[.*\]$/ { if (section == wanted) give(); section = $0 }
    section == wanted && $1 == key && $2 == "=" { give(); next }
    { print }
    END { if (section != wanted && !given) print "\n" wanted; give() }' "$1" >"$1.new"
  cat "$1.new" >"$1"
  rm "$1.new"
}
at() { line=$1; printf '%s:%s: $ %s\n' "$(basename "$page")" "$1" "$2"; }
failed() { local status=$?; printf '%s:%s: ended with %s\n' "$(basename "$page")" "$line" "$status" >&2; exit "$status"; }

script=$(script_of)
for pair in "$@"; do script=${script//"${pair%%=*}"/"${pair#*=}"}; done
if [ "$only_read" = yes ]; then script=${script##*$'\n'}; fi
line=0
set -E
trap failed ERR
exec </dev/null
eval "$script"
