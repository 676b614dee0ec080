import { Button } from '@mantine/core';
import { Fragment, useEffect, useRef } from 'react';
import { kBindings, keyCap } from '../../lib/keys';

// The browser's own dialog: it traps focus and closes on Escape without a style of its own.
export function KeysDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (opened) dialog.current?.showModal();
  }, [opened]);
  return (
    <dialog ref={dialog} className="card" aria-labelledby="keys-title" onClose={onClose}>
      <h2 id="keys-title">Keys</h2>
      <dl className="facts">
        {kBindings.map((binding) => (
          <Fragment key={binding.key}>
            <dt>
              <kbd>{keyCap(binding.key)}</kbd>
            </dt>
            <dd>{binding.label}</dd>
          </Fragment>
        ))}
      </dl>
      <Button mt="md" variant="default" onClick={() => dialog.current?.close()}>
        Close
      </Button>
    </dialog>
  );
}
