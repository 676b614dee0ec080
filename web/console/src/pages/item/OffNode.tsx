import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { answer, client } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Fingerprint, Item } from '../../api/types';
import { parseHashLine } from '../../lib/fingerprints';
import { ProblemBox, Section } from '../../ui/basics';

// Fingerprints made on the isolated station with `tutela hash`, so that the item can be matched and stays removed.
export function OffNode({ item, allowed }: { item: Item; allowed: boolean }) {
  const [line, setLine] = useState('');
  const add = useChange(
    (fingerprints: Fingerprint[]) =>
      answer(
        client.POST('/v1/items/{item_id}/fingerprints', {
          params: { path: { item_id: item.item_id } },
          body: { fingerprints },
        }),
      ),
    () => setLine(''),
  );
  const parsed = line.trim() === '' ? undefined : parseHashLine(line.trim());
  const problem = parsed !== undefined && 'problem' in parsed ? parsed.problem : undefined;
  return (
    <Section title="Fingerprints made off the node">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (parsed !== undefined && 'fingerprints' in parsed) add.mutate(parsed.fingerprints);
        }}
      >
        <Stack gap="sm">
          <Textarea
            label="The line that tutela hash --json printed"
            description="Without it, this item can neither be matched nor kept from coming back."
            autosize
            minRows={2}
            maxRows={6}
            maxLength={4096}
            value={line}
            error={problem}
            onChange={(event) => setLine(event.currentTarget.value)}
          />
          {parsed !== undefined && 'fingerprints' in parsed && (
            <p role="status">Read: {parsed.fingerprints.map(({ algorithm }) => algorithm).join(', ')}.</p>
          )}
          {add.isError && <ProblemBox error={add.error} />}
          <Group>
            <Button
              type="submit"
              variant="default"
              loading={add.isPending}
              disabled={!allowed || parsed === undefined || problem !== undefined}
            >
              Add and match
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
