import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { judgeScarcity } from './judge-scarcity.ts';
import type { SimWorld } from './sim-world.ts';
import { validEvents } from './valid-events.ts';

/** What became of a sale of one SKU; every attempt asks for one piece, so that attempts and pieces are the same unit. */
export interface SaleCounts {
  /** Orders the clients asked for. */
  readonly attempts: number;
  /** Pieces that came in. */
  readonly received: number;
  /** Confirmed orders. */
  readonly sold: number;
  /** Orders closed as Rejected for want of pieces. */
  readonly refused: number;
}

/**
 * Counts the sale from the orders journal, and its pieces from the stock journal (`judgeScarcity`): every piece is
 * sold, once, and whoever got none was told that there is none left.
 */
export function judgeHotSku(world: SimWorld, attempts: number): SaleCounts {
  const stock = [...judgeScarcity(world).values()];
  const received = stock.reduce((sum, { cameIn }) => sum + cameIn, 0);
  const pieces = stock.reduce((sum, { sold }) => sum + sold, 0);
  const ends = countEnds(
    Array.from({ length: world.shape.partitions }, (_, partition) =>
      validEvents<EventBody>(world, 'orders', partition),
    ),
  );
  const counts = { attempts, received, ...ends.counts };
  const { others } = ends;
  if (others.length > 0) world.fail('hot-sku', `${others.length} ×, first: ${others[0]}`);
  for (const wrong of faultsOf(counts, pieces)) world.fail('hot-sku', wrong);
  return counts;
}

/** Ends of orders, and those that a sale where everybody can pay does not have, in words. */
export function countEnds(journals: Iterable<Iterable<EventBody>>): {
  readonly counts: Pick<SaleCounts, 'sold' | 'refused'>;
  readonly others: readonly string[];
} {
  const counts = { sold: 0, refused: 0 };
  const others: string[] = [];
  for (const journal of journals) {
    for (const body of journal) {
      if (body.type === 'OrderConfirmed') counts.sold += 1;
      if (body.type !== 'OrderClosed') continue;
      const { as, reason, orderId } = body;
      if (as === 'Rejected' && reason === 'insufficient') counts.refused += 1;
      else others.push(`order ${orderId} was closed as ${as}: ${reason}`);
    }
  }
  return { counts, others };
}

export const noSale: SaleCounts = { attempts: 0, received: 0, sold: 0, refused: 0 };

export const addSales = (a: SaleCounts, b: SaleCounts): SaleCounts => ({
  attempts: a.attempts + b.attempts,
  received: a.received + b.received,
  sold: a.sold + b.sold,
  refused: a.refused + b.refused,
});

/** What the counts break, in words; `pieces` are the sold ones by the stock journal. */
export function faultsOf(counts: SaleCounts, pieces: number): readonly string[] {
  const { attempts, received, sold, refused } = counts;
  const expected = Math.min(received, attempts);
  const told = sold + refused;
  return [
    ...(sold === expected
      ? []
      : [`${sold} orders are confirmed, not ${expected}: ${received} pieces came in`]),
    ...(pieces === sold ? [] : [`${pieces} pieces are sold, ${sold} orders are confirmed`]),
    ...(told === attempts ? [] : [`${attempts} attempts were made, ${told} were sold or refused`]),
  ];
}
