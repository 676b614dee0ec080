import { Button } from '@mantine/core';
import { keyFor } from '../../lib/keys';
import type { LeaseView } from '../../lib/lease';
import { ProblemBox } from '../../ui/basics';

export function LeaseBar(props: {
  lease: LeaseView;
  pending: boolean;
  error: unknown;
  onClaim: () => void;
  onRelease: () => void;
}) {
  const { lease } = props;
  const key = <kbd>{keyFor((action) => action.do === 'lease')}</kbd>;
  return (
    <div className="card lease">
      {lease.kind === 'free' && <span>Nobody holds this item.</span>}
      {lease.kind === 'lost' && (
        <span role="alert">Your lease has run out. What you typed is still here; claim the item again to go on.</span>
      )}
      {lease.kind === 'taken' && (
        <span>
          {lease.by} holds this item: <span className="chip">{lease.clock.text}</span>
        </span>
      )}
      {lease.kind === 'mine' && (
        <>
          <span>
            Your lease:{' '}
            <span className="chip" data-phase={lease.clock.phase} role="timer">
              {lease.clock.text}
            </span>
          </span>
          <Button size="xs" variant="default" loading={props.pending} onClick={props.onClaim}>
            Extend&nbsp;{key}
          </Button>
          <Button size="xs" variant="default" onClick={props.onRelease}>
            Give it back
          </Button>
        </>
      )}
      {(lease.kind === 'free' || lease.kind === 'lost') && (
        <Button size="xs" loading={props.pending} onClick={props.onClaim}>
          Claim this item&nbsp;{key}
        </Button>
      )}
      {props.error !== null && props.error !== undefined && <ProblemBox error={props.error} />}
    </div>
  );
}
