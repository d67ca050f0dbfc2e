import type { EventBody } from '../../schemas/generated/stock-events.ts';
import type { SimWorld } from './sim-world.ts';
import { validEvents } from './valid-events.ts';

/** Pieces of one SKU, counted from the journal by nothing but what came in and what was promised. */
export interface Tally {
  cameIn: number;
  /** Held or sold, and not given back. */
  promised: number;
  sold: number;
}

/**
 * Beside the auditor, and simpler: at every prefix of the stock journal no more of a SKU is promised than came in, and
 * whoever was refused as sold out asked for more than was left. Tells what was reached; returns the tallies by SKU.
 */
export function judgeScarcity(world: SimWorld): ReadonlyMap<string, Readonly<Tally>> {
  const { reached } = world.scheduler;
  const tallies = new Map<string, Tally>();
  const wrongs: string[] = [];
  for (let partition = 0; partition < world.shape.partitions; partition += 1) {
    for (const body of validEvents<EventBody>(world, 'stock', partition)) {
      const wrong = count(tallies, body);
      if (wrong !== null) wrongs.push(wrong);
      if (body.type !== 'HoldRefused') continue;
      if (body.reason === 'insufficient') reached.reach('sold out');
      if (body.reason === 'customer-limit') reached.reach('customer limit met');
    }
  }
  if (wrongs.length > 0) world.fail('scarcity', `${wrongs.length} ×, first: ${wrongs[0]}`);
  for (const { cameIn, sold } of tallies.values())
    if (cameIn > 0 && sold === cameIn) reached.reach('last piece sold');
  return tallies;
}

/** Counts the event of a stock journal in its SKU's tally; returns what it breaks, or null. */
export function count(tallies: Map<string, Tally>, body: EventBody): string | null {
  if (!('sku' in body)) return null;
  const tally = tallies.get(body.sku) ?? { cameIn: 0, promised: 0, sold: 0 };
  tallies.set(body.sku, tally);
  const wrong = judge(tally, body);
  return wrong === null ? null : `${body.sku}: ${wrong}`;
}

function judge(tally: Tally, body: EventBody): string | null {
  if ('repeat' in body && body.repeat) return null;
  if (body.type === 'StockReceived' || body.type === 'StockRestocked') tally.cameIn += body.quantity;
  if (body.type === 'HoldCommitted') tally.sold += body.quantity;
  if (body.type === 'CommitReversed') tally.sold -= body.quantity;
  if (body.type === 'HoldReleased' || body.type === 'CommitReversed') tally.promised -= body.quantity;
  if (body.type === 'HoldPlaced') tally.promised += body.quantity;
  const left = tally.cameIn - tally.promised;
  if (left < 0) return `${tally.promised} are promised, ${tally.cameIn} came in`;
  return body.type === 'HoldRefused' && body.reason === 'insufficient' && body.quantity <= left
    ? `${body.quantity} are refused as sold out, ${left} are left`
    : null;
}
