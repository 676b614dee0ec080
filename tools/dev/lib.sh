# shellcheck shell=bash
# Stages: each is announced, runs quietly into build/log/, and says how long it took; a failed one shows what matters of its log.

export LC_ALL=C.UTF-8
log_folder=build/log
stage_log=
passed_total=0
failed_total=0
failed_stages=()
mkdir -p "$log_folder"

# Compilation results are shared between checkouts at different paths.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

note() { printf '%s\n' "$*"; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# Compilers at once: one a processor, but each may need 1.5 GB.
jobs_count() {
  local processors memory_kb by_memory
  processors=$(nproc)
  memory_kb=$(awk '/MemAvailable/ {print $2}' /proc/meminfo)
  by_memory=$((memory_kb / 1500000))
  ((by_memory < 1)) && by_memory=1
  echo $((processors < by_memory ? processors : by_memory))
}

# A sign of life while a stage runs: the log's last line in place on a terminal, one line a minute elsewhere.
watch_log() {
  local log=$1 started=$SECONDS last=0
  while kill -0 $$ 2>/dev/null; do
    sleep 1
    if [ -t 1 ]; then
      printf '\r\033[K    %4d s  %s' $((SECONDS - started)) "$(tail -c 400 "$log" 2>/dev/null | tr '\r' '\n' | tail -n 1 | cut -c1-100)"
    elif ((SECONDS - started - last >= 60)); then
      last=$((SECONDS - started))
      printf '    %4d s  %s\n' "$last" "$(tail -n 1 "$log" 2>/dev/null | cut -c1-120)"
    fi
  done
}

# How a log begins and ends and, of what stands between, the lines around each failure (GoogleTest, ctest, node, compilers, sanitizers).
show_failure() {
  awk '
    { line[NR] = substr($0, 1, 240) }
    /: Failure$|^\[  FAILED  \]|\*\*\*(Failed|Timeout|Exception)|Subprocess aborted|[ :]error:|^not ok|^ *✖|ERROR: |runtime error:|^FAILED/ { hit[++hits] = NR }
    END {
      for (i = 1; i <= NR; i++) shown[i] = i <= 12 || i > NR - 40
      for (h = 1; h <= hits && between < 160; h++)
        for (i = hit[h] - 2; i <= hit[h] + 12; i++)
          if (i > 0 && i <= NR && !shown[i]) { shown[i] = 1; ++between }
      for (i = 1; i <= NR; i++) {
        if (shown[i]) print "   | " line[i]
        else if (shown[i - 1]) print "   | ..."
      }
    }' "$1"
}

# stage TITLE COMMAND…: runs it with its output in build/log/, whose name is left in $stage_log. The status is the command's.
stage() {
  local title=$1 started=$SECONDS status watcher
  shift
  stage_log=$log_folder/$(printf '%s' "$title" | tr -cs 'A-Za-z0-9' '-' | sed 's/-*$//' | tr 'A-Z' 'a-z').log
  : >"$stage_log"
  printf '── %s\n' "$title"
  watch_log "$stage_log" &
  watcher=$!
  # shellcheck disable=SC2064
  trap "kill $watcher 2>/dev/null" EXIT
  "$@" >"$stage_log" 2>&1
  status=$?
  kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  trap - EXIT
  [ -t 1 ] && printf '\r\033[K'
  if ((status == 0)); then
    printf '   ok, %d s\n' $((SECONDS - started))
  else
    printf '   FAILED after %d s; from %s:\n' $((SECONDS - started)) "$stage_log"
    show_failure "$stage_log"
  fi
  return "$status"
}

# counted TITLE COMMAND…: a stage whose tests are added to the closing line. A log without a count is one test.
counted() {
  local status counts
  stage "$@"
  status=$?
  counts=$(/usr/bin/python3 tools/count_tests.py --status "$status" "$stage_log") || counts="0 1"
  passed_total=$((passed_total + ${counts% *}))
  failed_total=$((failed_total + ${counts#* }))
  ((status == 0)) || failed_stages+=("$1")
  return "$status"
}

# What could not run because an earlier stage failed is a failure too.
not_run() {
  printf '── %s\n   NOT RUN: %s\n' "$1" "$2"
  failed_total=$((failed_total + 1))
  failed_stages+=("$1 (not run)")
}

# The closing lines; the last one is read by machines.
summary() {
  local name
  printf '\n%d s in all\n' "$SECONDS"
  for name in "${failed_stages[@]}"; do printf 'failed: %s\n' "$name"; done
  printf '%d passed, %d failed\n' "$passed_total" "$failed_total"
  ((failed_total == 0 && passed_total > 0))
}

# A digest of files' names and contents, to tell whether a step has to run again.
digest_of() {
  local path
  for path in "$@"; do
    [ -e "$path" ] && find "$path" \( -name node_modules -o -name dist \) -prune -o -type f -print
  done | sort -u | xargs -r -d '\n' sha256sum | sha256sum | cut -c1-64
}
