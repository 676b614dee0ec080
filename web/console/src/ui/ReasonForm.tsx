import { Button, Group, Stack, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ProblemBox } from './basics';

// A change that needs a word why. What was typed stays when the node refuses.
export function ReasonForm(props: {
  label: string;
  hint?: string;
  button: string;
  pending: boolean;
  error: unknown;
  optional?: boolean;
  complete?: boolean; // false: something else in the form is still missing
  children?: ReactNode;
  onSubmit: (reason: string) => void;
}) {
  const [reason, setReason] = useState('');
  const ready = props.complete !== false && (props.optional === true || reason.trim() !== '');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) props.onSubmit(reason.trim());
      }}
    >
      <Stack gap="sm">
        {props.children}
        <Textarea
          label={props.label}
          description={props.hint}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={2048}
          autosize
          minRows={2}
          maxRows={8}
          withAsterisk={props.optional !== true}
        />
        {props.error !== null && props.error !== undefined && <ProblemBox error={props.error} />}
        <Group>
          <Button type="submit" loading={props.pending} disabled={!ready}>
            {props.button}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
