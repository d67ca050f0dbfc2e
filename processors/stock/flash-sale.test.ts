import { expect, test } from 'vitest';
import { seededRandom } from '../../infra/clients/seeded-random.ts';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import type { Stock, StockCommand } from './stock.ts';
import {
  commitHold,
  placeHold,
  receive,
  releaseHold,
  shipAllocated,
  startMs,
  stock,
} from './testing/stock-fixture.ts';

const units = 1_000;
const attempts = 50_000;
const clients = 200;

/** Decides one command, folds it, and returns its only event. */
function decideOne(stocks: { of: Stock | undefined }, command: Command<StockCommand>, atMs: number) {
  const [event] = stock.decide(stocks.of, command, atMs);
  if (!event) throw new Error(`${command.body.type} was not decided`);
  stocks.of = stock.evolve(stocks.of, event, atMs);
  return event;
}

test('hot SKU: of 1,000 units 50,000 attempts buy exactly 1,000, and every refusal was true', () => {
  const random = seededRandom(7);
  const draw = (n: number): number => Math.floor(random() * n);
  const stocks: { of: Stock | undefined } = { of: undefined };
  decideOne(stocks, receive(units), startMs);
  /** Orders that hold a piece and have not paid yet. */
  const paying: number[] = [];
  let refused = 0;
  let given = 0;
  for (let order = 1; order <= attempts; order += 1) {
    const atMs = startMs + order;
    const availableBefore = (stocks.of?.onHand ?? 0) - (stocks.of?.held ?? 0);
    const event = decideOne(stocks, placeHold(order, 1, { customerId: `c-${order % clients}` }), atMs);
    if (event.type === 'HoldPlaced') paying.push(order);
    else {
      expect(event).toMatchObject({ type: 'HoldRefused', reason: 'insufficient', available: 0 });
      expect(availableBefore).toBe(0);
      refused += 1;
    }
    // a hundred pay at a time; one in five cannot, and his piece is there for others again
    while (paying.length > 100) {
      const [who = 0] = paying.splice(draw(paying.length), 1);
      if (draw(5) === 0) {
        expect(decideOne(stocks, releaseHold(who), atMs).type).toBe('HoldReleased');
        given += 1;
      } else {
        expect(decideOne(stocks, commitHold(who), atMs).type).toBe('HoldCommitted');
        if (draw(2) === 0) decideOne(stocks, shipAllocated(who), atMs);
      }
    }
  }
  for (const who of paying) decideOne(stocks, commitHold(who), startMs + attempts);
  expect(stocks.of).toMatchObject({ received: units, committed: units, onHand: 0, held: 0 });
  expect(given).toBeGreaterThan(100);
  expect(refused).toBe(attempts - units - given);
});
