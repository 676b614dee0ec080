import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queueQuery, stackQuery } from '../api/queries';
import type { Queue, QueueItem } from '../api/types';
import { kItemActions, kItemStates, plural } from '../lib/words';
import { Chip, Due, Empty, Loaded, Moment, Page, Section } from '../ui/basics';
import { type Column, DataTable } from '../ui/DataTable';
import { useParam } from '../ui/useParam';
import { ConcernTable } from './Concerns';

function nature(item: QueueItem): string {
  if (item.is_safe) return 'Matches a safe entry';
  if (item.is_new && !item.has_picture) return item.locations > 0 ? 'New: an address' : 'New: a fingerprint';
  return item.is_new ? 'New: matched nothing known' : 'Known or near something known';
}

function what(item: QueueItem): string {
  if (item.has_picture) return 'Picture';
  return item.locations > 0 ? 'Address only' : 'Fingerprint only';
}

const kColumns: readonly Column<QueueItem>[] = [
  {
    head: 'Item',
    cell: (item) => (
      <Link className="link" to="/items/$itemId" params={{ itemId: item.item_id }}>
        {nature(item)}
      </Link>
    ),
  },
  {
    head: 'State',
    cell: (item) => (
      <>
        <Chip>{kItemStates[item.state]}</Chip> {item.action !== 'none' && <Chip>{kItemActions[item.action]}</Chip>}
      </>
    ),
  },
  {
    head: 'What there is',
    cell: (item) => `${what(item)}, ${plural(item.reports, 'report', 'reports')}`,
  },
  { head: 'First seen', cell: (item) => <Moment time={item.first_seen_at} /> },
  { head: 'Clock', cell: (item) => <Due time={item.due_at} /> },
  {
    head: 'With',
    cell: (item) => {
      if (item.lease !== undefined) return item.lease.mine ? 'You' : item.lease.member;
      return item.assessed_by_me ? 'You have assessed it' : 'Nobody';
    },
  },
];

function Tiles({ queue }: { queue: Queue }) {
  const tiles: [string, React.ReactNode][] = [
    ['open items', queue.counts.items],
    ['for a second member', queue.counts.needs_second],
    ['urgent', queue.counts.urgent],
    ['clocks run out', queue.counts.overdue],
    ['open concerns', queue.counts.concerns],
    ['oldest item', queue.oldest_item_at === undefined ? '–' : <Moment key="item" time={queue.oldest_item_at} />],
    ['oldest concern', queue.oldest_concern_at === undefined ? '–' : <Moment key="concern" time={queue.oldest_concern_at} />],
  ];
  return (
    <ul className="tiles">
      {tiles.map(([label, value]) => (
        <li key={label}>
          <span className="value">{value}</span> <span className="dim">{label}</span>
        </li>
      ))}
    </ul>
  );
}

const kStackedColumns: readonly Column<QueueItem>[] = kColumns.map((column) =>
  column.head === 'Item'
    ? {
        head: column.head,
        cell: (item) => (
          <>
            {column.cell(item)}
            {item.stack !== undefined && item.stack.items > 1 && (
              <div className="stacked-link">
                <Link className="link" to="/queue/$entryId" params={{ entryId: item.stack.entry_id }}>
                  First of {item.stack.items} that match the same entry
                </Link>
              </div>
            )}
          </>
        ),
      }
    : column,
);

export function StackPage() {
  const query = useQuery(stackQuery(useParam('entryId')));
  return (
    <Page
      title="Stack"
      intro="One entry of a bank matches so often that its items would bury the queue. Nothing was suppressed: each is held and decided by itself. Many matches of one entry can also mean that the entry is wrong."
    >
      <Loaded query={query}>
        {(queue) => (
          <Section title="Items">
            {queue.items.length === 0 ? (
              <Empty title="Nothing waits in this stack.">
                <Link className="link" to="/queue">
                  Back to the queue
                </Link>
              </Empty>
            ) : (
              <DataTable
                caption={`${plural(queue.items.length, 'item', 'items')} of this stack shown`}
                rows={queue.items}
                columns={kColumns}
                keyOf={(item) => item.item_id}
              />
            )}
          </Section>
        )}
      </Loaded>
    </Page>
  );
}

export function QueuePage() {
  const query = useQuery(queueQuery);
  return (
    <Page title="Queue" intro="Children in danger first, then what is new, then by clock. Take from the top.">
      <Loaded query={query}>
        {(queue) => (
          <>
            <Tiles queue={queue} />
            {queue.concerns.length > 0 && (
              <Section title="Concerns">
                <ConcernTable concerns={queue.concerns} />
              </Section>
            )}
            <Section title="Items">
              {queue.items.length === 0 ? (
                <Empty title="Nothing waits.">
                  New items appear here by themselves when a report arrives at the public door or through the machine interface.
                </Empty>
              ) : (
                <DataTable
                  caption={`${plural(queue.items.length, 'item', 'items')} shown of ${queue.counts.items}`}
                  rows={queue.items}
                  columns={kStackedColumns}
                  keyOf={(item) => item.item_id}
                />
              )}
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
