import type { EventBody } from '../../../../schemas/generated/orders-events.ts';
import type { MemoryRun } from '../memory-recording.ts';
import {
  alterCommand,
  blank,
  change,
  type Corruption,
  double,
  exorcise,
  find,
  life,
  renumber,
} from './change-run.ts';

type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>;

/** A refund, and its operation, of other money. */
function refundOf(run: MemoryRun, fits: (body: Of<'RefundRequested'>) => boolean, byMinor: number): void {
  const { body } = find(run, 'orders', 'RefundRequested', 0, fits);
  const { opId, lines, amountMinor } = body;
  const [first, ...rest] = lines;
  if (!first) throw new RangeError('a refund has lines');
  change(
    run,
    'orders',
    'RefundRequested',
    () => ({
      amountMinor: amountMinor + byMinor,
      lines: [{ ...first, netMinor: first.netMinor + byMinor }, ...rest],
    }),
    0,
    (other) => other.opId === opId,
  );
  change(
    run,
    'orders',
    'PaymentOpRequested',
    () => ({ amountMinor: amountMinor + byMinor }),
    0,
    (other) => other.opId === opId,
  );
}

const payment = (run: MemoryRun, fits: (one: NonNullable<MemoryRun['payments']>[number]) => boolean) => {
  const i = run.payments?.findIndex(fits) ?? -1;
  const is = run.payments?.[i];
  if (!is) throw new RangeError('the run has no such payment');
  return {
    is,
    become: (changed: Partial<typeof is>) => void run.payments?.splice(i, 1, { ...is, ...changed }),
  };
};

/** What I-04, I-10, I-11 and I-12 must see of money that is given back, doubted, disputed or comes late. */
export const lifeMoneyCorruptions: readonly Corruption[] = [
  life({
    name: 'a share of a discount one off',
    rule: 'I-10',
    says: /is not shared by its lines/,
    plant: (run) =>
      change(
        run,
        'orders',
        'OrderPlaced',
        ({ lines: [a, b] }) => ({
          lines:
            a && b
              ? [
                  { ...a, shareMinor: a.shareMinor - 2 },
                  { ...b, shareMinor: b.shareMinor + 2 },
                ]
              : [],
        }),
        0,
        ({ discountMinor }) => discountMinor > 0,
      ),
  }),
  life({
    name: 'a sale without its share of the discount',
    rule: 'I-10',
    says: /its sale is not the money/,
    plant: (run) =>
      change(
        run,
        'orders',
        'OrderConfirmed',
        ({ lines: [a, ...rest] }) => ({ lines: a ? [{ ...a, netMinor: a.netMinor + 357 }, ...rest] : [] }),
        0,
        ({ discountMinor }) => discountMinor > 0,
      ),
  }),
  life({
    name: 'a refund of one piece a penny too much',
    rule: 'I-10',
    says: /are worth/,
    plant: (run) => refundOf(run, ({ origin }) => origin === 'cancel-lines', 1),
  }),
  life({
    name: 'a refund of returned pieces a penny too little',
    rule: 'I-10',
    says: /are worth/,
    plant: (run) => refundOf(run, ({ origin }) => origin === 'return', -1),
  }),
  life({
    name: 'a refund that its lines do not come to',
    rule: 'I-10',
    says: /its lines come to/,
    plant: (run) =>
      change(run, 'orders', 'RefundRequested', ({ amountMinor }) => ({ amountMinor: amountMinor + 1 })),
  }),
  life({
    name: 'a last piece without its shipping',
    rule: 'I-10',
    says: /the last piece goes back with 0 of 360 shipping/,
    plant: (run) =>
      change(
        run,
        'orders',
        'RefundRequested',
        ({ amountMinor }) => ({ shippingMinor: 0, amountMinor: amountMinor - 360 }),
        0,
        ({ shippingMinor }) => shippingMinor > 0,
      ),
  }),
  life({
    name: 'shipping that goes back with a part',
    rule: 'I-10',
    says: /of shipping go back with a part/,
    plant: (run) =>
      change(
        run,
        'orders',
        'RefundRequested',
        ({ amountMinor }) => ({ shippingMinor: 5, amountMinor: amountMinor + 5 }),
        0,
        ({ origin }) => origin === 'cancel-lines',
      ),
  }),
  life({
    name: 'more given back than was captured',
    rule: 'I-10',
    says: /would go back/,
    plant: (run) => refundOf(run, ({ refundId }) => refundId === 'gift-3', 1),
  }),
  life({
    name: 'a cancelled order that gives back a part',
    rule: 'I-10',
    says: /all of \d+ is to go back/,
    plant: (run) => refundOf(run, ({ origin }) => origin === 'cancel', -1),
  }),
  life({
    name: 'a refund in another currency',
    rule: 'I-10',
    says: /it is in EUR/,
    plant: (run) => change(run, 'orders', 'RefundRequested', () => ({ currency: 'EUR' })),
  }),
  life({
    name: 'a refund under another operation',
    rule: 'I-10',
    says: /its operation is/,
    plant: (run) =>
      change(run, 'orders', 'RefundRequested', ({ orderId }) => ({ opId: `${orderId}:refund:x` })),
  }),
  life({
    name: 'a refund asked for twice',
    rule: 'I-10',
    says: /was requested before/,
    plant: (run) => double(run, 'orders', 'RefundRequested'),
  }),
  life({
    name: 'an operation that gives back what nobody decided',
    rule: 'I-10',
    says: /gives back what no RefundRequested names/,
    plant: (run) => blank(run, 'orders', 'RefundRequested', 0, ({ origin }) => origin === 'request'),
  }),
  life({
    name: 'a refund that succeeds twice',
    rule: 'I-10',
    says: /is succeeded twice/,
    plant: (run) => double(run, 'orders', 'RefundRecorded'),
  }),
  life({
    name: 'a refund that succeeds after it failed',
    rule: 'I-10',
    says: /has failed before/,
    plant: (run) => {
      exorcise(run);
      const { records, i, record, event, body } = find(run, 'orders', 'RefundDue');
      const failed = find(run, 'orders', 'RefundRecorded', 0, ({ refundId }) => refundId === body.refundId);
      const late = { ...failed.body, as: 'succeeded', code: null } as const;
      records.splice(i + 1, 0, { ...record, event: { ...event, body: late } });
      renumber(records);
    },
  }),
  life({
    name: 'an answer to a refund of another amount',
    rule: 'I-10',
    says: /were requested/,
    plant: (run) =>
      change(run, 'orders', 'RefundRecorded', ({ amountMinor }) => ({ amountMinor: amountMinor - 1 })),
  }),
  life({
    name: 'a debt for a refund that did not fail',
    rule: 'I-10',
    says: /it is due and is succeeded/,
    plant: (run) =>
      change(
        run,
        'orders',
        'RefundRecorded',
        () => ({ as: 'succeeded' as const }),
        0,
        ({ as }) => as === 'failed',
      ),
  }),
  life({
    name: 'a refund while the bank decides',
    rule: 'I-10',
    says: /while the bank decides/,
    plant: (run) => {
      const { body } = find(run, 'orders', 'RefundRequested', 0, ({ refundId }) => refundId === 'gift-3');
      const { orderId } = body;
      const { records, i, record, event } = find(
        run,
        'orders',
        'CommandRefused',
        0,
        ({ key, reason }) => key === orderId && reason === 'over-refund',
      );
      const open = {
        type: 'DisputeRecorded',
        store: 'demo',
        orderId,
        disputeId: 'dp-9',
        as: 'open',
        amountMinor: 1,
        currency: 'GBP',
        pspRef: null,
      } as const;
      records[i] = { ...record, event: { ...event, body: open } };
    },
  }),
  life({
    name: 'a dispute that is decided twice',
    rule: 'I-10',
    says: /was won and is lost/,
    plant: (run) =>
      change(
        run,
        'orders',
        'DisputeRecorded',
        () => ({ disputeId: 'dp-1' }),
        0,
        ({ as }) => as === 'lost',
      ),
  }),
  life({
    name: 'a dispute of more than was captured',
    rule: 'I-10',
    says: /are captured/,
    plant: (run) => change(run, 'orders', 'DisputeRecorded', () => ({ amountMinor: 9_999 })),
  }),
  life({
    name: 'a shipment before the money',
    rule: 'I-10',
    says: /pieces are shipped with 0 captured/,
    plant: (run) => {
      const { body } = find(run, 'orders', 'ShipmentRecorded');
      const { orderId } = find(run, 'orders', 'PaymentResolved').body;
      const early = find(run, 'orders', 'LookUpRequested', 0, (asked) => asked.orderId === orderId);
      const moved = { ...early.event, body: { ...body, orderId } };
      early.records[early.i] = { ...early.record, event: moved };
    },
  }),
  life({
    name: 'a look-up without its number',
    rule: 'I-10',
    says: /look-up 3 after 0/,
    plant: (run) => change(run, 'orders', 'LookUpRequested', () => ({ n: 3 })),
  }),
  life({
    name: 'facts that nobody asked for',
    rule: 'I-10',
    says: /by the facts of look-up 9/,
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'ReportFacts' && command.body.found === 'found',
        () => ({ n: 9 }),
      ),
  }),
  life({
    name: 'an attempt left out',
    rule: 'I-10',
    says: /goes from attempt 1 to 3/,
    plant: (run) => {
      const { orderId } = find(run, 'orders', 'PaymentActionRequired').body;
      const isHis = (other: Of<'PaymentOpRequested'>): boolean => isVoid(other) && other.orderId === orderId;
      change(run, 'orders', 'PaymentOpRequested', () => ({ attempt: 3 }), 1, isHis);
    },
  }),
  life({
    name: 'the same attempt under another key',
    rule: 'I-10',
    says: /again under another key/,
    plant: (run) => {
      const { orderId } = find(run, 'orders', 'PaymentActionRequired').body;
      const isHis = (other: Of<'PaymentOpRequested'>): boolean => isVoid(other) && other.orderId === orderId;
      change(run, 'orders', 'PaymentOpRequested', () => ({ key: 'made-up' }), 1, isHis);
    },
  }),
  life({
    name: 'late money that is kept',
    rule: 'I-10',
    says: /is captured and not confirmed/,
    plant: (run) => {
      const { body } = find(run, 'orders', 'RefundRequested', 0, ({ origin }) => origin === 'late-money');
      const isHis = ({ orderId }: { readonly orderId: string }): boolean => orderId === body.orderId;
      blank(run, 'orders', 'RefundRequested', 0, isHis);
      blank(run, 'orders', 'PaymentOpRequested', 0, ({ opId }) => opId === body.opId);
      blank(run, 'orders', 'RefundRecorded', 0, isHis);
    },
  }),
  life({
    name: 'unknown money that nobody decides',
    rule: 'I-10',
    says: /it is neither/,
    plant: (run) => blank(run, 'orders', 'PersonNeeded', 0, ({ reason }) => reason === 'undecided'),
  }),
  life({
    name: 'an operation nobody reports of, and nobody doubts',
    rule: 'I-10',
    says: /it is neither/,
    plant: (run) => {
      const { orderId } = find(run, 'orders', 'PersonNeeded', 0, ({ reason }) => reason === 'undecided').body;
      blank(run, 'orders', 'PersonNeeded', 0, ({ reason }) => reason === 'undecided');
      blank(run, 'orders', 'PaymentUnknown', 0, (body) => body.orderId === orderId && body.kind === 'void');
    },
  }),

  life({
    name: 'an order that unwinds to another end than it began to',
    rule: 'I-04',
    says: /unwinds to Declined, it did to Cancelled/,
    plant: (run) => {
      const { orderId } = find(run, 'orders', 'PaymentVoided').body;
      change(
        run,
        'orders',
        'UnwindStarted',
        () => ({ to: 'Declined' as const }),
        1,
        (body) => body.orderId === orderId,
      );
    },
  }),
  life({
    name: 'an order that closes as another end than it unwound to',
    rule: 'I-04',
    says: /it was to be Cancelled/,
    plant: (run) => change(run, 'orders', 'OrderClosed', () => ({ as: 'Declined' as const }), 0, isCancelled),
  }),
  life({
    name: 'a shipment of an order that is undone',
    rule: 'I-04',
    says: /ShipmentRecorded of order .* which is/,
    plant: (run) => {
      exorcise(run);
      const { body } = find(run, 'orders', 'ShipmentRecorded');
      const { records, i, record, event } = find(run, 'orders', 'OrderClosed', 0, isCancelled);
      const moved = { ...event, body: { ...body, orderId: record.key ?? '' } };
      records.splice(i + 1, 0, { ...record, event: moved });
      renumber(records);
    },
  }),
  life({
    name: 'a reservation dropped that was never asked to be',
    rule: 'I-04',
    says: /whose money is Voided/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'PaymentCaptured');
      const { pspRef, ...kept } = event.body as Of<'PaymentCaptured'>;
      const body = { ...kept, pspRef, type: 'PaymentVoided' } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  }),
  life({
    name: 'an order left open that no person waits for',
    rule: 'I-05',
    says: /open at rest/,
    plant: (run) => blank(run, 'orders', 'PersonNeeded', 0, ({ reason }) => reason === 'undecided'),
  }),

  life({
    name: 'a refund in the provider’s book that is none of ours',
    rule: 'I-11',
    says: /without an intent/,
    plant: (run) => {
      const refund = run.operations?.find(({ kind }) => kind === 'refund');
      if (refund) run.operations?.push({ ...refund, key: 'made-up', opId: 'other' });
    },
  }),
  life({
    name: 'a refund the provider gave twice',
    rule: 'I-11',
    says: /gave back/,
    plant: (run) => {
      const { is, become } = payment(run, ({ refunds }) => refunds.length === 1);
      become({ refunds: [...is.refunds, ...is.refunds.map((one) => ({ ...one, opId: 'other' }))] });
    },
  }),
  life({
    name: 'a refund of another amount in the provider’s book',
    rule: 'I-11',
    says: /our books say/,
    plant: (run) => {
      const { is, become } = payment(run, ({ refunds }) => refunds.length === 1);
      become({ refunds: is.refunds.map((one) => ({ ...one, amount: one.amount - 1 })) });
    },
  }),
  life({
    name: 'a refund we believe in that the provider failed',
    rule: 'I-11',
    says: /refunds that went back, the provider/,
    plant: (run) => {
      const { is, become } = payment(run, ({ refunds }) => refunds.length === 1);
      become({ refunds: is.refunds.map((one) => ({ ...one, status: 'failed' })) });
    },
  }),
  life({
    name: 'money captured at the provider that we know nothing of',
    rule: 'I-11',
    says: /the provider captured/,
    plant: (run) => payment(run, ({ status }) => status === 'canceled').become({ captured: 5 }),
  }),
  life({
    name: 'an order captured in two payments',
    rule: 'I-11',
    says: /in 2 payments|the provider captured/,
    plant: (run) => {
      const { is } = payment(run, ({ captured }) => captured > 0);
      run.payments?.push({ ...is, captured: 0 }, { ...is, captured: 1 });
    },
  }),
  life({
    name: 'a closed order with money reserved',
    rule: 'I-11',
    says: /has money of it reserved/,
    plant: (run) =>
      payment(run, ({ status }) => status === 'canceled').become({ status: 'requires_capture' }),
  }),
  life({
    name: 'a dispute the bank decided otherwise',
    rule: 'I-11',
    says: /the bank says/,
    plant: (run) => {
      const { is, become } = payment(run, ({ disputes }) => disputes.length > 0);
      become({ disputes: is.disputes.map((one) => ({ ...one, status: 'won' })) });
    },
  }),

  life({
    name: 'an expiry before unknown money is decided',
    rule: 'I-12',
    says: /its deadline is/,
    plant: (run) => {
      const { orderId } = find(
        run,
        'orders',
        'RefundRequested',
        0,
        ({ origin }) => origin === 'late-money',
      ).body;
      change(
        run,
        'orders',
        'PaymentUnknown',
        ({ decideByMs }) => ({ decideByMs: (decideByMs ?? 0) + 60_000 }),
        0,
        (body) => body.orderId === orderId,
      );
    },
  }),
];

const isVoid = ({ kind }: { readonly kind: string }): boolean => kind === 'void';
const isCancelled = ({ as }: { readonly as: string }): boolean => as === 'Cancelled';
