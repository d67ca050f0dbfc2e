import { beforeAll, describe, expect, test } from 'vitest';
import { settled } from './testing/worker-bench.ts';
import { type ShopWorker, WorkerShop } from './testing/worker-shop.ts';

/** Orders that ended in each way that moves money, and one whose first reply was lost. */
let shop: WorkerShop;
beforeAll(async () => {
  shop = new WorkerShop();
  const bought = await shop.place('bought', 'tok_ok');
  await shop.place('declined', 'tok_declined');
  const cancelled = await shop.place('cancelled', 'tok_ok');
  await shop.place('lost', 'tok_lost_reply');
  await shop.place('capture-lost', 'tok_capture_lost_reply');
  for (const [refundId, amountMinor] of [
    ['r-1', 120],
    ['r-2', 80],
  ] as const) {
    const refund = {
      refundId,
      lines: [],
      amountMinor,
      currency: 'GBP',
      reason: 'goodwill',
      claimedAtMs: null,
    };
    await shop.tell({ type: 'RequestRefund', orderId: bought, ...refund }, refundId);
  }
  await shop.tell({ type: 'CancelOrder', orderId: cancelled, reason: 'asked' }, 'cancel');
  await shop.pass(60_000);
});

/** A worker that begins at the journal's start and finds it to end after so many records. */
async function takeOver(records: number): Promise<ShopWorker> {
  const next = shop.createWorker();
  next.worker.begin(0);
  next.worker.take(0, shop.records.slice(0, records));
  next.worker.caughtUp(0);
  await settled();
  return next;
}
const dump = (): unknown => shop.books.dump(shop.nowMs);
const asksWithin = (records: number): readonly string[] =>
  shop.records
    .slice(0, records)
    .flatMap(({ event: { body } }) => (body.type === 'PaymentOpRequested' ? [body.opId] : []));

describe('trap 34: replay repeats mails, charges', () => {
  test('what is replayed did move money, in each way', () => {
    expect(shop.ends()).toEqual([
      'Confirmed/Captured',
      'Closed/Declined',
      'Closed/Captured',
      'Confirmed/Captured',
      'Confirmed/Captured',
    ]);
    const { operations, payments } = shop.books.dump(shop.nowMs);
    expect(new Set(operations.map(({ kind }) => kind))).toEqual(new Set(['authorize', 'capture', 'refund']));
    expect(
      payments.map(({ captured, refunds }) => [captured, ...refunds.map(({ amount }) => amount)]),
    ).toEqual([[500, 120, 80], [500, 500], [500], [500]]);
  });

  test('a worker that reads the whole journal again moves nothing, and what it asks again changes no order', async () => {
    const before = dump();
    const next = await takeOver(shop.records.length);
    expect(next.calls).toEqual([]);
    expect(dump()).toEqual(before);
    // look-ups are no effects: their answers were given, so the order takes them for repeats
    expect(next.reports.length).toBeGreaterThan(0);
    for (const report of next.reports) {
      expect(report.body.type).toBe('ReportFacts');
      expect(shop.decisionOn(report).filter(({ type }) => type !== 'CommandIgnored')).toEqual([]);
    }
  });

  test('wherever a worker takes over, what it runs again is done already: its keys are those of the events', async () => {
    const before = dump();
    const again = new Set<string>();
    for (let records = 0; records <= shop.records.length; records += 1) {
      const { calls } = await takeOver(records);
      const asked = asksWithin(records);
      expect(asked).toEqual(expect.arrayContaining(calls));
      for (const opId of calls) again.add(opId);
    }
    expect(dump()).toEqual(before);
    // each operation was unanswered for a while, so each was run a second time
    expect(again).toEqual(new Set(asksWithin(shop.records.length)));
  });
});
