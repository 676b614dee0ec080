import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { reportQuery, useChange } from '../api/queries';
import type { ReleasedWord, Report } from '../api/types';
import { entriesOf, kIndicatorTypes, kReleasedWords, kReportStates, kSafeWords } from '../lib/words';
import { Facts, Loaded, Moment, Page, ProblemBox, Section } from '../ui/basics';
import { LedgerLink } from '../ui/LedgerLink';
import { hasRole, useSession } from '../ui/session';
import { useParam } from '../ui/useParam';

function Release({ report }: { report: Report }) {
  const [word, setWord] = useState<ReleasedWord | ''>(report.released_word ?? '');
  const release = useChange(() =>
    answer(
      client.POST('/v1/reports/{report_id}/word', {
        params: { path: { report_id: report.report_id } },
        body: { word: word as ReleasedWord },
      }),
    ),
  );
  return (
    <Section title="A fuller word for the reporter">
      <p className="prose">
        Whoever holds the receipt reads it. Release one only when it cannot harm a child or an investigation; a hold forbids it.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (word !== '') release.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <NativeSelect
            label="Word"
            value={word}
            onChange={(event) => setWord(event.currentTarget.value as ReleasedWord)}
            data={[{ value: '', label: 'None' }, ...entriesOf(kReleasedWords).map(([value, label]) => ({ value, label }))]}
          />
          {release.isError && <ProblemBox error={release.error} />}
          <Group>
            <Button type="submit" disabled={word === '' || word === report.released_word} loading={release.isPending}>
              Release the word
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

export function ReportPage() {
  const session = useSession();
  const reportId = useParam('reportId');
  const query = useQuery(reportQuery(reportId));
  return (
    <Page title="Report" intro="As received; it never changes. Opening this page is recorded in the ledger.">
      <Loaded query={query}>
        {(report) => (
          <>
            <Section title="Facts">
              <Facts
                rows={[
                  ['Record', <LedgerLink key="ledger" subjectType="report" subjectId={report.report_id} />],
                  ['Came by', report.channel === 'public' ? 'the public door' : 'the machine interface'],
                  ['Received', <Moment key="received" time={report.received_at} />],
                  ['State', kReportStates[report.state]],
                  ['Uploaded from', report.uploader_country],
                  ['Reporter', report.has_contact ? 'left a contact, which is sealed' : 'left no contact'],
                  ['The receipt says', kSafeWords[report.word]],
                  ['and', report.released_word && kReleasedWords[report.released_word]],
                ]}
              />
            </Section>
            <Section title="What we were told">
              <p className="prose told">{report.text ?? 'No words were given.'}</p>
              {report.indicators.length > 0 && (
                <ul>
                  {report.indicators.map((indicator) => (
                    <li key={indicator.indicator_id}>
                      {kIndicatorTypes[indicator.type]}: <span className="mono">{indicator.value}</span>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
            <Section title="What came of it">
              <ul>
                {report.item_ids.map((itemId, index) => (
                  <li key={itemId}>
                    <Link className="link" to="/items/$itemId" params={{ itemId }}>
                      Item {index + 1}
                    </Link>
                  </li>
                ))}
                {report.concern_id !== undefined && (
                  <li>
                    <Link className="link" to="/concerns/$concernId" params={{ concernId: report.concern_id }}>
                      A concern
                    </Link>
                  </li>
                )}
              </ul>
            </Section>
            {hasRole(session, 'manager') && <Release report={report} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
