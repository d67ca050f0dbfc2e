/** What a case needs of the API and its surroundings, read from words. */
export interface Conditions {
  /** Requests a second and burst of each key. */
  readonly ratePerSecond?: number;
  /** This key's daily quota is used up. */
  readonly quotaUsedUpOf?: string;
  readonly inFlightMax?: number;
  /** Kafka takes nothing; takes it but its answer is lost, once or for all; or answers so late. */
  readonly kafka?: 'down' | 'next-answer-lost' | { readonly answersAfterMs: number };
  readonly redisDown?: true;
  readonly clickhouseDown?: true;
  readonly draining?: true;
  readonly loopBlockedMs?: number;
  readonly price?: { readonly sku: string; readonly unitPriceMinor: number };
}

export interface Needs {
  readonly first: Conditions;
  /** Set up when the first of `before` has its answer. */
  readonly afterFirst: Conditions;
}

const ms = (count: string | undefined, unit: string | undefined): number =>
  Number(count) * (unit === 's' ? 1_000 : 1);

type Words = readonly (string | undefined)[];

/** One clause of a need, and what it says. Null: no more than what another clause says already. */
const clauses: readonly (readonly [words: RegExp, read: (words: Words) => Conditions | null])[] = [
  [/^rate-limit: (\d+) a second$/, ([, n]) => ({ ratePerSecond: Number(n) })],
  [/^burst \d+$/, () => null],
  [/^for key\.\w+$/, () => null],
  [/^quota of (key\.\w+) (?:is )?used up$/, ([, key = '']) => ({ quotaUsedUpOf: key })],
  [/^in-flight limit (\d+)$/, ([, n]) => ({ inFlightMax: Number(n) })],
  [/^(?:kafka|broker) (?:is )?(?:down|away)$/, () => ({ kafka: 'down' })],
  [
    /^kafka: drop the (?:next produce response|produce response of the first request only)$/,
    () => ({ kafka: 'next-answer-lost' }),
  ],
  [/^kafka answers after (\d+) (ms|s)$/, ([, n, unit]) => ({ kafka: { answersAfterMs: ms(n, unit) } })],
  [/^redis (?:is )?(?:down|away)$/, () => ({ redisDown: true })],
  [/^clickhouse (?:is )?(?:down|away)$/, () => ({ clickhouseDown: true })],
  [/^(?:SIGTERM sent|draining)$/, () => ({ draining: true })],
  [/^listener still open$/, () => null],
  [/^block the event loop for (\d+) (ms|s)$/, ([, n, unit]) => ({ loopBlockedMs: ms(n, unit) })],
  [
    /^price of ([A-Za-z0-9._-]+) (?:raised|lowered|changed|set) to (\d+)$/,
    ([, sku = '', n]) => ({ price: { sku, unitPriceMinor: Number(n) } }),
  ],
];

/** What the words of a case ask for. Throws a RangeError on any the runner does not know. */
export function readNeeds(needs: readonly string[]): Needs {
  const read = { first: {}, afterFirst: {} };
  for (const need of needs) {
    const [, now] = /^(.*) after the first request$/s.exec(need) ?? [];
    const said = (now ?? need).split(/, | and /).map((clause) => readClause(clause.trim(), need));
    Object.assign(now === undefined ? read.first : read.afterFirst, ...said);
    checkBurst(need);
  }
  return read;
}

function readClause(clause: string, need: string): Conditions {
  for (const [words, read] of clauses) {
    const match = words.exec(clause);
    if (match) return read(match) ?? {};
  }
  throw new RangeError(`the runner cannot set up: ${need}`);
}

/** Our buckets hold one second's tokens. */
function checkBurst(need: string): void {
  const [, rate, burst] = /rate-limit: (\d+) a second.* burst (\d+)/.exec(need) ?? [];
  if (rate !== burst) throw new RangeError(`a burst other than the rate cannot be set up: ${need}`);
}
