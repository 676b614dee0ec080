import { Button, Group, NumberInput, Radio, Stack, Textarea } from '@mantine/core';
import type { Act, AgeBand, Item, NewAssessment, Viewed } from '../../api/types';
import { keyFor } from '../../lib/keys';
import { entriesOf, kActs, kAgeBands, kViewed } from '../../lib/words';
import { ProblemBox, Section } from '../../ui/basics';
import { LawPanel } from './LawPanel';

export interface Draft {
  act: Act | undefined;
  ageBand: AgeBand | undefined;
  viewed: Viewed | undefined; // undefined: as the screen knows it
  declaredSeconds: number;
  reason: string;
}

export const kEmptyDraft: Draft = { act: undefined, ageBand: undefined, viewed: undefined, declaredSeconds: 0, reason: '' };

// How the member has seen it, as far as the screen knows: never more than what happened.
export function viewedSoFar(lookedHere: boolean, handedOut: boolean): Viewed {
  if (lookedHere) return 'here';
  return handedOut ? 'off_node' : 'not_viewed';
}

// What is still missing, in words, or the assessment to send.
export function assessmentOf(draft: Draft, viewed: Viewed): { missing: string } | { assessment: NewAssessment } {
  if (draft.act === undefined) return { missing: 'Choose the act.' };
  if (draft.ageBand === undefined) return { missing: 'Choose the age.' };
  if (viewed === 'off_node' && draft.declaredSeconds < 1) return { missing: 'Say how many seconds you looked.' };
  if (draft.reason.trim() === '') return { missing: 'Say why, in a few words.' };
  return {
    assessment: {
      act: draft.act,
      age_band: draft.ageBand,
      viewed,
      declared_seconds: viewed === 'off_node' ? draft.declaredSeconds : 0,
      reason: draft.reason.trim(),
    },
  };
}

export function Decide(props: {
  item: Item;
  draft: Draft;
  viewed: Viewed;
  allowed: boolean;
  pending: boolean;
  error: unknown;
  onChange: (draft: Draft) => void;
  onSubmit: (andNext: boolean) => void;
}) {
  const { draft, viewed, item } = props;
  const change = (part: Partial<Draft>) => props.onChange({ ...draft, ...part });
  const ready = assessmentOf(draft, viewed);
  return (
    <Section title="Your decision">
      {item.assessments > 0 && item.other_assessments === undefined && (
        <p>Another member has assessed it. You do not see what they said, so that your word is your own.</p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit(true);
        }}
      >
        <Stack gap="sm">
          <Radio.Group
            label="Act"
            description="A, B, C: UK Sentencing Council"
            withAsterisk
            value={draft.act ?? null}
            onChange={(act) => change({ act: act })}
          >
            <div className="choices pairs">
              {entriesOf(kActs).map(([value, label]) => (
                <Radio
                  key={value}
                  value={value}
                  label={
                    <>
                      {label} <kbd>{keyFor((action) => action.do === 'act' && action.act === value)}</kbd>
                    </>
                  }
                />
              ))}
            </div>
          </Radio.Group>
          <Radio.Group
            label="Age"
            withAsterisk
            value={draft.ageBand ?? null}
            onChange={(ageBand) => change({ ageBand: ageBand })}
          >
            <div className="choices pairs">
              {entriesOf(kAgeBands).map(([value, label]) => (
                <Radio
                  key={value}
                  value={value}
                  label={
                    <>
                      {label} <kbd>{keyFor((action) => action.do === 'age_band' && action.ageBand === value)}</kbd>
                    </>
                  }
                />
              ))}
            </div>
          </Radio.Group>
          <Radio.Group label="How you saw it" value={viewed} onChange={(value) => change({ viewed: value })}>
            <div className="choices">
              {entriesOf(kViewed).map(([value, label]) => (
                <Radio key={value} value={value} label={label} />
              ))}
            </div>
          </Radio.Group>
          {viewed === 'off_node' && (
            <NumberInput
              label="Seconds that you looked, in all"
              min={0}
              max={3600}
              allowDecimal={false}
              allowNegative={false}
              hideControls
              value={draft.declaredSeconds}
              onChange={(value) => change({ declaredSeconds: Number(value) })}
            />
          )}
          <Textarea
            label="Why"
            withAsterisk
            maxLength={2048}
            autosize
            minRows={2}
            maxRows={6}
            value={draft.reason}
            onChange={(event) => change({ reason: event.currentTarget.value })}
          />
          {props.error !== null && props.error !== undefined && <ProblemBox error={props.error} />}
          <p className="dim" role="status">
            {!props.allowed ? 'Claim the item to decide.' : 'missing' in ready ? ready.missing : 'Ready.'}
          </p>
          <Group>
            <Button type="submit" loading={props.pending} disabled={!props.allowed || 'missing' in ready}>
              Submit and next&nbsp;<kbd>{keyFor((action) => action.do === 'submit')}</kbd>
            </Button>
            <Button
              variant="default"
              disabled={!props.allowed || props.pending || 'missing' in ready}
              onClick={() => props.onSubmit(false)}
            >
              Submit
            </Button>
          </Group>
          <section aria-label="What the law says">
            <LawPanel itemId={item.item_id} act={draft.act} ageBand={draft.ageBand} />
          </section>
        </Stack>
      </form>
    </Section>
  );
}
