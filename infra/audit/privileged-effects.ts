import { operatorActor } from '../../schemas/audit-chain.ts';
import type { PrivilegedEffect } from '../../schemas/generated/ops-audit.ts';
import type { ConfigTopicRecord, CustomerTopicRecord } from './recording.ts';
import type { InboxStep } from './rule.ts';

/** Something privileged that was done, and what its audit record has to say. */
export interface DoneEffect {
  readonly where: string;
  readonly what: PrivilegedEffect['what'];
  /** Null: it carries no id that an audit record could name. */
  readonly effectId: string | null;
  readonly target: string;
  /** Null where the effect does not say who asked. */
  readonly actor: string | null;
  /** A client may ask again under its key: each time there is a record of it. */
  readonly mayBeAskedAgain: boolean;
  /** When, epoch ms: `broker` by the clock that stamps `ops.audit.v1` too, `writer` by that of whoever wrote both. */
  readonly doneAtMs: number;
  readonly clock: 'broker' | 'writer';
}

/** What only the orders processor asks of stock: from outside it is a repair by hand. */
const ordersAlone: ReadonlySet<string> = new Set([
  'PlaceHold',
  'CommitHold',
  'ReleaseHold',
  'ReverseCommit',
  'ShipAllocated',
  'Restock',
]);

/** The privileged effect that an inbox record is, or null. */
export function effectOfCommand({ processor, partition, record }: InboxStep): DoneEffect | null {
  const { command, offset, atMs, mark, key } = record;
  if (command === null) return null;
  const { body, commandId, requestId } = command;
  const isRepair = processor === 'stock' && mark === null && ordersAlone.has(body.type);
  if (!isRepair && body.type !== 'ResolvePayment' && body.type !== 'Redrive') return null; // nearly all
  const where = `${processor}/${partition} inbox offset ${offset}`;
  const common = { where, doneAtMs: atMs, clock: 'broker' } as const;
  const once = { effectId: requestId, mayBeAskedAgain: false } as const;
  if (body.type === 'ResolvePayment') {
    const { opId: target, by: actor } = body;
    return {
      ...common,
      what: 'payment.resolve',
      effectId: commandId,
      mayBeAskedAgain: true,
      target,
      actor,
    };
  }
  if (body.type === 'Redrive') {
    if (body.dryRun) return null;
    const target = `${processor}/${body.key}`;
    return { ...common, ...once, what: 'letters.redrive', target, actor: operatorActor(body.by) };
  }
  return { ...common, ...once, what: 'stock.repair', target: key ?? '', actor: null };
}

const configEffects = { StorePut: 'store.put', KeyPut: 'key.put', KeyRevoked: 'key.revoke' } as const;

/**
 * The effects that `stores.config.v1` holds. A record without an id is older than the audit log: it is excused where a
 * later one of its key says the same anew.
 */
export function effectsOfConfig(records: readonly ConfigTopicRecord[]): readonly DoneEffect[] {
  const newest = new Map(records.map(({ key, offset }) => [key, offset]));
  return records.flatMap(({ offset, key, atMs, value }) => {
    if (value === null || (value.requestId === null && newest.get(key) !== offset)) return [];
    const { store, requestId: effectId, body } = value;
    const target = body.type === 'StorePut' ? store : `${store}/${body.keyId}`;
    return [
      {
        where: `stores.config.v1 offset ${offset}`,
        what: configEffects[body.type],
        effectId,
        target,
        actor: null,
        mayBeAskedAgain: false,
        doneAtMs: atMs,
        clock: 'writer',
      },
    ];
  });
}

/** The erasures that `customers.keys.v1` holds: each says so under a record key of its own. */
export const erasuresOf = (records: readonly CustomerTopicRecord[]): readonly DoneEffect[] =>
  records.flatMap(({ offset, atMs, value }) => {
    if (value?.body.type !== 'CustomerErased') return [];
    const { store, customerId, body } = value;
    return [
      {
        where: `customers.keys.v1 offset ${offset}`,
        what: 'customer.erase',
        effectId: body.effectId,
        target: `${store}/${customerId}`,
        actor: operatorActor(body.by),
        mayBeAskedAgain: false,
        doneAtMs: atMs,
        clock: 'writer',
      },
    ];
  });
