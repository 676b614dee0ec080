// What the rehearsal says while it runs: one line a step for a person, or one JSON object a line for a machine.

import { patience } from './lib/node.mjs';

// The links of the line, in its order.
export const links = ['intake', 'decode', 'fingerprint', 'match', 'review', 'routing', 'referral', 'notice', 'outcome', 'stays_removed', 'ledger'];

const one_line = (text) => text.replace(/\s+/g, ' ').trim();

// Thrown by the first step that did not hold; what follows would rest on it.
export class LinkBroken extends Error {
  constructor(path, link, step, cause) {
    super(`${link}: ${step}: ${one_line(cause.message)}`, { cause });
    Object.assign(this, { path, link, step });
  }
}

export class Steps {
  #write;
  #json;
  #broken;
  #begun = performance.now();
  counts = new Map();

  // `broken`: the link that is sabotaged, whose steps need not be waited for long.
  constructor({ json, broken, write = (line) => process.stdout.write(`${line}\n`) }) {
    this.#json = json;
    this.#broken = broken;
    this.#write = write;
  }

  // A function that runs one step of `path`: step(link, what, run). `run` is given an object for the ids it met.
  on(path) {
    return async (link, what, run) => {
      const number = (this.counts.get(path) ?? 0) + 1;
      this.counts.set(path, number);
      const ids = {};
      const begun = performance.now();
      patience.seconds = link === this.#broken ? 2 : 10;
      const say = (ok, error) => this.#say({ path, link, step: what, number, ok, ms: Math.round(performance.now() - begun), ids, error });
      try {
        await run(ids);
      } catch (cause) {
        say(false, one_line(cause.message));
        throw new LinkBroken(path, link, what, cause);
      }
      say(true);
    };
  }

  #say({ number, error, ...line }) {
    if (this.#json) return this.#write(JSON.stringify({ ...line, ...(error && { error }) }));
    const seconds = (line.ms / 1000).toFixed(1);
    this.#write(`${line.ok ? 'ok  ' : 'FAIL'} ${`${line.path}${number}`.padEnd(4)} ${line.link.padEnd(13)} ${line.step} … ${seconds} s`);
    if (error) this.#write(`          ${error}`);
  }

  // The last line. Gives `ok`.
  summary({ ok, link, note }) {
    const seconds = Math.round((performance.now() - this.#begun) / 100) / 10;
    const steps = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    if (this.#json) this.#write(JSON.stringify({ summary: true, ok, ...(link && { link }), ...(note && { note }), steps, seconds }));
    else this.#write(ok ? `\nThe line holds: ${steps} steps in ${seconds} s.` : `\nThe line is broken at ${link} (step ${steps}, ${seconds} s).\n${note}`);
    return ok;
  }
}
