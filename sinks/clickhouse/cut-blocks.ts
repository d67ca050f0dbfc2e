import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { addOrderRows, countRows, noRows, type RowsByTable } from './order-rows.ts';

/** Where blocks end: at the TimePassed that crosses a multiple of `intervalMs`, or with the event that brings `rowsMax`. */
export interface CutRule {
  readonly intervalMs: number;
  readonly rowsMax: number;
}

/** `t2000-n50000`: the rule's name in position rows and deduplication tokens; it names all there is to it. */
export const nameOfRule = ({ intervalMs, rowsMax }: CutRule): string => `t${intervalMs}-n${rowsMax}`;

/** The rule of that name. Throws on a name this build cannot read: a newer build has written it. */
export function parseRule(name: string): CutRule {
  const [, intervalMs, rowsMax] = /^t(\d+)-n(\d+)$/.exec(name) ?? [];
  if (intervalMs === undefined || rowsMax === undefined) {
    throw new RangeError(`cutting rule ${name} is unknown here: run the build that wrote it, or a newer one`);
  }
  return { intervalMs: Number(intervalMs), rowsMax: Number(rowsMax) };
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

export interface Cutter {
  /** Takes the next valid event, `end` the place behind it; returns the block it closes. */
  add(event: Event, end: JournalPosition): Block | null;
  /** From the next block on; only between blocks, and only to what the stored position row names. */
  useRule(rule: CutRule): void;
}

/** Cuts one journal partition into blocks: pure, no clock but the log's (DESIGN §4). */
export function createCutter(partition: number, from: CutFrom): Cutter {
  let { rule, watermarkMs } = from;
  let firstSeq = from.seq + 1;
  let lastSeq = from.seq;
  let rows = noRows();
  return {
    add(event, end) {
      if (event.body.type === 'Barrier') return null;
      lastSeq = event.seq;
      addOrderRows(rows, partition, event);
      const before = watermarkMs;
      if (event.body.type === 'TimePassed') watermarkMs = event.body.atMs;
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

const multiple = (atMs: number, { intervalMs }: CutRule): number => Math.floor(atMs / intervalMs);
