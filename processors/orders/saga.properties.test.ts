import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { stockFormat } from '../stock/stock-format.ts';
import { orderFormat } from './order-format.ts';
import { type Plan, planArbitrary, SagaWorld } from './testing/saga-world.ts';

const ends = new Map<string, number>();

/** Runs a plan to rest; `picks` choose what is delivered next, and when all states pass through their snapshot format. */
function runToRest(plan: Plan, picks: readonly number[]): SagaWorld {
  const world = new SagaWorld(plan);
  for (let step = 0; world.deliverNext(picks[step % picks.length] ?? 0); step += 1) {
    expect(step).toBeLessThan(5_000);
    if ((picks[step % picks.length] ?? 0) % 5 !== 0) continue;
    passThrough(world.orders, orderFormat);
    passThrough(world.stocks, stockFormat);
  }
  return world;
}

function passThrough<S>(states: Map<string, S>, format: StateFormat<S>): void {
  for (const [key, state] of states) {
    const writer = new ByteWriter();
    format.write(state, writer);
    states.set(key, format.read(new ByteReader(writer.written())));
  }
}

test('orders and stock come to rest by legal steps alone, whatever is delivered first', () => {
  fc.assert(
    fc.property(planArbitrary, fc.array(fc.nat(), { minLength: 1, maxLength: 200 }), (plan, picks) => {
      const world = runToRest(plan, picks);
      expect(world.faults).toEqual([]);
      const sold = new Map<string, number>();
      for (const order of world.orders.values()) {
        const end = order.state === 'Closed' ? order.unwinding?.to : order.state;
        ends.set(end ?? '', (ends.get(end ?? '') ?? 0) + 1);
        expect(['Confirmed', 'Closed']).toContain(order.state);
        const isSale = order.state === 'Confirmed';
        expect(order.payment.capturedMinor).toBe(isSale ? order.totalMinor : 0);
        if (end === 'Declined') expect(plan.payments.authorize.join()).toContain('no');
        for (const { sku, quantity } of isSale ? order.holds : []) {
          sold.set(sku, (sold.get(sku) ?? 0) + quantity);
        }
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
    { numRuns: 600 },
  );
  for (const end of ['Confirmed', 'Rejected', 'Declined']) expect(ends.get(end) ?? 0).toBeGreaterThan(20);
});
