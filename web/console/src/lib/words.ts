import type {
  Act,
  AgeBand,
  AnswerKind,
  ConcernAssessment,
  ConcernKind,
  Destruction,
  Erasure,
  ErasureReason,
  ErasureSubject,
  Hold,
  IndicatorType,
  Outcome,
  RecordClass,
  ReleasedWord,
  Role,
  Viewed,
  Words,
} from '../api/types';

// The words of the contract as people read them. Each table is complete by its type.

export const kActs: Readonly<Record<Act, string>> = {
  a: 'Category A',
  b: 'Category B',
  c: 'Category C',
  indicative: 'Indicative',
  not_illegal: 'Not illegal',
  out_of_remit: 'Outside our remit',
};
export const kAgeBands: Readonly<Record<AgeBand, string>> = {
  infant_toddler: 'Infant or toddler',
  prepubescent: 'Prepubescent',
  pubescent: 'Pubescent',
  adult: 'Adult',
  unknown: 'Not known',
};
export const kViewed: Readonly<Record<Viewed, string>> = {
  here: 'Viewed here',
  off_node: 'Viewed off the node',
  not_viewed: 'Not viewed',
};
export const kItemStates: Readonly<Record<Words['ItemState'], string>> = {
  unknown: 'New',
  matched: 'Matched',
  queued: 'Waiting',
  in_review: 'In review',
  upheld: 'Upheld',
  dismissed: 'Dismissed',
  needs_second: 'Needs a second member',
  final: 'Final',
};
export const kItemActions: Readonly<Record<Words['ItemAction'], string>> = {
  none: 'No action',
  hold: 'On hold',
  block: 'Blocked',
};
export const kLocationStates: Readonly<Record<Words['LocationState'], string>> = {
  live: 'Served when last seen',
  gone: 'Gone',
  unknown: 'Not looked at yet',
};
export const kEffects: Readonly<Record<Words['MatchEffect'], string>> = {
  inherits: 'Byte-exact: takes over the verdict',
  holds: 'Near: only holds',
  asks: 'Self-reported: asks for a look',
  annotates: 'Marked safe: only a note',
};
export const kRecordClasses: Readonly<Record<RecordClass, string>> = {
  authority: 'Channels to authorities',
  report: 'Reports',
  item: 'Items',
  referral: 'Referrals',
  incoming: 'Referrals from others',
  notice: 'Notices',
  outbox: 'Messages that were sent',
};
export const kDestructionStates: Readonly<Record<Destruction['state'], string>> = {
  proposed: 'Waits for two members',
  approved: 'Approved',
  intended: 'What survives is being moved',
  destroying: 'Being destroyed',
  destroyed: 'Destroyed',
  refused: 'Kept for now',
};
export const kErasureStates: Readonly<Record<Erasure['state'], string>> = {
  ...kDestructionStates,
  proposed: 'Waits for a second member',
  intended: 'Everything else is being moved',
  refused: 'Refused',
};
export const kErasureReasons: Readonly<Record<ErasureReason, string>> = {
  court_order: 'Order of a court',
  authority_order: 'Order of an authority',
  not_permitted_to_keep: 'The law does not let us keep it',
  data_subject_request: 'Asked for by whom it speaks of',
};
export const kErasureSubjects: Readonly<Record<ErasureSubject, string>> = {
  report: 'Report',
  item: 'Item',
  referral: 'Referral',
  incoming: 'Referral from others',
  notice: 'Notice',
};
export const kKeptBecause: Readonly<Record<NonNullable<Erasure['refused_because']>, string>> = {
  hold: 'a legal hold',
  preservation: 'the law',
  open: 'an open matter',
  subject: 'what it belongs to',
};
export const kHoldSubjects: Readonly<Record<Hold['subject_type'], string>> = {
  report: 'Report',
  item: 'Item',
  concern: 'Concern',
  referral: 'Referral',
  incoming: 'Referral from others',
  notice: 'Notice',
};
export const kConcernKinds: Readonly<Record<ConcernKind, string>> = {
  grooming: 'Online solicitation of a child',
  extortion: 'Extortion of a child',
  live_stream: 'Live stream',
  trafficking: 'Trafficking of a child',
  worry: 'Worry about a child',
  other: 'Something else',
};
export const kConcernAssessments: Readonly<Record<ConcernAssessment, string>> = {
  urgent: 'Urgent: a child in danger now',
  credible: 'Credible',
  out_of_remit: 'Outside our remit',
};
export const kPersonRoles: Readonly<Record<Words['PersonRole'], string>> = {
  child_at_risk: 'Child at risk',
  depicted_child: 'Depicted child',
  suspect: 'Suspect',
  reporter: 'Reporter',
};
export const kIndicatorTypes: Readonly<Record<IndicatorType, string>> = {
  account: 'Account',
  email: 'E-mail',
  phone: 'Phone',
  ip_port_time: 'IP, port and time',
  domain: 'Domain',
  url: 'Address',
  onion: 'Onion service',
  payment_handle: 'Payment handle',
  wallet: 'Wallet',
  group_id: 'Group',
  info_hash: 'Info-hash',
};
export const kMissing: Readonly<Record<Words['Missing'], string>> = {
  location_or_fingerprint: 'an address or a fingerprint to find it again by',
  actionable_verdict: 'a verdict that leads to a filing',
  law_row: 'the law that it rests on',
  recent_sighting: 'an address seen within the last 7 days',
  person_or_indicator: 'a person or an identifier',
  child_described: 'anything about the child to protect',
  statement: 'what happened, in words',
  suspect_indicator: 'an identifier of the suspect',
};
export const kReferralStates: Readonly<Record<Words['ReferralState'], string>> = {
  drafted: 'Waits for a second member',
  approved: 'Approved',
  sending: 'Being sent',
  sent: 'Sent',
  acknowledged: 'Acknowledged',
  accepted: 'Accepted',
  refused: 'Refused',
  outcome: 'Outcome known',
  corrected: 'Corrected',
  withdrawn: 'Withdrawn',
  choose_channel: 'Could not be sent: choose another channel',
  rerouted: 'Replaced by another referral',
};
export const kSupplementKinds: Readonly<Record<Words['SupplementKind'], string>> = {
  correction: 'Correction',
  withdrawal: 'Withdrawal',
};
export const kIncomingStates: Readonly<Record<Words['IncomingState'], string>> = {
  received: 'Received',
  acknowledged: 'Acknowledged',
  accepted: 'Accepted',
  refused: 'Refused',
  outcome: 'Outcome told',
  withdrawn: 'Withdrawn by the sender',
};
export const kAnswerKinds: Readonly<Record<AnswerKind, string>> = {
  acknowledged: 'Acknowledged',
  accepted: 'Accepted',
  refused: 'Refused',
  outcome: 'Outcome',
};
export const kOutcomes: Readonly<Record<Outcome, string>> = {
  child_safeguarded: 'Child safeguarded',
  victim_identified: 'Victim identified',
  arrest: 'Arrest',
  charged: 'Charged',
  convicted: 'Convicted',
  removed: 'Removed',
  no_further_action: 'No further action',
};
export const kNoticeStates: Readonly<Record<Words['NoticeState'], string>> = {
  drafted: 'Waits for a member',
  held: 'Held: police first',
  sent: 'Sent',
  answered: 'Answered, not yet seen gone',
  silent: 'Answer overdue',
  escalated: 'Escalated',
  removed: 'Removed',
  moved: 'Moved',
  unreachable: 'Could not be checked',
  failed: 'Could not be delivered',
};
export const kNoticeAnswers: Readonly<Record<Words['NoticeAnswer'], string>> = {
  removed: 'removed',
  disabled_and_preserved: 'disabled and preserved',
  not_ours: 'not ours',
  need_more: 'needs to know more',
};
export const kSeen: Readonly<Record<Words['CheckSeen'], string>> = {
  serving: 'Still served',
  gone: 'Gone',
  moved: 'Moved elsewhere',
  unreachable: 'No answer: proves nothing',
};
export const kReportStates: Readonly<Record<Words['ReportState'], string>> = {
  received: 'Received',
  triaged: 'Sorted',
  in_review: 'In review',
  decided: 'Decided',
  closed: 'Closed',
  reopened: 'Reopened',
};
export const kSafeWords: Readonly<Record<Words['SafeWord'], string>> = {
  received: 'Received',
  being_checked: 'Being checked',
  closed: 'Closed',
};
export const kReleasedWords: Readonly<Record<ReleasedWord, string>> = {
  removed: 'What you reported was removed.',
  passed_on: 'Your report was passed on to those who can act.',
  child_safeguarded: 'A child was made safe.',
  outside_remit: 'It was outside what we can act on.',
};
export const kRoles: Readonly<Record<Role, string>> = {
  admin: 'Administrator',
  manager: 'Manager',
  welfare_lead: 'Welfare lead',
  analyst: 'Analyst',
  assessor: 'Assessor',
  auditor: 'Auditor',
};
export const kCountryRoles: Readonly<Record<Words['CountryRole'], string>> = {
  hosting: 'where it is hosted',
  uploader: 'where it was uploaded',
  node: 'our own country',
};

export const kStayDownWhyNot = {
  no_fingerprint: 'there is no fingerprint to recognise it by',
  no_verdict_yet: 'there is no verdict yet',
  not_upheld: 'the verdict does not uphold it',
} as const;

const kRoutingWhy: Readonly<Record<string, string>> = {
  unknown_country: 'The country is not known.',
  unknown_law: 'No law row covers it there.',
  depends: 'The law there says: it depends.',
  not_illegal: 'It is illegal nowhere we know of.',
  abroad_not_foreseen: 'No row says that an authority there takes it from us.',
  no_adopted_authority: 'No channel to an authority there is adopted.',
  several_authorities: 'Several authorities there are adopted.',
  refused: 'The authority refused it.',
  choose_channel: 'The channel failed; another one is needed.',
};

export function routingWhy(word: string): string {
  return kRoutingWhy[word] ?? word.replaceAll('_', ' ');
}

export function entriesOf<K extends string>(table: Readonly<Record<K, string>>): [K, string][] {
  return Object.entries(table) as [K, string][];
}

export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
