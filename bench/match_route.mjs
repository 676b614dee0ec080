// Requests a second of POST /v1/match on a really started node, by wrk on loopback: one PDQ question a request, keep-alive. Three runs, all
// shown. GET /healthz of the same program stands beside it: what the server costs without matching.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Node } from '../tests/rehearsal/lib/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tutela-bench-'));
chmodSync(folder, 0o755);
const node = await Node.create(join(folder, 'node'), { name: 'platform.test', kind: 'platform', country: 'DE', mandate: false });
const token = await node.token('bench.test', 'match');
await node.start();
try {
  const script = join(folder, 'match.lua');
  const body = JSON.stringify({ fingerprints: [{ algorithm: 'pdq', value: '5a'.repeat(32), quality: 100 }] });
  writeFileSync(script, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.headers["Authorization"] = "Bearer ${token}"\nwrk.body = '${body}'\n`);
  // Not in step with this process: it has to read the node's log meanwhile, or the node waits for it.
  const run = async (what, ...args) => {
    const { stdout: out } = await promisify(execFile)('wrk', ['-t1', '-c16', '-d5s', ...args]);
    const rate = /Requests\/sec:\s*([\d.]+)/.exec(out)?.[1] ?? 'no answer';
    const bad = /Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? '0';
    console.log(`${what.padEnd(22)} ${rate} requests/s, ${bad} refused`);
  };
  for (let i = 0; i < 3; ++i) {
    await run('POST /v1/match', '-s', script, `${node.url.machine}/v1/match`);
    await run('GET /healthz', `${node.url.metrics}/healthz`);
  }
} finally {
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
}
