// One Tutela node as an operator has it: a data folder, the program, its settings. Only the command line and its doors are used.
import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');
export const programs = process.env.TUTELA_PROGRAMS ?? join(root, 'build/release');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// How long a thing may take to happen, in seconds.
export const patience = { seconds: 10 };

// Calls `look` until it gives something true, at most `seconds`; then fails saying what was awaited.
export async function eventually(what, look, seconds = patience.seconds) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not seen within ${seconds} s: ${what}${last ? ` (${last.message})` : ''}`);
    await sleep(50);
  }
}

// Below the range that the kernel gives to outgoing connections (32768 and above): between our looking and the node's listening one of
// those would take a port from there.
const first_port = 20_000;
const last_port = 32_000;

const can_listen = (port) =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

// Given to a node of this process: two that are made at the same time must not both find one free.
const given_ports = new Set();

async function free_ports(count) {
  const ports = [];
  for (let tries = 0; ports.length < count && tries < 1000; ++tries) {
    const port = randomInt(first_port, last_port);
    if (given_ports.has(port)) continue;
    given_ports.add(port);
    if (await can_listen(port)) ports.push(port);
  }
  if (ports.length < count) throw new Error(`no ${count} free ports between ${first_port} and ${last_port}`);
  return ports;
}

// Runs one of the programs to its end. Never throws for an exit code.
export function run_program(program, ...args) {
  return new Promise((done, failed) => {
    const child = execFile(join(programs, program), args, { encoding: 'utf8', timeout: 30_000, maxBuffer: 16 << 20 }, (error, out, err) => {
      if (error && typeof error.code === 'string') return failed(error);
      done({ status: child.exitCode, out, err });
    });
  });
}

async function tutela_json(...args) {
  const run = await run_program('tutela', ...args, '--json');
  if (run.status !== 0) throw new Error(`${join(programs, 'tutela')} ${args[0]} ended with ${run.status}: ${run.err.trim()}`);
  return JSON.parse(run.out);
}

// What `tutela hash` says of a file, on a machine without any node.
export const hash_file = (file) => tutela_json('hash', file);

// [state, parent] of a process, or nothing once it is gone.
function process_facts(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
  } catch {
    return undefined;
  }
}

export const is_running = (pid) => !['Z', 'X', undefined].includes(process_facts(pid)?.[0]);

// Every process below `pid`, as the kernel lists them.
export function descendants(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) parents.set(Number(name), Number(process_facts(name)?.[1]));
  const found = [];
  for (let wave = [pid]; wave.length; ) {
    wave = [...parents].filter(([, parent]) => wave.includes(parent)).map(([child]) => child);
    found.push(...wave);
  }
  return found;
}

// A function that gives the processes below `pid` that it did not give before; it looks at each process of the machine once.
export function processes_below(pid) {
  const seen = new Set();
  const below = new Set([pid]);
  return () => {
    const found = [];
    const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !seen.has(name));
    for (const name of names.sort((a, b) => a - b)) {
      seen.add(name);
      if (!below.has(Number(process_facts(name)?.[1]))) continue;
      below.add(Number(name));
      found.push(Number(name));
    }
    return found;
  };
}

// doors: public, console, portal, machine, metrics.
export class Node {
  static async create(folder, { name, kind, country, clocks = {}, smtp = '', members = {}, mandate = true, review = {} }) {
    const node = new Node();
    node.folder = folder;
    node.name = name;
    const made = await tutela_json('init', '--data', folder, '--name', name, '--kind', kind, '--country', country, '--demo');
    node.public_key = made.public_key;
    node.members = { [made.admin.login]: made.admin.password };
    for (const [login, roles] of Object.entries(members))
      node.members[login] = (await tutela_json('member', 'add', '--data', folder, '--login', login, '--roles', roles)).password;
    if (mandate) {
      const [first, second] = Object.keys(members);
      await tutela_json('mandate', 'record', '--data', folder, '--legal-basis', 'Invented Act, section 1', '--counsel', 'Invented counsel',
        '--days', '365', '--member', first, '--member', second);
    }
    const [p, c, h, m, x] = await free_ports(5);
    node.ports = { public: p, console: c, portal: h, machine: m, metrics: x };
    node.url = {
      public: `http://127.0.0.1:${p}`,
      console: `http://localhost:${c}`,
      portal: `http://127.0.0.1:${h}`,
      machine: `http://127.0.0.1:${m}`,
      metrics: `http://127.0.0.1:${x}`,
    };
    node.write_settings({
      listen: { public: p, console: c, portal: h, machine: m, metrics: x },
      urls: { public: node.url.public, console: node.url.console, portal: node.url.portal },
      mail: { smtp, from: `notices@${name}` },
      clocks: { recheck_seconds: 1, outbox_first_seconds: 1, answers_poll_seconds: 1, ...clocks },
      review,
    });
    return node;
  }

  write_settings(sections) {
    this.settings = { ...this.settings, ...sections };
    const lines = [];
    for (const [section, keys] of Object.entries(this.settings)) {
      lines.push(`[${section}]`);
      for (const [key, value] of Object.entries(keys)) lines.push(`${key} = ${JSON.stringify(value)}`);
    }
    writeFileSync(join(this.folder, 'tutela.toml'), lines.join('\n') + '\n');
  }

  async token(name, scopes) {
    return (await tutela_json('token', 'issue', '--data', this.folder, '--name', name, '--scopes', scopes)).token;
  }

  adopt_authority({ name, title, country, url, token, by }) {
    return tutela_json('authority', 'adopt', '--data', this.folder, '--name', name, '--title', title, '--country', country, '--url', url,
      '--token', token, '--by', by);
  }

  async start({ seconds = 20 } = {}) {
    this.log = '';
    this.all_logs ??= '';
    this.process = spawn(join(programs, 'tutela'), ['serve', '--data', this.folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (text) => {
      this.log += text;
      this.all_logs += text;
    };
    this.process.stdout.on('data', keep);
    this.process.stderr.on('data', keep);
    this.ended = new Promise((done) => this.process.once('exit', (code, signal) => done({ code, signal })));
    this.process.once('exit', () => (this.process = undefined));
    const ended = this.ended.then(() => { throw new Error(`${this.name} ended: ${this.log}`); });
    await Promise.race([ended, eventually(`${this.name} is ready`, async () => (await fetch(`${this.url.metrics}/readyz`)).ok, seconds)]);
  }

  async kill(signal = 'SIGKILL') {
    if (!this.process) return;
    this.process.kill(signal);
    await this.ended;
  }

  async stop() {
    await this.kill('SIGTERM');
  }

  key_file() {
    const path = join(this.folder, 'node-public-key.txt');
    writeFileSync(path, this.public_key + '\n');
    return path;
  }

  settings_text() {
    return readFileSync(join(this.folder, 'tutela.toml'), 'utf8');
  }
}
