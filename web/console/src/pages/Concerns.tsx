import { Button, Checkbox, Group, NativeSelect, Radio, Stack, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { authoritiesQuery, concernQuery, concernsQuery, useChange } from '../api/queries';
import type { Concern, ConcernAssessment, ConcernDetail } from '../api/types';
import {
  entriesOf,
  kAgeBands,
  kConcernAssessments,
  kConcernKinds,
  kIndicatorTypes,
  kMissing,
  kPersonRoles,
  plural,
} from '../lib/words';
import { Chip, Due, Empty, Facts, Loaded, Moment, Page, ProblemBox, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { LedgerLink } from '../ui/LedgerLink';
import { ReasonForm } from '../ui/ReasonForm';
import { useParam } from '../ui/useParam';
import { ReferralTable } from './Referrals';
import { RoutingTable } from './Routing';

export function ConcernTable({ concerns }: { concerns: readonly Concern[] }) {
  return (
    <DataTable
      caption={plural(concerns.length, 'concern', 'concerns')}
      rows={concerns}
      keyOf={(concern) => concern.concern_id}
      columns={[
        {
          head: 'Concern',
          cell: (concern) => (
            <Link className="link" to="/concerns/$concernId" params={{ concernId: concern.concern_id }}>
              {kConcernKinds[concern.kind]}
            </Link>
          ),
        },
        { head: 'Danger', cell: (concern) => (concern.in_danger_now ? 'Said to be in danger now' : 'Not said') },
        {
          head: 'Assessed',
          cell: (concern) => (concern.assessment === undefined ? 'Not yet' : kConcernAssessments[concern.assessment]),
        },
        { head: 'Received', cell: (concern) => <Moment time={concern.received_at} /> },
        { head: 'Clock', cell: (concern) => <Due time={concern.due_at} /> },
      ]}
    />
  );
}

export function ConcernsPage() {
  const query = useQuery(concernsQuery);
  return (
    <Page title="Concerns" intro="A child who may be at risk or a person who may be a danger, with or without a picture.">
      <Loaded query={query}>
        {({ concerns }) =>
          concerns.length === 0 ? (
            <Empty title="No open concern.">
              A worry told at the public door, or a report of kind “concern” from a platform, appears here with a clock of its
              own.
            </Empty>
          ) : (
            <ConcernTable concerns={concerns} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Assess({ concern }: { concern: Concern }) {
  const [assessment, setAssessment] = useState<ConcernAssessment>();
  const assess = useChange((reason: string) =>
    answer(
      client.POST('/v1/concerns/{concern_id}/assessment', {
        params: { path: { concern_id: concern.concern_id } },
        body: { assessment: assessment as ConcernAssessment, reason },
      }),
    ),
  );
  return (
    <Section title="Your assessment">
      <ReasonForm
        label="Why"
        button="Record the assessment"
        pending={assess.isPending}
        error={assess.error}
        onSubmit={(reason) => assessment !== undefined && assess.mutate(reason)}
      >
        <Radio.Group label="This is" withAsterisk value={assessment ?? null} onChange={(value) => setAssessment(value)}>
          <div className="choices">
            {entriesOf(kConcernAssessments).map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </div>
        </Radio.Group>
      </ReasonForm>
    </Section>
  );
}

function Refer({ detail }: { detail: ConcernDetail }) {
  const authorities = useQuery(authoritiesQuery);
  const [authority, setAuthority] = useState('');
  const [statement, setStatement] = useState('');
  const urgentSaid = detail.concern.assessment === 'urgent';
  const [urgent, setUrgent] = useState(urgentSaid);
  const refer = useChange(() =>
    answer(
      client.POST('/v1/concerns/{concern_id}/referral', {
        params: { path: { concern_id: detail.concern.concern_id } },
        body: { authority, urgent, statement: statement.trim() },
      }),
    ),
  );
  return (
    <Section title="Refer to an authority">
      {detail.missing.length > 0 && (
        <p>
          The authority would have to ask back for: {detail.missing.map((word) => kMissing[word]).join('; ')}. You may file all
          the same.
        </p>
      )}
      <Loaded query={authorities}>
        {(list) =>
          list.authorities.length === 0 ? (
            <Empty title="No authority is adopted yet.">
              An administrator or manager adopts one under <Link to="/authorities">Authorities</Link>. Until then, use the
              telephone.
            </Empty>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                refer.mutate(undefined);
              }}
            >
              <Stack gap="sm">
                <NativeSelect
                  label="Authority"
                  withAsterisk
                  required
                  value={authority}
                  onChange={(event) => setAuthority(event.currentTarget.value)}
                  data={[
                    { value: '', label: 'Choose' },
                    ...list.authorities.map(({ name, title, country }) => ({
                      value: name,
                      label: `${name}: ${title} (${country})`,
                    })),
                  ]}
                />
                <Textarea
                  label="What you state"
                  description="In your own words. It goes out with the persons and identifiers above, and never with who told us."
                  withAsterisk
                  required
                  value={statement}
                  onChange={(event) => setStatement(event.currentTarget.value)}
                  maxLength={8192}
                  autosize
                  minRows={3}
                  maxRows={12}
                />
                <Checkbox
                  label="Urgent: a child is in danger now"
                  description="Goes out at once on your word alone. Another member must confirm within 24 hours; otherwise the breach stays on record."
                  checked={urgent}
                  onChange={(event) => setUrgent(event.currentTarget.checked)}
                />
                {refer.isError && <ProblemBox error={refer.error} />}
                <Group>
                  <Button type="submit" loading={refer.isPending} disabled={authority === '' || statement.trim() === ''}>
                    {urgent ? 'Send now' : 'Draft for a second member'}
                  </Button>
                </Group>
              </Stack>
            </form>
          )
        }
      </Loaded>
    </Section>
  );
}

export function ConcernPage() {
  const concernId = useParam('concernId');
  const query = useQuery(concernQuery(concernId));
  return (
    <Page title="Concern" intro="Opening this page is recorded in the ledger.">
      <Loaded query={query}>
        {(detail) => (
          <>
            <Section title="Facts">
              <Facts
                rows={[
                  ['Kind', kConcernKinds[detail.concern.kind]],
                  ['Danger', detail.concern.in_danger_now ? 'Said to be in danger now' : 'Not said'],
                  ['Received', <Moment key="received" time={detail.concern.received_at} />],
                  ['Clock', <Due key="due" time={detail.concern.due_at} />],
                  ['Assessed', detail.concern.assessment && kConcernAssessments[detail.concern.assessment]],
                  ['By', detail.concern.assessed_by],
                  ['Because', detail.reason],
                  ['Closed', detail.concern.closed_at && <Moment key="closed" time={detail.concern.closed_at} />],
                  [
                    'From',
                    <Link key="report" className="link" to="/reports/$reportId" params={{ reportId: detail.concern.report_id }}>
                      the report as received
                    </Link>,
                  ],
                  ['Record', <LedgerLink key="ledger" subjectType="concern" subjectId={detail.concern.concern_id} />],
                ]}
              />
            </Section>
            <Section title="What we were told">
              <p className="prose told">{detail.text ?? 'No words were given.'}</p>
            </Section>
            <Section title="Persons">
              {detail.persons.length === 0 ? (
                <p>Nobody is named.</p>
              ) : (
                <DataTable
                  caption={plural(detail.persons.length, 'person', 'persons')}
                  rows={detail.persons}
                  keyOf={(person) => person.person_id}
                  columns={[
                    { head: 'Role', cell: (person) => kPersonRoles[person.role] },
                    { head: 'Age', cell: (person) => kAgeBands[person.age_band] },
                    { head: 'Described as', cell: (person) => person.description ?? '–' },
                  ]}
                />
              )}
            </Section>
            <Section title="Identifiers">
              {detail.indicators.length === 0 ? (
                <p>None was given.</p>
              ) : (
                <DataTable
                  caption={plural(detail.indicators.length, 'identifier', 'identifiers')}
                  rows={detail.indicators}
                  keyOf={(indicator) => indicator.indicator_id}
                  columns={[
                    { head: 'Type', cell: (indicator) => <Chip>{kIndicatorTypes[indicator.type]}</Chip> },
                    { head: 'Value', cell: (indicator) => <span className="mono">{indicator.value}</span> },
                  ]}
                />
              )}
            </Section>
            {detail.concern.assessment === undefined && <Assess concern={detail.concern} />}
            {detail.concern.assessment !== undefined && detail.concern.closed_at === undefined && <Refer detail={detail} />}
            {detail.referrals.length > 0 && (
              <Section title="Referrals">
                <ReferralTable referrals={detail.referrals} />
              </Section>
            )}
            {detail.routing.length > 0 && (
              <Section title="Routing">
                <RoutingTable tasks={detail.routing} />
              </Section>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
