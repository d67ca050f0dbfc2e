import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import type { Stock, StockEvent, StockCommand } from './stock.ts';
import { StockBooks } from './testing/stock-books.ts';
import {
  adjust,
  commitHold,
  halt,
  limit,
  placeHold,
  receive,
  releaseHold,
  restock,
  resume,
  reverseCommit,
  shipAllocated,
  startMs,
  stock,
} from './testing/stock-fixture.ts';

const order = fc.integer({ min: 1, max: 5 });
const pieces = fc.integer({ min: 1, max: 4 });
const movement = fc.oneof(
  fc.integer({ min: 1, max: 9 }).map(receive),
  fc.integer({ min: -6, max: 6 }).filter(Boolean).map(adjust),
  fc.constantFrom(halt, resume, resume),
  fc.option(fc.integer({ min: 1, max: 6 })).map(limit),
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
  {
    weight: 3,
    arbitrary: fc
      .tuple(order, pieces, fc.constantFrom('c-1', 'c-2'))
      .map(([n, quantity, customerId]) => placeHold(n, quantity, { customerId })),
  },
  { weight: 3, arbitrary: order.map(commitHold) },
  { weight: 1, arbitrary: order.map(releaseHold) },
  { weight: 2, arbitrary: fc.tuple(order, pieces).map(([n, quantity]) => reverseCommit(n, quantity)) },
  { weight: 2, arbitrary: fc.tuple(order, pieces).map(([n, quantity]) => shipAllocated(n, quantity)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('return-1', 'return-2'), pieces, fc.constantFrom('first', 'second'))
      .map(([returnId, quantity, receiptId]) => restock(returnId, quantity, receiptId)),
  },
);

/** The numbers both the fold and the books of the test count. */
const levels = [
  'onHand',
  'held',
  'allocated',
  'received',
  'restocked',
  'adjusted',
  'reversed',
  'shipped',
] as const;

test('whatever the order of commands, no equation of a SKU breaks at any prefix', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
      const books = new StockBooks();
      const events: [StockEvent, number][] = [];
      let state: Stock | undefined;
      commands.forEach((next, i) => {
        for (const event of stock.decide(state, next, startMs + i)) {
          state = stock.evolve(state, event, startMs + i);
          events.push([event, startMs + i]);
          seen.add(event.type === 'HoldRefused' ? `${event.type}:${event.reason}` : event.type);
          expect(books.book(event)).toBeNull();
          for (const level of levels) expect([level, state?.[level] ?? 0]).toEqual([level, books[level]]);
          for (const customer of state?.limit ? ['c-1', 'c-2'] : []) {
            expect(state?.limit?.pieces.get(customer) ?? 0).toBe(books.boughtBy(customer));
          }
        }
      });
      let replayed: Stock | undefined;
      for (const [event, atMs] of events) replayed = stock.evolve(replayed, event, atMs);
      expect(replayed).toEqual(state);
    }),
    { numRuns: 400 },
  );
  expect([...seen].sort()).toEqual([
    'AllocationShipped',
    'AnomalyRecorded',
    'CommandIgnored',
    'CommandRefused',
    'CommitReversed',
    'HoldCommitted',
    'HoldPlaced',
    'HoldRefused:customer-limit',
    'HoldRefused:ended',
    'HoldRefused:halted',
    'HoldRefused:insufficient',
    'HoldRefused:unknown-sku',
    'HoldReleased',
    'PurchasesLimited',
    'SkuHalted',
    'SkuResumed',
    'StockAdjusted',
    'StockReceived',
    'StockRestocked',
  ]);
});

test('every hold command is answered, and the same command again never changes the state', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(), (commands, pick) => {
      let state: Stock | undefined;
      commands.forEach((next, i) => {
        const events = stock.decide(state, next, startMs + i);
        for (const event of events) state = stock.evolve(state, event, startMs + i);
        const isHold = next.body.type.endsWith('Hold');
        const isAgain = isHold || next.body.type === 'Restock' || next.commandId !== null;
        if (isHold && events[0]?.type !== 'AnomalyRecorded') {
          expect(events.flatMap(stock.react)).toHaveLength(1);
        }
        if (i !== pick % commands.length || !isAgain) return;
        const before = structuredClone(state);
        const again = stock.decide(state, next, startMs + i);
        for (const event of again) state = stock.evolve(state, event, startMs + i);
        expect(state).toEqual(before);
      });
    }),
    { numRuns: 300 },
  );
});
