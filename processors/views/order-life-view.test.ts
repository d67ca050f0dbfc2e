import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { commandOutcomesMax, type OrderView, parseOrderView } from '../../schemas/order-view.ts';
import { personSinceMs, unknownSinceMs, waitsOf } from '../../schemas/order-waits.ts';
import { foldOrder, orderIdOf } from './order-view.ts';
import {
  acceptedJournal,
  asked,
  askedRefund,
  confirmedOrder,
  refundRecorded,
  wholeLife,
} from './testing/order-journal.ts';

const of = { store: 'demo', orderId: 'o-1' } as const;
const money = { amountMinor: 1_000, currency: 'GBP' } as const;
const confirmed = confirmedOrder('o-1');
const authorizing = confirmed.slice(0, 3);
const capturing = confirmed.slice(0, 7);
const authorize = { opId: 'o-1:authorize:1', attempt: 1 } as const;
const [refund, refundOp] = askedRefund('o-1', 'r-1', 'request', 1_000);

/** The order after each event, in partition 3; what makes no document is left out. */
function states(bodies: readonly EventBody[]): readonly OrderView[] {
  let order: OrderView | undefined;
  const seen: OrderView[] = [];
  for (const { event } of acceptedJournal(bodies).slice(1)) {
    if (orderIdOf(event.body) === null) continue;
    order = foldOrder(order, event, 3);
    if (order) seen.push(order);
  }
  return seen;
}
function last(bodies: readonly EventBody[]): OrderView {
  const order = states(bodies).at(-1);
  if (!order) throw new Error('no document');
  return order;
}

const unknownOf = (opId: string, kind: 'authorize' | 'refund' | 'void', cause = 'timeout'): EventBody => ({
  type: 'PaymentUnknown',
  ...of,
  ...money,
  opId,
  attempt: 1,
  kind,
  cause,
  nextCheckAtMs: 3_000,
  decideByMs: 9_000,
});
const lookUp = (opId: string): EventBody => ({
  type: 'LookUpRequested',
  ...of,
  ...money,
  opId,
  n: 1,
  pspRef: null,
  why: 'unknown',
  hintId: null,
  nextCheckAtMs: 11_000,
  decideByMs: null,
});
const person = (opId: string | null): EventBody => ({
  type: 'PersonNeeded',
  ...of,
  ...money,
  opId,
  reason: 'key-too-old',
});
const refused = (commandId: string | null, command = 'CancelOrder', key = 'o-1'): EventBody => ({
  type: 'CommandRefused',
  ...asked(commandId),
  command,
  key,
  reason: 'partly-shipped',
  detail: 'line 1',
});
const unwinding = (commandId: string | null): EventBody => ({
  type: 'UnwindStarted',
  ...of,
  ...asked(commandId),
  to: 'Cancelled',
  reason: 'customer',
  holds: [],
  commits: [{ holdId: 'o-1:A', sku: 'A', quantity: 2 }],
});
const reversed: EventBody = { type: 'HoldRecorded', ...of, holdId: 'o-1:A', as: 'reversed' };

describe('pieces', () => {
  test('an order is confirmed while a piece is open, then shipped, then delivered', () => {
    const seen = states(wholeLife('o-1')).slice(8);
    expect(seen.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 'confirmed'),
      'shipped',
      ...Array.from({ length: 6 }, () => 'delivered'),
    ]);
    expect(seen.at(-1)?.lines).toMatchObject([
      { line: 1, quantity: 2, cancelled: 1, shipped: 1, delivered: 1, returnAsked: 1, returned: 1 },
    ]);
  });

  test('shipments, deliveries, returns and their receipts are listed, each with its own id', () => {
    const order = last(wholeLife('o-1'));
    const lines = [{ line: 1, sku: 'A', quantity: 1 }];
    expect(order.shipments).toMatchObject([{ shipmentId: 's-1', lines, carrier: 'post', trackingRef: 't1' }]);
    expect(order.deliveries).toMatchObject([{ deliveryId: 'd-1', lines }]);
    expect(order.returns).toMatchObject([
      {
        returnId: 'r-1',
        status: 'received',
        lines,
        reason: 'too small',
        claimedAtMs: 77,
        receipts: [{ receiptId: 'k-1', lines, sellable: true, condition: null }],
      },
    ]);
  });

  test('pieces of a return that lapses may be asked for again', () => {
    const bodies = wholeLife('o-1').slice(0, 16);
    const lines = [{ line: 1, sku: 'A', holdId: 'o-1:A', quantity: 1 }];
    const order = last([...bodies, { type: 'ReturnLapsed', ...of, returnId: 'r-1', lines }]);
    expect(order.returns).toMatchObject([{ returnId: 'r-1', status: 'lapsed' }]);
    expect(order.lines[0]?.returnAsked).toBe(0);
  });

  test('a sale that is undone is reversed; one of which pieces were cancelled stands', () => {
    expect(last([...wholeLife('o-1').slice(0, 13), reversed]).holds[0]?.state).toBe('committed');
    expect(last([...confirmed, unwinding('c'), reversed]).holds[0]?.state).toBe('reversed');
  });
});

describe('money', () => {
  test('refunds add up apart from what was captured, and one that fails after all is owed', () => {
    const failed = refundRecorded(refund, 'failed');
    const due: EventBody = { type: 'RefundDue', ...of, ...money, refundId: 'r-1', code: 'card-closed' };
    const seen = states([...confirmed, refund, refundOp, refundRecorded(refund), failed, due]).slice(9);
    expect(seen.map(({ refunds, payment }) => [refunds[0]?.status, payment.refundedMinor])).toEqual([
      ['requested', 0],
      ['requested', 0],
      ['succeeded', 1_000],
      ['failed', 0],
      ['due', 0],
    ]);
    expect(
      seen.every(({ payment }) => payment.status === 'captured' && payment.capturedMinor === 1_000),
    ).toBe(true);
    expect(seen.at(-1)?.refunds).toMatchObject([{ origin: 'request', code: 'card-closed' }]);
    expect(seen.map(personSinceMs)).toEqual([null, null, null, null, 1_140]);
  });

  test('a refund of which nothing is known is unknown, and the payment is what it was', () => {
    const order = last([
      ...confirmed,
      refund,
      refundOp,
      unknownOf(refund.opId, 'refund'),
      lookUp(refund.opId),
    ]);
    expect(order.payment.status).toBe('captured');
    expect(order.refunds).toMatchObject([
      {
        status: 'unknown',
        check: { cause: 'timeout', atRiskMinor: 1_000, checks: 1, lastCheckedAtMs: 1_130 },
      },
    ]);
    expect(unknownSinceMs(order)).toBe(1_120);
  });

  test('unknown money names its operation, cause, amount, checks and deadline until its answer', () => {
    const { opId } = authorize;
    const seen = states([
      ...authorizing,
      unknownOf(opId, 'authorize'),
      lookUp(opId),
      unknownOf(opId, 'authorize', 'unavailable'),
      { type: 'PaymentAuthorized', ...of, ...authorize, ...money, pspRef: 'p', captureBeforeMs: 5 },
    ]);
    expect(seen.at(-2)?.payment).toMatchObject({
      status: 'unknown',
      kind: 'authorize',
      sinceMs: 1_040,
      check: {
        cause: 'unavailable',
        atRiskMinor: 1_000,
        checks: 1,
        lastCheckedAtMs: 1_050,
        nextCheckAtMs: 3_000,
        decideByMs: 9_000,
      },
    });
    expect(seen.map(unknownSinceMs)).toEqual([null, null, null, 1_040, 1_040, 1_040, null]);
    expect(seen.at(-1)?.payment).toMatchObject({ captureBeforeMs: 5, check: { cause: null, checks: 0 } });
  });

  test.each<[string, EventBody, Partial<OrderView['payment']>]>([
    [
      'pending',
      { type: 'PaymentPending', ...of, ...authorize, kind: 'authorize', pspRef: 'p9' },
      { kind: 'authorize', pspRef: 'p9' },
    ],
    [
      'action-required',
      { type: 'PaymentActionRequired', ...of, ...authorize, pspRef: 'p9', client: '{"url":"x"}' },
      { client: '{"url":"x"}' },
    ],
    ['voided', { type: 'PaymentVoided', ...of, ...authorize, ...money, pspRef: null }, { kind: null }],
    ['lapsed', { type: 'PaymentLapsed', ...of, ...authorize, reason: 'not-found' }, { kind: null }],
  ])('a payment is shown as %s', (status, body, payment) => {
    expect(last([...authorizing, body]).payment).toMatchObject({ status, sinceMs: 1_040, ...payment });
  });

  test('a refused capture leaves the reservation, with the code of the refusal', () => {
    const failed: EventBody = {
      type: 'PaymentCaptureFailed',
      ...of,
      opId: 'o-1:capture:1',
      attempt: 1,
      code: 'expired',
    };
    expect(last([...capturing, failed]).payment).toMatchObject({
      status: 'authorized',
      declineCode: 'expired',
    });
  });

  test('a dispute is open, then lost: the bank has the money', () => {
    const dispute = (as: 'open' | 'lost'): EventBody => ({
      type: 'DisputeRecorded',
      ...of,
      ...money,
      disputeId: 'dp-1',
      as,
      pspRef: null,
    });
    const order = last([...confirmed, dispute('open'), dispute('lost')]);
    expect(order.disputes).toMatchObject([{ disputeId: 'dp-1', status: 'lost', amountMinor: 1_000 }]);
    expect(order.payment.chargedBackMinor).toBe(1_000);
  });

  test('a person is needed until the operation is answered, or he has spoken', () => {
    const resolved: EventBody = {
      type: 'PaymentResolved',
      ...of,
      ...asked('w-1'),
      opId: refund.opId,
      as: 'done',
      by: 'ops',
      reason: 'seen',
      evidence: 'statement',
    };
    const asksBoth = [...confirmed, refund, refundOp, person(refund.opId), person('o-1:void:1')];
    expect(last(asksBoth).persons.map(({ opId }) => opId)).toEqual([refund.opId, 'o-1:void:1']);
    for (const answer of [refundRecorded(refund), resolved]) {
      expect(last([...asksBoth, answer]).persons.map(({ opId }) => opId)).toEqual(['o-1:void:1']);
    }
    const voided: EventBody = { type: 'PaymentVoided', ...of, ...authorize, ...money, pspRef: null };
    expect(personSinceMs(last([...asksBoth, refundRecorded(refund), voided]))).toBeNull();
  });
});

describe('commands from outside', () => {
  const outcomes = (bodies: readonly EventBody[]) =>
    last(bodies).commands.map(({ commandId, is, event, reason }) => [commandId, is, event, reason]);

  test('each shows what became of it, and a refusal changes the position', () => {
    expect(outcomes([...wholeLife('o-1'), refused('c-9')])).toEqual([
      ['x-1', 'done', 'LinesCancelled', null],
      ['s-1', 'done', 'ShipmentRecorded', null],
      ['d-1', 'done', 'DeliveryRecorded', null],
      ['r-1', 'done', 'ReturnRequested', null],
      ['k-1', 'done', 'ReturnReceived', null],
      ['c-9', 'refused', 'CommandRefused', 'partly-shipped'],
    ]);
    const [before, after] = states([...confirmed, refused('c-9')]).slice(-2);
    expect([before?.position, after?.position]).toEqual(['3.9', '3.10']);
    expect(after?.commands[0]).toMatchObject({ fingerprint: 'f-c-9', detail: 'line 1', position: '3.10' });
  });

  test('a noted cancel is done once the order unwinds for it', () => {
    const noted: EventBody = { type: 'CancelNoted', ...of, ...asked('c-1'), reason: 'customer' };
    expect(last([...capturing, noted])).toMatchObject({
      status: 'capturing',
      cancelNoted: { reason: 'customer' },
    });
    expect(outcomes([...capturing, noted])).toEqual([['c-1', 'noted', 'CancelNoted', null]]);
    expect(last([...capturing, noted, unwinding(null)])).toMatchObject({
      status: 'unwinding',
      unwinding: { to: 'cancelled', reason: 'customer' },
      cancelNoted: null,
    });
    expect(outcomes([...capturing, noted, unwinding(null)])).toEqual([
      ['c-1', 'done', 'UnwindStarted', null],
    ]);
  });

  test('the last twenty are kept', () => {
    const many = Array.from({ length: commandOutcomesMax + 3 }, (_, i) => refused(`c-${i}`));
    const kept = last([...confirmed, ...many]).commands;
    expect([kept.length, kept[0]?.commandId]).toEqual([commandOutcomesMax, 'c-3']);
  });

  test('a note on a reply, a refused placing and a refusal of an order nobody placed make no document', () => {
    const before = last(confirmed);
    expect(last([...confirmed, refused(null), refused('c', 'PlaceOrder')])).toEqual(before);
    expect(states([refused('c-1', 'CancelOrder', 'o-9')])).toEqual([]);
  });
});

describe('what belongs to no order', () => {
  const hint = (orderId: string): EventBody => ({
    type: 'HintKept',
    store: 'demo',
    orderId,
    command: 'ProviderHint',
    psp: 'sim',
    eventId: 'e1',
    kind: 'charge',
    pspRef: 'p1',
    opId: null,
  });
  test("news kept for an order nobody placed yet, or under the provider's reference, makes no document", () => {
    expect(states([hint('o-1'), hint('psp:p1'), ...confirmed]).at(-1)).toMatchObject({ status: 'confirmed' });
    const orphan: EventBody = {
      type: 'DiscrepancyRecorded',
      store: 'demo',
      orderId: 'o-7',
      ...money,
      opId: null,
      class: 'orphan',
      ours: '',
      theirs: 'p1',
    };
    expect(states([orphan])).toEqual([]);
  });
});

test('a document of a build before version 3 reads as an order nothing more happened to', () => {
  const { lines, orderId, store, customerId, status, reason, holds, position } = last(confirmed);
  const old = {
    orderId,
    store,
    customerId,
    status,
    reason,
    holds,
    position,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    payment: { status: 'captured', sinceMs: 1, capturedMinor: 1_000, declineCode: null },
  };
  const order = parseOrderView(JSON.stringify(old));
  expect(order).toMatchObject({ refunds: [], commands: [], lines: [{ line: 1, shipped: 0 }] });
  expect(order.payment).toMatchObject({ capturedMinor: 1_000, refundedMinor: 0, check: { checks: 0 } });
});

test.each<[string, readonly EventBody[], readonly string[]]>([
  ['placed', confirmed.slice(0, 1), ['stock until 900000: the order expires and its holds are released']],
  ['asked to pay', authorizing, ['provider until 61030: it counts as unknown and is looked up']],
  [
    'of unknown payment',
    [...authorizing, unknownOf(authorize.opId, 'authorize')],
    ['provider until 9000: it is voided and the order expires'],
  ],
  ['confirmed', confirmed, ['warehouse until null: null']],
  [
    'whose refund is asked for',
    [...confirmed, refund, refundOp],
    ['provider until 61110: it counts as unknown and is looked up', 'warehouse until null: null'],
  ],
  [
    'whose pieces are to come back',
    wholeLife('o-1').slice(0, 16),
    ['customer until 2592001160: the return lapses'],
  ],
  ['at rest', wholeLife('o-1'), []],
])('an order %s says whom it waits for, until when and what then', (_, bodies, wanted) => {
  const waits = waitsOf(last(bodies)).map(({ whom, untilMs, next }) => `${whom} until ${untilMs}: ${next}`);
  expect(waits).toEqual(wanted);
});
