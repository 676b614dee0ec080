// What an outsider can check without the node: the exported record of one subject, and that each door answers only its own routes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from './lib/contract.mjs';
import { entries_of } from './lib/desk.mjs';
import { holds, is } from './lib/expect.mjs';
import { eventually, run_program } from './lib/node.mjs';

async function export_excerpt(manager, type, id) {
  return (await manager.get_bytes(`/v1/ledger/${type}/${id}/excerpt`)).bytes;
}

async function verify(world, bytes, node = world.hotline) {
  const file = join(world.folder, 'excerpt.json');
  writeFileSync(file, bytes);
  const run = await run_program('tutela-verify', file, '--key', node.public_key, '--json');
  return { status: run.status, ...JSON.parse(run.out) };
}

// An excerpt has one entry a line (spec/ledger.md). `change` gets the entries' lines without their commas.
function with_entries(text, change) {
  const [before, after] = text.split('"entries":[\n');
  const entries = after.replace(/\n\]\}\n?$/, '').split(',\n');
  const end = after.match(/\n\]\}\n?$/)[0];
  return `${before}"entries":[\n${change(entries).join(',\n')}${end}`;
}

function with_flipped_bit(bytes, at, bit) {
  const changed = Buffer.from(bytes);
  changed[at] ^= 1 << bit;
  return changed;
}

// Places all over the file, the same in every run: multiplicative steps of the golden ratio.
const places = (count, length) => Array.from({ length: count }, (_, i) => Math.floor((((i + 1) * 0.6180339887498949) % 1) * length));

export async function outsider(world, steps, { type, id, kinds }) {
  const step = steps.on('X');
  const { mara } = world;
  let excerpt;

  await step('ledger', 'tutela-verify proves the exported record without the server', async (ids) => {
    await entries_of(mara, type, id, ...kinds);
    excerpt = await world.at('excerpt_is_exported', await export_excerpt(mara, type, id));
    const report = await verify(world, excerpt);
    is('the verdict of tutela-verify', [report.status, report.verified, report.reason], [0, true, undefined]);
    is('whose record', [report.node, report.about.split('/')[0]], ['hotline.test', type]);
    const found = report.entries.map((entry) => entry.kind);
    for (const kind of kinds) holds(`${kind} is in the record (${found.join(' ')})`, found.includes(kind));
    ids.entries = report.entries.length;
    ids[type] = id;
    is("the same with another node's key", (await verify(world, excerpt, world.police)).reason, 'note.wrong_key');
  });

  await step('ledger', 'a changed, missing, reordered, cut off or swapped part is refused', async () => {
    const text = excerpt.toString();
    const reason_of = async (changed) => {
      const report = await verify(world, Buffer.from(changed));
      return report.verified ? 'verified' : report.reason;
    };
    is('nothing changed', await reason_of(with_entries(text, (entries) => entries)), 'verified');
    is('an entry taken out', await reason_of(with_entries(text, (entries) => entries.toSpliced(1, 1))), 'excerpt.missing_entry');
    is('two entries exchanged', await reason_of(with_entries(text, ([first, second, ...rest]) => [second, first, ...rest])), 'excerpt.reordered');
    is('the tail cut off', await reason_of(with_entries(text, (entries) => entries.slice(0, -1))), 'excerpt.cut_off');
    const checkpoint_of = (from) => from.match(/"checkpoint":"(?:[^"\\]|\\.)*"/)[0];
    // A checkpoint that the node really signed, but later: the export itself is on record.
    const later = await eventually('the log goes on', async () => {
      const newer = (await export_excerpt(mara, type, id)).toString();
      return checkpoint_of(newer) !== checkpoint_of(text) && newer;
    });
    is('a later checkpoint put in', await reason_of(text.replace(checkpoint_of(text), () => checkpoint_of(later))), 'excerpt.checkpoint_swapped');
    for (const [i, at] of places(24, excerpt.length).entries())
      is(`byte ${at} with bit ${i % 8} flipped`, (await verify(world, with_flipped_bit(excerpt, at, i % 8))).verified, false);
  });
}

const fill = (path) => path.replace(/\{[^}]+\}/g, '01900000-0000-7000-8000-000000000000').replace(/\/\*$/, '/0/x001/067');
const door_routes = () => ({
  public: [['GET', '/'], ['GET', '/report'], ['POST', '/report'], ['GET', '/worry'], ['POST', '/worry'], ['GET', '/receipt'], ['POST', '/receipt/check'], ['GET', '/help']],
  console: operations('console').map(({ method, path }) => [method, fill(path)]),
  portal: [['GET', `/n/${'0'.repeat(64)}`], ['POST', `/n/${'0'.repeat(64)}`]],
  machine: operations('machine').map(({ method, path }) => [method, fill(path)]),
  metrics: [['GET', '/metrics'], ['GET', '/healthz'], ['GET', '/readyz']],
});

export async function doors(world, steps) {
  const step = steps.on('X');
  const { hotline, police, anna } = world;
  const ask = async (door, method, path) => {
    const response = await fetch(hotline.url[door] + path, { method, redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  };

  await step('doors', 'each of the five doors answers its own routes and no other', async (ids) => {
    const without_nonce = (text) => text.replace(/nonce="[^"]*"/g, '');
    const console_page = without_nonce((await ask('console', 'GET', '/')).text);
    let asked = 0;
    for (const [owner, routes] of Object.entries(door_routes()))
      for (const door of Object.keys(hotline.url).filter((name) => name !== owner))
        for (const [method, path] of routes) {
          // A start page has every door that has pages.
          if (path === '/' && ['public', 'console'].includes(owner) && ['public', 'console'].includes(door)) continue;
          const { status, text } = await ask(door, method, path);
          ++asked;
          // The console shows its own page under any address that is not an operation.
          const is_console_page = door === 'console' && status === 200 && method === 'GET' && !path.startsWith('/v1/') && without_nonce(text) === console_page;
          holds(`${method} ${path} of ${owner} is not on ${door} (${status})`, is_console_page || status === 404 || (status === 405 && method !== 'GET'));
        }
    ids.asked = asked;
    is('the console itself', (await ask('console', 'GET', '/v1/queue')).status, 401);
    is('the machine API itself', (await ask('machine', 'GET', '/v1/node')).status, 401);
  });

  await step('doors', 'metrics count what waits; the log names nobody', async () => {
    const { text } = await ask('metrics', 'GET', '/metrics');
    const waiting = Number(text.match(/^tutela_items_waiting (\d+)$/m)[1]);
    is('items that wait', waiting, (await anna.get('/v1/queue')).items.filter((one) => one.state !== 'in_review').length);
    for (const secret of ['reporter@mail.test', 'teacher@school.test', '/album/', 'player1@game.test', 'abuse@host.test'])
      for (const node of [hotline, police]) is(`the log of ${node.name} says ${secret}`, node.all_logs.includes(secret), false);
  });
}
