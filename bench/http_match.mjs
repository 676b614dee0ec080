// Lookups a second over HTTP [--json] [--long]: POST /v1/match of a really started node with a million PDQ entries (--long: ten million),
// imported by `tutela bank import`, asked by wrk on the same machine over 16 connections, one question a request, keep-alive. Half of the
// questions are at most 8 bits from an entry, half are random. Beside it in the same minutes: GET /healthz of the same program, which is what the
// server costs without matching, and nginx with one worker handing out a small file, which is what the loopback and wrk leave to anybody.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Node, programs } from '../tests/rehearsal/lib/node.mjs';

const json = process.argv.includes('--json');
const is_long = process.argv.includes('--long');
const entries = is_long ? 10_000_000 : 1_000_000;
const size = is_long ? '10m' : '1m';
const run = promisify(execFile);

function row({ name, peer, tutela, peer_value, unit, note }) {
  const ratio = peer_value === undefined ? undefined : (unit === 'ms' ? peer_value / tutela : tutela / peer_value);
  if (json) console.log(JSON.stringify({ name, peer, tutela, peer_value, unit, ratio, note }));
  else console.log(`${name.padEnd(34)} ${String(tutela).padStart(12)} ${String(peer_value ?? '-').padStart(12)} ${(ratio?.toFixed(2) ?? '-').padStart(8)}  ${unit.padEnd(6)} ${[peer, note].filter(Boolean).join(', ')}`);
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
// The same list every time.
const code = (number) => createHash('sha256').update(`bench ${number}`).digest('hex');

async function write_list(path) {
  const out = createWriteStream(path);
  for (let first = 0; first < entries; first += 10_000) {
    const lines = [];
    for (let number = first; number < Math.min(first + 10_000, entries); ++number) lines.push(`pdq ${code(number)}\n`);
    if (!out.write(lines.join(''))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

// nginx on a port of its own, as whoever runs this, with all that it writes in `folder`.
async function start_nginx(folder) {
  const port = await new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
  writeFileSync(join(folder, 'small.json'), '{"matches":[]}\n');
  writeFileSync(join(folder, 'nginx.conf'), `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 64; }
http {
  access_log off; default_type application/json; keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`);
  const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'nginx.log')], { stdio: 'ignore' });
  await new Promise((resolve, reject) => { nginx.on('spawn', resolve).on('error', reject); });
  return { url: `http://127.0.0.1:${port}/small.json`, stop: () => { nginx.kill('SIGTERM'); return once(nginx, 'exit'); } };
}

const folder = mkdtempSync(join(tmpdir(), 'tutela-bench-'));
chmodSync(folder, 0o755);
const node = await Node.create(join(folder, 'node'), { name: 'platform.test', kind: 'platform', country: 'DE', mandate: false });
try {
  const list = join(folder, 'list.txt');
  await write_list(list);
  const tutela = (...args) => run(join(programs, 'tutela'), args, { maxBuffer: 16 << 20 });
  await tutela('bank', 'create', '--data', node.folder, '--bank', 'bench', '--source', 'drawn', '--legal-basis', 'none: drawn');
  const imported = Date.now();
  await tutela('bank', 'import', '--data', node.folder, '--bank', 'bench', '--format', 'text', list);
  row({ name: `http-import-${size}`, tutela: Math.round(entries / ((Date.now() - imported) / 1000)), unit: 'line/s', note: 'tutela bank import of one PDQ a line' });
  const token = await node.token('bench.test', 'match');
  for (const [name, note] of [['http-first-start', 'tutela serve, until it answers: the index is built from the records'], ['http-start', 'the same again: from its snapshot']]) {
    await node.stop();
    const started = Date.now();
    await node.start({ seconds: 300 });
    row({ name: `${name}-${size}`, tutela: (Date.now() - started) / 1000, unit: 's', note });
  }
  const script = join(folder, 'match.lua');
  const known = Array.from({ length: 2000 }, (_, at) => `"${code(Math.floor((at * entries) / 2000))}"`);
  writeFileSync(script, `
local known = {${known.join(',')}}
math.randomseed(1)
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer ${token}"
-- Made before the first is sent, so that making them is not measured: 50,000 questions touch far more memory than any cache holds.
local requests = {}
for turn = 1, 50000 do
  local value
  if turn % 2 == 0 then
    value = known[math.random(#known)]
    local at = math.random(1, 62)
    local two = math.random(0, 255)
    value = value:sub(1, at - 1) .. string.format("%02x", two) .. value:sub(at + 2)
  else
    value = ""
    for word = 1, 8 do value = value .. string.format("%08x", math.random(0, 4294967295)) end
  end
  requests[turn] = value
end
init = function()
  for turn, value in ipairs(requests) do
    requests[turn] = wrk.format(nil, "/v1/match", nil, '{"fingerprints":[{"algorithm":"pdq","value":"' .. value .. '","quality":100}]}')
  end
end
local turn = 0
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
`);
  // Not in step with this process: it has to read the node's log meanwhile, or the node waits for it.
  const ask = async (...args) => {
    const { stdout: out } = await run('wrk', ['-t1', '-c16', '-d6s', '--latency', ...args]);
    const bad = /Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1];
    if (bad) throw new Error(`${bad} requests were refused`);
    const [, number, unit] = /99%\s+([\d.]+)(us|ms|s)\b/.exec(out);
    return { rate: Number(/Requests\/sec:\s*([\d.]+)/.exec(out)[1]), p99: Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit] };
  };
  const ours = [];
  const floor = [];
  const files = [];
  const nginx = await start_nginx(folder);
  for (let round = 0; round < 3; ++round) {
    ours.push(await ask('-s', script, node.url.machine));
    floor.push(await ask(`${node.url.metrics}/healthz`));
    files.push(await ask(nginx.url));
  }
  await nginx.stop();
  row({ name: `http-match-${size}`, peer: 'own-healthz', tutela: median(ours.map(({ rate }) => rate)), peer_value: median(floor.map(({ rate }) => rate)), unit: 'req/s', note: `runs ${ours.map(({ rate }) => Math.round(rate)).join(' ')}` });
  row({ name: `http-match-${size}`, peer: 'nginx-static', tutela: median(ours.map(({ rate }) => rate)), peer_value: median(files.map(({ rate }) => rate)), unit: 'req/s', note: 'a file of 15 bytes, one worker' });
  row({ name: `http-match-${size}-p99`, peer: 'own-healthz', tutela: median(ours.map(({ p99 }) => p99)), peer_value: median(floor.map(({ p99 }) => p99)), unit: 'ms' });
} finally {
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
}
