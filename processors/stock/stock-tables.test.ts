import { describe, expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import { holdIdOf } from '../../schemas/ids.ts';
import {
  type HoldCommand,
  type HoldState,
  holdStates,
  holdTransitions,
  type SkuCommand,
  type SkuState,
  skuStates,
  skuTransitions,
} from '../../schemas/stock-transitions.ts';
import { holdStateOf, type Stock, type StockCommand } from './stock.ts';
import {
  adjust,
  commandOf,
  commitHold,
  halt,
  limit,
  orderIdAt,
  placeHold,
  receive,
  releaseHold,
  restock,
  resume,
  reverseCommit,
  run,
  shipAllocated,
  sku,
  startMs,
  stock,
} from './testing/stock-fixture.ts';

const atMs = startMs + 60_000;

const skuPaths: Readonly<Record<SkuState, readonly Command<StockCommand>[]>> = {
  Unknown: [],
  Open: [receive(10)],
  Halted: [receive(10), halt],
};

const skuTries: Readonly<Record<SkuCommand, readonly Command<StockCommand>[]>> = {
  ReceiveStock: [receive(5)],
  AdjustStock: [adjust(-1), adjust(3)],
  Halt: [halt],
  Resume: [resume],
  Restock: [restock('return-1', 2)],
  LimitPurchases: [limit(3)],
  PlaceHold: [placeHold(1)],
  Tick: [commandOf({ type: 'Tick', writer: 'w' })],
};

/** What a cell without a rule must give, or that a rule gave something of its own. */
function expectEvents(
  cell: (typeof skuTransitions)[SkuCommand][SkuState],
  events: readonly { type: string }[],
) {
  if (cell.is === 'ignore')
    return expect(events).toMatchObject([{ type: 'CommandIgnored', reason: cell.reason }]);
  if (cell.is === 'refuse')
    return expect(events).toMatchObject([{ type: 'CommandRefused', reason: cell.reason }]);
  if (cell.is === 'anomaly') {
    return expect(events).toMatchObject([{ type: 'AnomalyRecorded', reason: cell.reason }]);
  }
  expect(events).toHaveLength(1);
  return expect(events[0]?.type).not.toMatch(/^(Command|Anomaly)/);
}

const skuCells = (Object.keys(skuTransitions) as SkuCommand[]).flatMap((row) =>
  skuStates.map((state) => ({ row, state })),
);

test.each(skuCells)('SKU: $row × $state does what its cell says', ({ row, state }) => {
  const cell = skuTransitions[row][state];
  const reached = new Set<SkuState>();
  for (const command of skuTries[row]) {
    const { state: before } = run(skuPaths[state]);
    const { state: after, events } = run([command], before, atMs);
    expectEvents(cell, events);
    reached.add(after?.state ?? 'Unknown');
  }
  expect([...reached]).toEqual(cell.is === 'rule' ? [...cell.to] : [state]);
});

const holdPaths: Readonly<Record<HoldState, readonly Command<StockCommand>[]>> = {
  none: [receive(10)],
  Held: [receive(10), placeHold(1, 4)],
  Committed: [receive(10), placeHold(1, 4), commitHold(1)],
  Released: [receive(10), placeHold(1, 4), releaseHold(1)],
  Reversed: [receive(10), placeHold(1, 4), commitHold(1), shipAllocated(1, 1), reverseCommit(1, 3)],
  Shipped: [receive(10), placeHold(1, 4), commitHold(1), reverseCommit(1, 1), shipAllocated(1, 3)],
};

const holdTries: Readonly<Record<HoldCommand, readonly Command<StockCommand>[]>> = {
  PlaceHold: [placeHold(1, 4), placeHold(1, 11)],
  CommitHold: [commitHold(1)],
  ReleaseHold: [releaseHold(1)],
  ReverseCommit: [reverseCommit(1, 3), reverseCommit(1, 4)],
  ShipAllocated: [shipAllocated(1, 3), shipAllocated(1, 4)],
};

const holdCells = (Object.keys(holdTransitions) as HoldCommand[]).flatMap((row) =>
  holdStates.map((state) => ({ row, state })),
);

const stateOfHold = (state: Stock | undefined): HoldState =>
  state ? holdStateOf(state, holdIdOf(orderIdAt(1), sku), atMs) : 'none';

describe.each(holdCells)('hold: $row × $state', ({ row, state }) => {
  const cell = holdTransitions[row][state];

  test('does what its cell says', () => {
    const reached = new Set<HoldState>();
    for (const command of holdTries[row]) {
      const { state: before } = run(holdPaths[state]);
      expect(stateOfHold(before)).toBe(state);
      const { state: after, events } = run([command], before, atMs);
      const replies = row === 'ShipAllocated' ? 0 : 1;
      if (cell.is === 'rule') expect(events.flatMap(stock.react)).toHaveLength(replies);
      else expect(events).toMatchObject([{ type: 'AnomalyRecorded', state: `Open/${state}` }]);
      reached.add(stateOfHold(after));
    }
    expect([...reached].sort()).toEqual([...(cell.is === 'rule' ? cell.to : [state])].sort());
  });
});
