import { useQuery } from '@tanstack/react-query';
import { exposureQuery } from '../api/queries';
import type { ExposureReport } from '../api/types';
import { formatDuration, formatMoment } from '../lib/time';
import { Facts, Loaded, Page, Section } from '../ui/basics';

function seconds(count: number): string {
  return formatDuration(count * 1_000);
}

function Numbers({ report }: { report: ExposureReport }) {
  const { mine, aggregate } = report;
  return (
    <>
      <Section title="Yours">
        <Facts
          rows={[
            ['Shift since', formatMoment(mine.shift_start)],
            ['Viewed', seconds(mine.seconds_used)],
            ['Left', seconds(mine.seconds_left)],
            ['Severity-weighted', `${mine.weight} of ${mine.weight + mine.weight_left}`],
          ]}
        />
        <p className="dim prose">
          At nothing left the node shows no more pictures and hands out no more addresses until the next shift. Everything else
          stays open. Only you see your own number.
        </p>
      </Section>
      {aggregate !== undefined && (
        <Section title="Everybody, this shift">
          <Facts
            rows={[
              ['Members with exposure', aggregate.members],
              ['At their limit', aggregate.members_at_limit],
              ['Together', seconds(aggregate.seconds_total)],
              ['Most of one member', seconds(aggregate.seconds_max)],
            ]}
          />
          <p className="dim">Nobody is named here.</p>
        </Section>
      )}
    </>
  );
}

export function ExposurePage() {
  const query = useQuery(exposureQuery);
  return (
    <Page title="Exposure" intro="What looking costs is counted by the node, second by second, and bounded per shift.">
      <Loaded query={query}>{(report) => <Numbers report={report} />}</Loaded>
    </Page>
  );
}
