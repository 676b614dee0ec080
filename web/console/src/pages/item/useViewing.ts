import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { answer, client, fetchPicture } from '../../api/client';
import { queueQuery } from '../../api/queries';
import type { ViewCount } from '../../api/types';
import { type Door, type Look, Viewing } from '../../lib/viewing';

export function doorOf(item_id: string): Door<ImageBitmap> {
  return {
    open: (mode) => answer(client.POST('/v1/items/{item_id}/views', { params: { path: { item_id } }, body: { mode } })),
    picture: fetchPicture,
    beat: (view_id) => answer(client.POST('/v1/views/{view_id}/beat', { params: { path: { view_id } } })),
    close: (view_id) =>
      answer(client.POST('/v1/views/{view_id}/close', { params: { path: { view_id } }, body: {}, keepalive: true })),
    release: (picture) => picture.close(),
    repeat: (task, everyMs) => {
      const timer = window.setInterval(task, everyMs);
      return () => window.clearInterval(timer);
    },
  };
}

// What the node has counted, shown at once where the exposure left stands.
export function useCounted(): (count: ViewCount) => void {
  const queries = useQueryClient();
  return useCallback(
    (count) =>
      queries.setQueryData(queueQuery.queryKey, (queue) =>
        queue === undefined ? queue : { ...queue, exposure: { ...queue.exposure, seconds_left: count.seconds_left } },
      ),
    [queries],
  );
}

export interface ViewingState {
  look: Look<ImageBitmap>;
  lookedHere: boolean;
  error: unknown;
  viewing: Viewing<ImageBitmap>;
}

export function useViewing(itemId: string, allowed: boolean): ViewingState {
  const [look, setLook] = useState<Look<ImageBitmap>>({ state: 'unasked' });
  const [lookedHere, setLookedHere] = useState(false);
  const [error, setError] = useState<unknown>();
  const counted = useCounted();
  const [viewing] = useState(
    () =>
      new Viewing<ImageBitmap>(doorOf(itemId), {
        changed: (next) => {
          setLook(next);
          if (next.state === 'opening') setError(undefined);
          if (next.state === 'shown' && next.mode !== 'blurred') setLookedHere(true); // a blurred thumbnail is no view of the picture
        },
        counted,
        failed: setError,
      }),
  );

  useEffect(() => {
    const hide = () => viewing.hide();
    const hideWhenHidden = () => document.hidden && viewing.hide();
    window.addEventListener('blur', hide);
    window.addEventListener('pagehide', hide);
    document.addEventListener('visibilitychange', hideWhenHidden);
    return () => {
      window.removeEventListener('blur', hide);
      window.removeEventListener('pagehide', hide);
      document.removeEventListener('visibilitychange', hideWhenHidden);
      viewing.hide();
    };
  }, [viewing]);

  useEffect(() => {
    if (!allowed) viewing.hide();
  }, [allowed, viewing]);

  return { look, lookedHere, error, viewing };
}
