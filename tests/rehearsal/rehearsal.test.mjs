// The rehearsal itself: the whole line holds, and every sabotage is found at the link it struck.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { breaks } from './breaks.mjs';
import { links } from './steps.mjs';

function rehearse(args = [], on_line = () => {}) {
  return new Promise((done) => {
    const begun = performance.now();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'rehearse.mjs'), 'line', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
      on_line(child);
    });
    child.stderr.on('data', (text) => (err += text));
    child.once('close', (code) => {
      const lines = out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
      done({ code, err, steps: lines.filter((line) => !line.summary), summary: lines.find((line) => line.summary), seconds: (performance.now() - begun) / 1000 });
    });
  });
}

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tutela-rehearsal-'));
const servers = () =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /tutela-rehearsal-/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });

// The aims are those of an idle machine, and what it took is printed; only what hangs is a failure, for how long a step takes where others
// work too is nobody's mistake.
function within(t, seconds, aim) {
  t.diagnostic(`${seconds.toFixed(1)} s; on an idle machine at most ${aim} s`);
  assert.ok(seconds <= 6 * aim, `${seconds.toFixed(1)} s: it hangs`);
}

test('the whole line holds on all three paths and leaves nothing behind', async (t) => {
  const before = { folders: folders(), servers: servers() };
  const { code, err, steps, summary, seconds } = await rehearse();
  assert.equal(code, 0, `${summary?.note}\n${err}`);
  assert.equal(summary.ok, true);
  assert.deepEqual(steps.filter((step) => !step.ok), []);
  for (const path of ['A', 'B', 'C']) assert.ok(steps.some((step) => step.path === path), `path ${path}`);
  assert.deepEqual(links.filter((link) => !steps.some((step) => step.link === link)), [], 'links that no step walks');
  for (const step of steps) assert.deepEqual(Object.keys(step), ['path', 'link', 'step', 'ok', 'ms', 'ids']);
  within(t, seconds, 45);
  assert.deepEqual({ folders: folders(), servers: servers() }, before);
});

test('there is a sabotage for every link', () => assert.deepEqual(Object.keys(breaks).sort(), [...links].sort()));

for (const link of links)
  test(`--break ${link} (${breaks[link].what}) fails and names the link`, async (t) => {
    const { code, err, steps, summary, seconds } = await rehearse(['--break', link]);
    t.diagnostic(summary?.note);
    assert.equal(code, 1, err);
    assert.equal(summary.link, link, summary.note);
    const last = steps.pop();
    assert.deepEqual([last.ok, last.link], [false, link]);
    assert.ok(last.error);
    assert.ok(steps.every((step) => step.ok), 'every step before it holds');
    within(t, seconds, 10);
  });

test('an unknown link is refused before anything is started', async () => {
  const { code, steps, err } = await rehearse(['--break', 'nothing']);
  assert.equal(code, 2);
  assert.deepEqual(steps, []);
  assert.match(err, /LINK is one of: intake decode/);
});

test('stopped in the middle, it leaves nothing behind', async () => {
  const before = { folders: folders(), servers: servers() };
  const { code } = await rehearse([], (child) => child.kill('SIGINT'));
  assert.notEqual(code, 0);
  for (let i = 0; i < 200 && servers().length > before.servers.length; ++i) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual({ folders: folders(), servers: servers() }, before);
});
