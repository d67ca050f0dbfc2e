import { readSinkPositions } from '../audit/read-clickhouse.ts';
import type { ClickHouseClient } from '../clients/clickhouse.ts';
import type { Facts, Payout, PspAdapter, SettlementEntry } from '../psp/psp.ts';
import { dayAfter, dayOf, fileDays, type SinkRow } from './difference.ts';
import type { BookedMove } from './money-books.ts';

/** Look-ups under way at once. */
export const callsAtOnce = 16;

/** From `first` to `last` days after the day; none that has not begun. */
const daysAround = (day: string, first: number, last: number, nowMs: number): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => dayAfter(day, first + i)).filter(
    (of) => of <= dayOf(nowMs),
  );

/** The files of the day and of the days around it, in which its moves, or the same lines again, may stand. */
export async function readLines(
  psp: Pick<PspAdapter, 'settlements'>,
  store: string,
  day: string,
  nowMs: number,
): Promise<readonly SettlementEntry[]> {
  const lines: SettlementEntry[] = [];
  for (const of of daysAround(day, -fileDays, fileDays, nowMs)) {
    for await (const line of psp.settlements(store, of)) lines.push(line);
  }
  return lines;
}

/** Payouts of the day and of the days after it, in which its lines may be paid. */
export async function readPayouts(
  psp: Pick<PspAdapter, 'payouts'>,
  store: string,
  day: string,
  nowMs: number,
): Promise<readonly Payout[]> {
  const payouts: Payout[] = [];
  for (const of of daysAround(day, 0, fileDays, nowMs)) {
    for await (const payout of psp.payouts(store, of)) payouts.push(payout);
  }
  return payouts;
}

/** The object of each payment that moved; one that is unavailable is no evidence and is left out. */
export async function readObjects(
  psp: Pick<PspAdapter, 'lookUp'>,
  moves: readonly BookedMove[],
): Promise<ReadonlyMap<string, Facts | 'not-found'>> {
  const waiting = [...new Map(moves.map(({ pspRef, opId }) => [pspRef, opId]))];
  const objects = new Map<string, Facts | 'not-found'>();
  const ask = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [pspRef, opId] = next;
      const found = await psp.lookUp({ opId, pspRef });
      if (found !== 'unavailable') objects.set(pspRef, found);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, ask));
  return objects;
}

export interface SinkRows {
  /** By opId, of the day and later. */
  readonly rows: ReadonlyMap<string, SinkRow>;
  /** Has the sink folded this move? */
  readonly isFolded: (move: BookedMove) => boolean;
}

interface SinkAnswer {
  readonly store: string;
  readonly orderId: string;
  readonly kind: SinkRow['kind'];
  readonly opId: string;
  readonly amount: string;
  readonly currency: string;
  readonly atMs: string;
  readonly rows: string;
  readonly events: string;
}

/** What ClickHouse holds of captures, refunds and disputes from the day on, and how far it has folded. */
export async function readSinkRows(client: ClickHouseClient, day: string): Promise<SinkRows> {
  const positions = new Map(
    (await readSinkPositions(client, 'orders')).map(({ partition, seq }) => [partition, seq]),
  );
  const from = 'store, partition, seq, at, order_id, currency, amount_minor';
  const result = await client.query({
    query: `SELECT store, order_id AS orderId, kind, ref AS opId, toString(argMin(amount_minor, seq)) AS amount,
        argMin(currency, seq) AS currency, toString(toUnixTimestamp64Milli(min(at))) AS atMs,
        toString(count()) AS rows, toString(uniqExact(partition, seq)) AS events
      FROM (
        SELECT ${from}, 'charge' AS kind, op_id AS ref FROM payments WHERE event = 'PaymentCaptured'
        UNION ALL
        SELECT ${from}, if(kind = 'refund', kind, 'dispute') AS kind, ref FROM money_back
        WHERE event = 'RefundRecorded' AND state = 'succeeded' OR event = 'DisputeRecorded'
      ) WHERE toDate(at, 'UTC') >= {day: Date} GROUP BY store, order_id, kind, ref`,
    query_params: { day },
    format: 'JSONEachRow',
  });
  const rows = (await result.json<SinkAnswer>()).map((row): readonly [string, SinkRow] => [
    row.kind === 'charge' ? row.opId : `${row.orderId}:${row.kind}:${row.opId}`,
    {
      store: row.store,
      orderId: row.orderId,
      kind: row.kind,
      amountMinor: Number(row.amount),
      currency: row.currency,
      atMs: Number(row.atMs),
      isDouble: row.rows !== row.events,
    },
  ]);
  return {
    rows: new Map(rows),
    isFolded: ({ partition, seq }) => seq <= (positions.get(partition) ?? -1),
  };
}
