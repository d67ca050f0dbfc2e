import type { Report, ReportRow } from '../../api/analytics/report.ts';

/** One question to a report, asked again and again; `key` names it with everything it is asked for. */
export interface Watched {
  readonly key: string;
  /** Length of its buckets, ms; null: as of one instant, so that the whole answer is the same for ever. */
  readonly bucketMs: number | null;
  /** Columns that tell rows of one bucket apart. */
  readonly names: readonly string[];
}

/** What was seen of one question. */
interface Seen {
  readonly rows: Map<string, string>;
  /** The latest `complete_until` of its answers, epoch ms; null before the first. */
  completeMs: number | null;
}

/** Whether an answer's row has ended before its `complete_until` (what `partial` says, reckoned again). */
export const isOver = (row: ReportRow, bucketMs: number, completeMs: number): boolean =>
  Date.parse(String(row['bucket'])) + bucketMs <= completeMs;

/**
 * Holds the reports to their word: a bucket that ended before an answer's `complete_until` is the same in every later
 * answer – its figures, that it is there, and that it is not –, and an answer as of an instant is the same as a whole.
 */
export class BucketWatch {
  private readonly told = new Map<string, string>();
  private readonly seen = new Map<string, Seen>();

  /** What was promised and did not stay, in words; each bucket once. */
  get changes(): readonly string[] {
    return [...this.told.values()];
  }

  /** Remembers what an answer promises, and compares it with what earlier ones did. */
  take(watched: Watched, { data, meta }: Report): void {
    const { key, bucketMs } = watched;
    const seen = this.seen.get(key) ?? { rows: new Map<string, string>(), completeMs: null };
    const completeMs = meta.complete_until === null ? null : Date.parse(meta.complete_until);
    const settledMs = seen.completeMs;
    const answered = new Map<string, string>();
    for (const row of data) {
      const isPromised = bucketMs === null || (completeMs !== null && isOver(row, bucketMs, completeMs));
      if (bucketMs !== null && row['partial'] === isPromised)
        this.tell(
          key,
          keyOf(row, watched),
          `partial is ${row['partial']}, complete until ${meta.complete_until}`,
        );
      const name = keyOf(row, watched);
      answered.set(name, figuresOf(row, watched));
      if (!isPromised || seen.rows.has(name)) continue;
      const isLate =
        bucketMs === null ? this.seen.has(key) : settledMs !== null && isOver(row, bucketMs, settledMs);
      if (isLate) this.tell(key, name, `came after it was complete, ${figuresOf(row, watched)}`);
      seen.rows.set(name, figuresOf(row, watched));
    }
    for (const [name, was] of seen.rows) {
      const is = answered.get(name) ?? 'nothing';
      if (is !== was) this.tell(key, name, `was ${was}, is ${is}`);
    }
    seen.completeMs = completeMs === null ? settledMs : Math.max(completeMs, settledMs ?? 0);
    this.seen.set(key, seen);
  }

  private tell(key: string, name: string, what: string): void {
    const place = `${key} ${name}`;
    if (!this.told.has(place)) this.told.set(place, `${place}: ${what}`);
  }

  /** Rows that are remembered, of all questions. */
  get buckets(): number {
    return [...this.seen.values()].reduce((sum, { rows }) => sum + rows.size, 0);
  }

  /** Until when a question is known to be complete, epoch ms; null: not yet at all. */
  completeUntilMs(key: string): number | null {
    return this.seen.get(key)?.completeMs ?? null;
  }

  /** What is remembered of one question: figures as JSON by bucket and names. */
  rowsOf(key: string): ReadonlyMap<string, string> {
    return this.seen.get(key)?.rows ?? new Map();
  }
}

/** A row's place: its bucket, if it has one, and its names. */
export const keyOf = (row: ReportRow, { names }: Pick<Watched, 'names'>): string =>
  JSON.stringify([row['bucket'] ?? null, ...names.map((name) => String(row[name]))]);

/** A row's figures, sorted by name: two are the same iff the texts are. */
export function figuresOf(row: ReportRow, { names }: Pick<Watched, 'names'>): string {
  const known = new Set(['bucket', 'bucket_local', 'partial', ...names]);
  const figures = Object.entries(row).filter(([name]) => !known.has(name));
  return JSON.stringify(Object.fromEntries(figures.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
