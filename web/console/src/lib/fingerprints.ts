import type { Fingerprint } from '../api/types';

const kDigests: Readonly<Record<string, number>> = { sha256: 64, sha1: 40, md5: 32 };
const kPerceptual = ['pdq', 'pdq_nearest512'] as const;

function isHex(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
}

export type Parsed = { fingerprints: Fingerprint[] } | { problem: string };

// One line as `tutela hash --json` prints it on the isolated station. The file's name in it is not read.
export function parseHashLine(line: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'This is not a line that `tutela hash --json` prints.' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'Paste exactly one line, for one file.' };
  const fields = value as Record<string, unknown>;
  const fingerprints: Fingerprint[] = [];
  for (const [algorithm, length] of Object.entries(kDigests)) {
    const digest = fields[algorithm];
    if (digest === undefined) continue;
    if (!isHex(digest, length)) return { problem: `The ${algorithm} in it is damaged. Copy the whole line again.` };
    fingerprints.push({ algorithm, value: digest });
  }
  for (const algorithm of kPerceptual) {
    const pdq = fields[algorithm] as { value?: unknown; quality?: unknown } | undefined | null;
    if (pdq === undefined || pdq === null) continue;
    if (!isHex(pdq.value, 64) || !Number.isInteger(pdq.quality) || (pdq.quality as number) < 0 || (pdq.quality as number) > 100)
      return { problem: `The ${algorithm} in it is damaged. Copy the whole line again.` };
    fingerprints.push({ algorithm, value: pdq.value, quality: pdq.quality as number });
  }
  if (!fingerprints.some((fingerprint) => fingerprint.algorithm === 'sha256')) return { problem: 'There is no sha256 in it.' };
  return { fingerprints };
}
