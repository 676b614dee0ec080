import type {
  Authority,
  Bank,
  Concern,
  ConcernDetail,
  EntryList,
  Exposure,
  ExposureReport,
  Incoming,
  IncomingDetail,
  Item,
  LawView,
  Lease,
  LedgerHead,
  LedgerSubject,
  Member,
  Notice,
  NoticeDetail,
  Problem,
  Queue,
  QueueItem,
  Referral,
  ReferralDetail,
  ReferralMessage,
  Report,
  Retention,
  RoutingTask,
  Session,
} from '../api/types';

// A made-up day at a made-up hotline, one answer for every page. Typed by the contract.

const id = (n: number): string => `0190a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export interface Day {
  now: number;
  session: Session;
  queue: Queue;
  item: Item;
  addressOnly: Item;
  decided: Item;
  law: LawView;
  concern: ConcernDetail;
  referral: ReferralDetail;
  referrals: Referral[];
  routing: RoutingTask[];
  authorities: Authority[];
  notice: NoticeDetail;
  incoming: IncomingDetail;
  report: Report;
  banks: Bank[];
  entries: EntryList;
  ledger: LedgerHead;
  ledgerSubject: LedgerSubject;
  members: Member[];
  retention: Retention;
  exposure: ExposureReport;
  problem: Problem;
}

export function makeDay(now: number): Day {
  const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();

  const exposure: Exposure = { shift_start: at(-95), seconds_used: 212, seconds_left: 1_588, weight: 36, weight_left: 364 };
  const lease: Lease = { mine: true, member: 'heron', claimed_at: at(-3), until: at(12) };

  const queued = (n: number, part: Partial<QueueItem>): QueueItem => ({
    item_id: id(n),
    state: 'queued',
    action: 'none',
    is_new: true,
    urgent: false,
    is_safe: false,
    has_picture: true,
    locations: 1,
    reports: 1,
    assessed_by_me: false,
    first_seen_at: at(-n),
    ...part,
  });

  const message: ReferralMessage = {
    format: 'tutela-referral/1',
    reference: 'hotline-a.0190a0000021',
    sender: 'hotline-a.example.org',
    sent_at: at(-40),
    urgent: false,
    handling: 'H1',
    subject: {
      type: 'item',
      act: 'b',
      age_band: 'prepubescent',
      viewed: 'here',
      fingerprints: [
        { algorithm: 'sha256', value: 'a1'.repeat(32) },
        { algorithm: 'pdq', value: '0f'.repeat(32), quality: 98 },
      ],
      addresses: [{ address: 'https://host.example.test/a', country: 'DE', seen_at: at(-90) }],
      capture: { taken_at: '2026:01:02 03:04:05', device: 'Example C100' },
    },
    persons: [],
    indicators: [{ type: 'account', value: 'player1@game.test' }],
    law: [{ row: 'DE/child', law: 'Example Code', section: 'section 1', url: 'https://law.example.org' }],
  };

  const referral: Referral = {
    referral_id: id(0x21),
    reference: message.reference,
    subject_type: 'item',
    subject_id: id(3),
    authority: 'police-b',
    state: 'drafted',
    urgent: false,
    drafted_by: 'heron',
    drafted_at: at(-40),
    due_at: at(200),
  };
  const urgent: Referral = {
    ...referral,
    referral_id: id(0x22),
    reference: 'hotline-a.0190a0000022',
    subject_type: 'concern',
    subject_id: id(0x11),
    state: 'sent',
    urgent: true,
    approved_by: 'heron',
    confirm_due_at: at(1_300),
    sent_at: at(-30),
  };
  const closedReferral: Referral = {
    ...referral,
    referral_id: id(0x23),
    reference: 'hotline-a.0190a0000023',
    state: 'outcome',
    approved_by: 'wren',
    sent_at: at(-3_000),
    acknowledged_at: at(-2_900),
    outcome: 'child_safeguarded',
  };

  const task: RoutingTask = {
    task_id: id(0x31),
    subject_type: 'item',
    subject_id: id(4),
    why: 'no_adopted_authority',
    created_at: at(-20),
    due_at: at(1_420),
    country: 'NL',
  };

  const notice: Notice = {
    notice_id: id(0x41),
    item_id: id(3),
    location_id: id(0x51),
    host: 'host.example.test',
    country: 'DE',
    state: 'answered',
    drafted_by: 'heron',
    approved_by: 'wren',
    drafted_at: at(-500),
    sent_at: at(-480),
    next_check_at: at(20),
    answer: 'removed',
    answered_at: at(-60),
    contradicted: true,
  };

  const concern: Concern = {
    concern_id: id(0x11),
    report_id: id(0x61),
    kind: 'grooming',
    in_danger_now: true,
    received_at: at(-25),
    due_at: at(35),
  };

  const item: Item = {
    item_id: id(1),
    state: 'in_review',
    action: 'hold',
    is_new: false,
    urgent: false,
    is_safe: false,
    first_seen_at: at(-75),
    due_at: at(45),
    facts: {
      has_picture: true,
      format: 'jpeg',
      width: 1_600,
      height: 1_200,
      captured_at: '2026:01:02 03:04:05',
      device: 'Example C100',
      has_position: true,
    },
    fingerprints: [
      { algorithm: 'sha256', origin: 'node' },
      { algorithm: 'pdq', quality: 98, origin: 'node' },
      { algorithm: 'pdq_nearest512', quality: 97, origin: 'node' },
    ],
    matches: [
      {
        bank: 'decided-here',
        entry_id: id(0x71),
        algorithm: 'pdq',
        distance: 14,
        threshold: 31,
        why: '14 of 256 bits differ, within the threshold of the bank',
        effect: 'holds',
      },
    ],
    locations: [
      { location_id: id(0x51), scheme: 'https', host: 'host.example.test', country: 'DE', state: 'live', first_seen_at: at(-75) },
    ],
    lease,
    assessments: 0,
    stay_down: { possible: true },
    reports: [{ report_id: id(0x61), channel: 'machine', kind: 'content', state: 'in_review', received_at: at(-75) }],
    referrals: [],
    notices: [],
    routing: [],
    exposure,
  };

  const addressOnly: Item = {
    ...item,
    item_id: id(2),
    is_new: true,
    action: 'none',
    facts: { has_picture: false },
    fingerprints: [],
    matches: [],
    assessments: 1,
    stay_down: { possible: false, why_not: 'no_fingerprint' },
    reports: [{ report_id: id(0x61), channel: 'public', kind: 'content', state: 'in_review', received_at: at(-75) }],
  };

  const { lease: _held, ...unheld } = item;
  const decided: Item = {
    ...unheld,
    item_id: id(3),
    state: 'final',
    action: 'block',
    assessments: 2,
    my_assessment: { assessment_id: id(0x81), act: 'b', age_band: 'prepubescent', viewed: 'here', assessed_at: at(-60) },
    other_assessments: [
      { assessment_id: id(0x82), act: 'b', age_band: 'prepubescent', viewed: 'not_viewed', assessed_at: at(-50) },
    ],
    verdict: { verdict_id: id(0x83), act: 'b', age_band: 'prepubescent', viewed_here: true, decided_at: at(-50) },
    stay_down: { possible: true, entry_id: id(0x71) },
    referrals: [referral, closedReferral],
    notices: [notice],
    routing: [task],
  };

  const source = {
    row: 'DE/child',
    law: 'Example Code',
    section: 'section 1',
    url: 'https://law.example.org',
    quote: 'Whoever distributes such a picture is liable.',
    read_on: '2026-11-23',
  };

  const incoming: Incoming = {
    incoming_id: id(0x91),
    sender: 'hotline-a.example.org',
    reference: message.reference,
    state: 'acknowledged',
    urgent: false,
    received_at: at(-35),
    supplements: 1,
  };

  const entry = (index: number, kind: string, payload: string) => ({
    epoch: 1,
    index,
    n: index - 40,
    kind,
    at: at(-60 + index),
    payload,
  });

  return {
    now,
    session: {
      member: { id: id(0xa1), login: 'ana', pseudonym: 'heron', roles: ['admin', 'manager', 'analyst', 'auditor'] },
      csrf: 'csrf-of-this-session',
      node: {
        name: 'hotline-a.example.org',
        kind: 'hotline',
        country: 'DE',
        demo: true,
        public_key: '9sFzIZ0p0n5Fq1cVQ2h0m2fLx0nTn9kJ1rY7bq3x0aE=',
        mandate_valid: true,
      },
    },
    queue: {
      counts: {
        items: 5,
        needs_second: 1,
        urgent: 1,
        overdue: 1,
        concerns: 1,
        routing: 1,
        referrals: 2,
        notices: 1,
        incoming: 1,
      },
      oldest_item_at: at(-190),
      oldest_concern_at: concern.received_at,
      items: [
        queued(2, { has_picture: false, first_seen_at: at(-75), due_at: at(45) }),
        queued(5, { state: 'needs_second', first_seen_at: at(-190), due_at: at(-10) }),
        queued(1, { state: 'in_review', action: 'hold', is_new: false, lease, due_at: at(45) }),
        queued(6, { state: 'in_review', is_new: false, lease: { ...lease, mine: false, member: 'wren' }, reports: 3 }),
        queued(8, {
          state: 'matched',
          action: 'hold',
          is_new: false,
          assessed_by_me: true,
          stack: { entry_id: id(0x71), items: 240 },
        }),
        queued(7, { is_new: false, is_safe: true, assessed_by_me: true }),
      ],
      concerns: [concern],
      exposure,
    },
    item,
    addressOnly,
    decided,
    law: {
      illegal_where: [{ country: 'DE', role: 'hosting', illegal: 'yes', source }],
      must_tell: [{ country: 'DE', authority: 'Example Police', deadline_hours: 24, deadline_is_law: false, source }],
      may_tell: [],
      unknown_where: [{ role: 'uploader', why: 'no_country' }],
    },
    concern: {
      concern,
      text: 'A pupil told me that somebody in a game asks for pictures and for a meeting on Friday.',
      persons: [
        { person_id: id(0x12), role: 'child_at_risk', age_band: 'prepubescent', description: 'a pupil of class 4' },
        { person_id: id(0x13), role: 'suspect', age_band: 'unknown' },
      ],
      indicators: [{ indicator_id: id(0x14), type: 'account', value: 'player1@game.test' }],
      missing: ['suspect_indicator'],
      referrals: [urgent],
      routing: [],
    },
    referral: {
      referral,
      mine: false,
      message,
      missing: ['recent_sighting'],
      supplements: [
        { sequence: 1, kind: 'correction', text: 'The country of hosting is now known.', made_by: 'heron', made_at: at(-10) },
      ],
      delivery: { attempts: 2, next_at: at(3), last_reason: 'net.unreachable' },
    },
    referrals: [referral, urgent, closedReferral],
    routing: [task],
    authorities: [
      {
        name: 'police-b',
        title: 'Example Police',
        country: 'DE',
        url: 'http://127.0.0.1:9091',
        adopted_by: 'wren',
        created_at: at(-9_000),
      },
    ],
    notice: {
      notice,
      mine: false,
      contact: 'abuse@host.example.test',
      checks: [{ checked_at: at(-30), seen: 'serving' }],
    },
    incoming: {
      incoming,
      message,
      supplements: [
        { sequence: 1, kind: 'correction', text: 'The country of hosting is now known.', made_at: at(-10), received_at: at(-9) },
      ],
      answers: [{ sequence: 1, kind: 'acknowledged', at: at(-30) }],
    },
    report: {
      report_id: id(0x61),
      channel: 'public',
      kind: 'content',
      state: 'in_review',
      received_at: at(-75),
      uploader_country: 'DE',
      text: 'I came across it while looking for something else.',
      has_contact: true,
      item_ids: [id(1), id(2)],
      concern_id: id(0x11),
      indicators: [],
      word: 'being_checked',
    },
    banks: [
      {
        bank_id: id(0xb1),
        name: 'decided-here',
        purpose: 'match',
        threshold: 31,
        source: 'this node',
        legal_basis: 'own verdicts',
        created_at: at(-90_000),
        entries: 12,
      },
    ],
    entries: {
      bank: {
        bank_id: id(0xb1),
        name: 'decided-here',
        purpose: 'match',
        threshold: 31,
        source: 'this node',
        legal_basis: 'own verdicts',
        created_at: at(-90_000),
        entries: 12,
      },
      entries: [
        {
          entry_id: id(0x71),
          bank_id: id(0xb1),
          status: 'active',
          act: 'b',
          age_band: 'prepubescent',
          source: 'this node',
          item_id: id(3),
          algorithms: ['sha256', 'pdq'],
          created_at: at(-700),
        },
      ],
    },
    ledger: {
      origin: 'hotline-a.example.org/epoch-1',
      size: 44,
      checkpoint:
        'hotline-a.example.org/epoch-1\n44\nq1Zf8b0w3n2mJx0m2fLx0nTn9kJ1rY7bq3x0aE9sFzI=\n\n— hotline-a.example.org/epoch-1 AAAAexample',
      entries: [
        entry(43, 'item.viewed', '{"by":"member:heron","mode":"blurred"}'),
        entry(42, 'item.claimed', '{"by":"member:heron"}'),
        entry(41, 'item.created', '{"by":"node"}'),
      ],
    },
    ledgerSubject: {
      subject_type: 'item',
      subject_id: id(1),
      entries: [entry(41, 'item.created', '{"by":"node"}'), entry(42, 'item.claimed', '{"by":"member:heron"}')],
    },
    retention: {
      clock: { quiet_hours_left: 7, why: 'restore', seen_at: at(-1) },
      destructions: [
        {
          destruction_id: id(701),
          class: 'report-2024-10',
          state: 'proposed',
          proposed_at: at(-1_000),
          first_member: 'm-7c21',
          destroyed: 0,
          kept: 0,
        },
        {
          destruction_id: id(702),
          class: 'item-2024-09',
          state: 'destroyed',
          proposed_at: at(-45_000),
          decided_at: at(-44_000),
          finished_at: at(-43_900),
          destroyed: 112,
          kept: 3,
        },
      ],
      erasures: [
        {
          erasure_id: id(706),
          reason: 'court_order',
          state: 'proposed',
          proposed_at: at(-300),
          proposed_by: 'm-7c21',
          records: [
            { subject_type: 'item', subject_id: id(707) },
            { subject_type: 'item', subject_id: id(708) },
          ],
          destroyed: 0,
          kept: 0,
        },
        {
          erasure_id: id(709),
          reason: 'data_subject_request',
          state: 'refused',
          proposed_at: at(-9_000),
          proposed_by: 'm-7c21',
          approved_by: 'heron',
          refused_because: 'hold',
          decided_at: at(-8_900),
          records: [{ subject_type: 'report', subject_id: id(705) }],
          destroyed: 0,
          kept: 0,
        },
      ],
      schedules: [
        { schedule_id: id(703), record_class: 'outbox', begun_at: at(-9_000), first_member: 'm-7c21', in_force: false },
      ],
      holds: [
        { hold_id: id(704), subject_type: 'report', subject_id: id(705), set_by: 'm-7c21', set_at: at(-700), in_force: true },
      ],
    },
    members: [
      {
        member_id: id(0xa1),
        login: 'ana',
        pseudonym: 'heron',
        roles: ['admin', 'analyst'],
        active: true,
        created_at: at(-90_000),
      },
      { member_id: id(0xa2), login: 'ben', pseudonym: 'wren', roles: ['assessor'], active: true, created_at: at(-90_000) },
    ],
    exposure: {
      mine: exposure,
      aggregate: { shift_start: at(-95), members: 3, seconds_total: 904, seconds_max: 402, members_at_limit: 0 },
    },
    problem: {
      type: 'about:blank',
      title: 'Another member holds this item.',
      status: 409,
      reason: 'lease.taken',
      kept: 'Your view of it is unchanged.',
      todo: 'Take another item, or ask the member to give it back.',
    },
  };
}

// The answer to a GET, by its path; undefined where there is none.
export function answerFor(day: Day, path: string): unknown {
  const [, , noun, key, part] = path.split('/');
  switch (noun) {
    case 'session':
      return day.session;
    case 'queue':
      return day.queue;
    case 'items':
      if (part === 'law') return day.law;
      return [day.item, day.addressOnly, day.decided].find((item) => item.item_id === key);
    case 'concerns':
      return key === undefined ? { concerns: [day.concern.concern] } : day.concern;
    case 'referrals':
      return key === undefined ? { referrals: day.referrals } : day.referral;
    case 'routing':
      return { tasks: day.routing };
    case 'authorities':
      return { authorities: day.authorities };
    case 'notices':
      return key === undefined ? { notices: [day.notice.notice] } : day.notice;
    case 'incoming':
      return key === undefined ? { incoming: [day.incoming.incoming] } : day.incoming;
    case 'reports':
      return day.report;
    case 'banks':
      return key === undefined ? { banks: day.banks } : day.entries;
    case 'ledger':
      return key === undefined ? day.ledger : day.ledgerSubject;
    case 'retention':
      return day.retention;
    case 'members':
      return { members: day.members };
    case 'exposure':
      return day.exposure;
    default:
      return undefined;
  }
}
