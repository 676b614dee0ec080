import { Button, Group, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { noticeQuery, noticesQuery, useChange } from '../api/queries';
import type { Notice, NoticeDetail } from '../api/types';
import { kNoticeAnswers, kNoticeStates, kSeen, plural } from '../lib/words';
import { Chip, Due, Empty, Facts, Loaded, Moment, Page, Planned, ProblemBox, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { ReasonForm } from '../ui/ReasonForm';
import { hasRole, useSession } from '../ui/session';
import { useParam } from '../ui/useParam';

export function NoticeTable({ notices }: { notices: readonly Notice[] }) {
  return (
    <DataTable
      caption={plural(notices.length, 'notice', 'notices')}
      rows={notices}
      keyOf={(notice) => notice.notice_id}
      columns={[
        {
          head: 'Host',
          cell: (notice) => (
            <Link className="link" to="/notices/$noticeId" params={{ noticeId: notice.notice_id }}>
              {notice.host}
            </Link>
          ),
        },
        { head: 'Country', cell: (notice) => notice.country ?? 'not known' },
        {
          head: 'State',
          cell: (notice) => (
            <>
              <Chip>{kNoticeStates[notice.state]}</Chip> {notice.contradicted && <Chip>Answer contradicted</Chip>}
            </>
          ),
        },
        { head: 'Host says', cell: (notice) => (notice.answer === undefined ? '–' : kNoticeAnswers[notice.answer]) },
        { head: 'Sent', cell: (notice) => <Moment time={notice.sent_at} /> },
        {
          head: 'Answer due',
          cell: (notice) => <Due time={notice.closed_at === undefined ? notice.answer_due_at : undefined} />,
        },
      ]}
    />
  );
}

export function NoticesPage() {
  const query = useQuery(noticesQuery);
  return (
    <Page title="Notices" intro="Requests to hosts to remove. Closed as removed only after the address was seen gone.">
      <Loaded query={query}>
        {({ notices }) =>
          notices.length === 0 ? (
            <Empty title="No notice yet.">
              A final verdict on an item with an address leads to a draft for its host. You give the host’s abuse contact and it
              goes out.
            </Empty>
          ) : (
            <NoticeTable notices={notices} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Approve({ detail }: { detail: NoticeDetail }) {
  const [contact, setContact] = useState(detail.contact ?? '');
  const approve = useChange(() =>
    answer(
      client.POST('/v1/notices/{notice_id}/approve', {
        params: { path: { notice_id: detail.notice.notice_id } },
        body: { contact: contact.trim() },
      }),
    ),
  );
  return (
    <Section title="Send it">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          approve.mutate(undefined);
        }}
      >
        <TextInput
          label="Abuse contact of the host"
          description="The host gets the address, the law and a page to answer on. Never a picture, never who reported it."
          type="email"
          required
          withAsterisk
          maxLength={320}
          value={contact}
          onChange={(event) => setContact(event.currentTarget.value)}
        />
        {approve.isError && <ProblemBox error={approve.error} />}
        <Group mt="sm">
          <Button type="submit" loading={approve.isPending}>
            Approve and send
          </Button>
        </Group>
      </form>
    </Section>
  );
}

function Follow({ notice }: { notice: Notice }) {
  const session = useSession();
  const path = { notice_id: notice.notice_id };
  const check = useChange(() => answer(client.POST('/v1/notices/{notice_id}/check', { params: { path } })));
  const close = useChange((reason: string) =>
    answer(client.POST('/v1/notices/{notice_id}/close', { params: { path }, body: { reason } })),
  );
  return (
    <>
      <Section title="Look again">
        <p>The node asks the host only whether the address still serves. It never fetches what is there.</p>
        {check.isError && <ProblemBox error={check.error} />}
        <Group>
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate(undefined)}>
            Check now
          </Button>
        </Group>
      </Section>
      {hasRole(session, 'manager', 'analyst') && (
        <Section title="Close it">
          <ReasonForm
            label="Why it is closed"
            hint="Refused while the address still serves."
            button="Close the notice"
            pending={close.isPending}
            error={close.error}
            onSubmit={(reason) => close.mutate(reason)}
          />
        </Section>
      )}
    </>
  );
}

export function NoticePage() {
  const session = useSession();
  const noticeId = useParam('noticeId');
  const query = useQuery(noticeQuery(noticeId));
  return (
    <Page title="Notice">
      <Loaded query={query}>
        {(detail) => {
          const { notice } = detail;
          const open = notice.closed_at === undefined;
          const approved = notice.state === 'drafted' && notice.approved_by !== undefined;
          const waits = notice.state === 'drafted' && !approved;
          const sends = !detail.mine && hasRole(session, 'manager');
          return (
            <>
              <Section title="How it stands">
                <Facts
                  rows={[
                    ['Host', notice.host],
                    ['Country', notice.country],
                    ['State', approved ? 'Approved: goes out in a moment' : kNoticeStates[notice.state]],
                    ['Contact', detail.contact],
                    [
                      'About',
                      <Link key="item" className="link" to="/items/$itemId" params={{ itemId: notice.item_id }}>
                        the item
                      </Link>,
                    ],
                    ['Drafted by', notice.drafted_by],
                    ['Approved by', notice.approved_by],
                    ['Sent', notice.sent_at && <Moment key="sent" time={notice.sent_at} />],
                    ['Answer due', open && notice.answer_due_at ? <Due key="due" time={notice.answer_due_at} /> : undefined],
                    ['Host says', notice.answer && kNoticeAnswers[notice.answer]],
                    [
                      'But',
                      open && notice.contradicted ? 'the address still served after that. The notice stays open.' : undefined,
                    ],
                    ['Next look', open && notice.next_check_at ? <Planned key="next" time={notice.next_check_at} /> : undefined],
                    ['Closed', notice.closed_at && <Moment key="closed" time={notice.closed_at} />],
                  ]}
                />
              </Section>
              <Section title="Looks">
                {detail.checks.length === 0 ? (
                  <p>Nobody has looked yet. The node looks by itself once the notice is out.</p>
                ) : (
                  <DataTable
                    caption={plural(detail.checks.length, 'look', 'looks')}
                    rows={detail.checks}
                    keyOf={(check) => check.checked_at}
                    columns={[
                      { head: 'When', cell: (check) => <Moment time={check.checked_at} /> },
                      { head: 'Seen', cell: (check) => kSeen[check.seen] },
                    ]}
                  />
                )}
              </Section>
              {waits && sends && <Approve detail={detail} />}
              {waits && !sends && (
                <Section title="A second member">
                  <p>A manager who did not draft it reads it and sends it.</p>
                </Section>
              )}
              {open && notice.sent_at !== undefined && hasRole(session, 'manager', 'analyst', 'assessor') && (
                <Follow notice={notice} />
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
