import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope, TimePassed } from '../../schemas/envelope.ts';
import { countRows, noRows, type RowsByTable } from './order-rows.ts';

/** Where blocks end: at the TimePassed that crosses a multiple of `intervalMs`, or with the event that brings `rowsMax`. */
export interface CutRule {
  readonly intervalMs: number;
  readonly rowsMax: number;
  /**
   * 1: without a row for each event (`order_events`), as builds before version 3 of the journal cut blocks: one that such a
   * build may have sent is finished as it was. Absent: all rows of this build. What came with version 3 besides needs no
   * mark: no earlier build gets past its events.
   */
  readonly rows?: 1;
}

/** `t2000-n50000-r2`: the rule's name in position rows and deduplication tokens; it names all there is to it. */
export const nameOfRule = ({ intervalMs, rowsMax, rows }: CutRule): string =>
  `t${intervalMs}-n${rowsMax}${rows === 1 ? '' : '-r2'}`;

/** The rule of that name. Throws on a name this build cannot read: a newer build has written it. */
export function parseRule(name: string): CutRule {
  const [, intervalMs, rowsMax, rows] = /^t(\d+)-n(\d+)(-r2)?$/.exec(name) ?? [];
  if (intervalMs === undefined || rowsMax === undefined) {
    throw new RangeError(`cutting rule ${name} is unknown here: run the build that wrote it, or a newer one`);
  }
  const rule = { intervalMs: Number(intervalMs), rowsMax: Number(rowsMax) };
  return rows === undefined ? { ...rule, rows: 1 } : rule;
}

/** What a rule may be widened to: what is sent again after a failure, and compared minute by minute, has a bound. */
export const widestMs = 3_600_000;

/**
 * The rule of the block behind `watermarkMs`, for a reader who holds the journal up to `reachMs`: its interval doubled as
 * long as a multiple of it lies between the two. A block costs the same for few rows as for many, so who is behind, or
 * begins at the first event of years, cuts few; the end of each is at hand already, so nobody waits for a wide one.
 */
export function widened(rule: CutRule, watermarkMs: number, reachMs: number): CutRule {
  let wide = rule;
  for (;;) {
    const wider = { ...wide, intervalMs: wide.intervalMs * 2 };
    if (wider.intervalMs > widestMs || multiple(reachMs, wider) <= multiple(watermarkMs, wider)) return wide;
    wide = wider;
  }
}

/** `atMs` of the last TimePassed of these events; null where there is none. */
export function lastTimeOf(events: readonly { readonly event: { readonly body: Body } }[]): number | null {
  const last = events.findLast(({ event }) => isTimePassed(event.body))?.event.body;
  return last && isTimePassed(last) ? last.atMs : null;
}

/** A range of the journal with its rows. Every reader that starts at the same place with the same rule cuts the same. */
export interface Block {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rule: string;
  readonly rows: RowsByTable;
  /** The reader's place behind it. */
  readonly end: JournalPosition;
  /** `atMs` of the last TimePassed up to its end. */
  readonly watermarkMs: number;
}

/** The place a cutter starts at; all three come from one position row. */
export interface CutFrom {
  readonly seq: number;
  readonly watermarkMs: number;
  readonly rule: CutRule;
}

/** Adds the rows of one event of a journal partition, `offset` being of its record, under the rule of its block. */
export type AddRows<B extends Body> = (
  rows: RowsByTable,
  of: {
    readonly partition: number;
    readonly event: EventEnvelope<B>;
    readonly offset: bigint;
    readonly rule: CutRule;
  },
) => void;

export interface Cutter<B extends Body> {
  /** Takes the next valid event, `end` the place behind it; returns the block it closes. */
  add(event: EventEnvelope<B>, end: JournalPosition): Block | null;
  /** From the next block on; only between blocks, and only to what the stored position row names. */
  useRule(rule: CutRule): void;
}

/** Cuts one journal partition into blocks: pure, no clock but the log's (DESIGN §4). */
export function createCutter<B extends Body>(
  partition: number,
  from: CutFrom,
  addRows: AddRows<B>,
): Cutter<B> {
  let { rule, watermarkMs } = from;
  let firstSeq = from.seq + 1;
  let lastSeq = from.seq;
  let rows = noRows();
  return {
    add(event, end) {
      if (event.body.type === 'Barrier') return null;
      lastSeq = event.seq;
      addRows(rows, { partition, event, offset: end.offset, rule });
      const before = watermarkMs;
      if (isTimePassed(event.body)) watermarkMs = event.body.atMs;
      const isCrossed = multiple(watermarkMs, rule) > multiple(before, rule);
      if (!isCrossed && countRows(rows) < rule.rowsMax) return null;
      const block = { firstSeq, lastSeq, rule: nameOfRule(rule), rows, end, watermarkMs };
      firstSeq = lastSeq + 1;
      rows = noRows();
      return block;
    },
    useRule(next) {
      if (firstSeq !== lastSeq + 1) throw new Error('a cutting rule changes between blocks only');
      rule = next;
    },
  };
}

const isTimePassed = (body: Body): body is TimePassed => body.type === 'TimePassed';

const multiple = (atMs: number, { intervalMs }: CutRule): number => Math.floor(atMs / intervalMs);
