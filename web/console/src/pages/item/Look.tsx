import { Button, Group, Text } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Item } from '../../api/types';
import { keyFor } from '../../lib/keys';
import type { Look as LookState, Viewing } from '../../lib/viewing';
import { ProblemBox, Section } from '../../ui/basics';

const kModes = { blurred: 'blurred and grey', grey: 'grey', full: 'full' } as const;

// The picture lives on a canvas only: no address, nothing to cache, save or drag.
function Canvas({ picture, label }: { picture: ImageBitmap; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    element.width = picture.width;
    element.height = picture.height;
    element.getContext('2d')?.drawImage(picture, 0, 0);
  }, [picture]);
  return <canvas ref={canvas} role="img" aria-label={label} onContextMenu={(event) => event.preventDefault()} />;
}

function expected(item: Item): string {
  if (item.is_safe) return 'It matches an entry that two members marked as safe.';
  if (item.matches.some((match) => match.effect === 'inherits'))
    return 'It is byte-exact to material that was classified before.';
  if (item.matches.length > 0) return 'It is near material that was classified before.';
  return 'Nothing is known of it. It may show a child being abused, or nothing of the kind.';
}

export function Look(props: {
  item: Item;
  look: LookState<ImageBitmap>;
  viewing: Viewing<ImageBitmap>;
  error: unknown;
  allowed: boolean;
}) {
  const { look, viewing, allowed } = props;
  const mode = look.state === 'opening' || look.state === 'shown' ? look.mode : undefined;
  const heldByKey = (event: KeyboardEvent) => event.key === ' ' || event.key === 'Enter';
  return (
    <Section title="Look, if you must">
      {look.state !== 'unasked' && (
        <Group>
          {(['blurred', 'grey'] as const).map((each) => (
            <Button
              key={each}
              variant={mode === each ? 'filled' : 'default'}
              aria-pressed={mode === each}
              disabled={!allowed}
              onClick={() => void viewing.toggle(each)}
            >
              {each === 'blurred' ? 'Blurred and grey' : 'Grey'}&nbsp;
              <kbd>{keyFor((action) => action.do === 'look' && action.mode === each)}</kbd>
            </Button>
          ))}
          <Button
            className="hold"
            variant={mode === 'full' ? 'filled' : 'default'}
            disabled={!allowed}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId); // so that letting go anywhere is noticed
              void viewing.hold();
            }}
            onPointerUp={() => viewing.letGo()}
            onPointerCancel={() => viewing.letGo()}
            onLostPointerCapture={() => viewing.letGo()}
            onKeyDown={(event) => {
              if (!heldByKey(event)) return;
              event.preventDefault();
              if (!event.repeat) void viewing.hold();
            }}
            onKeyUp={(event) => heldByKey(event) && viewing.letGo()}
            onBlur={() => viewing.letGo()}
            onContextMenu={(event) => event.preventDefault()}
          >
            Full, while held&nbsp;<kbd>{keyFor((action) => action.do === 'hold')}</kbd>
          </Button>
          <Button variant="default" disabled={mode === undefined} onClick={() => viewing.hide()}>
            Hide&nbsp;<kbd>{keyFor((action) => action.do === 'hide')}</kbd>
          </Button>
        </Group>
      )}
      <div className="frame">
        {look.state === 'unasked' && (
          <div className="prose">
            <p>
              <strong>Nothing has been fetched.</strong> {expected(props.item)} Facts and matches above are often enough.
            </p>
            <p className="dim">
              Every look is written to the ledger before the picture leaves the node, and its seconds count as your exposure.
            </p>
            <Button variant="default" disabled={!allowed} onClick={() => viewing.consent()}>
              I have read this and want to be able to look
            </Button>
            {!allowed && <p>Claim the item first.</p>}
          </div>
        )}
        {look.state === 'hidden' && <Text className="dim">Hidden. The seconds do not run.</Text>}
        {look.state === 'opening' && <Text className="dim">One moment …</Text>}
        {look.state === 'shown' && <Canvas picture={look.picture} label={`The picture, ${kModes[look.mode]}`} />}
      </div>
      {props.error !== undefined && <ProblemBox error={props.error} />}
    </Section>
  );
}
