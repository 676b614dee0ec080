const kSecond = 1_000;
const kMinute = 60 * kSecond;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

// "2 h 5 min": the two largest units, never negative.
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < kMinute) return `${Math.floor(ms / kSecond)} s`;
  if (ms < kHour) {
    const seconds = Math.floor((ms % kMinute) / kSecond);
    const minutes = Math.floor(ms / kMinute);
    return minutes >= 10 || seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`;
  }
  if (ms < 2 * kDay) {
    const minutes = Math.floor((ms % kHour) / kMinute);
    return minutes === 0 ? `${Math.floor(ms / kHour)} h` : `${Math.floor(ms / kHour)} h ${minutes} min`;
  }
  return `${Math.floor(ms / kDay)} days`;
}

// Nobody needs the seconds of the last ten.
export function formatAgo(milliseconds: number): string {
  return milliseconds < 10 * kSecond ? 'just now' : `${formatDuration(milliseconds)} ago`;
}

export function formatMoment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

export type Phase = 'calm' | 'soon' | 'over';

export interface Clock {
  phase: Phase;
  milliseconds: number;
  text: string;
}

// How a deadline stands. `soonMs` before it, it asks for attention.
export function clockOf(until: string, now: number, soonMs: number): Clock {
  const left = Date.parse(until) - now;
  if (left <= 0) return { phase: 'over', milliseconds: left, text: `${formatDuration(-left)} over` };
  return { phase: left <= soonMs ? 'soon' : 'calm', milliseconds: left, text: `${formatDuration(left)} left` };
}
