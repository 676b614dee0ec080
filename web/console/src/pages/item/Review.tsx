import { Checkbox, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { answer, client } from '../../api/client';
import { queueQuery, useChange } from '../../api/queries';
import type { Item, NewAssessment } from '../../api/types';
import { actionFor, type ReviewAction } from '../../lib/keys';
import { leaseView } from '../../lib/lease';
import { nextItem } from '../../lib/next';
import { useNow } from '../../ui/basics';
import { assessmentOf, Decide, type Draft, kEmptyDraft, viewedSoFar } from './Decide';
import { HandOut } from './HandOut';
import { ConsequenceSections, FactSection, MatchSection, VerdictSection } from './ItemFacts';
import { KeysDialog } from './KeysDialog';
import { LawSection } from './LawPanel';
import { LeaseBar } from './LeaseBar';
import { Look } from './Look';
import { OffNode } from './OffNode';
import { useViewing } from './useViewing';

export function Review({ item }: { item: Item }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const path = { item_id: item.item_id };
  const now = useNow();
  const lease = leaseView(item.lease, now);
  const allowed = lease.kind === 'mine';
  const open = item.verdict === undefined && item.my_assessment === undefined;

  const { look, lookedHere, error: lookError, viewing } = useViewing(item.item_id, allowed);
  const [draft, setDraft] = useState<Draft>(kEmptyDraft);
  const [handedOut, setHandedOut] = useState(false);
  const viewed = draft.viewed ?? viewedSoFar(lookedHere, handedOut);
  const [keysShown, setKeysShown] = useState(false);
  const [keysOn, setKeysOn] = useLocalStorage({ key: 'tutela-keys', defaultValue: true });

  const claim = useChange(() => answer(client.POST('/v1/items/{item_id}/lease', { params: { path } })));
  const release = useChange(() => answer(client.DELETE('/v1/items/{item_id}/lease', { params: { path } })));
  const assess = useChange(
    ({ assessment }: { assessment: NewAssessment; andNext: boolean }) =>
      answer(client.POST('/v1/items/{item_id}/assessments', { params: { path }, body: assessment })),
    (taken, { andNext }) => {
      if (!andNext) return;
      const next = taken.next_item_id ?? nextItem(queries.getQueryData(queueQuery.queryKey), item.item_id);
      if (next === undefined) void navigate({ to: '/queue' });
      else void navigate({ to: '/items/$itemId', params: { itemId: next } });
    },
  );

  function submit(andNext: boolean) {
    const ready = assessmentOf(draft, viewed);
    if (!allowed || !open || assess.isPending || 'missing' in ready) return;
    viewing.hide();
    assess.mutate({ assessment: ready.assessment, andNext });
  }

  function act(action: ReviewAction) {
    if (keysShown) return;
    switch (action.do) {
      case 'act':
        return open && setDraft({ ...draft, act: action.act });
      case 'age_band':
        return open && setDraft({ ...draft, ageBand: action.ageBand });
      case 'look':
        return allowed && void viewing.toggle(action.mode);
      case 'hold':
        return allowed && void viewing.hold();
      case 'hide':
        return viewing.hide();
      case 'lease':
        return lease.kind !== 'taken' && !claim.isPending && open && claim.mutate(undefined);
      case 'submit':
        return submit(true);
      case 'keys':
        return setKeysShown(true);
    }
  }

  // One listener for the life of the page; it calls what the last drawing knows.
  const actNow = useRef(act);
  useEffect(() => {
    actNow.current = act;
  });
  useEffect(() => {
    if (!keysOn) return;
    const down = (event: KeyboardEvent) => {
      const action = actionFor(event);
      if (action === undefined) return;
      event.preventDefault();
      actNow.current(action);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'h') viewing.letGo();
    };
    document.addEventListener('keydown', down);
    document.addEventListener('keyup', up);
    return () => {
      document.removeEventListener('keydown', down);
      document.removeEventListener('keyup', up);
    };
  }, [keysOn, viewing]);

  return (
    <>
      {open && (
        <LeaseBar
          lease={lease}
          pending={claim.isPending}
          error={claim.error ?? release.error}
          onClaim={() => claim.mutate(undefined)}
          onRelease={() => {
            viewing.hide();
            release.mutate(undefined);
          }}
        />
      )}
      <div className={open ? 'review' : undefined}>
        <Stack>
          <FactSection item={item} />
          <MatchSection item={item} />
          <VerdictSection item={item} />
          {item.facts.has_picture && open && (
            <Look item={item} look={look} viewing={viewing} error={lookError} allowed={allowed} />
          )}
          {item.verdict !== undefined && <LawSection item={item} verdict={item.verdict} />}
          <HandOut
            item={item}
            open={open}
            allowed={allowed}
            onDeclared={(seconds) => {
              if (seconds > 0) setHandedOut(true);
              setDraft((before) => ({ ...before, declaredSeconds: Math.min(3_600, before.declaredSeconds + seconds) }));
            }}
          />
          {!item.facts.has_picture && open && <OffNode item={item} allowed={allowed} />}
          <ConsequenceSections item={item} />
          {open && (
            <Checkbox
              label="Single-letter keys on this page (? lists them)"
              checked={keysOn}
              onChange={(event) => setKeysOn(event.currentTarget.checked)}
            />
          )}
        </Stack>
        {open && (
          <div className="decide">
            <Decide
              item={item}
              draft={draft}
              viewed={viewed}
              allowed={allowed}
              pending={assess.isPending}
              error={assess.error}
              onChange={setDraft}
              onSubmit={submit}
            />
          </div>
        )}
      </div>
      <KeysDialog opened={keysShown} onClose={() => setKeysShown(false)} />
    </>
  );
}
