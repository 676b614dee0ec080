# shellcheck shell=bash
# The demo node, the rehearsal, measurements, and the landing's own run in a clean checkout.

command_run() {
  case " $* " in *" --help "* | *" -h "*) usage; return 0 ;; esac
  setup_all && build_programs && build_console_if_changed || exit 1
  exec build/release/tutela demo --data build/demo "$@"
}

command_rehearse() {
  [ -f tests/rehearsal/rehearse.mjs ] || die "tests/rehearsal/rehearse.mjs is not there"
  # With --json, standard output belongs to the rehearsal.
  { setup_all && build_programs && build_console_if_changed; } >&2 || exit 1
  exec node tests/rehearsal/rehearse.mjs "$@"
}

# bench [NAME…] [--json] [--long]. With --json standard output has the rows alone; programs that print no rows are left out.
command_bench() {
  local argument program status=0 found=0 filters=() options=()
  for argument in "$@"; do
    case "$argument" in
      --json | --long) options+=("$argument") ;;
      -*) die "bench has no option $argument" ;;
      *) filters+=("$argument") ;;
    esac
  done
  prepare_bench >&2 || exit 1
  for program in build/bench/bench_* build/bench/*_bench bench/*.mjs; do
    is_measurement "$program" || continue
    is_wanted "$(basename "$program")" "${filters[@]}" || continue
    ((${#options[@]} == 0)) || grep -qaF -- '[--json] [--long]' "$program" || continue
    found=1
    note "── $(basename "$program")" >&2
    run_measurement "$program" "${options[@]}" || status=1
  done
  ((found)) || die "no measurement's name contains ${filters[*]}"
  return "$status"
}

prepare_bench() {
  setup_all && install_packages < <(packages_in packaging/apt-packages-bench.txt) && build_programs && build_console_if_changed && stage "build the measurements" build_bench
}

is_measurement() { [ -f "$1" ] && { [[ $1 == *.mjs ]] || [ -x "$1" ]; }; }

# NAME FILTER…: whether the name contains one of them, or there is none.
is_wanted() {
  local name=$1 filter
  shift
  (($# == 0)) && return 0
  for filter in "$@"; do [[ $name == *"$filter"* ]] && return 0; done
  return 1
}

run_measurement() {
  if [[ $1 == *.mjs ]]; then node "$@"; else "$@"; fi
}

# The release build once more, with the measurements; ccache makes the second one cheap.
build_bench() {
  cmake --preset release -B build/bench -DTUTELA_BENCH=ON && cmake --build build/bench --target measurements -j "$(jobs_count)"
}

command_ci() {
  local checkout=build/ci/checkout
  git diff --quiet HEAD || note "changes that are not committed are not part of this run"
  rm -rf "$checkout" && mkdir -p build/ci && git clone --quiet . "$checkout" || exit 1
  exec bash "$checkout/.ci/run"
}
