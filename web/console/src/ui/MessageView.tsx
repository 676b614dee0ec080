import { Stack, Text } from '@mantine/core';
import type { ReferralMessage } from '../api/types';
import {
  kActs,
  kAgeBands,
  kConcernAssessments,
  kConcernKinds,
  kIndicatorTypes,
  kPersonRoles,
  kViewed,
  plural,
} from '../lib/words';
import { Facts, Moment } from './basics';

// A referral as it crosses to the authority: every field, nothing else. It has no place for who reported, nor for a picture.
export function MessageView({ message }: { message: ReferralMessage }) {
  const { subject } = message;
  return (
    <Stack gap="sm">
      <Facts
        rows={[
          ['From', message.sender],
          ['Made', <Moment key="made" time={message.sent_at} />],
          ['Urgent', message.urgent ? 'Yes' : 'No'],
          ['Handling code', message.handling],
          ['Repeat of', message.repeat_of],
          ...(subject.type === 'item'
            ? ([
                ['Verdict', `${kActs[subject.act]}, ${kAgeBands[subject.age_band].toLowerCase()}`],
                ['Viewed', kViewed[subject.viewed]],
                ['Fingerprints', subject.fingerprints.map(({ algorithm }) => algorithm).join(', ') || 'none'],
                ['Addresses', subject.addresses.length === 0 ? 'none' : undefined],
                [
                  'File says',
                  [subject.capture?.taken_at, subject.capture?.device, subject.capture?.position].filter(Boolean).join(' · '),
                ],
              ] as const)
            : ([
                ['Kind', kConcernKinds[subject.kind]],
                ['Assessed', kConcernAssessments[subject.assessment]],
                ['Statement', subject.statement],
              ] as const)),
        ]}
      />
      {subject.type === 'item' && subject.addresses.length > 0 && (
        <Text className="dim">
          {plural(subject.addresses.length, 'address', 'addresses')}, served from{' '}
          {[...new Set(subject.addresses.map(({ country }) => country ?? 'an unknown country'))].join(', ')}.{' '}
          {subject.addresses.length === 1 ? 'Its text is' : 'Their texts are'} part of the message and not shown on this page.
        </Text>
      )}
      {message.persons.length > 0 && (
        <ul>
          {message.persons.map((person) => (
            <li key={`${person.role} ${person.age_band} ${person.description}`}>
              {kPersonRoles[person.role]}, {kAgeBands[person.age_band].toLowerCase()}
              {person.description !== '' && `: ${person.description}`}
            </li>
          ))}
        </ul>
      )}
      {message.indicators.length > 0 && (
        <ul>
          {message.indicators.map((indicator) => (
            <li key={`${indicator.type} ${indicator.value}`}>
              {kIndicatorTypes[indicator.type]}: <span className="mono">{indicator.value}</span>
            </li>
          ))}
        </ul>
      )}
      {message.law.length > 0 && (
        <ul>
          {message.law.map((law) => (
            <li key={law.row}>
              {law.law}, {law.section} <span className="dim">({law.row})</span>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}
