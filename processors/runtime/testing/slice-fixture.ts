import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import type { CommandBody } from '../../../schemas/generated/stock-commands.ts';
import type { EventBody } from '../../../schemas/generated/stock-events.ts';
import { partitionOf, tickKeyOf } from '../../../schemas/murmur2.ts';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import type { LogRecord } from '../../../infra/clients/log.ts';
import { createFold } from '../fold.ts';
import { processSlice, type Slice } from '../process-slice.ts';
import type { SliceContext, SliceLimits } from '../slice-batch.ts';
import { type Counter, counter } from './tiny-processors.ts';

/** One partition of the tiny stock domain, and its slices decided without a log. */

export const partitions = 4;
export const partition = 1;
export const [keyA, keyB] = keysOn(partition, 's/');
export const [skuA, skuB] = [keyA.slice(2), keyB.slice(2)];
export const tickKey = tickKeyOf(partition, partitions);

/** Keys of SKUs that belong to the partition. */
export function keysOn(at: number, prefix: string, count = 2): [string, string, ...string[]] {
  const found: string[] = [];
  for (let i = 0; found.length < count; i += 1)
    if (partitionOf(`${prefix}sku${i}`, partitions) === at) found.push(`${prefix}sku${i}`);
  return found as [string, string, ...string[]];
}

export const inbox = createTopicCodec<CommandEnvelope<CommandBody>>('stock.commands.v1', 7);
const anyInbox = createTopicCodec<CommandEnvelope<Body>>('stock.commands.v1', 7);
export const orders = createTopicCodec<CommandEnvelope<Body>>('orders.commands.v1', 8);
const journal = createTopicCodec<EventEnvelope<Body & Record<string, unknown>>>('stock.events.v1', 9);

export function contextOf(): SliceContext<Counter, CommandBody, EventBody> {
  return {
    processor: counter,
    inbox: {
      partition,
      partitions,
      codec: inbox,
      keyOfCommand: (command) => counter.keyOfCommand(command),
      tickKey,
      poisonSchemas: new Map([[66, 'unknown-schema']]),
    },
    journal,
    outboxes: { stock: anyInbox, orders, catalogue: anyInbox },
    writer: 'w1',
    fold: createFold(counter),
  };
}

export const limits: SliceLimits = {
  recordsMax: 500,
  eventsMax: 1_000,
  bytesMax: 900_000,
  latestMs: 10_000,
  routedThrough: 0,
};

export const receive = (sku = skuA, quantity = 1, reason = 'r'): CommandBody => ({
  type: 'ReceiveStock',
  sku,
  quantity,
  reason,
});
export const hold = (holdId: string, orderId: string, more = '', sku = skuA): CommandBody => ({
  type: 'PlaceHold',
  holdId,
  orderId,
  customerId: more,
  sku,
  quantity: 1,
  untilMs: 5,
});

export interface Given {
  readonly body?: CommandBody;
  readonly store?: string;
  readonly commandId?: string;
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | null;
  readonly source?: string | readonly string[];
  readonly timestampMs?: number;
  /** Default: its place in the list. */
  readonly offset?: number;
}

export function list(...given: readonly Given[]): LogRecord[] {
  return given.map((one, i) => {
    const { body = receive(), store = 's', commandId = null, source = [], timestampMs = 1_000 + i } = one;
    const key = one.key === undefined ? `${store}/${'sku' in body ? body.sku : ''}` : one.key;
    const envelope = { store, commandId, fingerprint: null, requestId: null, body };
    return {
      offset: BigInt(one.offset ?? i),
      timestampMs,
      key: typeof key === 'string' ? Buffer.from(key) : key,
      value: one.value === undefined ? inbox.encode(envelope) : one.value,
      headers: [source].flat().map((text) => ['source', Buffer.from(text)] as const),
    };
  });
}

export function events(slice: Slice): EventEnvelope<Body & Record<string, unknown>>[] {
  return slice.records.map(({ value }) => {
    const decoded = journal.decode(value);
    if (decoded.is !== 'value') throw new Error(decoded.is);
    return decoded.value;
  });
}

export const decide = (
  given: readonly Given[],
  change: Partial<SliceLimits> = {},
  context = contextOf(),
): Slice => processSlice(context, list(...given), 0, { ...limits, ...change });

export function cause(offset: number): EventEnvelope<Body>['cause'] {
  return { offset, source: null, seq: null, index: null };
}
