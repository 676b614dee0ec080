import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ledgerQuery, ledgerSubjectQuery } from '../api/queries';
import type { LedgerEntry, LedgerSubjectType } from '../api/types';
import { formatMoment } from '../lib/time';
import { plural } from '../lib/words';
import { Empty, Facts, Loaded, Page, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { useParam } from '../ui/useParam';

const kSubjectTypes: readonly LedgerSubjectType[] = [
  'item',
  'report',
  'concern',
  'referral',
  'notice',
  'incoming',
  'bank',
  'member',
  'token',
  'node',
];

function EntryTable({ entries }: { entries: readonly LedgerEntry[] }) {
  return (
    <DataTable
      caption={plural(entries.length, 'entry', 'entries')}
      rows={entries}
      keyOf={(entry) => `${entry.epoch}/${entry.index}`}
      columns={[
        { head: 'Leaf', cell: (entry) => `${entry.epoch}/${entry.index}` },
        { head: 'No.', cell: (entry) => entry.n },
        { head: 'What', cell: (entry) => entry.kind },
        { head: 'When', cell: (entry) => <time dateTime={entry.at}>{formatMoment(entry.at)}</time> },
        { head: 'Payload', cell: (entry) => <span className="mono">{entry.payload}</span> },
      ]}
    />
  );
}

function Find() {
  const navigate = useNavigate();
  const [subjectType, setSubjectType] = useState<LedgerSubjectType>('item');
  const [subjectId, setSubjectId] = useState('');
  return (
    <Section title="The record of one subject">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({ to: '/ledger/$subjectType/$subjectId', params: { subjectType, subjectId: subjectId.trim() } });
        }}
      >
        <Group align="flex-end">
          <NativeSelect
            label="Kind"
            value={subjectType}
            onChange={(event) => setSubjectType(event.currentTarget.value as LedgerSubjectType)}
            data={[...kSubjectTypes]}
          />
          <TextInput
            label="Id"
            required
            pattern=" *[0-9a-fA-F\-]{36} *"
            value={subjectId}
            onChange={(event) => setSubjectId(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            Show
          </Button>
        </Group>
      </form>
    </Section>
  );
}

export function LedgerPage() {
  const query = useQuery(ledgerQuery);
  return (
    <Page
      title="Ledger"
      intro="Every change, every view and every address handed out, in an append-only record that an outsider can check."
    >
      <Loaded query={query}>
        {(ledger) => (
          <>
            <Section title="Checkpoint">
              <Facts
                rows={[
                  ['Origin', ledger.origin],
                  ['Entries', ledger.size],
                ]}
              />
              <pre className="mono">{ledger.checkpoint}</pre>
              <p className="dim">Give it to somebody outside. Whatever is changed behind it later, they can show.</p>
            </Section>
            <Find />
            <Section title="Newest entries">
              {ledger.entries.length === 0 ? (
                <Empty title="Nothing is numbered yet.">Entries appear a moment after the change that they record.</Empty>
              ) : (
                <EntryTable entries={ledger.entries} />
              )}
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

export function LedgerSubjectPage() {
  const subjectType = useParam('subjectType');
  const subjectId = useParam('subjectId');
  const query = useQuery(ledgerSubjectQuery(subjectType as LedgerSubjectType, subjectId));
  const file = `${subjectType}-excerpt.json`; // as the node names it
  return (
    <Page title={`Ledger: ${subjectType}`} intro={<span className="mono">{subjectId}</span>}>
      <Loaded query={query}>
        {({ entries }) => (
          <>
            <Section title="Its entries">
              {entries.length === 0 ? (
                <Empty title="No entry is numbered yet.">Entries appear a moment after the change that they record.</Empty>
              ) : (
                <EntryTable entries={entries} />
              )}
            </Section>
            <Section title="For an outsider">
              <p>
                <a
                  className="link"
                  href={`/v1/ledger/${encodeURIComponent(subjectType)}/${encodeURIComponent(subjectId)}/excerpt`}
                  download={file}
                >
                  Download the excerpt
                </a>
              </p>
              <p className="prose">
                It opens this one subject and nothing else. Whoever has it checks it without this node, with the public key they
                were given by another way:
              </p>
              <pre className="mono">tutela-verify {file} --key PUBLIC_KEY</pre>
              <p className="dim prose">
                A changed, missing, reordered or cut-off entry is refused, and so is another checkpoint. That something was never
                written down cannot be shown by any record.
              </p>
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
