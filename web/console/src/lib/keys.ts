import type { Act, AgeBand } from '../api/types';

// The keys of the review screen. They are single letters and so never act in a text field, with a modifier, or when switched off.
export type ReviewAction =
  | { do: 'act'; act: Act }
  | { do: 'age_band'; ageBand: AgeBand }
  | { do: 'look'; mode: 'blurred' | 'grey' }
  | { do: 'hold' }
  | { do: 'hide' }
  | { do: 'lease' }
  | { do: 'submit' }
  | { do: 'keys' };

interface Binding {
  key: string;
  action: ReviewAction;
  label: string;
}

export const kBindings: readonly Binding[] = [
  { key: '1', action: { do: 'act', act: 'a' }, label: 'Category A' },
  { key: '2', action: { do: 'act', act: 'b' }, label: 'Category B' },
  { key: '3', action: { do: 'act', act: 'c' }, label: 'Category C' },
  { key: '4', action: { do: 'act', act: 'indicative' }, label: 'Indicative' },
  { key: '5', action: { do: 'act', act: 'not_illegal' }, label: 'Not illegal' },
  { key: '6', action: { do: 'act', act: 'out_of_remit' }, label: 'Outside our remit' },
  { key: 'q', action: { do: 'age_band', ageBand: 'infant_toddler' }, label: 'Infant or toddler' },
  { key: 'w', action: { do: 'age_band', ageBand: 'prepubescent' }, label: 'Prepubescent' },
  { key: 'e', action: { do: 'age_band', ageBand: 'pubescent' }, label: 'Pubescent' },
  { key: 'r', action: { do: 'age_band', ageBand: 'adult' }, label: 'Adult' },
  { key: 't', action: { do: 'age_band', ageBand: 'unknown' }, label: 'Not known' },
  { key: 'b', action: { do: 'look', mode: 'blurred' }, label: 'Blurred and grey' },
  { key: 'g', action: { do: 'look', mode: 'grey' }, label: 'Grey' },
  { key: 'h', action: { do: 'hold' }, label: 'Full, only while held' },
  { key: 'x', action: { do: 'hide' }, label: 'Hide' },
  { key: 'l', action: { do: 'lease' }, label: 'Claim or extend the lease' },
  { key: 'S', action: { do: 'submit' }, label: 'Submit and next' },
  { key: '?', action: { do: 'keys' }, label: 'List of keys' },
];

export function keyFor(matches: (action: ReviewAction) => boolean): string {
  return keyCap(kBindings.find((binding) => matches(binding.action))?.key ?? '');
}

// As it is pressed: a capital letter takes the shift key.
export function keyCap(key: string): string {
  return /^[A-Z]$/.test(key) ? `Shift+${key}` : key;
}

export interface KeyPress {
  key: string;
  repeat: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  target: EventTarget | null;
}

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['radio', 'checkbox', 'button', 'submit', 'range'].includes(target.type);
}

export function actionFor(press: KeyPress): ReviewAction | undefined {
  if (press.repeat || press.ctrlKey || press.altKey || press.metaKey || takesText(press.target)) return undefined;
  return kBindings.find((binding) => binding.key === press.key)?.action;
}
