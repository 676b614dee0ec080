// A large list with bad lines [--json] [--long]: `tutela bank import` of 300,000 lines (--long: ten million) into an empty bank, every
// thousandth of them bad in one of five ways, ended with SIGKILL half-way and started once more. The counts must come out to the line, or the
// run fails. Beside it: the sqlite3 shell importing the same file into a table of its own without looking at it, which is the floor.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Node, programs } from '../tests/rehearsal/lib/node.mjs';

const json = process.argv.includes('--json');
const is_long = process.argv.includes('--long');
const lines = is_long ? 10_000_000 : 300_000;
const size = is_long ? '10m' : '300k';

function row({ name, peer, tutela, peer_value, unit, note }) {
  const ratio = peer_value === undefined ? undefined : tutela / peer_value;
  if (json) console.log(JSON.stringify({ name, peer, tutela, peer_value, unit, ratio, note }));
  else console.log(`${name.padEnd(34)} ${String(tutela).padStart(12)} ${String(peer_value ?? '-').padStart(12)} ${(ratio?.toFixed(2) ?? '-').padStart(8)}  ${unit.padEnd(6)} ${[peer, note].filter(Boolean).join(', ')}`);
}

const value_of = (number) => createHash('sha256').update(`import ${number}`).digest('hex');
const bad_lines = [
  (number) => `r${number},${value_of(number).slice(1)},80`,  // a digit short
  (number) => `r${number},${value_of(number).toUpperCase()}A,80`,
  (number) => `r${number},${value_of(number)},101`,  // no such quality
  (number) => `r${number},${value_of(number)}`,  // a column short
  (number) => `r${number},not a hash,80`,
];
const is_bad = (number) => number % 1000 === 999;

async function write_list(path) {
  const out = createWriteStream(path);
  out.write('reference,pdq,pdq.quality\n');
  for (let first = 0; first < lines; first += 10_000) {
    let text = '';
    for (let number = first; number < first + 10_000; ++number)
      text += `${is_bad(number) ? bad_lines[Math.floor(number / 1000) % bad_lines.length](number) : `r${number},${value_of(number)},80`}\n`;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

const peak_mib = (pid) => {
  try {
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;  // ended meanwhile
  }
};

// Ends by itself, or is killed when `is_time_to_kill` says so.
function run(program, args, is_time_to_kill = () => false) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const started = process.hrtime.bigint();
    let out = '';
    let err = '';
    let mib = 0;
    const watch = setInterval(() => {
      mib = Math.max(mib, peak_mib(child.pid));
      if (is_time_to_kill()) child.kill('SIGKILL');
    }, 50);
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { err += data; });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      resolve({ code, signal, out, err, mib, seconds: Number(process.hrtime.bigint() - started) / 1e9 });
    });
  });
}

async function succeed(program, args) {
  const ran = await run(program, args);
  if (ran.code !== 0) throw new Error(`${program} ${args[0]} ${args[1] ?? ''}: ${ran.err}`);
  return ran;
}

function expect_equal(what, found, expected) {
  if (found !== expected) throw new Error(`${what}: ${found}, not ${expected}`);
}

const folder = mkdtempSync(join(tmpdir(), 'tutela-bench-'));
chmodSync(folder, 0o755);
const node = await Node.create(join(folder, 'node'), { name: 'platform.test', kind: 'platform', country: 'DE', mandate: false });
try {
  const list = join(folder, 'list.csv');
  await write_list(list);
  const tutela = join(programs, 'tutela');
  await succeed(tutela, ['bank', 'create', '--data', node.folder, '--bank', 'bench', '--source', 'drawn', '--legal-basis', 'none: drawn']);
  const import_list = ['bank', 'import', '--data', node.folder, '--bank', 'bench', '--json', list];
  const refused_path = `${list}.bench.refused`;
  const bad = lines / 1000;
  const is_half_done = () => existsSync(refused_path) && readFileSync(refused_path, 'utf8').split('\n').length > bad / 2;
  const killed = await run(tutela, import_list, is_half_done);
  expect_equal('signal of the first start', killed.signal, 'SIGKILL');
  const resumed = await run(tutela, import_list);
  const said = JSON.parse(resumed.out);
  expect_equal('imported', said.imported, lines - bad);
  expect_equal('refused', said.refused, bad);
  expect_equal('known', said.known, 0);
  const refused = readFileSync(refused_path, 'utf8').trimEnd().split('\n');
  expect_equal('lines put aside', refused.length, bad);
  refused.forEach((text, at) => expect_equal('line put aside', JSON.parse(text).line, 2 + 1000 * at + 999));
  const again = JSON.parse((await run(tutela, import_list)).out);
  expect_equal('imported, asked once more', again.imported, lines - bad);
  const seconds = killed.seconds + resumed.seconds;
  const floor = await succeed('sqlite3', [join(folder, 'floor.sqlite'), '-cmd', '.mode csv', `.import ${list} floor`]);
  row({ name: `bank-import-${size}`, peer: 'sqlite3 .import', tutela: Math.round(lines / seconds), peer_value: Math.round(lines / floor.seconds), unit: 'line/s', note: `killed at half and gone on with; ${bad} bad lines put aside` });
  row({ name: `bank-import-memory-${size}`, tutela: Math.round(Math.max(killed.mib, resumed.mib)), unit: 'MiB', note: 'peak' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
