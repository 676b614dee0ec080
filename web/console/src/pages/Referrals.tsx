import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { referralQuery, referralsQuery, useChange } from '../api/queries';
import type { Referral, ReferralDetail, Session } from '../api/types';
import { kMissing, kOutcomes, kReferralStates, kSupplementKinds, plural } from '../lib/words';
import { Chip, Due, Empty, Facts, Loaded, Moment, Page, Planned, ProblemBox, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { MessageView } from '../ui/MessageView';
import { ReasonForm } from '../ui/ReasonForm';
import { hasRole, useSession } from '../ui/session';
import { useParam } from '../ui/useParam';

// The clock that stands first: the confirmation of an urgent one, else the duty's.
function clockOfReferral(referral: Referral): string | undefined {
  if (referral.confirm_due_at !== undefined && referral.confirmed_by === undefined) return referral.confirm_due_at;
  return referral.sent_at === undefined ? referral.due_at : undefined;
}

function SubjectLink({ referral }: { referral: Referral }) {
  return referral.subject_type === 'item' ? (
    <Link className="link" to="/items/$itemId" params={{ itemId: referral.subject_id }}>
      the item
    </Link>
  ) : (
    <Link className="link" to="/concerns/$concernId" params={{ concernId: referral.subject_id }}>
      the concern
    </Link>
  );
}

export function ReferralTable({ referrals }: { referrals: readonly Referral[] }) {
  return (
    <DataTable
      caption={plural(referrals.length, 'referral', 'referrals')}
      rows={referrals}
      keyOf={(referral) => referral.referral_id}
      columns={[
        {
          head: 'Reference',
          cell: (referral) => (
            <Link className="link mono" to="/referrals/$referralId" params={{ referralId: referral.referral_id }}>
              {referral.reference}
            </Link>
          ),
        },
        { head: 'To', cell: (referral) => referral.authority },
        { head: 'About', cell: (referral) => <SubjectLink referral={referral} /> },
        {
          head: 'State',
          cell: (referral) => (
            <>
              <Chip>{kReferralStates[referral.state]}</Chip> {referral.urgent && <Chip>Urgent</Chip>}{' '}
              {referral.breached_at !== undefined && <Chip>Confirmed too late</Chip>}
            </>
          ),
        },
        { head: 'Outcome', cell: (referral) => (referral.outcome === undefined ? '–' : kOutcomes[referral.outcome]) },
        { head: 'Clock', cell: (referral) => <Due time={clockOfReferral(referral)} /> },
      ]}
    />
  );
}

export function ReferralsPage() {
  const query = useQuery(referralsQuery);
  return (
    <Page title="Referrals" intro="Filings to authorities. What needs a member stands first.">
      <Loaded query={query}>
        {({ referrals }) =>
          referrals.length === 0 ? (
            <Empty title="No referral yet.">
              A final verdict on an item, or an assessed concern, leads to a draft here. A second member lets it go out.
            </Empty>
          ) : (
            <ReferralTable referrals={referrals} />
          )
        }
      </Loaded>
    </Page>
  );
}

// An urgent referral needs any second member; every other one a manager.
function approver(referral: Referral): string {
  return referral.urgent ? 'member' : 'manager';
}
function maySign(session: Session, referral: Referral): boolean {
  return referral.urgent ? hasRole(session, 'manager', 'analyst', 'assessor') : hasRole(session, 'manager');
}

function SecondMember({ detail }: { detail: ReferralDetail }) {
  const session = useSession();
  const { referral, mine } = detail;
  const referral_id = referral.referral_id;
  const approve = useChange(() =>
    answer(client.POST('/v1/referrals/{referral_id}/approve', { params: { path: { referral_id } } })),
  );
  const confirm = useChange(() =>
    answer(client.POST('/v1/referrals/{referral_id}/confirm', { params: { path: { referral_id } } })),
  );
  const confirmAwaited = referral.confirm_due_at !== undefined && referral.confirmed_by === undefined;
  if (referral.state !== 'drafted' && !confirmAwaited) return null;
  if (mine)
    return (
      <Section title="A second member">
        <p>
          You drafted this one.{' '}
          {confirmAwaited ? 'Another member must confirm it' : `Another ${approver(referral)} lets it go out`}.{' '}
          <Due time={clockOfReferral(referral)} />
        </p>
      </Section>
    );
  if (!confirmAwaited && !maySign(session, referral))
    return (
      <Section title="A second member">
        <p>
          A manager who did not draft it reads it and lets it go out. <Due time={clockOfReferral(referral)} />
        </p>
      </Section>
    );
  const change = confirmAwaited ? confirm : approve;
  return (
    <Section title="You are the second member" aside={<Due time={clockOfReferral(referral)} />}>
      <p>
        {confirmAwaited
          ? 'It went out on one member’s word because a child is in danger. Read what was sent; confirming says that you stand behind it.'
          : 'Read what the authority will see. Approving sends it out at once; afterwards it can only be corrected or withdrawn.'}
      </p>
      {change.isError && <ProblemBox error={change.error} />}
      <Group>
        <Button loading={change.isPending} onClick={() => change.mutate(undefined)}>
          {confirmAwaited ? 'Confirm' : 'Approve and send'}
        </Button>
      </Group>
    </Section>
  );
}

function Correct({ detail }: { detail: ReferralDetail }) {
  const [text, setText] = useState('');
  const correct = useChange(
    () =>
      answer(
        client.POST('/v1/referrals/{referral_id}/correct', {
          params: { path: { referral_id: detail.referral.referral_id } },
          body: { text: text.trim() },
        }),
      ),
    () => setText(''),
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        correct.mutate(undefined);
      }}
    >
      <Stack gap="sm">
        <Textarea
          label="What is corrected, and why"
          description="The first message stays as it was; the correction follows it to the same authority."
          withAsterisk
          required
          maxLength={2048}
          autosize
          minRows={2}
          maxRows={8}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {correct.isError && <ProblemBox error={correct.error} />}
        <Group>
          <Button type="submit" loading={correct.isPending} disabled={text.trim() === ''}>
            Send the correction
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Retry({ referral }: { referral: Referral }) {
  const retry = useChange(() =>
    answer(client.POST('/v1/referrals/{referral_id}/retry', { params: { path: { referral_id: referral.referral_id } } })),
  );
  return (
    <Section title="It could not be sent">
      <p>
        The channel failed too often, or its time is up. Send it once more, use the telephone, or choose another authority under
        Routing.
      </p>
      {retry.isError && <ProblemBox error={retry.error} />}
      <Group>
        <Button loading={retry.isPending} onClick={() => retry.mutate(undefined)}>
          Send once more
        </Button>
      </Group>
    </Section>
  );
}

function Withdraw({ referral }: { referral: Referral }) {
  const withdraw = useChange((reason: string) =>
    answer(
      client.POST('/v1/referrals/{referral_id}/withdraw', {
        params: { path: { referral_id: referral.referral_id } },
        body: { reason },
      }),
    ),
  );
  return (
    <ReasonForm
      label="Why it is withdrawn"
      button="Withdraw"
      pending={withdraw.isPending}
      error={withdraw.error}
      onSubmit={(reason) => withdraw.mutate(reason)}
    />
  );
}

export function ReferralPage() {
  const session = useSession();
  const referralId = useParam('referralId');
  const query = useQuery(referralQuery(referralId));
  return (
    <Page title="Referral">
      <Loaded query={query}>
        {(detail) => {
          const { referral } = detail;
          const corrects = hasRole(session, 'manager', 'analyst');
          const withdraws = referral.urgent ? corrects : hasRole(session, 'manager');
          return (
            <>
              <Section title="How it stands">
                <Facts
                  rows={[
                    [
                      'Reference',
                      <span key="reference" className="mono">
                        {referral.reference}
                      </span>,
                    ],
                    ['State', kReferralStates[referral.state]],
                    ['Urgent', referral.urgent ? 'Yes' : 'No'],
                    ['About', <SubjectLink key="subject" referral={referral} />],
                    ['To', referral.authority],
                    ['Drafted by', referral.drafted_by],
                    ['Approved by', referral.approved_by],
                    ['Confirmed by', referral.confirmed_by],
                    ['Confirmation was due', referral.breached_at && <Moment key="breach" time={referral.breached_at} />],
                    ['Sent', referral.sent_at && <Moment key="sent" time={referral.sent_at} />],
                    ['Acknowledged', referral.acknowledged_at && <Moment key="ack" time={referral.acknowledged_at} />],
                    ['Outcome', referral.outcome && kOutcomes[referral.outcome]],
                    ['Attempts', detail.delivery?.attempts],
                    ['Next attempt', detail.delivery?.next_at && <Planned key="next" time={detail.delivery.next_at} />],
                    ['Last answer', detail.delivery?.last_reason],
                  ]}
                />
              </Section>
              <Section title="What the authority sees">
                {detail.missing.length > 0 && (
                  <p>It would have to ask back for: {detail.missing.map((word) => kMissing[word]).join('; ')}.</p>
                )}
                <MessageView message={detail.message} />
              </Section>
              <SecondMember detail={detail} />
              {referral.state === 'choose_channel' && corrects && <Retry referral={referral} />}
              {detail.supplements.length > 0 && (
                <Section title="Corrections and withdrawals">
                  <DataTable
                    caption={plural(detail.supplements.length, 'supplement', 'supplements')}
                    rows={detail.supplements}
                    keyOf={(supplement) => String(supplement.sequence)}
                    columns={[
                      { head: 'No.', cell: (supplement) => supplement.sequence },
                      { head: 'Kind', cell: (supplement) => kSupplementKinds[supplement.kind] },
                      { head: 'Text', cell: (supplement) => supplement.text ?? '–' },
                      { head: 'By', cell: (supplement) => supplement.made_by },
                      { head: 'Made', cell: (supplement) => <Moment time={supplement.made_at} /> },
                      {
                        head: 'Acknowledged',
                        cell: (supplement) =>
                          supplement.acknowledged_at === undefined ? 'Not yet' : <Moment time={supplement.acknowledged_at} />,
                      },
                    ]}
                  />
                </Section>
              )}
              {corrects && referral.sent_at !== undefined && referral.state !== 'withdrawn' && (
                <Section title="Correct it">
                  <Correct detail={detail} />
                </Section>
              )}
              {withdraws && referral.state !== 'withdrawn' && referral.state !== 'rerouted' && (
                <Section title="Withdraw it">
                  <Withdraw referral={referral} />
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
