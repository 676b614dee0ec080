// Assertions whose message says what was expected of whom.
import { inspect, isDeepStrictEqual } from 'node:util';

const shown = (value) => inspect(value, { breakLength: Infinity, depth: 6 });

export function is(what, seen, expected) {
  if (!isDeepStrictEqual(seen, expected)) throw new Error(`${what} is ${shown(seen)}, not ${shown(expected)}`);
}

export function holds(what, fact) {
  if (!fact) throw new Error(`does not hold: ${what}`);
  return fact;
}

// The call is refused with this status and reason.
export async function refused(what, call, status, reason) {
  let problem;
  try {
    await call;
  } catch (error) {
    problem = error;
  }
  if (!problem) throw new Error(`was not refused: ${what}`);
  if (problem.reason === undefined) throw problem;
  is(`the refusal of ${what}`, `${problem.status} ${problem.reason}`, `${status} ${reason}`);
}
