# shellcheck shell=bash
# Building: C++ by CMake presets, the console by npm.

programs=(tutela tutela-decoder tutela-verify)

# A build tree that knows the current lists and presets: presets are applied anew when they change, lists by ninja itself.
configure() {
  local preset=$1 presets stamp=build/$1/presets.sha256
  presets=$(sha256sum <CMakePresets.json)
  if [ -f "build/$preset/build.ninja" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$presets" ]; then
    ninja -C "build/$preset" build.ninja
  else
    cmake --preset "$preset" && printf '%s\n' "$presets" >"$stamp"
  fi
}

build_preset() {
  local preset=$1
  shift
  local -a targets=()
  (($# == 0)) || targets=(--target "$@")
  configure "$preset" && cmake --build "build/$preset" -j "$(jobs_count)" "${targets[@]}"
}

# The targets of a build tree whose whole name matches a pattern.
targets_like() { ninja -C "build/$1" -t targets all 2>/dev/null | sed -n 's/^\([A-Za-z0-9_-]*\): .*/\1/p' | sort -u | grep -xE "$2" || true; }

# Which of the given targets a build tree has.
existing_targets() {
  local preset=$1
  shift
  targets_like "$preset" "$(IFS='|'; printf '%s' "$*")"
}

# The console stands beside the program, which serves it from there.
build_console() {
  (cd web/console && npm run build) && mkdir -p build/release && rm -rf build/release/console && cp -r web/console/dist build/release/console
}

console_inputs=(web/console spec/openapi.yaml)

build_console_if_changed() {
  [ -f web/console/package.json ] || return 0
  local digest stamp=build/stamp/console
  digest=$(digest_of "${console_inputs[@]}")
  [ -d build/release/console ] && [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ] && return 0
  stage "build the console" build_console || return 1
  # The build may have written generated sources, so the digest is taken anew.
  mkdir -p build/stamp && digest_of "${console_inputs[@]}" >"$stamp"
}

build_programs() {
  local -a targets
  stage "configure" configure release || return 1
  mapfile -t targets < <(existing_targets release "${programs[@]}")
  if ((${#targets[@]})); then
    stage "build the programs" build_preset release "${targets[@]}"
  else
    stage "build everything (no program is there yet)" build_preset release
  fi
}

command_build() {
  setup_all && build_programs && build_console_if_changed || exit 1
  note "built: $(cd build/release && ls "${programs[@]}" 2>/dev/null | sed 's|^|build/release/|' | tr '\n' ' ')"
}
