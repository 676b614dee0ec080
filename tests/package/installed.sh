#!/usr/bin/env bash
# Runs inside a clean Debian root that has nothing but its base and the package beside this script (tools/dev/package.sh): installs, uses and
# removes it without systemd; then makes of the root what operated.sh needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
passed=0
ok() { passed=$((passed + 1)); printf 'ok %d %s\n' "$passed" "$1"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
answer_of() {  # of GET http://127.0.0.1:PORT/PATH, without any program that the base does not have
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
  cat <&3
  exec 3<&- 3>&-
}

apt-get update -qq
apt-get install -y -qq --no-install-recommends "./tutela_$(cat version)_$(dpkg --print-architecture).deb" >install.log 2>&1 || { cat install.log; fail "the package does not install"; }
ok "installs with what a clean Debian has, and its dependencies"

tutela --version
tutela-verify --help >verify.log || fail "tutela-verify does not start"
ok "the programs start"

[ "$(stat -c '%U %a' /var/lib/tutela)" = "tutela 700" ] || fail "/var/lib/tutela: $(stat -c '%U %a' /var/lib/tutela)"
ok "the data folder is the user's alone"

{ printf 'P5\n64 64\n255\n'; head -c 4096 /usr/bin/bash; } >picture.pgm
tutela hash --json picture.pgm >hash.json
grep -q '"pdq":{' hash.json || fail "no fingerprint: $(cat hash.json)"
ok "the sandboxed decoder works"

tutela init --data /var/lib/tutela --name hotline.test --kind hotline --country DE >init.log
grep -q password init.log || fail "init: $(cat init.log)"
[ "$(stat -c %U /var/lib/tutela/keys)" = tutela ] || fail "keys belong to $(stat -c %U /var/lib/tutela/keys)"
ok "a node is made"

tutela serve --data /var/lib/tutela >serve.log 2>&1 &
server=$!
for _ in $(seq 100); do
  answer_of 8084 /readyz 2>/dev/null | grep -q '^ready' && break
  kill -0 "$server" 2>/dev/null || { cat serve.log; fail "serve ended"; }
  sleep 0.2
done
answer_of 8084 /readyz | grep -q '^ready' || { cat serve.log; fail "not ready"; }
[ "$(stat -c %U "/proc/$server")" = tutela ] || fail "serve runs as $(stat -c %U "/proc/$server")"
ok "it serves, and not as root"
answer_of 8081 / | grep -q '<div id="root"' || fail "the console is not served"
ok "the console is there"

kill "$server"
wait "$server" || fail "serve ended with $? when it was told to stop"
ok "it stops in order"

apt-get purge -y -qq tutela >>install.log 2>&1
[ -f /var/lib/tutela/data/tutela.sqlite ] || fail "purging deleted records"
[ -d /var/lib/tutela/keys ] || fail "purging deleted keys"
[ ! -e /usr/bin/tutela ] || fail "/usr/bin/tutela is left"
ok "purging deletes programs and no record"

# The next boots this root, with what every Debian server has and a clean base has not.
rm -rf /var/lib/tutela
apt-get install -y -qq --no-install-recommends systemd curl >>install.log 2>&1 || { cat install.log; fail "no systemd"; }
# There is no network there, and what a package recommends is not in the root.
echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/00no-recommends
printf '%s\n' "$passed" >passed
