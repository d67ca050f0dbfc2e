import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { stockFormat } from '../stock/stock-format.ts';
import { tallyOf } from './after-sales.ts';
import { orderFormat } from './order-format.ts';
import type { Order } from './order.ts';
import { type Plan, planArbitrary, SagaWorld } from './testing/saga-world.ts';

const ends = new Map<string, number>();
const seen = new Map<string, number>();

/** Runs a plan to rest; `picks` choose what happens next, and when all states pass through their snapshot format. */
function runToRest(plan: Plan, picks: readonly number[]): SagaWorld {
  const world = new SagaWorld(plan);
  for (let step = 0; world.step(picks[step % picks.length] ?? 0); step += 1) {
    expect(step).toBeLessThan(20_000);
    if ((picks[step % picks.length] ?? 0) % 5 !== 0) continue;
    passThrough(world.orders, orderFormat);
    passThrough(world.stocks, stockFormat);
  }
  return world;
}

function passThrough<S, T extends S>(states: Map<string, T>, format: StateFormat<S>): void {
  for (const [key, state] of states) {
    const writer = new ByteWriter();
    format.write(state, writer);
    states.set(key, format.read(new ByteReader(writer.written())) as T);
  }
}

/** What the provider holds of our customer's money in the end, and what we still owe by our own books. */
function moneyOf(world: SagaWorld, order: Order) {
  const account = world.provider.accounts.get(order.orderId);
  const refunds = [...(account?.refunds.values() ?? [])];
  const sum = (status: string): number =>
    refunds.reduce((total, refund) => (refund.status === status ? total + refund.amountMinor : total), 0);
  return {
    captures: account?.captures ?? 0,
    keptMinor: (account?.capturedMinor ?? 0) - sum('done'),
    failedMinor: sum('failed'),
    isReserved:
      account !== undefined &&
      account.authorizedMinor > 0 &&
      account.capturedMinor === 0 &&
      account.ended === null,
  };
}

test('orders, stock and money come to rest by legal steps alone, whatever happens first', () => {
  fc.assert(
    fc.property(planArbitrary, fc.array(fc.nat(), { minLength: 1, maxLength: 200 }), (plan, picks) => {
      const world = runToRest(plan, picks);
      expect(world.faults).toEqual([]);
      const sold = new Map<string, number>();
      for (const order of world.orders.values()) {
        const end = (order.state === 'Closed' ? order.unwinding?.to : order.state) ?? '';
        ends.set(end, (ends.get(end) ?? 0) + 1);
        expect(['Confirmed', 'Closed']).toContain(order.state);
        const money = moneyOf(world, order);
        const refunds = order.after?.refunds ?? [];
        const asked = refunds.filter(({ failed }) => !failed);
        const refundedMinor = (order.payment.refunds ?? []).reduce(
          (sum, refund) => sum + (refund.state === 'Failed' ? 0 : refund.amountMinor),
          0,
        );
        expect(money.captures).toBeLessThanOrEqual(1);
        expect(money.isReserved).toBe(false);
        expect(order.payment.capturedMinor - refundedMinor).toBe(money.keptMinor);
        if (order.state === 'Confirmed') {
          expect(order.payment.capturedMinor).toBe(order.totalMinor);
          expect(money.keptMinor).toBeGreaterThanOrEqual(0);
        } else {
          // what could not be given back is a debt, and nothing else is left
          expect(money.keptMinor).toBeLessThanOrEqual(money.failedMinor);
          expect(refunds.length === asked.length ? money.keptMinor : 0).toBe(0);
        }
        order.lines.forEach(({ sku, quantity }, i) => {
          const { cancelled, shipped, delivered, returning } = tallyOf(order, i + 1);
          expect(cancelled + shipped).toBeLessThanOrEqual(quantity);
          expect(Math.max(delivered, returning)).toBeLessThanOrEqual(shipped);
          seen.set('shipped', (seen.get('shipped') ?? 0) + shipped);
          seen.set('returning', (seen.get('returning') ?? 0) + returning);
          seen.set('cancelled', (seen.get('cancelled') ?? 0) + cancelled);
          const left = order.state === 'Confirmed' ? quantity - cancelled - shipped : 0;
          sold.set(sku, (sold.get(sku) ?? 0) + left);
        });
        seen.set('refunds', (seen.get('refunds') ?? 0) + refunds.length);
        seen.set('failed refunds', (seen.get('failed refunds') ?? 0) + refunds.length - asked.length);
      }
      for (const [sku, books] of world.books) {
        expect([sku, books.held, books.allocated]).toEqual([sku, 0, sold.get(sku) ?? 0]);
        const { onHand = 0, held = 0, allocated = 0 } = world.stocks.get(sku) ?? {};
        expect({ onHand, held, allocated }).toEqual({
          onHand: books.onHand,
          held: 0,
          allocated: books.allocated,
        });
      }
      expect(world.replayed()).toEqual({ orders: world.orders, stocks: world.stocks });
    }),
    { numRuns: 800 },
  );
  for (const end of ['Confirmed', 'Rejected', 'Declined', 'Expired', 'Cancelled']) {
    expect([end, (ends.get(end) ?? 0) > 20]).toEqual([end, true]);
  }
  for (const what of ['shipped', 'returning', 'cancelled', 'refunds', 'failed refunds']) {
    expect([what, (seen.get(what) ?? 0) > 20]).toEqual([what, true]);
  }
}, 120_000);
