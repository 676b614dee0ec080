# shellcheck shell=bash
# What looks at the sources without running the programs.

python=/usr/bin/python3

cxx_files() {
  git ls-files --cached --others --exclude-standard -- '*.cc' '*.h' | while read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
}

# Names each file that `./dev fmt` would change.
format_check() {
  local changed
  # shellcheck disable=SC2016
  changed=$(cxx_files | xargs -r -n 1 -P "$(nproc)" sh -c 'clang-format-19 --dry-run --Werror "$1" >/dev/null 2>&1 || echo "$1"' sh | sort)
  [ -z "$changed" ] || { printf 'not formatted; ./dev fmt does it:\n%s\n' "$changed"; return 1; }
}

shell_check() {
  local file status=0
  for file in dev .ci/run tools/dev/*.sh tools/changed_files tests/package/*.sh tests/operating/*.sh; do
    [ -f "$file" ] || continue
    bash -n "$file" || status=1
  done
  return "$status"
}

# The console's own copy of redocly, so that no other version is fetched.
openapi_lint() {
  if has_npm_script web/console spec; then npm_script web/console spec; else web/console/node_modules/.bin/redocly lint spec/openapi.yaml; fi
}

has_npm_script() { [ -f "$1/package.json" ] && grep -q "^ *\"$2\":" "$1/package.json"; }

npm_script() { (cd "$1" && NO_COLOR=1 CI=true npm run --silent "$2"); }

source_checks() {
  counted "self-tests of the tools" "$python" -m unittest discover -s tools -p '*_test.py'
  counted "layers and dead files" "$python" tools/check_layers.py
  counted "texts" "$python" tools/check_texts.py
  counted "formatting" format_check
  counted "shell scripts" shell_check
}

openapi_check() {
  [ -f spec/openapi.yaml ] || return 0
  if [ -x web/console/node_modules/.bin/redocly ]; then
    counted "description of the API" openapi_lint
  else
    not_run "description of the API" "web/console/node_modules/.bin/redocly is not there"
  fi
}

# tidy_check SECONDS [--all]: reads build/release's compile commands.
tidy_check() {
  [ -f build/release/compile_commands.json ] || stage "configure" configure release || return 1
  counted "clang-tidy" "$python" tools/tidy.py --seconds "$@"
}

command_lint() {
  setup_all || exit 1
  source_checks
  openapi_check
  if has_npm_script web/console lint; then counted "lint of the console" npm_script web/console lint; fi
  case "${1:-}" in
    --all) tidy_check 7200 --all ;;
    "") tidy_check 600 ;;
    *) die "lint knows --all, not \"$1\"" ;;
  esac
  summary
}

command_fmt() {
  case "${1:-}" in
    --check) format_check && note "everything is formatted" ;;
    "") cxx_files | xargs -r -n 40 -P "$(nproc)" clang-format-19 -i ;;
    *) die "fmt knows --check, not \"$1\"" ;;
  esac
}
