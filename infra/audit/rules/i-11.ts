import type { EventBody, PaymentOpRequested } from '../../../schemas/generated/orders-events.ts';
import type { ProviderOperation } from '../recording.ts';
import { createFindings, type Rule } from '../rule.ts';

/** What our books say of one order's money. */
interface Books {
  captured: bigint;
  /** Intents by the key they named. */
  readonly intents: Map<string, PaymentOpRequested>;
}

/**
 * I-11: the provider's own ledger. Each of its operations has an intent of ours that came first, with its key, kind,
 * amount and currency; under a key there came one byte string; an order is captured at most once, and its sums are ours.
 * Operations of orders that are not in this journal (another pipeline's) are left alone.
 */
export function createI11(): Rule {
  const findings = createFindings('I-11');
  const orders = new Map<string, Books>();

  function compare(operation: ProviderOperation, { intents }: Books): void {
    const { orderId, key, kind, opId, amount, currency, digests } = operation;
    const intent = intents.get(key);
    findings.check(
      intent !== undefined,
      () => `the provider has ${opId} for ${orderId} under ${key}, a key without an intent of ours`,
    );
    if (!intent) return;
    const isSame =
      intent.opId === opId &&
      intent.kind === kind &&
      intent.amountMinor === amount &&
      intent.currency === currency;
    findings.check(
      isSame,
      () =>
        `the provider has ${kind} ${opId} of ${amount} ${currency} under ${key}, the intent is ${intent.kind} ${intent.opId} of ${intent.amountMinor} ${intent.currency}`,
    );
    findings.check(
      digests.length <= 1,
      () => `the provider got ${digests.length} different byte strings under ${key} (${opId})`,
    );
  }

  function compareAll(operations: readonly ProviderOperation[]): void {
    const captures = new Map<string, { count: number; sum: bigint }>();
    for (const operation of operations) {
      const books = orders.get(operation.orderId);
      if (!books) continue;
      compare(operation, books);
      if (operation.kind !== 'capture' || !operation.done) continue;
      const before = captures.get(operation.orderId) ?? { count: 0, sum: 0n };
      captures.set(operation.orderId, {
        count: before.count + 1,
        sum: before.sum + BigInt(operation.amount),
      });
    }
    for (const [orderId, { captured }] of orders) {
      const { count, sum } = captures.get(orderId) ?? { count: 0, sum: 0n };
      findings.check(
        sum === captured && count <= 1,
        () =>
          `order ${orderId}: the provider captured ${sum} in ${count} captures, our books say ${captured}`,
      );
    }
  }

  return {
    id: 'I-11',
    onFact({ processor, event }) {
      if (processor !== 'orders') return;
      const body = event.body as EventBody;
      if (body.type === 'OrderPlaced') {
        orders.set(body.orderId, { captured: 0n, intents: new Map() });
      } else if (body.type === 'PaymentOpRequested') {
        orders.get(body.orderId)?.intents.set(body.key, body);
      } else if (body.type === 'PaymentCaptured') {
        const books = orders.get(body.orderId);
        if (books) books.captured += BigInt(body.amountMinor);
      }
    },
    end({ atRest, ledger }) {
      if (ledger === null) return findings.report('the provider shows no ledger');
      if (!atRest) return findings.report('the books move: it is compared at rest only');
      compareAll(ledger);
      return findings.report();
    },
  };
}
