import { describe, expect, it } from 'vitest';
import type { Act, AgeBand, Lease } from '../api/types';
import { assessmentOf, kEmptyDraft, viewedSoFar } from '../pages/item/Decide';
import { makeDay } from '../testing/fixtures';
import { parseHashLine } from './fingerprints';
import { actionFor, type KeyPress, kBindings } from './keys';
import { leaseView } from './lease';
import { nextItem } from './next';
import { clockOf, formatDuration } from './time';
import { entriesOf, kActs, kAgeBands } from './words';

const kNow = Date.parse('2026-05-04T09:30:00.000Z');
const inSeconds = (seconds: number) => new Date(kNow + seconds * 1_000).toISOString();

describe('time', () => {
  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [61_000, '1 min 1 s'],
    [120_000, '2 min'],
    [12 * 60_000 + 30_000, '12 min'],
    [3_600_000, '1 h'],
    [3_660_000, '1 h 1 min'],
    [47 * 3_600_000, '47 h'],
    [72 * 3_600_000, '3 days'],
  ])('says %d ms as %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  it('knows calm, soon and over', () => {
    expect(clockOf(inSeconds(61), kNow, 60_000).phase).toBe('calm');
    expect(clockOf(inSeconds(60), kNow, 60_000).phase).toBe('soon');
    expect(clockOf(inSeconds(0), kNow, 60_000)).toMatchObject({ phase: 'over', text: '0 s over' });
  });
});

describe('lease', () => {
  const lease = (part: Partial<Lease>): Lease => ({
    mine: true,
    member: 'heron',
    claimed_at: inSeconds(-60),
    until: inSeconds(600),
    ...part,
  });
  it('is free, mine, lost, or taken', () => {
    expect(leaseView(undefined, kNow).kind).toBe('free');
    expect(leaseView(lease({}), kNow)).toMatchObject({ kind: 'mine', clock: { phase: 'calm' } });
    expect(leaseView(lease({ until: inSeconds(119) }), kNow)).toMatchObject({ kind: 'mine', clock: { phase: 'soon' } });
    expect(leaseView(lease({ until: inSeconds(0) }), kNow).kind).toBe('lost');
    expect(leaseView(lease({ mine: false }), kNow)).toMatchObject({ kind: 'taken', by: 'heron' });
    expect(leaseView(lease({ mine: false, until: inSeconds(-1) }), kNow).kind).toBe('free');
  });
});

describe('keys', () => {
  const press = (part: Partial<KeyPress>): KeyPress => ({
    key: '1',
    repeat: false,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    target: document.body,
    ...part,
  });
  it('reaches every act and every age band, each by one key', () => {
    const acts = kBindings.flatMap(({ action }) => (action.do === 'act' ? [action.act] : []));
    const ages = kBindings.flatMap(({ action }) => (action.do === 'age_band' ? [action.ageBand] : []));
    expect(acts).toEqual(entriesOf(kActs).map(([act]) => act));
    expect(ages).toEqual(entriesOf(kAgeBands).map(([age]) => age));
    expect(new Set(kBindings.map(({ key }) => key)).size).toBe(kBindings.length);
  });
  it('acts on the page and on a radio, never in a text field, with a modifier or on a repeat', () => {
    const element = (tag: string, type?: string) => {
      const made = document.createElement(tag);
      if (type !== undefined) (made as HTMLInputElement).type = type;
      return made;
    };
    expect(actionFor(press({}))).toEqual({ do: 'act', act: 'a' });
    expect(actionFor(press({ target: element('input', 'radio') }))).toBeDefined();
    for (const target of [element('input', 'text'), element('input', 'password'), element('textarea'), element('select')])
      expect(actionFor(press({ target }))).toBeUndefined();
    for (const modifier of ['ctrlKey', 'altKey', 'metaKey', 'repeat'] as const)
      expect(actionFor(press({ [modifier]: true }))).toBeUndefined();
    expect(actionFor(press({ key: 's' }))).toBeUndefined();
    expect(actionFor(press({ key: 'S' }))).toEqual({ do: 'submit' });
  });
});

describe('fingerprints made off the node', () => {
  const sha256 = 'ab'.repeat(32);
  const line = (part: object) => JSON.stringify({ file: 'x.jpg', sha256, width: 2, height: 2, ...part });
  it('reads one line of tutela hash', () => {
    const parsed = parseHashLine(
      line({ sha1: 'cd'.repeat(20), md5: 'ef'.repeat(16), pdq: { value: '01'.repeat(32), quality: 90 } }),
    );
    expect(parsed).toEqual({
      fingerprints: [
        { algorithm: 'sha256', value: sha256 },
        { algorithm: 'sha1', value: 'cd'.repeat(20) },
        { algorithm: 'md5', value: 'ef'.repeat(16) },
        { algorithm: 'pdq', value: '01'.repeat(32), quality: 90 },
      ],
    });
    expect(JSON.stringify(parsed)).not.toContain('x.jpg');
  });
  it.each([
    ['', 'nothing'],
    ['[]', 'a list'],
    ['{"sha256":"zz"}', 'a damaged digest'],
    [line({ sha256: undefined }), 'no sha256'],
    [line({ pdq: { value: 'ab', quality: 1 } }), 'a short PDQ'],
    [line({ pdq: { value: '01'.repeat(32), quality: 101 } }), 'a wrong quality'],
    [`${line({})}\n${line({})}`, 'two lines'],
  ])('refuses %s (%s)', (text) => expect(parseHashLine(text)).toHaveProperty('problem'));
});

describe('an assessment', () => {
  const draft = { ...kEmptyDraft, act: 'b' as Act, ageBand: 'pubescent' as AgeBand, reason: ' seen ', declaredSeconds: 30 };
  it('never says more was viewed than was', () => {
    expect(viewedSoFar(false, false)).toBe('not_viewed');
    expect(viewedSoFar(false, true)).toBe('off_node');
    expect(viewedSoFar(true, true)).toBe('here');
  });
  it('names what is missing', () => {
    expect(assessmentOf(kEmptyDraft, 'here')).toHaveProperty('missing');
    expect(assessmentOf({ ...draft, ageBand: undefined }, 'here')).toHaveProperty('missing');
    expect(assessmentOf({ ...draft, reason: '  ' }, 'here')).toHaveProperty('missing');
    expect(assessmentOf({ ...draft, declaredSeconds: 0 }, 'off_node')).toHaveProperty('missing');
  });
  it('declares seconds only for what was seen off the node', () => {
    expect(assessmentOf(draft, 'off_node')).toEqual({
      assessment: { act: 'b', age_band: 'pubescent', viewed: 'off_node', declared_seconds: 30, reason: 'seen' },
    });
    expect(assessmentOf(draft, 'here')).toMatchObject({ assessment: { declared_seconds: 0 } });
  });
});

describe('the next item', () => {
  const { queue, item, addressOnly } = makeDay(kNow);
  it('is free, not assessed by me, and another one', () => {
    expect(nextItem(queue, item.item_id)).toBe(addressOnly.item_id);
    expect(nextItem(queue, addressOnly.item_id)).toBe(queue.items[1]?.item_id);
    expect(nextItem({ ...queue, items: queue.items.slice(3) }, 'x')).toBeUndefined();
    expect(nextItem(undefined, 'x')).toBeUndefined();
  });
});
