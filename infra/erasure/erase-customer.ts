import { randomUUID } from 'node:crypto';
import { isWrappedKey } from '../clients/customer-keys/key-ring.ts';
import { readKeys } from '../clients/customer-keys/follow-keys.ts';
import type { AuditLog } from '../clients/audit-log.ts';
import type { Burial, BuryingLog } from '../clients/log.ts';
import { operatorActor } from '../../schemas/audit-chain.ts';
import type { CustomerKey } from '../../schemas/generated/customers-keys.ts';
import { customersKeysTopic, keyRemovedWithinMs } from '../../schemas/topic-catalogue.ts';
import { countNaming, type Customer, type TraceAccess, traceCustomer } from './customer-trace.ts';

export interface ErasureAccess extends TraceAccess {
  readonly log: Pick<BuryingLog, 'offsetsOf' | 'bury'>;
  readonly audit: Pick<AuditLog, 'announce'>;
  readonly nowMs: () => number;
}

export interface ErasureAsked extends Customer {
  readonly by: string;
  readonly reason: string;
  readonly dryRun: boolean;
}

/** What was erased, or would be, and what is left of it; times RFC 3339. */
export interface Erasure extends Customer {
  readonly dryRun: boolean;
  /** Null of a dry run. */
  readonly effectId: string | null;
  readonly at: string;
  readonly orders: number;
  /** Keys that could open his fields. */
  readonly keys: readonly { readonly keyId: string; readonly madeAt: string }[];
  /** Records that name one of his keys, by topic: their ciphertext stays, nobody can open it. */
  readonly ciphertextRecords: Readonly<Record<string, number>>;
  /** Fields under the one key of before customers had their own: still readable by whoever has the secret. */
  readonly fieldsUnderMasterKey: number;
  /** Ids that stood in the topic without a tombstone when it was read back; null of a dry run. */
  readonly keysLeft: readonly string[] | null;
  /** Keys made while this ran, of an order placed meanwhile: a new relationship. */
  readonly keysMadeMeanwhile: readonly string[];
  /** The first record on the topic after this time makes the broker remove the wrapped bytes. */
  readonly bytesGoWithTheFirstRecordAfter: string;
}

/** Nothing in the log is of this customer. */
export class UnknownCustomer extends Error {
  override readonly name = 'UnknownCustomer';
}

/** Orders of his have not sent their authorization, which needs what is to be erased. */
export class TokenStillNeeded extends Error {
  override readonly name = 'TokenStillNeeded';
}

const recordsMax = 500;
const triesMax = 3;
const orderNamesMax = 5;

/**
 * Erases a customer: tombstones for all his keys and, in the same batch, that it was done (docs/decisions/0039). Rejects
 * with UnknownCustomer, with TokenStillNeeded, with AuditUnavailable before anything is done, or if the log does not say that it took the tombstones: then it may be
 * done again, which does no harm.
 */
export async function eraseCustomer(access: ErasureAccess, asked: ErasureAsked): Promise<Erasure> {
  const { store, customerId, dryRun, by, reason } = asked;
  const trace = await traceCustomer(access, asked);
  if (trace.keyIds.size === 0 && trace.orders === 0)
    throw new UnknownCustomer(`the store ${store} has no key and no order of the customer ${customerId}`);
  if (trace.openOrders.length > 0) throw stillNeeded(trace.openOrders);
  const atMs = access.nowMs();
  const effectId = dryRun ? null : randomUUID();
  if (effectId !== null) {
    const target = `${store}/${customerId}`;
    await access.audit.announce({
      actor: operatorActor(by),
      what: 'customer.erase',
      effectId,
      target,
      reason,
    });
    const body = { type: 'CustomerErased', effectId, by, reason, keys: trace.keys.length } as const;
    await bury(access, trace.keyIds, { store, customerId, atMs, body });
  }
  const ciphertextRecords = await countNaming(access, trace.keyIds);
  const standing = dryRun ? new Set<string>() : await keysOf(access, asked);
  return {
    store,
    customerId,
    dryRun,
    effectId,
    at: new Date(atMs).toISOString(),
    orders: trace.orders,
    keys: trace.keys.map(({ keyId, madeAtMs }) => ({ keyId, madeAt: new Date(madeAtMs).toISOString() })),
    ciphertextRecords,
    fieldsUnderMasterKey: trace.fieldsUnderMasterKey,
    keysLeft: dryRun ? null : [...standing].filter((keyId) => trace.keyIds.has(keyId)),
    keysMadeMeanwhile: [...standing].filter((keyId) => !trace.keyIds.has(keyId)),
    bytesGoWithTheFirstRecordAfter: new Date(atMs + keyRemovedWithinMs).toISOString(),
  };
}

function stillNeeded(orders: readonly string[]): TokenStillNeeded {
  const more = orders.length > orderNamesMax ? ` and ${orders.length - orderNamesMax} more` : '';
  return new TokenStillNeeded(
    `the payment of ${orders.slice(0, orderNamesMax).join(', ')}${more} is not authorized yet and needs the token: wait for it, or cancel the order`,
  );
}

/** One batch for all as a rule: whoever follows the topic sees the erasure whole. */
async function bury(
  { log, registry }: ErasureAccess,
  keyIds: ReadonlySet<string>,
  erased: CustomerKey,
): Promise<void> {
  const codec = registry.createCodecs()[customersKeysTopic];
  const records: Burial['records'] = [
    ...[...keyIds].map((key) => ({ key, value: null })),
    { key: erasedKeyOf(erased), value: codec.encode(erased) },
  ];
  for (let i = 0; i < records.length; i += recordsMax)
    await untilBuried(log, records.slice(i, i + recordsMax));
}

/** The record key under which the topic keeps that a customer was erased; no key id has a colon. */
export const erasedKeyOf = ({ store, customerId }: Customer): string => `erased:${store}/${customerId}`;

/** A tombstone that is written twice says the same: an outcome nobody knows is tried again. */
async function untilBuried(log: ErasureAccess['log'], records: Burial['records']): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await log.bury({ topic: customersKeysTopic, partition: 0, records });
    if (outcome.is === 'appended') return;
    if (outcome.is === 'refused' || tries === triesMax) {
      throw new Error(
        `${customersKeysTopic} did not acknowledge the tombstones: run the same command again until it does`,
        { cause: outcome.error },
      );
    }
  }
}

/** The customer's keys that stand in the topic now. */
async function keysOf(access: ErasureAccess, { store, customerId }: Customer): Promise<Set<string>> {
  const standing = new Set<string>();
  for await (const { key, value } of readKeys(access, access.reader)) {
    if (key === null) continue;
    if (value === null) standing.delete(key);
    else if (isWrappedKey(value) && value.store === store && value.customerId === customerId)
      standing.add(key);
  }
  return standing;
}
