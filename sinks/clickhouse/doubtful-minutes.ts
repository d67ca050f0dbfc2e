import type { Clock } from '../../infra/clients/clock.ts';
import type { Block } from './cut-blocks.ts';

/** Minutes of the log by their beginnings, epoch seconds; both ends are among them. */
export interface Minutes {
  readonly fromS: number;
  readonly toS: number;
}

/** The engine ends an insert that takes longer: below the client's time-out (`infra/clients/clickhouse.ts`), ms. */
export const insertEndsWithinMs = 20_000;

/** An insert that nobody waits for may write until then, ms; the engine looks at its clock between pieces of work. */
const lateRowsMs = insertEndsWithinMs + 10_000;

/** What a writer before us may have left within that time, minutes of the log: many, should it have been catching up. */
const minutesBeforeStart = 10;

const minuteOf = (atMs: number): number => Math.floor(atMs / 60_000) * 60;

/** From the first to the last minute a block has sales of; null where it has none. */
export function minutesSold({ rows }: Block): Minutes | null {
  let [fromS, toS] = [Number.MAX_SAFE_INTEGER, 0];
  for (const { event, at } of rows.orders) {
    if (event !== 'OrderConfirmed') continue;
    fromS = Math.min(fromS, minuteOf(at));
    toS = Math.max(toS, minuteOf(at));
  }
  return fromS > toS ? null : { fromS, toS };
}

/** The minutes before a stored watermark (epoch ms, 0 before the first) of which another writer may still write. */
export const minutesBefore = (watermarkMs: number): Minutes | null =>
  watermarkMs === 0
    ? null
    : { fromS: minuteOf(watermarkMs) - minutesBeforeStart * 60, toS: minuteOf(watermarkMs) };

/**
 * The minutes of one partition for which an insert may be on its way that nobody waits for: by us, without an answer, or
 * by whoever was here before. Its view rows may come after a comparison has put in what was missing, and then stand there
 * twice. So the minutes are compared with each block until no such insert can be under way, and once more after that.
 * Every statement about a block looks at the position it follows: none begins once the block is settled.
 */
export class DoubtfulMinutes {
  private doubt: (Minutes & { readonly untilMs: number }) | null = null;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A doubt begins, or begins anew for what is in doubt already. */
  add(minutes: Minutes | null): void {
    const of = [minutes, this.doubt].filter((each) => each !== null);
    if (of.length === 0) return;
    this.doubt = {
      fromS: Math.min(...of.map(({ fromS }) => fromS)),
      toS: Math.max(...of.map(({ toS }) => toS)),
      untilMs: this.clock.nowMs() + lateRowsMs,
    };
  }

  /** Has the minutes in doubt compared, if there are any. Rejects with what `compare` does; the doubt stays then. */
  async look(compare: (minutes: Minutes) => Promise<void>): Promise<void> {
    if (this.doubt === null) return;
    const { doubt } = this;
    const begunMs = this.clock.nowMs();
    await compare(doubt);
    if (begunMs >= doubt.untilMs && this.doubt === doubt) this.doubt = null;
  }
}
