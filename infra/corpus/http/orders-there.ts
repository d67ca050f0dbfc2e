import { partitionOf } from '../../../schemas/murmur2.ts';
import { inboxOf } from '../../../schemas/topic-catalogue.ts';
import { askUntil, eventually } from './ask-api.ts';
import type { CorpusPlace } from './corpus-place.ts';

/** The last command about an order now, as a read may wait for it: `<partition>:<offset>`; null = there is none. */
async function lastCommand({ log, config }: CorpusPlace, orderId: string): Promise<string | null> {
  const partition = partitionOf(orderId, config.partitions);
  const end = (await log.offsetsOf(inboxOf('orders'))).get(partition)?.end ?? 0n;
  return end === 0n ? null : `${partition}:${end - 1n}`;
}

/** How often an order was placed by all that has come to the log: 0 = there is none. The key must be its store's. */
export async function timesPlaced(place: CorpusPlace, orderId: string, key: string): Promise<number> {
  const last = await lastCommand(place, orderId);
  const after = last === null ? '' : `?after=${last}`;
  const read = await askUntil([200, 404], place.target, 'GET', `/v1/orders/${orderId}${after}`, { key });
  if (read.status === 404) return 0;
  const events = await askUntil([200], place.target, 'GET', `/v1/orders/${orderId}/events`, { key });
  const { data } = JSON.parse(events.body) as { readonly data: readonly { readonly type: string }[] };
  return data.filter(({ type }) => type === 'OrderPlaced').length;
}

/** Of an order as the API shows it, what the runner looks at. */
export interface ShownOrder {
  readonly status: string;
  readonly totalMinor: number;
  readonly payment: { readonly capturedMinor: number };
  readonly refunds: readonly { readonly amountMinor: number }[];
  readonly requests: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly reason: string | null;
  }[];
}

export async function readOrder(place: CorpusPlace, orderId: string, key: string): Promise<ShownOrder> {
  const read = await askUntil([200], place.target, 'GET', `/v1/orders/${orderId}`, { key });
  return JSON.parse(read.body) as ShownOrder;
}

/** What became of the request with the id that its 202 gave. */
export function outcomeOf(place: CorpusPlace, orderId: string, id: string, key: string): Promise<string> {
  return eventually(`the outcome of the request ${id}`, async () => {
    const { requests } = await readOrder(place, orderId, key);
    return requests.find((request) => request.id === id)?.outcome ?? null;
  });
}
