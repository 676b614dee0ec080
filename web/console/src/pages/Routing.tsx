import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { authoritiesQuery, routingQuery, useChange } from '../api/queries';
import type { Authority, RoutingTask } from '../api/types';
import { plural, routingWhy } from '../lib/words';
import { Due, Empty, Facts, Loaded, Moment, Page, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { ReasonForm } from '../ui/ReasonForm';
import { hasRole, useSession } from '../ui/session';

function TaskSubject({ task }: { task: RoutingTask }) {
  return task.subject_type === 'item' ? (
    <Link className="link" to="/items/$itemId" params={{ itemId: task.subject_id }}>
      An item
    </Link>
  ) : (
    <Link className="link" to="/concerns/$concernId" params={{ concernId: task.subject_id }}>
      A concern
    </Link>
  );
}

export function RoutingTable({ tasks }: { tasks: readonly RoutingTask[] }) {
  return (
    <DataTable
      caption={plural(tasks.length, 'routing task', 'routing tasks')}
      rows={tasks}
      keyOf={(task) => task.task_id}
      columns={[
        {
          head: 'Why a member',
          cell: (task) =>
            task.decided_at === undefined ? (
              <Link className="link" to="/routing">
                {routingWhy(task.why)}
              </Link>
            ) : (
              routingWhy(task.why)
            ),
        },
        { head: 'Country', cell: (task) => task.country ?? 'not known' },
        { head: 'Clock', cell: (task) => (task.decided_at === undefined ? <Due time={task.due_at} /> : '–') },
        {
          head: 'Decided',
          cell: (task) =>
            task.decided_at === undefined ? 'Not yet' : `${task.authority ?? 'to nobody'}, by ${task.decided_by ?? '–'}`,
        },
      ]}
    />
  );
}

const kNobody = 'none';

// Without a referral: nobody is told.
type Decided = { referralId: string | undefined };

function Task({
  task,
  authorities,
  onDecided,
}: {
  task: RoutingTask;
  authorities: readonly Authority[];
  onDecided: (decided: Decided) => void;
}) {
  const session = useSession();
  const [to, setTo] = useState('');
  const decide = useChange(
    (reason: string) =>
      answer(
        client.POST('/v1/routing/{task_id}', {
          params: { path: { task_id: task.task_id } },
          body: to === kNobody ? { decision: 'none', reason } : { decision: 'refer', authority: to, reason },
        }),
      ),
    (taken) => onDecided({ referralId: taken.referral_id }),
  );
  return (
    <Section title={routingWhy(task.why)} aside={<Due time={task.due_at} />}>
      <Facts
        rows={[
          ['About', <TaskSubject key="subject" task={task} />],
          ['Country', task.country ?? 'not known'],
          ['Since', <Moment key="since" time={task.created_at} />],
        ]}
      />
      {!hasRole(session, 'manager') ? (
        <p>A manager decides who hears of it.</p>
      ) : (
        <ReasonForm
          label="Why"
          hint="Nothing goes abroad by itself: a member decides, and the reason stays in the ledger."
          button="Decide"
          pending={decide.isPending}
          error={decide.error}
          complete={to !== ''}
          onSubmit={(reason) => decide.mutate(reason)}
        >
          <NativeSelect
            label="Refer to"
            withAsterisk
            required
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
            data={[
              { value: '', label: 'Choose' },
              ...authorities.map(({ name, title, country }) => ({ value: name, label: `${name}: ${title} (${country})` })),
              { value: kNobody, label: 'Nobody' },
            ]}
          />
        </ReasonForm>
      )}
    </Section>
  );
}

export function RoutingPage() {
  const tasks = useQuery(routingQuery);
  const authorities = useQuery(authoritiesQuery);
  const [decided, setDecided] = useState<Decided>();
  return (
    <Page title="Routing" intro="What the law table does not route by itself. A member decides who hears of it.">
      {decided !== undefined && (
        <p role="status">
          Decided.{' '}
          {decided.referralId === undefined ? (
            'Nobody is told of it.'
          ) : (
            <>
              <Link className="link" to="/referrals/$referralId" params={{ referralId: decided.referralId }}>
                The referral
              </Link>{' '}
              is drafted and waits for another manager.
            </>
          )}
        </p>
      )}
      <Loaded query={tasks}>
        {(list) =>
          list.tasks.length === 0 ? (
            <Empty title="Everything has a way.">
              When a country is not known, or no law row or adopted channel fits, the case waits here with a clock instead of
              going anywhere.
            </Empty>
          ) : (
            <Loaded query={authorities}>
              {(known) => (
                <>
                  {list.tasks.map((task) => (
                    <Task key={task.task_id} task={task} authorities={known.authorities} onDecided={setDecided} />
                  ))}
                </>
              )}
            </Loaded>
          )
        }
      </Loaded>
    </Page>
  );
}
