/** Longest time an answer may be held back, ms. */
const waitMsMax = 10_000;

/** Milliseconds of `Prefer: wait=n` (RFC 7240 §4.3), at most 10 s; `fallbackMs` without it or if it is not usable. */
export function parseWaitMs(prefer: string | undefined, fallbackMs: number): number {
  for (const preference of (prefer ?? '').split(/[,;]/)) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*$/i.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds) * 1_000, waitMsMax);
  }
  return fallbackMs;
}
