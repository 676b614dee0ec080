import { Link } from '@tanstack/react-router';
import type { Item } from '../../api/types';
import {
  kActs,
  kAgeBands,
  kEffects,
  kItemActions,
  kItemStates,
  kReportStates,
  kStayDownWhyNot,
  kViewed,
  plural,
} from '../../lib/words';
import { Chip, Due, Facts, Moment, Section } from '../../ui/basics';
import { DataTable } from '../../ui/DataTable';
import { LedgerLink } from '../../ui/LedgerLink';
import { NoticeTable } from '../Notices';
import { ReferralTable } from '../Referrals';
import { RoutingTable } from '../Routing';

// First in the order of disclosure.
export function FactSection({ item }: { item: Item }) {
  const { facts } = item;
  return (
    <Section title="Facts">
      <Facts
        rows={[
          [
            'State',
            <span key="state">
              {kItemStates[item.state]}
              {item.action !== 'none' && `, ${kItemActions[item.action].toLowerCase()}`}
              {item.urgent && ', urgent'}
            </span>,
          ],
          ['First seen', <Moment key="seen" time={item.first_seen_at} />],
          ['Clock', item.due_at && <Due key="due" time={item.due_at} />],
          ['File', facts.format && `${facts.format}, ${facts.width ?? '?'} × ${facts.height ?? '?'} pixels`],
          ['Not decoded', facts.decode_reason],
          ['Picture', facts.has_picture ? 'held by this node' : 'not held: there is only what was reported about it'],
          ['File says', [facts.captured_at, facts.device, facts.has_position && 'a position'].filter(Boolean).join(', ')],
          [
            'Fingerprints',
            item.fingerprints
              .map(
                ({ algorithm, quality, origin }) =>
                  `${algorithm}${quality === undefined ? '' : ` (quality ${quality})`}${origin === 'off_node' ? ', off node' : ''}`,
              )
              .join(' · ') || 'none',
          ],
          [
            'Stays removed',
            item.stay_down.possible
              ? item.stay_down.entry_id === undefined
                ? 'possible once the verdict is final'
                : 'yes: the same picture is held at once'
              : `not possible: ${kStayDownWhyNot[item.stay_down.why_not ?? 'no_fingerprint']}`,
          ],
          [
            'Reported',
            item.reports.length === 0 ? undefined : (
              <span key="reports">
                {item.reports.map((report, index) => (
                  <span key={report.report_id}>
                    {index > 0 && ', '}
                    <Link className="link" to="/reports/$reportId" params={{ reportId: report.report_id }}>
                      {report.channel === 'public' ? 'public door' : 'machine'} ({kReportStates[report.state].toLowerCase()})
                    </Link>
                  </span>
                ))}
              </span>
            ),
          ],
          ['Record', <LedgerLink key="ledger" subjectType="item" subjectId={item.item_id} />],
        ]}
      />
    </Section>
  );
}

export function MatchSection({ item }: { item: Item }) {
  return (
    <Section title="Why it matched">
      {item.matches.length === 0 ? (
        <p>
          {item.fingerprints.length === 0
            ? 'Without a fingerprint nothing can be matched.'
            : 'It matched nothing known: it is new.'}
        </p>
      ) : (
        <DataTable
          caption={plural(item.matches.length, 'match', 'matches')}
          rows={item.matches}
          keyOf={(match) => `${match.entry_id} ${match.algorithm}`}
          columns={[
            { head: 'Bank', cell: (match) => match.bank },
            { head: 'By', cell: (match) => match.algorithm },
            { head: 'Distance', cell: (match) => `${match.distance} of at most ${match.threshold}` },
            { head: 'What it leads to', cell: (match) => <Chip>{kEffects[match.effect]}</Chip> },
            { head: 'Why', cell: (match) => match.why },
          ]}
        />
      )}
    </Section>
  );
}

export function VerdictSection({ item }: { item: Item }) {
  const { verdict, my_assessment: mine, other_assessments: others = [] } = item;
  if (verdict === undefined && mine === undefined && others.length === 0) return null;
  return (
    <Section title={verdict === undefined ? 'Assessed so far' : 'Verdict'}>
      {verdict !== undefined && (
        <Facts
          rows={[
            ['Verdict', `${kActs[verdict.act]}, ${kAgeBands[verdict.age_band].toLowerCase()}`],
            ['Viewed here', verdict.viewed_here ? 'yes' : 'no'],
            ['Taken over', verdict.inherited_entry === undefined ? undefined : 'from a byte-exact entry with a final verdict'],
            ['Decided', <Moment key="decided" time={verdict.decided_at} />],
          ]}
        />
      )}
      {mine !== undefined && (
        <Facts
          rows={[
            ['You said', `${kActs[mine.act]}, ${kAgeBands[mine.age_band].toLowerCase()}`],
            ['Seen', kViewed[mine.viewed]],
            ['When', <Moment key="when" time={mine.assessed_at} />],
          ]}
        />
      )}
      {others.length > 0 && (
        <DataTable
          caption={plural(others.length, 'assessment by another member', 'assessments by other members')}
          rows={others}
          keyOf={(other) => other.assessment_id}
          columns={[
            { head: 'Said', cell: (other) => `${kActs[other.act]}, ${kAgeBands[other.age_band].toLowerCase()}` },
            { head: 'Seen', cell: (other) => kViewed[other.viewed] },
            { head: 'When', cell: (other) => <Moment time={other.assessed_at} /> },
          ]}
        />
      )}
      {mine !== undefined && verdict === undefined && (
        <p>A second member decides too, without seeing what you said. If you differ, a third one does.</p>
      )}
    </Section>
  );
}

export function ConsequenceSections({ item }: { item: Item }) {
  return (
    <>
      {item.referrals.length > 0 && (
        <Section title="Referrals">
          <ReferralTable referrals={item.referrals} />
        </Section>
      )}
      {item.routing.length > 0 && (
        <Section title="Routing">
          <RoutingTable tasks={item.routing} />
        </Section>
      )}
      {item.notices.length > 0 && (
        <Section title="Notices">
          <NoticeTable notices={item.notices} />
        </Section>
      )}
    </>
  );
}
