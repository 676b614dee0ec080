#!/usr/bin/env bash
# within.sh [--offline] ROOT COMMAND…: runs COMMAND as the first process of a machine whose files are ROOT, with a network of its own that has
# nothing but loopback when it is --offline. Not chroot: a process in one may make no user namespace, and the decoder's sandbox is made of them. What
# COMMAND starts, mounts and groups ends with it. Needs root and a kernel with control groups of version 2.
set -euo pipefail
self=$(realpath "${BASH_SOURCE[0]}")
: "${within_stage:=outside}" "${network:=}"
export within_stage network group
if [ "$1" = --offline ]; then network=--net; shift; fi
root=$(realpath "$1")
shift
mkdir -p "$root/.outside"

case $within_stage in
  outside)
    within_stage=groups exec unshare --mount bash "$self" "$root" "$@"
    ;;
  groups)  # a control group of its own, for systemd moves and makes them
    mount --make-rprivate /
    mount -t cgroup2 cgroup2 "$root/.outside"
    group=$root/.outside/tutela-package-test-$$
    mkdir "$group"
    status=0
    # shellcheck disable=SC2086 # no word where there is no option
    within_stage=processes unshare --mount --pid --fork --kill-child --uts --ipc $network bash "$self" "$root" "$@" || status=$?
    find "$group" -depth -type d -exec rmdir {} +
    exit "$status"
    ;;
  processes)
    echo 0 >"$group/cgroup.procs"
    within_stage=files exec unshare --cgroup bash "$self" "$root" "$@"
    ;;
  files)
    umount "$root/.outside"
    mount --bind "$root" "$root"
    cd "$root"
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs tmpfs run
    mount --rbind /dev dev
    pivot_root . .outside
    umount -l .outside
    mount --make-rshared /  # as systemd has it at a real boot; a credential reaches its service that way
    # systemd reads from `container` that there is no hardware to set up.
    exec env -i container=tutela-test PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
    ;;
esac
