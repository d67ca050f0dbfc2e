import type { Exchanged, Received } from './exchange.ts';
import { statusOf } from './judge-answer.ts';

/** What repeats of one request came to. */
export interface Repeats {
  readonly results: readonly Exchanged[];
  /** Tokens a second of the limit under which they ran; null = none was set. */
  readonly ratePerSecond: number | null;
  /** On the clock of that limit, from the first request to the last answer. */
  readonly limitElapsedMs: number;
  /** Whether what a 202 accepted can be read. */
  readonly hasOrder: (accepted: Received) => Promise<boolean>;
}

type Clause = (repeats: Repeats, claims: Claims, words: RegExpExecArray) => Promise<string | null>;

/** What the clauses read so far have said of statuses. */
interface Claims {
  readonly named: Set<number>;
}

/**
 * An answer is late if it came after its limit and after one with another status: a machine that does other things too
 * may be slow with all of them, but then these did not wait for what the others waited for.
 */
function within(repeats: Repeats, of: readonly Exchanged[], ms: string | undefined): string | null {
  if (ms === undefined) return null;
  const others = repeats.results.filter((result) => !of.includes(result));
  const firstMs = Math.min(...others.map(({ endedAtMs }) => endedAtMs));
  const late = of.filter(({ elapsedMs, endedAtMs }) => elapsedMs > Number(ms) && endedAtMs > firstMs);
  return late.length === 0 ? null : `${late.length} answers came later than ${ms} ms`;
}
const having = ({ results }: Repeats, status: number): readonly Exchanged[] =>
  results.filter((result) => statusOf(result) === status);

const clauses: readonly (readonly [words: RegExp, clause: Clause])[] = [
  [
    /^(at most|at least|exactly )? ?(\d+)( \+ rate x elapsed)? answers? (?:are|is) (\d{3})(?: within (\d+) ms)?$/,
    async (repeats, { named }, [, bound, base, grows, status, ms]) => {
      named.add(Number(status));
      const of = having(repeats, Number(status));
      const grown = grows ? ((repeats.ratePerSecond ?? Number.NaN) * repeats.limitElapsedMs) / 1_000 : 0;
      const limit = Number(base) + grown;
      const fits =
        bound === 'at most'
          ? of.length <= limit
          : bound === 'at least'
            ? of.length >= limit
            : of.length === limit;
      return fits
        ? within(repeats, of, ms)
        : `${of.length} answers are ${status}, wanted ${bound ?? ''} ${limit}`.trim();
    },
  ],
  [
    /^(?:all|the)(?: the)? others(?: are)? (\d{3})(?: within (\d+) ms)?$/,
    async (repeats, { named }, [, status, ms]) => {
      const others = repeats.results.filter((result) => !named.has(statusOf(result)));
      named.add(Number(status));
      const wrong = others.filter((result) => statusOf(result) !== Number(status));
      return wrong.length === 0
        ? within(repeats, others, ms)
        : `${wrong.length} of the others are not ${status}`;
    },
  ],
  [
    /^(?:every|each) (\d{3}) has its order$/,
    async (repeats, _claims, [, status]) => {
      let lacking = 0;
      for (const { answers } of having(repeats, Number(status)))
        if (!answers[0] || !(await repeats.hasOrder(answers[0]))) lacking += 1;
      return lacking === 0 ? null : `${lacking} answers ${status} have no order`;
    },
  ],
  [
    /^no answer other than (\d{3}(?:(?:,| and|, and) \d{3})*)$/,
    async ({ results }, { named }, [, listed = '']) => {
      const allowed = (listed.match(/\d{3}/g) ?? []).map(Number);
      for (const status of allowed) named.add(status);
      const wrong = results.filter((result) => !allowed.includes(statusOf(result)));
      return wrong.length === 0 ? null : `${wrong.length} answers are none of ${allowed.join(', ')}`;
    },
  ],
];

/**
 * How repeats differ from what a case says of them all, in words such as `at most 100 + rate x elapsed answers are 202;
 * all others 429`, and the statuses those words name. Throws a RangeError on words it does not know.
 */
export async function judgeAggregate(
  aggregate: string,
  repeats: Repeats,
): Promise<{ readonly differences: readonly string[]; readonly named: ReadonlySet<number> }> {
  const named = new Set<number>();
  const differences: string[] = [];
  for (const text of aggregate.split(/; |, (?=the |all |every |each |no )/)) {
    const read = clauses.flatMap(([words, clause]) => {
      const match = words.exec(text.trim());
      return match ? [[clause, match] as const] : [];
    })[0];
    if (!read) throw new RangeError(`the runner does not know what this means of repeats: ${text}`);
    const [clause, match] = read;
    const difference = await clause(repeats, { named }, match);
    if (difference !== null) differences.push(difference);
  }
  return { differences, named };
}
