import type { Queue } from '../api/types';

// What this member could take after `current`: the first in the queue's order that nobody else holds and that the member has not assessed.
export function nextItem(queue: Queue | undefined, current: string): string | undefined {
  return queue?.items.find(
    (item) => item.item_id !== current && !item.assessed_by_me && (item.lease === undefined || item.lease.mine),
  )?.item_id;
}
