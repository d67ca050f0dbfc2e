import type { Event as OrderEvent } from '../../../schemas/generated/orders-events.ts';
import { holdIdOf, orderIdOf, parseOrderId, paymentKeyOf } from '../../../schemas/ids.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { aggregateIdOf, storeOf } from '../aggregate-id.ts';
import type { InboxRecord } from '../recording.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';

/**
 * I-02: an order's id is the hash of store and key, with one fingerprint; a record's key is its aggregate's id, its
 * partition the murmur2 of the key; hold, operation and payment keys are derived as messages §3 says; what follows
 * from an order is of the order's store. `partitions` as the recording has them.
 */
export function createI02(partitions: number): Rule {
  const findings = createFindings('I-02');
  let stores = new Map<string, string>();

  function checkKey(fact: Fact): void {
    const { processor, partition, event, key } = fact;
    const store = storeOf(event.body);
    const wanted = aggregateIdOf(processor, store ?? '', event.body);
    findings.check(
      key === wanted,
      () => `${whereOf(fact)}: ${event.body.type} has the key ${key}, its aggregate is ${wanted}`,
    );
    if (key !== null) {
      const at = partitionOf(key, partitions);
      findings.check(at === partition, () => `${whereOf(fact)}: the key ${key} belongs to partition ${at}`);
    }
  }

  /** A record whose key is not its aggregate's, or that stands on a wrong partition, may only be quarantined. */
  function checkCause(fact: Fact, record: InboxRecord): void {
    const { processor, partition, event } = fact;
    if (event.body.type === 'CommandQuarantined') return;
    const { command, key, offset } = record;
    const where = (): string => `${whereOf(fact)}: its cause at inbox offset ${offset}`;
    findings.check(
      command !== null && key !== null,
      () => `${where()} cannot be read, and is not quarantined`,
    );
    if (!command || key === null) return;
    const isTick = command.body.type === 'Tick';
    const wanted = isTick ? key : aggregateIdOf(processor, command.store, command.body);
    findings.check(key === wanted, () => `${where()} has the key ${key}, its aggregate is ${wanted}`);
    // The event's own key is known to belong here.
    findings.check(
      key === fact.key || partitionOf(key, partitions) === partition,
      () => `${where()} stands on a partition its key does not belong to`,
    );
    const store = storeOf(event.body);
    if (store !== null && !isTick)
      findings.check(
        store === command.store,
        () => `${where()} is of store ${command.store}, the event of ${store}`,
      );
  }

  function checkOrder(fact: Fact): void {
    const { body } = fact.event as OrderEvent;
    if (!('orderId' in body)) return;
    const { orderId, store } = body;
    if (body.type === 'OrderPlaced') {
      checkPlaced(fact, fact.decided);
      stores.set(orderId, store);
    }
    const owner = stores.get(orderId);
    if (owner !== undefined)
      findings.check(
        owner === store,
        () => `${whereOf(fact)}: order ${orderId} is of store ${owner}, the event of ${store}`,
      );
    if (body.type === 'PaymentOpRequested') {
      // A refund's number is its refundId, which I-10 looks up.
      const n = body.opId.split(':').at(-1) ?? '';
      const isNumbered = body.kind === 'refund' ? n !== '' : /^[1-9]\d*$/.test(n);
      findings.check(
        isNumbered && body.opId === `${orderId}:${body.kind}:${n}`,
        () => `${whereOf(fact)}: the operation ${body.opId} is not ${orderId}:${body.kind}:n`,
      );
      const key = paymentKeyOf(store, body.opId, body.attempt);
      findings.check(
        body.key === key,
        () => `${whereOf(fact)}: the provider's key is ${body.key}, its hash is ${key}`,
      );
    }
    if ('holds' in body) for (const hold of body.holds) checkHold(fact, hold.holdId, orderId, hold.sku);
    if ('commits' in body) for (const hold of body.commits) checkHold(fact, hold.holdId, orderId, hold.sku);
  }

  function checkPlaced(fact: Fact, cause: Fact['cause']): void {
    const { body } = fact.event as OrderEvent;
    if (body.type !== 'OrderPlaced') return;
    findings.check(
      parseOrderId(body.orderId) !== null,
      () => `${whereOf(fact)}: ${body.orderId} is no order id`,
    );
    if (typeof cause === 'string' || cause.command === null) return;
    const { command } = cause;
    const isSame = command.fingerprint === body.fingerprint && command.commandId === body.commandId;
    findings.check(
      isSame,
      () =>
        `${whereOf(fact)}: order ${body.orderId} has another fingerprint or command id than its command at inbox offset ${cause.offset}`,
    );
  }

  function checkHold(fact: Fact, holdId: string, orderId: string, sku: string): void {
    findings.check(
      holdId === holdIdOf(orderId, sku),
      () => `${whereOf(fact)}: the hold ${holdId} is not ${holdIdOf(orderId, sku)}`,
    );
  }

  return {
    id: 'I-02',
    onFact(fact) {
      checkKey(fact);
      if (typeof fact.cause !== 'string') checkCause(fact, fact.cause);
      if (fact.processor === 'orders') checkOrder(fact);
      const { body } = fact.event;
      if (fact.processor === 'stock' && 'holdId' in body && 'sku' in body)
        checkHold(fact, body.holdId, body.orderId, body.sku);
    },
    onPartitionEnd() {
      stores = new Map();
    },
    onClient({ step, store, key, path, orderId }) {
      if (step !== 'ok' || path !== '/v1/orders' || orderId === null) return;
      const wanted = orderIdOf(store, key);
      findings.check(
        orderId === wanted,
        () => `the client's key ${key} of store ${store} was answered ${orderId}, its hash is ${wanted}`,
      );
    },
    end: () => findings.report(),
  };
}
