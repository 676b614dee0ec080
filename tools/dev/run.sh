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

command_bench() {
  setup_all || exit 1
  local filter=${1:-} program status=0 found=0
  build_programs && build_console_if_changed && stage "build the measurements" build_bench || exit 1
  for program in build/bench/bench_* build/bench/*_bench; do
    [ -f "$program" ] && [ -x "$program" ] && [[ $(basename "$program") == *"$filter"* ]] || continue
    found=1
    note "── $(basename "$program")"
    "$program" || status=1
  done
  for program in bench/*.mjs; do
    [[ $(basename "$program") == *"$filter"* ]] || continue
    found=1
    note "── $(basename "$program")"
    node "$program" || status=1
  done
  ((found)) || die "no measurement's name contains \"$filter\""
  return "$status"
}

# The release build once more, with the measurements; ccache makes the second one cheap.
build_bench() {
  cmake --preset release -B build/bench -DTUTELA_BENCH=ON && cmake --build build/bench -j "$(jobs_count)"
}

command_ci() {
  local checkout=build/ci/checkout
  git diff --quiet HEAD || note "changes that are not committed are not part of this run"
  rm -rf "$checkout" && mkdir -p build/ci && git clone --quiet . "$checkout" || exit 1
  exec bash "$checkout/.ci/run"
}
