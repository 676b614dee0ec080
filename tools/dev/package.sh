# shellcheck shell=bash
# The Debian package: built from the release programs, and installed into a clean Debian root by a test.

package_folder=build/package

package_version() { sed -n 's/^project(tutela VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }

# What systemd does not understand it would ignore, and with it a wall. That the unit names others that are not there is no finding.
unit_check() {
  local findings
  findings=$(systemd-analyze verify --man=no --root="$(realpath "$1")" /lib/systemd/system/tutela.service 2>&1 | grep -E 'tutela\.service:[0-9]+:')
  [ -z "$findings" ] || { printf '%s\n' "$findings"; return 1; }
}

# Stages the files, asks dpkg-shlibdeps what the programs need, and writes build/package/tutela_VERSION_ARCHITECTURE.deb.
build_package() {
  local version architecture tree program depends
  version=$(package_version)
  architecture=$(dpkg --print-architecture)
  tree=$package_folder/tree
  rm -rf "$package_folder"
  mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$tree/usr/lib/tutela" "$tree/usr/share/doc/tutela" "$tree/lib/systemd/system" || return 1
  # shellcheck disable=SC2154 # in tools/dev/build.sh
  for program in "${programs[@]}"; do
    install -m 0755 -s "build/release/$program" "$tree/usr/lib/tutela/$program" || return 1
  done
  ln -s ../lib/tutela/tutela "$tree/usr/bin/tutela"
  ln -s ../lib/tutela/tutela-verify "$tree/usr/bin/tutela-verify"
  cp -r build/release/console "$tree/usr/lib/tutela/console" || return 1
  install -m 0644 packaging/systemd/tutela.service "$tree/lib/systemd/system/" || return 1
  unit_check "$tree" || return 1
  install -m 0644 LICENSE docs/operating/*.md "$tree/usr/share/doc/tutela/" || return 1

  # dpkg-shlibdeps wants a source package around it.
  mkdir -p "$package_folder/debian"
  printf 'Source: tutela\n\nPackage: tutela\nArchitecture: any\n' >"$package_folder/debian/control"
  depends=$(cd "$package_folder" && dpkg-shlibdeps -O "${programs[@]/#/tree/usr/lib/tutela/}" | sed -n 's/^shlibs:Depends=//p') || return 1
  [ -n "$depends" ] || { echo "dpkg-shlibdeps named no library"; return 1; }
  sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
    packaging/deb/control.in >"$tree/DEBIAN/control"
  install -m 0755 packaging/deb/postinst packaging/deb/prerm packaging/deb/postrm "$tree/DEBIAN/" || return 1
  find "$tree" -type d -exec chmod 0755 {} +
  dpkg-deb --root-owner-group --build "$tree" "$package_folder/tutela_${version}_$architecture.deb"
}

# A Debian root with nothing in it but its base, kept in build/ from one run to the next. Where packages come from is what this machine's
# own lists say.
clean_root() {
  local root=$1 suite mirror
  [ -f "$root.complete" ] && return 0
  rm -rf "$root"
  suite=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  # shellcheck disable=SC2016 # apt's own placeholder
  mirror=$(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Codename: $suite" | head -n 1)
  [ -n "$mirror" ] || { echo "apt names no source of $suite"; return 1; }
  debootstrap --variant=minbase "$suite" "$root" "$mirror" || return 1
  : >"$root.complete"
}

# The package once more with nothing but a higher version, to upgrade to.
newer_package() {
  local tree=$package_folder/newer from=$1 version=$2
  rm -rf "$tree" && dpkg-deb --raw-extract "$from" "$tree" || return 1
  sed -i "s/^Version: .*/Version: $version/" "$tree/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone --build "$tree" "$package_folder/tutela_${version}_$(dpkg --print-architecture).deb" && rm -rf "$tree"
}

# Whether tests/package/within.sh can work here.
may_make_machines() {
  local group=build/package-probe status
  mkdir -p "$group"
  unshare --mount --pid --fork --uts --ipc --net bash -c \
    "mount --make-rprivate / && mount -t cgroup2 cgroup2 $group && mkdir $group/tutela-probe-\$\$ && rmdir $group/tutela-probe-\$\$" 2>/dev/null
  status=$?
  rmdir "$group"
  return "$status"
}

# Installs the package as an operator would, in a Debian with nothing but its base; then boots that Debian and follows docs/operating in it.
package_test() {
  local base=build/clean-root root=build/package-root status version architecture number
  local tests=$root/usr/share/tutela-test
  version=$(package_version)
  architecture=$(dpkg --print-architecture)
  clean_root "$base" || return 1
  rm -rf "$root" && cp -a "$base" "$root" || return 1
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mkdir -p "$root/var/cache/apt/archives" "$tests"
  for number in 1 2; do newer_package "$package_folder/tutela_${version}_$architecture.deb" "$version+$number" || return 1; done
  cp "$package_folder"/tutela_*.deb tests/package/* tests/operating/run_page.sh "$tests/" || return 1
  ln -s ../../../usr/share/tutela-test/operated.service "$root/etc/systemd/system/operated.service" || return 1
  mkdir "$tests/older" && tar -xJf tests/upkeep/older_node/node.tar.xz --no-same-owner -C "$tests/older" || return 1
  cp -r docs/operating "$tests/pages" && mkdir "$tests/pictures" && cp fuzz/corpus/decode_{media/baseline.jpg,media/colour.png,webp/lossless.webp,tiff/rgb_8.tif,heic/lossy.heic,avif/lossy.avif,gif/plain.gif} \
    "$tests/pictures/" || return 1
  printf '%s\n' "$version" >"$tests/version"
  bash tests/package/within.sh "$root" bash /usr/share/tutela-test/installed.sh || return 1
  timeout 300 bash tests/package/within.sh --offline "$root" /lib/systemd/systemd --unit=operated.service --show-status=no
  status=$?
  cat "$tests/operated.log"
  rm -rf "$root"
  return "$status"
}

command_package() {
  setup_all && build_console_if_changed && build_programs && stage "package" build_package || exit 1
  note "$(ls "$package_folder"/*.deb)"
}
