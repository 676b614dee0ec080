import type { Lease } from '../api/types';
import { type Clock, clockOf } from './time';

export const kLeaseSoonMs = 2 * 60_000;

export type LeaseView =
  | { kind: 'free' }
  | { kind: 'mine'; clock: Clock }
  | { kind: 'lost' } // it was ours and has run out: nothing may be shown or decided before it is claimed again
  | { kind: 'taken'; by: string; clock: Clock };

export function leaseView(lease: Lease | undefined, now: number): LeaseView {
  if (lease === undefined) return { kind: 'free' };
  const clock = clockOf(lease.until, now, kLeaseSoonMs);
  if (lease.mine) return clock.phase === 'over' ? { kind: 'lost' } : { kind: 'mine', clock };
  return clock.phase === 'over' ? { kind: 'free' } : { kind: 'taken', by: lease.member, clock };
}
