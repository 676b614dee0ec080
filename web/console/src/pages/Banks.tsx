import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { banksQuery, entriesQuery, useChange } from '../api/queries';
import type { Entry } from '../api/types';
import { kActs, kAgeBands, plural } from '../lib/words';
import { Chip, Empty, Facts, Loaded, Moment, Page, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { ReasonForm } from '../ui/ReasonForm';
import { hasRole, useSession } from '../ui/session';
import { useParam } from '../ui/useParam';

const kPurposes = {
  match: 'Matching',
  self_reported: 'Self-reported: only asks for a look',
  safe: 'Safe: only annotates',
} as const;

export function BanksPage() {
  const query = useQuery(banksQuery);
  return (
    <Page title="Banks" intro="Named sets of fingerprints, each with a source, a purpose and a legal basis.">
      <Loaded query={query}>
        {({ banks }) =>
          banks.length === 0 ? (
            <Empty title="There is no bank yet.">
              The node makes one for its own final verdicts. Lists of others are adopted with <code>tutela bank</code>.
            </Empty>
          ) : (
            <DataTable
              caption={plural(banks.length, 'bank', 'banks')}
              rows={banks}
              keyOf={(bank) => bank.bank_id}
              columns={[
                {
                  head: 'Bank',
                  cell: (bank) => (
                    <Link className="link" to="/banks/$bankId" params={{ bankId: bank.bank_id }}>
                      {bank.name}
                    </Link>
                  ),
                },
                { head: 'Purpose', cell: (bank) => kPurposes[bank.purpose] },
                { head: 'Threshold', cell: (bank) => `${bank.threshold} bits` },
                { head: 'Source', cell: (bank) => bank.source },
                { head: 'Active entries', cell: (bank) => bank.entries },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

const kStatuses = { active: 'Active', disputed: 'Disputed', withdrawn: 'Withdrawn' } as const;

function EntryCard({ entry }: { entry: Entry }) {
  const session = useSession();
  const [reopened, setReopened] = useState<string[]>();
  const withdraw = useChange(
    (reason: string) =>
      answer(
        client.POST('/v1/entries/{entry_id}/withdraw', { params: { path: { entry_id: entry.entry_id } }, body: { reason } }),
      ),
    (done) => setReopened(done.reopened_item_ids),
  );
  return (
    <Section
      title={`${kActs[entry.act]}, ${kAgeBands[entry.age_band].toLowerCase()}`}
      aside={<Chip>{kStatuses[entry.status]}</Chip>}
    >
      <Facts
        rows={[
          ['Source', entry.source],
          ['Fingerprints', entry.algorithms.join(', ')],
          ['Since', <Moment key="since" time={entry.created_at} />],
          [
            'From',
            entry.item_id && (
              <Link key="item" className="link" to="/items/$itemId" params={{ itemId: entry.item_id }}>
                an item of ours
              </Link>
            ),
          ],
        ]}
      />
      {reopened !== undefined && <p role="status">Withdrawn. Reopened: {plural(reopened.length, 'item', 'items')}.</p>}
      {entry.status !== 'withdrawn' && hasRole(session, 'manager') && (
        <details>
          <summary>Withdraw this entry</summary>
          <ReasonForm
            label="Why"
            hint="It never matches again, and everything that rested on it is opened again."
            button="Withdraw"
            pending={withdraw.isPending}
            error={withdraw.error}
            onSubmit={(reason) => withdraw.mutate(reason)}
          />
        </details>
      )}
    </Section>
  );
}

export function BankPage() {
  const bankId = useParam('bankId');
  const query = useQuery(entriesQuery(bankId));
  return (
    <Page title="Bank" intro="Its newest entries. Fingerprint values are not shown.">
      <Loaded query={query}>
        {({ bank, entries }) => (
          <>
            <Section title={bank.name}>
              <Facts
                rows={[
                  ['Purpose', kPurposes[bank.purpose]],
                  ['Source', bank.source],
                  ['Legal basis', bank.legal_basis],
                  ['Threshold', `${bank.threshold} bits`],
                ]}
              />
            </Section>
            {entries.length === 0 ? (
              <Empty title="No entry yet.">
                A final verdict on an item with fingerprints puts one here, and the same picture is held at once.
              </Empty>
            ) : (
              entries.map((entry) => <EntryCard key={entry.entry_id} entry={entry} />)
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
