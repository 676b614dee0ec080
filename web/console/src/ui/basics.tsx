import { Button, Loader, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { nodeNow } from '../api/client';
import { asProblem } from '../api/problem';
import { clockOf, formatAgo, formatDuration, formatMoment } from '../lib/time';

// The node's time, once a second.
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(nodeNow);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(nodeNow()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Page({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tutela`;
    heading.current?.focus({ preventScroll: true }); // so that a screen reader says where it is now
  }, [title]);
  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2" ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {intro !== undefined && <Text className="dim prose">{intro}</Text>}
      </div>
      {children}
    </Stack>
  );
}

export function Section({ title, children, aside }: { title: string; children: ReactNode; aside?: ReactNode }) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>
        {title} {aside}
      </h2>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}

export function ProblemBox({ error }: { error: unknown }) {
  const problem = asProblem(error);
  return (
    <div className="problem" role="alert">
      <p>
        <strong>{problem.title}</strong>
      </p>
      <p>Kept: {problem.kept}</p>
      <p>To do: {problem.todo}</p>
      <p className="mono dim">
        {problem.reason}
        {problem.place !== undefined && ` (${problem.place})`}
      </p>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  );
}

export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError)
    return (
      <Stack align="flex-start">
        <ProblemBox error={query.error} />
        <Button variant="default" onClick={() => void query.refetch()}>
          Try again
        </Button>
      </Stack>
    );
  return <Loader size="sm" aria-label="Loading" role="status" />;
}

export function Moment({ time }: { time: string | undefined }) {
  const now = useNow(30_000);
  if (time === undefined) return <>–</>;
  return (
    <time dateTime={time} title={formatMoment(time)}>
      {formatAgo(now - Date.parse(time))}
    </time>
  );
}

const kHour = 3_600_000;

// A deadline: its colour is never the only sign.
export function Due({ time, soonMs = kHour }: { time: string | undefined; soonMs?: number }) {
  const now = useNow();
  if (time === undefined) return <>–</>;
  const clock = clockOf(time, now, soonMs);
  return (
    <time className="chip" data-phase={clock.phase} dateTime={time} title={formatMoment(time)}>
      {clock.phase === 'over' ? '! ' : ''}
      {clock.text}
    </time>
  );
}

// When the node does its next step by itself: no deadline of anybody, so nothing to warn of.
export function Planned({ time }: { time: string }) {
  const now = useNow();
  const left = Date.parse(time) - now;
  return (
    <time dateTime={time} title={formatMoment(time)}>
      {left <= 0 ? 'any moment now' : `in ${formatDuration(left)}`}
    </time>
  );
}

export function Chip({ children }: { children: ReactNode }) {
  return <span className="chip">{children}</span>;
}

export type FactRow = readonly [term: string, value: ReactNode];

// Rows without a value are left out.
export function Facts({ rows }: { rows: readonly FactRow[] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([term, value]) => (
          <FactPair key={term} term={term} value={value} />
        ))}
    </dl>
  );
}

function FactPair({ term, value }: { term: string; value: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </>
  );
}
