import type { Body } from '../../schemas/envelope.ts';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';

/**
 * The record key a command or event of a processor must have, by its own words: the order's id, or `store/SKU`.
 * Null for what belongs to a partition and to no aggregate (Tick, TimePassed, Barrier, CommandQuarantined).
 */
export function aggregateIdOf(processor: ProcessorName, store: string, body: Body): string | null {
  const { orderId, sku, key } = body as { orderId?: unknown; sku?: unknown; key?: unknown };
  if (notes.has(body.type)) return typeof key === 'string' ? key : null;
  if (processor === 'orders') return typeof orderId === 'string' ? orderId : null;
  return typeof sku === 'string' ? `${store}/${sku}` : null;
}

/** Notes and what is about parked commands name their aggregate as `key`; a payment's `key` is the provider's. */
const notes = new Set([
  'CommandRefused',
  'CommandIgnored',
  'AnomalyRecorded',
  'CommandParked',
  'CommandRedriven',
  'RedriveAnswered',
  'Redrive',
]);

/** The store an event speaks of, where it names one. */
export function storeOf(body: Body): string | null {
  const { store } = body as { store?: unknown };
  return typeof store === 'string' ? store : null;
}
