import { Button, Group, NumberInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, client } from '../../api/client';
import type { Item, Location } from '../../api/types';
import { kLocationStates } from '../../lib/words';
import { Chip, Moment, ProblemBox, Section } from '../../ui/basics';
import { useCounted } from './useViewing';

interface HandOutProps {
  itemId: string;
  location: Location;
  open: boolean; // still to be decided
  allowed: boolean;
  onDeclared: (seconds: number) => void;
}

function OneLocation({ itemId, location, open: undecided, allowed, onDeclared }: HandOutProps) {
  const counted = useCounted();
  const [seconds, setSeconds] = useState<number | string>('');
  const [done, setDone] = useState<number>();
  const open = useMutation({
    mutationFn: () =>
      answer(
        client.POST('/v1/items/{item_id}/views', {
          params: { path: { item_id: itemId } },
          body: { mode: 'address', location_id: location.location_id },
        }),
      ),
  });
  const close = useMutation({
    mutationFn: (view_id: string) =>
      answer(
        client.POST('/v1/views/{view_id}/close', { params: { path: { view_id } }, body: { declared_seconds: Number(seconds) } }),
      ),
    onSuccess: (count) => {
      counted(count);
      setDone(Number(seconds));
      onDeclared(Number(seconds));
      setSeconds('');
      open.reset();
    },
  });
  const view = open.data;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <strong>{location.host}</strong>
        <span className="dim">
          {location.scheme}, {location.country ?? 'country not known'}, first seen <Moment time={location.first_seen_at} />
        </span>
        <Chip>{kLocationStates[location.state]}</Chip>
        {undecided && view === undefined && (
          <Button size="xs" variant="default" disabled={!allowed} loading={open.isPending} onClick={() => open.mutate()}>
            Hand me the address
          </Button>
        )}
      </Group>
      {open.isError && <ProblemBox error={open.error} />}
      {done !== undefined && view === undefined && <p role="status">Counted as exposure: {done} seconds, as you said.</p>}
      {view !== undefined && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            close.mutate(view.view_id);
          }}
        >
          <Stack gap="xs">
            <pre className="mono">{view.address}</pre>
            <p className="prose">
              Open it only on the isolated station, never on this one. It is written down that you have it. Afterwards say how
              long you looked.
            </p>
            <Group align="flex-end">
              <NumberInput
                label="Seconds that you looked"
                description="0 if you did not open it"
                min={0}
                max={3600}
                allowDecimal={false}
                allowNegative={false}
                hideControls
                value={seconds}
                onChange={setSeconds}
              />
              <Button type="submit" loading={close.isPending} disabled={seconds === ''}>
                Done, put it away
              </Button>
            </Group>
            {close.isError && <ProblemBox error={close.error} />}
          </Stack>
        </form>
      )}
    </Stack>
  );
}

export function HandOut(props: { item: Item; open: boolean; allowed: boolean; onDeclared: (seconds: number) => void }) {
  return (
    <Section title="Addresses">
      {props.item.locations.length === 0 ? (
        <p>No address was reported with it.</p>
      ) : (
        props.item.locations.map((location) => (
          <OneLocation
            key={location.location_id}
            itemId={props.item.item_id}
            location={location}
            open={props.open}
            allowed={props.allowed}
            onDeclared={props.onDeclared}
          />
        ))
      )}
    </Section>
  );
}
