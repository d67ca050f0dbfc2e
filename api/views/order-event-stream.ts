import type { LiveViews } from '../../infra/clients/live-views.ts';
import type { OrderEventView } from '../../schemas/order-view.ts';
import { orUnavailable } from './view-positions.ts';

/** One entry of a partition's event stream. */
export interface StreamedEvent {
  readonly seq: number;
  readonly event: OrderEventView;
}

const pageEntries = 500;
/** Entries looked at for one order at most; its events lie close together. */
const scannedMax = 20_000;

/** Reads the capped event stream that the view keeps for each partition (id = seq). */
export class OrderEventStream {
  readonly #views: LiveViews;

  constructor(views: LiveViews) {
    this.#views = views;
  }

  /** Entries after `seq`, oldest first, at most 500. */
  after(partition: number, seq: number): Promise<readonly StreamedEvent[]> {
    return orUnavailable(async () =>
      toEvents(
        await this.#views.orders(partition, (keys, redis) =>
          redis.xrange(keys.events(partition), `${seq + 1}-0`, '+', 'COUNT', pageEntries),
        ),
      ),
    );
  }

  /** Seq of the oldest and newest entry kept; null while there is none. */
  ends(partition: number): Promise<{ readonly oldest: number; readonly newest: number } | null> {
    return orUnavailable(async () => {
      const [oldest, newest] = await this.#views.orders(partition, (keys, redis) =>
        Promise.all([
          redis.xrange(keys.events(partition), '-', '+', 'COUNT', 1),
          redis.xrevrange(keys.events(partition), '+', '-', 'COUNT', 1),
        ]),
      );
      const first = oldest[0]?.[0];
      const last = newest[0]?.[0];
      return first === undefined || last === undefined ? null : { oldest: seqOf(first), newest: seqOf(last) };
    });
  }

  /**
   * The events of one order up to `newest`, oldest first. `complete` = its first event is among them: older ones
   * leave the stream in time, and the search is bounded.
   */
  async of(partition: number, orderId: string, newest: number): Promise<OrderEvents> {
    const found: StreamedEvent[] = [];
    let before = newest + 1;
    for (let scanned = 0; scanned < scannedMax && before > 0; scanned += pageEntries) {
      const end = `${before - 1}-0`;
      const entries = await orUnavailable(() =>
        this.#views.orders(partition, (keys, redis) =>
          redis.xrevrange(keys.events(partition), end, '-', 'COUNT', pageEntries),
        ),
      );
      for (const streamed of toEvents(entries.filter(([, fields]) => fields[1] === orderId))) {
        found.unshift(streamed);
        if (streamed.event.type === 'OrderPlaced')
          return { events: found, complete: true, fromSeq: streamed.seq };
      }
      const last = entries.at(-1);
      if (last === undefined) break;
      before = seqOf(last[0]);
      if (entries.length < pageEntries) break;
    }
    return { events: found, complete: false, fromSeq: before };
  }
}

export interface OrderEvents {
  readonly events: readonly StreamedEvent[];
  readonly complete: boolean;
  /** Every event of the order from here on is among them. */
  readonly fromSeq: number;
}

type Entry = readonly [id: string, fields: readonly string[]];

const seqOf = (id: string): number => Number(id.slice(0, id.indexOf('-')));

/** The fields are `order`, its id, `event`, its JSON, in this order: the view writes them. */
const toEvents = (entries: readonly Entry[]): readonly StreamedEvent[] =>
  entries.map(([id, fields]) => ({ seq: seqOf(id), event: JSON.parse(fields[3] ?? '') as OrderEventView }));
