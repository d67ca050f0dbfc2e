import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import type { Stock, StockEvent, StockCommand } from './stock.ts';
import { StockBooks } from './testing/stock-books.ts';
import {
  adjust,
  commitHold,
  halt,
  placeHold,
  receive,
  releaseHold,
  resume,
  startMs,
  stock,
} from './testing/stock-fixture.ts';

const order = fc.integer({ min: 1, max: 5 });
const movement = fc.oneof(
  fc.integer({ min: 1, max: 9 }).map(receive),
  fc.integer({ min: -6, max: 6 }).filter(Boolean).map(adjust),
  fc.constantFrom(halt, resume, resume),
);
/** Some movements share an id: with the same fingerprint they are copies, with another one a reused key. */
const identified = fc
  .tuple(movement, fc.option(fc.integer({ min: 1, max: 6 })))
  .map(([command, id]): Command<StockCommand> => {
    if (id === null) return command;
    return { ...command, commandId: `cmd-${id}`, fingerprint: `k1.${JSON.stringify(command.body)}` };
  });
const command = fc.oneof(
  { weight: 2, arbitrary: identified },
  { weight: 3, arbitrary: fc.tuple(order, fc.integer({ min: 1, max: 4 })).map(([n, q]) => placeHold(n, q)) },
  { weight: 2, arbitrary: order.map(commitHold) },
  { weight: 2, arbitrary: order.map(releaseHold) },
);

test('whatever the order of commands, no equation of a SKU breaks at any prefix', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const books = new StockBooks();
      const events: [StockEvent, number][] = [];
      let state: Stock | undefined;
      commands.forEach((next, i) => {
        for (const event of stock.decide(state, next, startMs + i)) {
          state = stock.evolve(state, event, startMs + i);
          events.push([event, startMs + i]);
          seen.add(event.type);
          expect(books.book(event)).toBeNull();
          const { onHand = 0, held = 0, allocated = 0 } = state ?? {};
          expect({ onHand, held, allocated }).toEqual({
            onHand: books.onHand,
            held: books.held,
            allocated: books.allocated,
          });
        }
      });
      let replayed: Stock | undefined;
      for (const [event, atMs] of events) replayed = stock.evolve(replayed, event, atMs);
      expect(replayed).toEqual(state);
    }),
    { numRuns: 400 },
  );
  for (const type of ['HoldPlaced', 'HoldRefused', 'HoldCommitted', 'HoldReleased', 'AnomalyRecorded']) {
    expect(seen).toContain(type);
  }
});

test('every hold command is answered, and the same command again never changes the state', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(), (commands, pick) => {
      let state: Stock | undefined;
      commands.forEach((next, i) => {
        const events = stock.decide(state, next, startMs + i);
        for (const event of events) state = stock.evolve(state, event, startMs + i);
        const isHold = next.body.type.endsWith('Hold');
        if (isHold && events[0]?.type !== 'AnomalyRecorded') {
          expect(events.flatMap(stock.react)).toHaveLength(1);
        }
        if (i !== pick % commands.length || (!isHold && next.commandId === null)) return;
        const before = structuredClone(state);
        const again = stock.decide(state, next, startMs + i);
        for (const event of again) state = stock.evolve(state, event, startMs + i);
        expect(state).toEqual(before);
      });
    }),
    { numRuns: 300 },
  );
});
