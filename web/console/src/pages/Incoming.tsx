import { NativeSelect, Radio } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { incomingListQuery, incomingQuery, useChange } from '../api/queries';
import type { AnswerKind, IncomingDetail, Outcome } from '../api/types';
import { entriesOf, kAnswerKinds, kIncomingStates, kOutcomes, kSupplementKinds, plural } from '../lib/words';
import { Chip, Empty, Facts, Loaded, Moment, Page, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { MessageView } from '../ui/MessageView';
import { ReasonForm } from '../ui/ReasonForm';
import { useParam } from '../ui/useParam';

export function IncomingListPage() {
  const query = useQuery(incomingListQuery);
  return (
    <Page title="Incoming" intro="Referrals that others handed to this node. Urgent ones first.">
      <Loaded query={query}>
        {({ incoming }) =>
          incoming.length === 0 ? (
            <Empty title="Nothing was handed to this node.">
              Where this node is the authority of another one, its referrals arrive here, and your answers go back to it.
            </Empty>
          ) : (
            <DataTable
              caption={plural(incoming.length, 'referral', 'referrals')}
              rows={incoming}
              keyOf={(row) => row.incoming_id}
              columns={[
                {
                  head: 'Reference',
                  cell: (row) => (
                    <Link className="link mono" to="/incoming/$incomingId" params={{ incomingId: row.incoming_id }}>
                      {row.reference}
                    </Link>
                  ),
                },
                { head: 'From', cell: (row) => row.sender },
                {
                  head: 'State',
                  cell: (row) => (
                    <>
                      <Chip>{kIncomingStates[row.state]}</Chip> {row.urgent && <Chip>Urgent</Chip>}
                    </>
                  ),
                },
                { head: 'Supplements', cell: (row) => row.supplements },
                { head: 'Received', cell: (row) => <Moment time={row.received_at} /> },
                { head: 'Outcome', cell: (row) => (row.outcome === undefined ? '–' : kOutcomes[row.outcome]) },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function Answer({ detail }: { detail: IncomingDetail }) {
  const [kind, setKind] = useState<AnswerKind>();
  const [outcome, setOutcome] = useState<Outcome | ''>('');
  const send = useChange((reason: string) =>
    answer(
      client.POST('/v1/incoming/{incoming_id}/answer', {
        params: { path: { incoming_id: detail.incoming.incoming_id } },
        body: {
          answer: kind as AnswerKind,
          ...(kind === 'outcome' && outcome !== '' ? { outcome } : {}),
          ...(reason === '' ? {} : { reason }),
        },
      }),
    ),
  );
  const ready = kind !== undefined && (kind !== 'outcome' || outcome !== '');
  return (
    <Section title="Your answer">
      <ReasonForm
        label={kind === 'refused' ? 'Why it is refused' : 'A note'}
        hint="The sender reads it. Name nobody who need not be named."
        button="Send the answer"
        optional={kind !== 'refused'}
        complete={ready}
        pending={send.isPending}
        error={send.error}
        onSubmit={(reason) => send.mutate(reason)}
      >
        <Radio.Group label="We have" withAsterisk value={kind ?? null} onChange={(value) => setKind(value)}>
          <div className="choices">
            {entriesOf(kAnswerKinds).map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </div>
        </Radio.Group>
        {kind === 'outcome' && (
          <NativeSelect
            label="What came of it"
            withAsterisk
            value={outcome}
            onChange={(event) => setOutcome(event.currentTarget.value as Outcome)}
            data={[{ value: '', label: 'Choose' }, ...entriesOf(kOutcomes).map(([value, label]) => ({ value, label }))]}
          />
        )}
      </ReasonForm>
    </Section>
  );
}

export function IncomingPage() {
  const incomingId = useParam('incomingId');
  const query = useQuery(incomingQuery(incomingId));
  return (
    <Page title="Incoming referral">
      <Loaded query={query}>
        {(detail) => (
          <>
            <Section title="How it stands">
              <Facts
                rows={[
                  [
                    'Reference',
                    <span key="reference" className="mono">
                      {detail.incoming.reference}
                    </span>,
                  ],
                  ['From', detail.incoming.sender],
                  ['State', kIncomingStates[detail.incoming.state]],
                  ['Received', <Moment key="received" time={detail.incoming.received_at} />],
                  ['Outcome', detail.incoming.outcome && kOutcomes[detail.incoming.outcome]],
                ]}
              />
            </Section>
            <Section title="What we were told">
              <MessageView message={detail.message} />
            </Section>
            {detail.supplements.map((supplement) => (
              <Section key={supplement.sequence} title={`${kSupplementKinds[supplement.kind]} ${supplement.sequence}`}>
                <p className="prose told">{supplement.text ?? 'Without words.'}</p>
                <p className="dim">
                  Received <Moment time={supplement.received_at} />
                </p>
              </Section>
            ))}
            {detail.answers.length > 0 && (
              <Section title="Answers given">
                <DataTable
                  caption={plural(detail.answers.length, 'answer', 'answers')}
                  rows={detail.answers}
                  keyOf={(given) => String(given.sequence)}
                  columns={[
                    { head: 'Answer', cell: (given) => kAnswerKinds[given.kind] },
                    { head: 'Outcome', cell: (given) => (given.outcome === undefined ? '–' : kOutcomes[given.outcome]) },
                    { head: 'Note', cell: (given) => given.reason ?? '–' },
                    { head: 'When', cell: (given) => <Moment time={given.at} /> },
                  ]}
                />
              </Section>
            )}
            {detail.incoming.state !== 'withdrawn' && <Answer detail={detail} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
