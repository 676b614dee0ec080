#!/usr/bin/env bash
# Runs in the root that installed.sh left, booted by systemd (operated.service), without a network: follows the pages of docs/operating that
# want such a machine, and looks in between whether the service really has the walls of its unit and works between them.
# All of the unit is in force here but MemorySwapMax=, which wants control groups of version 2 with memory. Looked at is what the kernel shows of
# the process and what it can reach; that each single call of the filter is refused is taken from systemd.
set -euo pipefail
passed=$(cat passed)
version=$(cat version)
data=/var/lib/tutela
ok() { passed=$((passed + 1)); printf 'ok %d %s\n' "$passed" "$1"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; journalctl --unit tutela --lines 30 --no-pager >&2 || true; exit 1; }
follow() {
  bash run_page.sh "pages/$1" "${@:2}" >page.log 2>&1 || { cat page.log; fail "the page $1"; }
  ok "$(tail -n 1 page.log)"
}
main_pid() { systemctl show tutela --property MainPID --value; }
# Of one that has ended already, too.
last_pid() { systemctl show tutela --property ExecMainPID --value; }
ready() {
  for _ in $(seq 300); do curl -s --fail http://127.0.0.1:8084/readyz >ready.log && return 0; sleep 0.1; done
  return 1
}
said() { journalctl --no-pager --output cat "$2" | grep -e "$1" >/dev/null; }
# Files as questions to the running server; what it could not decode has a decode_reason.
match_of() {
  local file
  local -a parts=(-F 'question={};type=application/json')
  for file in "$@"; do parts+=(-F "media=@$file;type=application/octet-stream"); done
  curl -sS --fail -H "Authorization: Bearer $token" "${parts[@]}" http://127.0.0.1:8083/v1/match
}
start_with_token() {
  systemctl stop tutela
  token=$(tutela token issue --data $data --name package-test --scopes report:write,match --json | sed 's/.*"token":"\([^"]*\)".*/\1/')
  systemctl start tutela
  ready || fail "not ready after a second start"
}
works() {
  match_of pictures/* >match.log || fail "match: $(cat match.log)"
  [ "$(grep -o '"matches"' match.log | wc -l)" = "$(find pictures -type f | wc -l)" ] || fail "answers: $(cat match.log)"
  grep -q decode_reason match.log && fail "not decoded: $(cat match.log)"
  match_of /etc/hostname | grep -q decode_reason || fail "a text was decoded"
}

follow install.md VERSION="$version"
diff -r pages /usr/share/doc/tutela | grep -v "^Only in /usr/share" && fail "the package has other pages"
ready || fail "not ready"
start_with_token

works
curl -sS --fail -H "Authorization: Bearer $token" -H 'Idempotency-Key: one' -F 'report={"kind":"content"};type=application/json' \
  -F "media=@pictures/baseline.jpg;type=image/jpeg" http://127.0.0.1:8083/v1/reports >report.log || fail "report: $(cat report.log)"
grep -q '"receipt"' report.log || fail "report: $(cat report.log)"
ok "under its unit it takes a report with a picture, and decodes every format"

process=/proc/$(main_pid)
for wall in $'CapBnd:\t0000000000000000' $'CapEff:\t0000000000000000' $'NoNewPrivs:\t1' $'Seccomp:\t2'; do
  grep -qx "$wall" "$process/status" || fail "no $wall: $(grep -E '^(Cap|NoNew|Seccomp)' "$process/status")"
done
grep -q '^Max core file size  *1 ' "$process/limits" || fail "core files: $(grep core "$process/limits")"
[ "$(stat -c %U "$process")" = tutela ] || fail "runs as $(stat -c %U "$process")"
(: >"$process/root/etc/probe") 2>/dev/null && fail "/etc can be written"
(: >"$process/root$data/probe") || fail "$data cannot be written"
rm "$data/probe"
: >/tmp/probe && [ ! -e "$process/root/tmp/probe" ] || fail "/tmp is not its own"
home=$(getent passwd root | cut -d: -f6)
mkdir -p "$home/probe" && [ ! -e "$process/root$home/probe" ] || fail "homes are there"
said '"decoder.started".*"landlock_abi":[1-9].*"sandboxed":1' "_PID=$(main_pid)" || fail "the decoder has not all its walls"
ok "the unit's walls stand around the server, and the decoder's within them"

systemctl restart tutela
ready && works || fail "not after a restart"
killed=$(main_pid)
kill -KILL "$killed"
for _ in $(seq 50); do sleep 0.2; [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$killed" ] && break; done
ready && works || fail "it does not come back"
ok "it comes back after a restart and after a kill"

# What takes the decoder's sandbox away: the server says so and does not serve.
for setting in RestrictNamespaces=yes SystemCallFilter=~mount; do
  mkdir -p /run/systemd/system/tutela.service.d
  printf '[Service]\nRestart=no\n%s\n' "$setting" >/run/systemd/system/tutela.service.d/trial.conf
  systemctl daemon-reload
  systemctl restart tutela
  pid=$(last_pid)
  for _ in $(seq 100); do systemctl is-active --quiet tutela || break; sleep 0.1; done
  ! systemctl is-active --quiet tutela || fail "it serves with $setting"
  said decoder.no_sandbox "_PID=$pid" || fail "with $setting it does not say why it does not serve"
done
rm /run/systemd/system/tutela.service.d/trial.conf
systemctl daemon-reload
systemctl reset-failed tutela
systemctl start tutela
ready && works || fail "not ready again"
ok "without the sandbox it does not start"

settings=$(cat $data/tutela.toml)
running=$(main_pid)
follow upgrade.md NEWER="$version+1"
dpkg-query -W tutela | grep -q "$version+1" || fail "no upgrade: $(dpkg-query -W tutela)"
[ "$(main_pid)" != "$running" ] || fail "the older program still runs"
[ "$(cat $data/tutela.toml)" = "$settings" ] || fail "an upgrade changed the settings"
works
ok "an upgrade changes no data"

# A node of an older program in its place (tests/upkeep/older_node).
systemctl stop tutela
mv $data $data-first
cp -r older/node $data && chown -R tutela:tutela $data && chmod 0700 $data
fact() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" older/facts.json; }
systemctl start tutela
pid=$(last_pid)
for _ in $(seq 50); do said --first-files "_PID=$pid" && break; sleep 0.1; done
said --first-files "_PID=$pid" || fail "an older node is not told what to do"
follow upgrade-older.md NEWER="$version+2"
curl -sS --fail -d "receipt=$(fact receipt)" http://127.0.0.1:8080/receipt >receipt.log || fail "the receipt of then: $(cat receipt.log)"
grep -q 'id="word"' receipt.log || fail "the receipt of then: $(cat receipt.log)"
tutela-verify excerpt older/excerpt.json --key "$(fact public_key)" >verify.log || fail "the excerpt of then: $(cat verify.log)"
start_with_token
works
ok "a node of an older program serves, and what it handed out holds"

follow harden.md
[ ! -e passphrase ] || fail "the passphrase is left"
systemctl restart tutela
ready && works || fail "not with sealed keys"
mv /etc/systemd/system/tutela.service.d/passphrase.conf .
systemctl daemon-reload
systemctl restart tutela
pid=$(last_pid)
for _ in $(seq 20); do said keys.no_passphrase "_PID=$pid" && break; sleep 0.1; done
said keys.no_passphrase "_PID=$pid" || fail "without the credential: $(journalctl --no-pager --output cat "_PID=$pid")"
sleep 3
[ "$(systemctl is-failed tutela)" = failed ] && [ "$(systemctl show tutela --property NRestarts --value)" = 0 ] ||
  fail "it is started again and again: $(systemctl status tutela)"
mv passphrase.conf /etc/systemd/system/tutela.service.d/
systemctl daemon-reload
systemctl restart tutela
ready || fail "not with the credential again"
ok "it starts with keys that only the machine's credential opens"

follow remove.md
[ -f $data/data/tutela.sqlite ] && [ -d $data/keys ] || fail "purging deleted records or keys"
[ "$(systemctl is-active tutela)" = inactive ] || fail "it still runs"
[ ! -L /etc/systemd/system/multi-user.target.wants/tutela.service ] || fail "a link to its unit is left"
ok "removing stops it and deletes no record"
printf '%d passed, 0 failed\n' "$passed"
