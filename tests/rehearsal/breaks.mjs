// One sabotage a link, from outside only: `./dev rehearse line --break LINK` must fail, and name that link.
//
// `path` is what is run; the other members are called by World.at at the point of that name and may change what it gives.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processes_below } from './lib/node.mjs';

export const breaks = {
  intake: {
    path: 'A',
    what: 'the disk forgets what was written since the start',
    everybody_is_there: async ({ hotline }) => {
      await hotline.stop();
      cpSync(hotline.folder, `${hotline.folder}-before`, { recursive: true, preserveTimestamps: true });
      await hotline.start();
    },
    hotline_is_down: ({ hotline }) => give_back(`${hotline.folder}-before`, hotline.folder),
  },
  decode: {
    path: 'B',
    what: 'every decoder process is killed as soon as it is there',
    picture_is_on_its_way: (world) => {
      const kill_new = killer_below(world.hotline.process.pid);
      kill_new();
      world.saboteur = setInterval(kill_new, 1);
    },
  },
  fingerprint: { path: 'B', what: 'the picture arrives with one byte more', picture_is_on_its_way: (_, photo) => Buffer.concat([photo, Buffer.from([0])]) },
  match: {
    path: 'B',
    what: 'the entry is withdrawn before anybody asks for it',
    entry_is_in_the_bank: async ({ mara }, entry) => {
      await mara.post(`/v1/entries/${entry.entry_id}/withdraw`, { reason: 'sabotage' });
    },
  },
  review: { path: 'B', what: 'the second assessor judges otherwise', second_assessor_judges: (_, judgement) => ({ ...judgement, act: 'not_illegal' }) },
  routing: { path: 'B', what: 'the only adopted authority is of another country', authority_is_adopted: (_, channel) => ({ ...channel, country: 'FR' }) },
  referral: { path: 'C', what: 'the authority does not know the token', authority_is_adopted: (_, channel) => ({ ...channel, token: 'x'.repeat(43) }) },
  notice: {
    path: 'A',
    what: 'the mail server refuses every mail',
    everybody_is_there: ({ mail }) => {
      mail.refuse = true;
    },
  },
  outcome: {
    path: 'C',
    what: 'every answer of the authority to "what came of it?" is lost',
    everybody_is_there: ({ wire }) => {
      wire.lose = (request) => request.path.includes('/outcomes');
    },
  },
  stays_removed: {
    path: 'B',
    what: 'the picture is turned upside down before it is uploaded again',
    picture_is_uploaded_again: (world) => world.recompressed('Dune.jpg', { upside_down: true }),
  },
  ledger: {
    path: 'C',
    what: 'one digit of the exported record is changed',
    excerpt_is_exported: (_, excerpt) => Buffer.from(excerpt.toString().replace(/"n":2,/, '"n":3,')),
  },
};

function give_back(copy, folder) {
  rmSync(join(folder, 'data'), { recursive: true });
  cpSync(join(copy, 'data'), join(folder, 'data'), { recursive: true, preserveTimestamps: true });
}

// Kills what is below `pid`, whenever called. Fast enough that no decoder gets to its first answer.
function killer_below(pid) {
  const newly_below = processes_below(pid);
  return () => newly_below().forEach(kill_if_there);
}

function kill_if_there(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
