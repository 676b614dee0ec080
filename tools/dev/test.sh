# shellcheck shell=bash
# What gates a landing, cheapest first; a failed stage does not keep the others from running.

# Modules that parse bytes from outside: their tests also run under AddressSanitizer and UndefinedBehaviorSanitizer, with clang, in
# the build tree of the fuzz targets. What `api` and `portal` parse they leave to these.
sanitized_modules=(http net intake filing casework law ledger media decode fingerprint backup_manifest)
export ASAN_OPTIONS=external_symbolizer_path=/usr/bin/addr2line UBSAN_OPTIONS=print_stacktrace=1
fuzz_seconds_in_all=60
tidy_seconds_in_all=240

run_ctest() {
  local preset=$1
  shift
  ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure --no-tests=error "$@"
}

sanitizer_targets() {
  existing_targets asan "${sanitized_modules[@]/%/_test}"
}

sanitizer_tests() {
  local -a targets
  stage "configure with sanitizers" configure asan || { not_run "tests with sanitizers" "configuring failed"; return 1; }
  mapfile -t targets < <(sanitizer_targets)
  ((${#targets[@]})) || return 0
  local pattern
  pattern="^($(IFS='|'; printf '%s' "${targets[*]}"))\\."
  # The decoder is a program of its own that decode_test starts.
  mapfile -t -O "${#targets[@]}" targets < <(existing_targets asan tutela-decoder)
  if counted "build with sanitizers" build_preset asan "${targets[@]}"; then
    counted "tests with sanitizers" \
      ctest --test-dir build/asan -j "$(nproc)" --output-on-failure --no-tests=error -R "$pattern"
  else
    not_run "tests with sanitizers" "their build failed"
  fi
}

fuzz_programs() { find build/asan -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x -printf '%f\n' 2>/dev/null | sort; }

# fuzz_one PROGRAM SECONDS SEED: new inputs go to build/, the corpus in fuzz/ is only read. Seed 0 is a new seed.
fuzz_one() {
  local program=$1 seconds=$2 seed=$3 name=${1#fuzz_} log status
  local found=build/fuzz-found/$name
  local -a corpus=("$found")
  mkdir -p "$found"
  [ -d "fuzz/corpus/$name" ] && corpus+=("fuzz/corpus/$name")
  log=build/log/$program.log
  "build/asan/$program" -max_total_time="$seconds" -seed="$seed" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/log/$program-" "${corpus[@]}" >"$log" 2>&1
  status=$?
  if ((status == 0)); then
    printf 'ok %s: %s\n' "$program" "$(sed -n 's/^stat::number_of_executed_units: */inputs /p' "$log")"
  else
    printf 'FAILED %s\n' "$program"
    # Where it began; the end of a long stack, and the input, when it is short enough to be printed.
    grep -m 1 -A 14 -E 'ERROR|runtime error|panic|CHECK' "$log"
    tail -n 12 "$log"
  fi
  return "$status"
}

# fuzz_all SECONDS_EACH SEED [PROGRAM]: as many at once as there are processors.
fuzz_all() {
  local seconds=$1 seed=$2 only=${3:-} failed passed results=build/log/fuzz-results
  export -f fuzz_one
  { if [ -n "$only" ]; then printf '%s\n' "$only"; else fuzz_programs; fi; } |
    xargs -r -P "$(nproc)" -I{} bash -c "fuzz_one {} $seconds $seed" | tee "$results"
  passed=$(grep -c '^ok ' "$results")
  failed=$(grep -c '^FAILED ' "$results")
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0 && passed > 0))
}

fuzz_smoke() {
  ls fuzz/*.cmake >/dev/null 2>&1 || return 0
  if ! counted "build the fuzz targets" build_fuzz; then
    not_run "fuzzing" "the build failed"
    return 1
  fi
  local count each
  count=$(fuzz_programs | wc -l)
  ((count)) || return 0
  each=$((fuzz_seconds_in_all * $(nproc) / count))
  ((each >= 3)) || each=3
  # A fixed seed: the same inputs on every landing as far as time allows. `./dev fuzz` takes new ones.
  counted "fuzz $count targets, $each s each" fuzz_all "$each" 1
}

build_fuzz() {
  local -a targets
  configure asan || return 1
  mapfile -t targets < <(targets_like asan 'fuzz_[a-z0-9_]+')
  ((${#targets[@]})) || return 0
  build_preset asan "${targets[@]}"
}

node_test() { (cd "$1" && timeout 1200 node --test --test-concurrency=1); }

# Folders of tests/ that hold tests for Node.
node_test_folders() {
  find tests -mindepth 2 -name node_modules -prune -o -name '*.test.mjs' -print 2>/dev/null | cut -d/ -f1-2 | sort -u
}

console_tests() {
  [ -f web/console/package.json ] || return 0
  if ((!npm_is_set_up)); then
    not_run "tests of the console" "its npm packages could not be installed"
    return 1
  fi
  build_console_if_changed || { not_run "tests of the console" "its build failed"; return 1; }
  passed_total=$((passed_total + 1))
  if has_npm_script web/console lint; then counted "lint of the console" npm_script web/console lint; fi
  if has_npm_script web/console test; then counted "tests of the console" npm_script web/console test; fi
}

package_tests() {
  if ((EUID != 0)); then
    not_run "the package in a clean Debian" "making a root needs root"
    return 0
  fi
  stage "build the package" build_package || { not_run "the package in a clean Debian" "it could not be built"; return 1; }
  if ! may_make_machines; then
    # No fault of the change, and nothing to install that would help.
    note "SKIPPED: the package in a clean Debian, since root may make no namespaces or control groups of version 2 here"
    return 0
  fi
  counted "the package in a clean Debian" package_test
}

test_modules() {
  local module
  local -a wanted=("${@/%/_test}") targets
  setup_all || exit 1
  stage "configure" configure release || exit 1
  mapfile -t targets < <(existing_targets release "${wanted[@]}")
  ((${#targets[@]} == $#)) || die "no such test program among: ${wanted[*]}; there are: $(
    targets_like release '[a-z0-9_]+_test' | grep -v '^cmake_' | sed 's/_test$//' | tr '\n' ' ')"
  mapfile -t -O "${#targets[@]}" targets < <(existing_targets release tutela-decoder)
  counted "build $*" build_preset release "${targets[@]}" || { summary; exit 1; }
  for module in "${wanted[@]}"; do counted "$module" "build/release/$module"; done
  summary
}

test_everything() {
  local quick=$1 folder npm_is_set_up=1
  if ! install_packages < <(wanted_packages) || ! setup_node; then
    not_run "all tests" "setup failed"
    summary
    exit 1
  fi
  setup_npm || npm_is_set_up=0
  source_checks
  if stage "configure" configure release && counted "release build" build_preset release; then
    counted "unit and contract tests" run_ctest release
    console_tests
    openapi_check
    for folder in $(node_test_folders); do counted "$folder" node_test "$folder"; done
  else
    not_run "tests" "the release build failed"
  fi
  if [ "$quick" = no ]; then
    package_tests
    sanitizer_tests
    fuzz_smoke
    tidy_check "$tidy_seconds_in_all"
  fi
  summary
}

command_test() {
  case "${1:-}" in
    "") test_everything no ;;
    --quick) test_everything yes ;;
    -*) die "test knows --quick, not \"$1\"" ;;
    *) test_modules "$@" ;;
  esac
}

command_fuzz() {
  local name=${1:-} seconds=${2:-60}
  [[ "$name" =~ ^[0-9]+$ ]] && seconds=$name name=
  setup_all && stage "build the fuzz targets" build_fuzz || exit 1
  [ -z "$name" ] || [ -x "build/asan/fuzz_$name" ] || die "no fuzz target \"$name\"; there are: $(fuzz_programs | sed 's/^fuzz_//' | tr '\n' ' ')"
  fuzz_all "$seconds" 0 ${name:+"fuzz_$name"}
}

# faults [SEEDS [FROM]]: so many drawn troubles from a new seed, and a kill and a power cut at every call.
command_faults() {
  local seeds=${1:-2000} from=${2:-$RANDOM$RANDOM}
  [[ "$seeds$from" =~ ^[0-9]+$ ]] || die "faults takes two numbers: how many seeds, and the first"
  setup_all && stage "configure" configure release && stage "build the upkeep tests" build_preset release upkeep_test || exit 1
  note "seeds from $from"
  TUTELA_FAULTS_SEEDS=$seeds TUTELA_FAULTS_SEED=$from build/release/upkeep_test --gtest_filter='Crash.*:Interrupted.*'
}
