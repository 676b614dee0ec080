import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lawQuery } from '../../api/queries';
import type { Act, AgeBand, Item, LawSource } from '../../api/types';
import { kCountryRoles } from '../../lib/words';
import { Loaded, Section } from '../../ui/basics';
import { hasRole, useSession } from '../../ui/session';

const kUnknown = {
  no_country: 'nobody told us the country',
  no_rows: 'the table has nothing on that country',
  not_covered: 'no row speaks of this act and age',
} as const;

function Source({ source }: { source: LawSource }) {
  return (
    <details>
      <summary>
        {source.law}, {source.section}
      </summary>
      <blockquote>{source.quote}</blockquote>
      <span className="dim">
        Read {source.read_on} · {source.row}
      </span>
    </details>
  );
}

export function LawPanel({ itemId, act, ageBand }: { itemId: string; act: Act | undefined; ageBand: AgeBand | undefined }) {
  if (act === undefined || ageBand === undefined)
    return <Text className="dim">Choose act and age: what the law says then stands here.</Text>;
  return <Law itemId={itemId} act={act} ageBand={ageBand} />;
}

// Of the final verdict, for who may read the law of an item.
export function LawSection({ item, verdict }: { item: Item; verdict: NonNullable<Item['verdict']> }) {
  const session = useSession();
  if (!hasRole(session, 'manager', 'analyst', 'assessor')) return null;
  return (
    <Section title="What the law says">
      <Law itemId={item.item_id} act={verdict.act} ageBand={verdict.age_band} />
    </Section>
  );
}

function Law({ itemId, act, ageBand }: { itemId: string; act: Act; ageBand: AgeBand }) {
  const query = useQuery(lawQuery(itemId, act, ageBand));
  return (
    <Loaded query={query}>
      {(law) => (
        <>
          {law.illegal_where.length === 0 && <p>Illegal nowhere we know of.</p>}
          {law.illegal_where.map((row) => (
            <div key={`${row.source.row} ${row.role}`}>
              <strong>{row.country}</strong>: {row.illegal === 'yes' ? 'illegal' : 'it depends'}, {kCountryRoles[row.role]}
              <Source source={row.source} />
            </div>
          ))}
          {[...law.must_tell.map((row) => ({ ...row, duty: true })), ...law.may_tell.map((row) => ({ ...row, duty: false }))].map(
            (row) => (
              <div key={`${row.source.row} tell`}>
                {row.duty ? 'Must be told' : 'May be told'}: <strong>{row.authority}</strong> ({row.country}), within{' '}
                {row.deadline_hours} h{row.deadline_is_law ? ' by law' : ', our working rule'}
                <Source source={row.source} />
              </div>
            ),
          )}
          {law.unknown_where.map((row) => (
            <p key={`${row.role} ${row.why}`}>
              Not known {row.country === undefined ? '' : `for ${row.country}, `}
              {kCountryRoles[row.role]}: {kUnknown[row.why]}. A member will route it.
            </p>
          ))}
        </>
      )}
    </Loaded>
  );
}
