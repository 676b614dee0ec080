// The whole line, from outside: ./dev rehearse line [--json] [--break LINK]
//
// Two real nodes, a mail server, a web host and a browser on loopback; only public HTTP, SMTP and the programs' command line are used, and
// every step asks the other side what it received.
import { parseArgs } from 'node:util';
import { breaks } from './breaks.mjs';
import { doors, outsider } from './outsider.mjs';
import { path_a } from './path_a.mjs';
import { path_b } from './path_b.mjs';
import { path_c } from './path_c.mjs';
import { LinkBroken, links, Steps } from './steps.mjs';
import { World } from './world.mjs';

const usage = `usage: ./dev rehearse line [--json] [--break LINK]\nLINK is one of: ${links.join(' ')}`;

async function walk(world, steps, path) {
  if (!path || path === 'A') await path_a(world, steps);
  const b = !path || path === 'B' ? await path_b(world, steps) : undefined;
  const c = !path || path === 'C' ? await path_c(world, steps) : undefined;
  if (b) await outsider(world, steps, { type: 'item', id: b.item_id, kinds: ['item.created', 'item.viewed', 'verdict.given', 'referral.sent', 'referral.outcome'] });
  if (path === 'C') await outsider(world, steps, { type: 'concern', id: c.concern_id, kinds: ['concern.received', 'concern.assessed', 'referral.outcome'] });
  if (!path) await doors(world, steps);
}

// Gives whether the line holds.
async function rehearse({ json, broken }) {
  const steps = new Steps({ json, broken });
  const sabotage = broken && breaks[broken];
  if (sabotage && !json) console.log(`Sabotage of ${broken}: ${sabotage.what}.`);
  const world = new World(sabotage);
  // However the rehearsal ends, what it started ends with it.
  process.once('exit', () => world.drop());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  try {
    await world.start();
    await walk(world, steps, sabotage?.path);
    if (broken) return steps.summary({ ok: false, link: 'none', note: `The sabotage of ${broken} was not noticed.` });
    return steps.summary({ ok: true });
  } catch (error) {
    if (!(error instanceof LinkBroken)) return steps.summary({ ok: false, link: 'set-up', note: `It could not begin: ${error.message}` });
    return steps.summary({ ok: false, link: error.link, note: error.message });
  } finally {
    await world.stop();
  }
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' }, break: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(usage);
  const known = positionals.length === 1 && positionals[0] === 'line' && (values.break === undefined || links.includes(values.break));
  if (!known) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  process.exitCode = (await rehearse({ json: values.json, broken: values.break })) ? 0 : 1;
}

await main();
