// Assertions whose message says what was expected of whom.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';

export function is(what, seen, expected) {
  assert.deepEqual(seen, expected, `${what} is ${inspect(seen, { breakLength: 120 })}, not ${inspect(expected, { breakLength: 120 })}`);
}

export function holds(what, fact) {
  assert.ok(fact, `does not hold: ${what}`);
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
