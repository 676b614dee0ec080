import { describe, expect, it } from 'vitest';
import type { View, ViewCount } from '../api/types';
import { type Door, type Look, type LookMode, Viewing } from './viewing';

interface Waiting {
  resolve: () => void;
  reject: (error: Error) => void;
}

// A node whose answers come when the test says so.
class FakeDoor implements Door<string> {
  asked: string[] = [];
  waiting: Waiting[] = [];
  released: string[] = [];
  beats: (() => void) | undefined;
  everyMs = 0;
  stop = false;

  private later<T>(what: string, value: () => T): Promise<T> {
    this.asked.push(what);
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ resolve: () => resolve(value()), reject });
    });
  }
  open(mode: LookMode): Promise<View> {
    const view_id = `view ${this.asked.filter((what) => what.startsWith('open')).length + 1}`;
    return this.later(`open ${mode}`, () => ({ view_id, mode, beat_every_seconds: 5, seconds_left: 100 }));
  }
  picture(viewId: string): Promise<string> {
    return this.later(`picture ${viewId}`, () => `pixels of ${viewId}`);
  }
  beat(viewId: string): Promise<ViewCount> {
    return this.later(`beat ${viewId}`, () => ({ seconds: 5, seconds_left: 95, stop: this.stop }));
  }
  close(viewId: string): Promise<ViewCount> {
    return this.later(`close ${viewId}`, () => ({ seconds: 6, seconds_left: 94, stop: false }));
  }
  release(picture: string): void {
    this.released.push(picture);
  }
  repeat(task: () => void, everyMs: number): () => void {
    this.beats = task;
    this.everyMs = everyMs;
    return () => {
      this.beats = undefined;
    };
  }

  async answer(): Promise<void> {
    this.waiting.shift()?.resolve();
    await settle();
  }
  async fail(): Promise<void> {
    this.waiting.shift()?.reject(new Error('gone'));
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function setUp() {
  const door = new FakeDoor();
  const looks: Look<string>[] = [];
  const counts: ViewCount[] = [];
  const errors: unknown[] = [];
  const viewing = new Viewing<string>(door, {
    changed: (look) => looks.push(look),
    counted: (count) => counts.push(count),
    failed: (error) => errors.push(error),
  });
  return { door, looks, counts, errors, viewing, last: () => looks.at(-1) };
}

describe('looking', () => {
  it('asks the node for nothing before the member has consented', async () => {
    const { door, viewing, looks } = setUp();
    await viewing.toggle('blurred');
    await viewing.hold();
    viewing.letGo();
    viewing.hide();
    expect(door.asked).toEqual([]);
    expect(looks).toEqual([]);
    viewing.consent();
    expect(door.asked).toEqual([]);
    expect(looks).toEqual([{ state: 'hidden' }]);
  });

  it('opens the view before it fetches the picture', async () => {
    const { door, viewing, last } = setUp();
    viewing.consent();
    void viewing.toggle('blurred');
    expect(door.asked).toEqual(['open blurred']);
    await door.answer();
    expect(door.asked).toEqual(['open blurred', 'picture view 1']);
    await door.answer();
    expect(last()).toEqual({ state: 'shown', mode: 'blurred', picture: 'pixels of view 1', viewId: 'view 1' });
    expect(door.everyMs).toBe(5_000);
  });

  it('hides at once when the hold ends, and tells the node after', async () => {
    const { door, viewing, last, counts } = setUp();
    viewing.consent();
    void viewing.hold();
    await door.answer();
    await door.answer();
    expect(last()?.state).toBe('shown');
    viewing.letGo();
    expect(last()).toEqual({ state: 'hidden' });
    expect(door.released).toEqual(['pixels of view 1']);
    expect(door.beats).toBeUndefined();
    expect(door.asked.at(-1)).toBe('close view 1');
    await door.answer();
    expect(counts.at(-1)?.seconds_left).toBe(94);
  });

  it('never fetches the picture when the hold ends before the view is open', async () => {
    const { door, viewing, last } = setUp();
    viewing.consent();
    void viewing.hold();
    viewing.letGo();
    await door.answer();
    expect(last()).toEqual({ state: 'hidden' });
    expect(door.asked).toEqual(['open full', 'close view 1']);
  });

  it('drops a picture that arrives after the hold has ended', async () => {
    const { door, viewing, looks } = setUp();
    viewing.consent();
    void viewing.hold();
    await door.answer();
    viewing.letGo();
    await door.answer();
    expect(looks.some((look) => look.state === 'shown')).toBe(false);
    expect(door.released).toEqual(['pixels of view 1']);
    expect(door.asked.at(-1)).toBe('close view 1');
  });

  it('lets go of nothing but what is held', async () => {
    const { door, viewing, last } = setUp();
    viewing.consent();
    void viewing.toggle('grey');
    await door.answer();
    await door.answer();
    viewing.letGo();
    expect(last()?.state).toBe('shown');
  });

  it('hides when the same mode is asked for again, and has one view at a time', async () => {
    const { door, viewing, last } = setUp();
    viewing.consent();
    void viewing.toggle('blurred');
    await door.answer();
    await door.answer();
    void viewing.toggle('grey');
    expect(door.asked.slice(2)).toEqual(['close view 1', 'open grey']);
    await door.answer();
    await door.answer();
    await door.answer();
    expect(last()).toMatchObject({ state: 'shown', mode: 'grey', viewId: 'view 2' });
    void viewing.toggle('grey');
    expect(last()).toEqual({ state: 'hidden' });
  });

  it('hides when the node says stop, and when a beat does not arrive', async () => {
    for (const end of ['stop', 'fail'] as const) {
      const { door, viewing, last, errors } = setUp();
      viewing.consent();
      void viewing.toggle('blurred');
      await door.answer();
      await door.answer();
      door.beats?.();
      expect(last()?.state).toBe('shown');
      door.stop = end === 'stop';
      if (end === 'stop') await door.answer();
      else await door.fail();
      expect(last()).toEqual({ state: 'hidden' });
      expect(errors).toHaveLength(end === 'stop' ? 0 : 1);
    }
  });

  it('closes the view and reports it when the picture cannot be had', async () => {
    const { door, viewing, last, errors } = setUp();
    viewing.consent();
    void viewing.toggle('grey');
    await door.answer();
    await door.fail();
    expect(last()).toEqual({ state: 'hidden' });
    expect(errors).toHaveLength(1);
    expect(door.asked.at(-1)).toBe('close view 1');
  });

  it('holding on does not open a second view', async () => {
    const { door, viewing } = setUp();
    viewing.consent();
    void viewing.hold();
    void viewing.hold();
    await door.answer();
    void viewing.hold();
    expect(door.asked.filter((what) => what.startsWith('open'))).toHaveLength(1);
  });
});
