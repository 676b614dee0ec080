import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Act = Schemas['Act'];
export type AgeBand = Schemas['AgeBand'];
export type AnswerKind = Schemas['AnswerKind'];
export type Authority = Schemas['Authority'];
export type Bank = Schemas['Bank'];
export type Concern = Schemas['Concern'];
export type ConcernAssessment = Schemas['ConcernAssessment'];
export type ConcernDetail = Schemas['ConcernDetail'];
export type ConcernKind = Schemas['ConcernKind'];
export type Destruction = Schemas['Destruction'];
export type Entry = Schemas['Entry'];
export type EntryList = Schemas['EntryList'];
export type Erasure = Schemas['Erasure'];
export type ErasureReason = Schemas['ErasureReason'];
export type ErasureSubject = Schemas['ErasureSubject'];
export type Exposure = Schemas['Exposure'];
export type ExposureReport = Schemas['ExposureReport'];
export type Fingerprint = Schemas['Fingerprint'];
export type Hold = Schemas['Hold'];
export type Incoming = Schemas['Incoming'];
export type IncomingDetail = Schemas['IncomingDetail'];
export type IndicatorType = Schemas['IndicatorType'];
export type Item = Schemas['Item'];
export type LawSource = Schemas['LawSource'];
export type LawView = Schemas['LawView'];
export type Lease = Schemas['Lease'];
export type LedgerEntry = Schemas['LedgerEntry'];
export type LedgerHead = Schemas['LedgerHead'];
export type LedgerSubject = Schemas['LedgerSubject'];
export type LedgerSubjectType = Schemas['LedgerSubjectType'];
export type Location = Schemas['Location'];
export type Match = Schemas['Match'];
export type Member = Schemas['Member'];
export type NewAssessment = Schemas['NewAssessment'];
export type Node = Schemas['Node'];
export type Notice = Schemas['Notice'];
export type NoticeDetail = Schemas['NoticeDetail'];
export type Outcome = Schemas['Outcome'];
export type Problem = Schemas['Problem'];
export type Queue = Schemas['Queue'];
export type QueueItem = Schemas['QueueItem'];
export type Referral = Schemas['Referral'];
export type ReferralDetail = Schemas['ReferralDetail'];
export type ReferralMessage = Schemas['ReferralMessage'];
export type ReleasedWord = Schemas['ReleasedWord'];
export type Report = Schemas['Report'];
export type RecordClass = Schemas['NewSchedule']['record_class'];
export type Retention = Schemas['Retention'];
export type Role = Schemas['Role'];
export type RoutingTask = Schemas['RoutingTask'];
export type Schedule = Schemas['Schedule'];
export type Session = Schemas['Session'];
export type SubjectType = Schemas['SubjectType'];
export type View = Schemas['View'];
export type ViewCount = Schemas['ViewCount'];
export type Viewed = Schemas['Viewed'];
export type ViewMode = Schemas['ViewMode'];
export type Words = {
  [
    K in
      'ItemState' | 'ItemAction' | 'LocationState' | 'MatchEffect' | 'Missing' | 'ReferralState' | 'NoticeState' | 'NoticeAnswer'
  ]: Schemas[K];
} & {
  [K in 'CheckSeen' | 'IncomingState' | 'PersonRole' | 'ReportState' | 'SafeWord' | 'SupplementKind' | 'CountryRole']: Schemas[K];
};
