import type { EventBody, PaymentOpRequested } from '../../../schemas/generated/orders-events.ts';
import type { ProviderOperation, ProviderPayment } from '../recording.ts';
import { createFindings, type Rule } from '../rule.ts';
import { oneOf } from '../one-of.ts';

/** Events that our books take. */
const isBooked = oneOf(
  'PaymentOpRequested',
  'PaymentCaptured',
  'RefundRecorded',
  'DisputeRecorded',
  'OrderClosed',
  'PersonNeeded',
  'PaymentResolved',
);

/** What our books say of one order's money. */
interface Books {
  captured: bigint;
  /** By opId, refunds that are known to have gone back; undefined before the first. */
  refunded: Map<string, bigint> | undefined;
  /** By id: how the bank decided; undefined before it ever did. */
  decided: Map<string, 'won' | 'lost'> | undefined;
  isClosed: boolean;
  /** A person is asked: the books may differ until he has answered. */
  needsPerson: boolean;
  /** Intents by the key they named. */
  readonly intents: Map<string, PaymentOpRequested>;
}

/**
 * I-11: the provider's own ledger. Each of its operations has an intent of ours that came first, with its key, kind,
 * amount and currency; under a key there came one byte string; an order is captured at most once, no more is given back
 * than was captured at any prefix, and its sums are ours, refund by refund; a closed order has nothing reserved; what we
 * say of a dispute the bank says too. Operations of orders that are not in this journal (another pipeline's) are left
 * alone.
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

  /** In the order the provider judged them. `hasPayments`: those say what was captured, also unasked. */
  function compareOperations(operations: readonly ProviderOperation[], hasPayments: boolean): void {
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
        (hasPayments || sum === captured) && count <= 1,
        () =>
          `order ${orderId}: the provider captured ${sum} in ${count} captures, our books say ${captured}`,
      );
    }
  }

  function comparePayments(payments: readonly ProviderPayment[]): void {
    const byOrder = Map.groupBy(payments, ({ orderId }) => orderId);
    for (const [orderId, books] of orders) {
      if (books.needsPerson) continue;
      const wrong = difference(books, byOrder.get(orderId) ?? []);
      findings.check(wrong === null, () => `order ${orderId}: ${wrong}`);
    }
  }

  return {
    id: 'I-11',
    onFact({ processor, event }) {
      if (processor !== 'orders') return;
      const body = event.body as EventBody;
      if (body.type === 'OrderPlaced') orders.set(body.orderId, noBooks());
      else if ('orderId' in body) {
        const books = orders.get(body.orderId);
        if (books) note(books, body);
      }
    },
    end({ atRest, ledger, payments }) {
      if (ledger === null) return findings.report('the provider shows no ledger');
      if (!atRest) return findings.report('the books move: it is compared at rest only');
      compareOperations(ledger, payments !== null);
      if (payments !== null) comparePayments(payments);
      return findings.report();
    },
  };
}

const noBooks = (): Books => ({
  captured: 0n,
  refunded: undefined,
  decided: undefined,
  isClosed: false,
  needsPerson: false,
  intents: new Map(),
});

function note(books: Books, body: EventBody): void {
  if (!isBooked(body)) return;
  switch (body.type) {
    case 'PaymentOpRequested':
      books.intents.set(body.key, body);
      return;
    case 'PaymentCaptured':
      books.captured += BigInt(body.amountMinor);
      return;
    case 'RefundRecorded':
      if (body.as === 'failed') books.refunded?.delete(body.opId);
      else (books.refunded ??= new Map()).set(body.opId, BigInt(body.amountMinor));
      return;
    case 'DisputeRecorded':
      if (body.as !== 'open') (books.decided ??= new Map()).set(body.disputeId, body.as);
      return;
    case 'OrderClosed':
      books.isClosed = true;
      return;
    case 'PersonNeeded':
      books.needsPerson = true;
      return;
    case 'PaymentResolved':
      books.needsPerson = false;
  }
}

/** What the provider's payments of an order say against our books, or null. */
function difference(
  { captured, refunded, decided, isClosed }: Books,
  payments: readonly ProviderPayment[],
): string | null {
  const taken = payments.filter((payment) => payment.captured > 0);
  const sum = taken.reduce((total, payment) => total + BigInt(payment.captured), 0n);
  if (sum !== captured) return `the provider captured ${sum}, our books say ${captured}`;
  if (taken.length > 1) return `the provider captured it in ${taken.length} payments`;
  if (isClosed && payments.some(({ status }) => status === 'requires_capture'))
    return 'it is closed, and the provider has money of it reserved';
  const theirs = payments.flatMap(({ refunds }) => refunds).filter(({ status }) => status === 'succeeded');
  const back = theirs.reduce((total, { amount }) => total + BigInt(amount), 0n);
  if (back > sum) return `the provider gave back ${back}, it captured ${sum}`;
  for (const { opId, amount } of theirs)
    if (refunded?.get(opId) !== BigInt(amount))
      return `the provider gave back ${amount} for ${opId}, our books say ${refunded?.get(opId) ?? 'nothing'}`;
  const ours = refunded?.size ?? 0;
  if (theirs.length !== ours)
    return `our books have ${ours} refunds that went back, the provider ${theirs.length}`;
  const disputes = new Map(
    payments.flatMap((payment) => payment.disputes).map(({ id, status }) => [id, status]),
  );
  for (const [id, as] of decided ?? [])
    if (disputes.get(id) !== as) return `dispute ${id} is ${as}, the bank says ${disputes.get(id)}`;
  return null;
}
