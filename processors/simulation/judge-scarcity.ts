import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Event as StockEvent, EventBody } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import type { SimWorld } from './sim-world.ts';

/** Pieces of one SKU, counted from the journal by nothing but what came in and what was promised. */
interface Tally {
  cameIn: number;
  /** Held or sold, and not given back. */
  promised: number;
  sold: number;
}

/**
 * Beside the auditor, and simpler: at every prefix of the stock journal no more of a SKU is promised than came in, and
 * whoever was refused as sold out asked for more than was left. Tells what was reached.
 */
export function judgeScarcity(world: SimWorld): void {
  const { reached } = world.scheduler;
  for (let partition = 0; partition < world.shape.partitions; partition += 1) {
    const tallies = new Map<string, Tally>();
    for (const body of validEvents(world, partition)) {
      if (!('sku' in body)) continue;
      const tally = tallies.get(body.sku) ?? { cameIn: 0, promised: 0, sold: 0 };
      tallies.set(body.sku, tally);
      const wrong = judge(tally, body);
      if (wrong !== null) world.fail('scarcity', `${body.sku}: ${wrong}`);
      if (body.type !== 'HoldRefused') continue;
      if (body.reason === 'insufficient') reached.reach('sold out');
      if (body.reason === 'customer-limit') reached.reach('customer limit met');
    }
    for (const { cameIn, sold } of tallies.values())
      if (cameIn > 0 && sold === cameIn) reached.reach('last piece sold');
  }
}

/** Counts the event; returns what it breaks, or null. */
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

function* validEvents({ log, codecs }: SimWorld, partition: number): Generator<EventBody> {
  const codec = codecs.journal<StockEvent>('stock');
  let position: JournalPosition = journalStart;
  for (const { offset, value } of log.all({ topic: journalOf('stock'), partition })) {
    const decoded = codec.decode(value);
    const accepted = decoded.is === 'value' ? acceptJournalRecord(position, offset, decoded.value) : null;
    position = accepted ?? position;
    if (accepted !== null && decoded.is === 'value') yield decoded.value.body;
  }
}
