import { Button, Group, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { retentionQuery, useChange } from '../api/queries';
import type { Destruction, Erasure, ErasureReason, ErasureSubject, Hold, RecordClass, Retention, Schedule } from '../api/types';
import {
  entriesOf,
  kDestructionStates,
  kErasureReasons,
  kErasureStates,
  kErasureSubjects,
  kHoldSubjects,
  kKeptBecause,
  kRecordClasses,
  plural,
} from '../lib/words';
import { Chip, Empty, Facts, Loaded, Moment, Page, ProblemBox, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { ReasonForm } from '../ui/ReasonForm';
import { hasRole, useSession } from '../ui/session';

// "report-2027-03", or "report-2027-03-g2" after an erasure: its kind and its month, and what tells it from the others of the month.
function className(name: string): string {
  const dash = name.indexOf('-');
  return `${kRecordClasses[name.slice(0, dash) as RecordClass]}, ${name.slice(dash + 1)}`;
}

function Waiting({ row }: { row: Destruction }) {
  const path = { path: { destruction_id: row.destruction_id } };
  const approve = useChange(() => answer(client.POST('/v1/retention/destructions/{destruction_id}/approve', { params: path })));
  const refuse = useChange(() => answer(client.POST('/v1/retention/destructions/{destruction_id}/refuse', { params: path })));
  const error = approve.error ?? refuse.error;
  return (
    <Section title={className(row.class)} aside={<Chip>{kDestructionStates[row.state]}</Chip>}>
      <Facts
        rows={[
          ['Due since', <Moment key="due" time={row.proposed_at} />],
          ['Approved by', row.first_member],
          ['And by', row.second_member],
        ]}
      />
      <Group>
        {row.state === 'proposed' && (
          <Button loading={approve.isPending} onClick={() => approve.mutate(undefined)}>
            {row.first_member === undefined ? 'Approve, as the first of two' : 'Approve, as the second of two'}
          </Button>
        )}
        <Button variant="default" loading={refuse.isPending} onClick={() => refuse.mutate(undefined)}>
          Keep for now
        </Button>
      </Group>
      {error !== null && <ProblemBox error={error} />}
    </Section>
  );
}

function Holds({ holds, mayHold }: { holds: readonly Hold[]; mayHold: boolean }) {
  const [type, setType] = useState<Hold['subject_type']>('report');
  const [subject, setSubject] = useState('');
  const [lifted, setLifted] = useState<string>();
  const set = useChange(
    (reason: string) =>
      answer(client.POST('/v1/retention/holds', { body: { subject_type: type, subject_id: subject.trim(), reason } })),
    () => setSubject(''),
  );
  const lift = useChange(
    ({ hold_id, reason }: { hold_id: string; reason: string }) =>
      answer(client.POST('/v1/retention/holds/{hold_id}/lift', { params: { path: { hold_id } }, body: { reason } })),
    () => setLifted(undefined),
  );
  return (
    <Section title="Legal holds">
      {holds.length === 0 ? (
        <Empty title="No legal hold.">What one covers is never destroyed, until it is lifted or ends.</Empty>
      ) : (
        <DataTable
          caption={plural(holds.length, 'hold', 'holds')}
          rows={holds}
          keyOf={(hold) => hold.hold_id}
          columns={[
            { head: 'Of', cell: (hold) => kHoldSubjects[hold.subject_type] },
            { head: 'Id', cell: (hold) => <span className="mono">{hold.subject_id}</span> },
            { head: 'Set', cell: (hold) => <Moment time={hold.set_at} /> },
            { head: 'By', cell: (hold) => hold.set_by },
            { head: 'State', cell: (hold) => (hold.in_force ? 'In force' : 'Over') },
            {
              head: 'Change',
              cell: (hold) =>
                hold.in_force &&
                mayHold && (
                  <Button size="xs" variant="default" onClick={() => setLifted(hold.hold_id)}>
                    Lift
                  </Button>
                ),
            },
          ]}
        />
      )}
      {lifted !== undefined && (
        <ReasonForm
          label="Why this hold is lifted"
          button="Lift the hold"
          pending={lift.isPending}
          error={lift.error}
          onSubmit={(reason) => lift.mutate({ hold_id: lifted, reason })}
        />
      )}
      {mayHold && (
        <details>
          <summary>Set a legal hold</summary>
          <ReasonForm
            label="Why, and who asked for it"
            hint="Kept sealed. On a report it covers its items, and what was sent of them."
            button="Set the hold"
            pending={set.isPending}
            error={set.error}
            complete={subject.trim() !== ''}
            onSubmit={(reason) => set.mutate(reason)}
          >
            <Select
              label="On a"
              allowDeselect={false}
              value={type}
              onChange={(value) => setType(value as Hold['subject_type'])}
              data={Object.entries(kHoldSubjects).map(([value, label]) => ({ value, label }))}
            />
            <TextInput label="Its id" value={subject} onChange={(event) => setSubject(event.currentTarget.value)} withAsterisk />
          </ReasonForm>
        </details>
      )}
    </Section>
  );
}

function erasureState(row: Erasure): string {
  if (row.refused_because === undefined) return kErasureStates[row.state];
  return `${kErasureStates[row.state]}: ${kKeptBecause[row.refused_because]} keeps a record`;
}

function NewErasure() {
  const [type, setType] = useState<ErasureSubject>('item');
  const [ids, setIds] = useState('');
  const [why, setWhy] = useState<ErasureReason>('court_order');
  const named = ids.split(/[\s,]+/).filter((id) => id !== '');
  const propose = useChange(
    (words: string) =>
      answer(client.POST('/v1/retention/erasures', { body: { subject_type: type, subject_ids: named, reason: why, words } })),
    () => setIds(''),
  );
  return (
    <details>
      <summary>Propose to destroy records early</summary>
      <ReasonForm
        label="Why, and by whose order"
        hint="Kept sealed. Nothing happens until another member approves."
        button="Propose to destroy them"
        pending={propose.isPending}
        error={propose.error}
        complete={named.length > 0 && named.length <= 50}
        onSubmit={(words) => propose.mutate(words)}
      >
        <Select
          label="Kind"
          allowDeselect={false}
          value={type}
          onChange={(value) => setType(value as ErasureSubject)}
          data={entriesOf(kErasureSubjects).map(([value, label]) => ({ value, label }))}
        />
        <Textarea
          label="Their ids"
          description="Up to 50, one on a line."
          value={ids}
          onChange={(event) => setIds(event.currentTarget.value)}
          autosize
          minRows={2}
          maxRows={8}
          withAsterisk
        />
        <Select
          label="Ground"
          allowDeselect={false}
          value={why}
          onChange={(value) => setWhy(value as ErasureReason)}
          data={entriesOf(kErasureReasons).map(([value, label]) => ({ value, label }))}
        />
      </ReasonForm>
    </details>
  );
}

function Erasures({ erasures, mayDecide, me }: { erasures: readonly Erasure[]; mayDecide: boolean; me: string }) {
  const approve = useChange((erasure_id: string) =>
    answer(client.POST('/v1/retention/erasures/{erasure_id}/approve', { params: { path: { erasure_id } } })),
  );
  const refuse = useChange((erasure_id: string) =>
    answer(client.POST('/v1/retention/erasures/{erasure_id}/refuse', { params: { path: { erasure_id } } })),
  );
  const words = useChange((erasure_id: string) =>
    answer(client.GET('/v1/retention/erasures/{erasure_id}/words', { params: { path: { erasure_id } } })),
  );
  const error = approve.error ?? refuse.error ?? words.error;
  return (
    <Section title="Destroyed early">
      {erasures.length === 0 ? (
        <Empty title="No record was named.">
          Where a court, an authority or the law asks for it, two members destroy it early.
        </Empty>
      ) : (
        <DataTable
          caption={plural(erasures.length, 'proposal', 'proposals')}
          rows={erasures}
          keyOf={(row) => row.erasure_id}
          columns={[
            {
              head: 'Records',
              cell: (row) =>
                row.records.map((one) => (
                  <div key={one.subject_id}>
                    {kErasureSubjects[one.subject_type]} <span className="mono">{one.subject_id}</span>
                  </div>
                )),
            },
            {
              head: 'Ground',
              cell: (row) => (
                <>
                  {kErasureReasons[row.reason]}
                  {words.variables === row.erasure_id && words.data !== undefined && <div>“{words.data.words}”</div>}
                </>
              ),
            },
            { head: 'Proposed', cell: (row) => <Moment time={row.proposed_at} /> },
            { head: 'By', cell: (row) => row.proposed_by },
            { head: 'State', cell: erasureState },
            {
              head: 'Change',
              cell: (row) =>
                mayDecide &&
                (row.state === 'proposed' || row.state === 'approved') && (
                  <Group gap="xs">
                    <Button size="xs" variant="default" onClick={() => words.mutate(row.erasure_id)}>
                      Read why
                    </Button>
                    {row.state === 'proposed' && row.proposed_by !== me && (
                      <Button size="xs" onClick={() => approve.mutate(row.erasure_id)}>
                        Approve the erasure
                      </Button>
                    )}
                    <Button size="xs" variant="default" onClick={() => refuse.mutate(row.erasure_id)}>
                      Refuse
                    </Button>
                  </Group>
                ),
            },
          ]}
        />
      )}
      {error !== null && <ProblemBox error={error} />}
      {mayDecide && <NewErasure />}
    </Section>
  );
}

function Schedules({ schedules, mayDecide }: { schedules: readonly Schedule[]; mayDecide: boolean }) {
  const [record, setRecord] = useState<RecordClass>('outbox');
  const begin = useChange(() => answer(client.POST('/v1/retention/schedules', { body: { record_class: record } })));
  const approve = useChange((schedule_id: string) =>
    answer(client.POST('/v1/retention/schedules/{schedule_id}/approve', { params: { path: { schedule_id } } })),
  );
  const end = useChange((schedule_id: string) =>
    answer(client.POST('/v1/retention/schedules/{schedule_id}/end', { params: { path: { schedule_id } } })),
  );
  const error = begin.error ?? approve.error ?? end.error;
  const standing = schedules.filter((schedule) => schedule.ended_at === undefined);
  return (
    <Section title="Schedules">
      {standing.length === 0 ? (
        <Empty title="No schedule.">Two members are asked each month for each kind of record.</Empty>
      ) : (
        <DataTable
          caption="Destroyed without asking again"
          rows={standing}
          keyOf={(schedule) => schedule.schedule_id}
          columns={[
            { head: 'Kind', cell: (schedule) => kRecordClasses[schedule.record_class] },
            { head: 'Begun by', cell: (schedule) => schedule.first_member },
            { head: 'Approved by', cell: (schedule) => schedule.second_member ?? 'nobody yet' },
            {
              head: 'Change',
              cell: (schedule) =>
                mayDecide && (
                  <Group gap="xs">
                    {!schedule.in_force && (
                      <Button size="xs" onClick={() => approve.mutate(schedule.schedule_id)}>
                        Approve
                      </Button>
                    )}
                    <Button size="xs" variant="default" onClick={() => end.mutate(schedule.schedule_id)}>
                      End
                    </Button>
                  </Group>
                ),
            },
          ]}
        />
      )}
      {mayDecide && (
        <Group align="end">
          <Select
            label="Kind of record"
            allowDeselect={false}
            value={record}
            onChange={(value) => setRecord(value as RecordClass)}
            data={Object.entries(kRecordClasses).map(([value, label]) => ({ value, label }))}
          />
          <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate(undefined)}>
            Propose a schedule
          </Button>
        </Group>
      )}
      {error !== null && <ProblemBox error={error} />}
    </Section>
  );
}

function Clock({ clock }: { clock: NonNullable<Retention['clock']> }) {
  if (clock.quiet_hours_left === 0) return null;
  const why = { new: 'this node is new', jump: 'its clock jumped', restore: 'it was restored' };
  return (
    <p role="status">
      Nothing is destroyed for {plural(clock.quiet_hours_left, 'more hour', 'more hours')}
      {clock.why !== undefined && `, since ${why[clock.why]}`}.
    </p>
  );
}

export function RetentionPage() {
  const session = useSession();
  const query = useQuery(retentionQuery);
  const mayDecide = hasRole(session, 'admin', 'manager');
  return (
    <Page
      title="Retention"
      intro="When its month is over, a kind of record is proposed for destruction. Two members decide. Legal holds, unfinished matters and what the law asks to keep stay."
    >
      <Loaded query={query}>
        {(data) => {
          const waiting = data.destructions.filter((row) => row.state === 'proposed' || row.state === 'approved');
          const rest = data.destructions.filter((row) => row.state !== 'proposed' && row.state !== 'approved');
          return (
            <>
              {data.clock !== undefined && <Clock clock={data.clock} />}
              {waiting.length === 0 ? (
                <Empty title="Nothing waits for a decision.">The next month is looked at when it is over.</Empty>
              ) : mayDecide ? (
                waiting.map((row) => <Waiting key={row.destruction_id} row={row} />)
              ) : (
                <p>{plural(waiting.length, 'class waits', 'classes wait')} for two members.</p>
              )}
              <Holds holds={data.holds} mayHold={hasRole(session, 'manager')} />
              <Erasures erasures={data.erasures} mayDecide={mayDecide} me={session.member.pseudonym} />
              <Schedules schedules={data.schedules} mayDecide={mayDecide} />
              {rest.length > 0 && (
                <Section title="Decided">
                  <DataTable
                    caption={plural(rest.length, 'class of records', 'classes of records')}
                    rows={rest}
                    keyOf={(row) => row.destruction_id}
                    columns={[
                      { head: 'Records', cell: (row) => className(row.class) },
                      { head: 'State', cell: (row) => kDestructionStates[row.state] },
                      { head: 'Destroyed', cell: (row) => row.destroyed },
                      { head: 'Kept longer', cell: (row) => row.kept },
                      { head: 'When', cell: (row) => <Moment time={row.finished_at ?? row.decided_at} /> },
                    ]}
                  />
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
