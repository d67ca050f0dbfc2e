import { assertNever } from '../../../schemas/assert-never.ts';
import type { EventBody } from '../../../schemas/generated/stock-events.ts';

/**
 * What the stock report must say, by a second reading of the stock journal's bare events: no SQL, no table, no code of
 * the report. Levels are kept as a shelf would: pieces on hand, and what became of each hold.
 */
export interface RawStockEvent {
  readonly atMs: number;
  readonly body: EventBody;
}

export interface RawStockQuestion {
  readonly store: string;
  readonly sku?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  /** Name of the bucket that an instant (epoch ms) lies in; null: one row a SKU for the whole range. */
  readonly bucketOf: ((atMs: number) => string) | null;
}

/** Pieces moved in a bucket and levels at its end, by the report's column names. */
export type RawStockRow = Readonly<Record<string, number>>;

/** Pieces of a SKU: on the shelf, set aside for orders, and sold but not sent. */
interface Shelf {
  onHand: number;
  allocated: number;
  /** Pieces that each open hold has set aside. */
  readonly holds: Map<string, number>;
}

const columns = [
  'received',
  'restocked',
  'adjusted',
  'held_units',
  'released',
  'committed',
  'reversed',
  'shipped',
  'stock_outs',
  'stock_out_units',
] as const;
type Column = (typeof columns)[number];

/**
 * The rows of one store by `JSON.stringify([bucket, sku])`; `bucket` is '' where there are none. `events` of one SKU in the
 * order of their journal.
 */
export function rawStockRows(
  events: readonly RawStockEvent[],
  { store, sku, fromMs, toMs, bucketOf }: RawStockQuestion,
): ReadonlyMap<string, RawStockRow> {
  const shelves = new Map<string, Shelf>();
  const rows = new Map<string, Record<string, number>>();
  const rowOf = (bucket: string, of: string): Record<string, number> => {
    const key = JSON.stringify([bucket, of]);
    const row = rows.get(key) ?? Object.fromEntries(columns.map((name) => [name, 0]));
    rows.set(key, row);
    return row;
  };
  for (const { atMs, body } of events.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs >= toMs || !isOfSku(body) || body.store !== store) continue;
    if ((sku !== undefined && body.sku !== sku) || ('repeat' in body && body.repeat)) continue;
    const shelf = shelves.get(body.sku) ?? { onHand: 0, allocated: 0, holds: new Map<string, number>() };
    shelves.set(body.sku, shelf);
    const moved = move(shelf, body);
    if (atMs < fromMs && bucketOf !== null) continue;
    const row = rowOf(bucketOf === null ? '' : bucketOf(atMs), body.sku);
    Object.assign(row, levelsOf(shelf));
    if (atMs < fromMs) continue;
    for (const [column, units] of moved) row[column] = (row[column] ?? 0) + units;
  }
  return rows;
}

type OfSku = Exclude<Extract<EventBody, { readonly sku: string }>, { readonly type: 'PurchasesLimited' }>;
/** A limit a customer is no stock. */
const isOfSku = (body: EventBody): body is OfSku => 'sku' in body && body.type !== 'PurchasesLimited';

function levelsOf({ onHand, allocated, holds }: Shelf): RawStockRow {
  const held = [...holds.values()].reduce((sum, units) => sum + units, 0);
  return { on_hand: onHand, held, available: onHand - held, allocated };
}

/** Does what the event says, and tells what it moved. */
function move(shelf: Shelf, body: OfSku): readonly (readonly [Column, number])[] {
  switch (body.type) {
    case 'StockReceived':
      shelf.onHand += body.quantity;
      return [['received', body.quantity]];
    case 'StockRestocked':
      shelf.onHand += body.quantity;
      return [['restocked', body.quantity]];
    case 'StockAdjusted':
      shelf.onHand += body.quantity;
      return [['adjusted', body.quantity]];
    case 'HoldPlaced':
      shelf.holds.set(body.holdId, body.quantity);
      return [['held_units', body.quantity]];
    case 'HoldReleased':
      takeFrom(shelf.holds, body.holdId, body.quantity);
      return [['released', body.quantity]];
    case 'HoldCommitted':
      takeFrom(shelf.holds, body.holdId, body.quantity);
      shelf.onHand -= body.quantity;
      shelf.allocated += body.quantity;
      return [['committed', body.quantity]];
    case 'CommitReversed':
      shelf.allocated -= body.quantity;
      shelf.onHand += body.quantity;
      return [['reversed', body.quantity]];
    case 'AllocationShipped':
      shelf.allocated -= body.quantity;
      return [['shipped', body.quantity]];
    case 'HoldRefused':
      return body.reason === 'insufficient'
        ? [
            ['stock_outs', 1],
            ['stock_out_units', body.quantity],
          ]
        : [];
    case 'SkuHalted':
    case 'SkuResumed':
      return [];
    default:
      return assertNever(body);
  }
}

/** Throws where a hold gives more than it has: then the events are no journal of a shelf. */
function takeFrom(holds: Map<string, number>, holdId: string, units: number): void {
  const left = (holds.get(holdId) ?? 0) - units;
  if (left < 0) throw new RangeError(`hold ${holdId} gives ${units} pieces, and has ${left + units}`);
  if (left === 0) holds.delete(holdId);
  else holds.set(holdId, left);
}
