import { keyIdOf } from '../clients/customer-keys/sealed-field.ts';
import { isWrappedKey } from '../clients/customer-keys/key-ring.ts';
import { readKeys } from '../clients/customer-keys/follow-keys.ts';
import type { Log, LogReader } from '../clients/log.ts';
import { readPartition } from '../clients/read-partition.ts';
import type { SchemaRegistry } from '../clients/schema-registry.ts';
import { JournalCursor } from '../dead-letters/journal-cursor.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { inboxOf, journalOf, snapshotsOf } from '../../schemas/topic-catalogue.ts';

/** Whom it is about: a customer id means something within its store alone. */
export interface Customer {
  readonly store: string;
  readonly customerId: string;
}

/** Where his fields and keys are read. */
export interface TraceAccess {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly registry: SchemaRegistry;
  /** Of `tracedTopics` and the keys. */
  readonly reader: LogReader;
}

/** What the log holds of a customer's sealed fields. */
export interface CustomerTrace {
  /** Wrapped keys that stand in the topic now, oldest first; times in epoch ms. */
  readonly keys: readonly { readonly keyId: string; readonly madeAtMs: number }[];
  /** Every key id his orders or the topic name, also of keys erased before; not `master-1`. */
  readonly keyIds: ReadonlySet<string>;
  readonly orders: number;
  /** Ids of orders whose authorization may still have to be sent: it needs the payment token. */
  readonly openOrders: readonly string[];
  /** Fields of his orders under the one key of before (decision 0006), which cannot be erased for him alone. */
  readonly fieldsUnderMasterKey: number;
}

/** The topics where sealed fields stand. */
export const tracedTopics = [inboxOf('orders'), journalOf('orders'), snapshotsOf('orders')];

const masterKeyId = 'master-1';

/**
 * Reads the keys, then the orders journal, both to their end. In this order a key made meanwhile is not in the trace, and
 * an order sealed by one that is was seen, unless it is not decided yet.
 */
export async function traceCustomer(
  { log, registry, reader }: TraceAccess,
  { store, customerId }: Customer,
): Promise<CustomerTrace> {
  const keys = new Map<string, { readonly keyId: string; readonly madeAtMs: number }>();
  for await (const { key, value } of readKeys({ log, registry }, reader)) {
    if (key === null) continue;
    if (value === null) keys.delete(key);
    else if (isWrappedKey(value) && value.store === store && value.customerId === customerId)
      keys.set(key, { keyId: key, madeAtMs: value.atMs });
  }
  const orders = new Set<string>();
  const open = new Set<string>();
  const named: string[] = [];
  const codec = registry.createCodec<EventEnvelope<Body>>(journalOf('orders'));
  for (const [partition, { first, end }] of await log.offsetsOf(codec.topic)) {
    const cursor = new JournalCursor(reader, codec, partition, first);
    for await (const event of cursor.readTo(end)) {
      const { body } = event as Event;
      if (body.type === 'OrderPlaced' && body.store === store && body.customerId === customerId) {
        orders.add(body.orderId);
        open.add(body.orderId);
        named.push(...[body.paymentToken, body.shipTo].filter((text) => text !== null).map(keyIdOf));
      }
      if (leavesToken(body)) open.delete(body.orderId);
    }
  }
  const keyIds = new Set([...keys.keys(), ...named]);
  keyIds.delete(masterKeyId);
  const fieldsUnderMasterKey = named.filter((keyId) => keyId === masterKeyId).length;
  return {
    keys: [...keys.values()],
    keyIds,
    orders: orders.size,
    openOrders: [...open],
    fieldsUnderMasterKey,
  };
}

type LeavesToken = Extract<
  Event['body'],
  { type: 'CommitStarted' | 'UnwindStarted' | 'OrderConfirmed' | 'OrderClosed' }
>;

/** From here on no authorization is sent: captures, voids, refunds and look-ups name the provider's own references. */
const leavesToken = (body: Event['body']): body is LeavesToken =>
  body.type === 'CommitStarted' ||
  body.type === 'UnwindStarted' ||
  body.type === 'OrderConfirmed' ||
  body.type === 'OrderClosed';

const naming = /v1\.([\w-]{22})\./g;

/** Records of each traced topic that name one of the keys; their ciphertext stays. */
export async function countNaming(
  { log, reader }: TraceAccess,
  keyIds: ReadonlySet<string>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const topic of tracedTopics) {
    let count = 0;
    for (const [partition, range] of await log.offsetsOf(topic)) {
      for await (const records of readPartition(reader, { topic, partition }, range)) {
        for (const { value } of records) if (value && namesAny(value, keyIds)) count += 1;
      }
    }
    counts[topic] = count;
  }
  return counts;
}

function namesAny(value: Buffer, keyIds: ReadonlySet<string>): boolean {
  for (const [, keyId = ''] of value.toString('latin1').matchAll(naming)) if (keyIds.has(keyId)) return true;
  return false;
}
