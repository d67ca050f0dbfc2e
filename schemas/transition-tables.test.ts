import { describe, expect, test } from 'vitest';
import { commandBodyTypes as orderCommands } from './generated/orders-commands.ts';
import { eventBodyTypes as orderEvents } from './generated/orders-events.ts';
import { commandBodyTypes as stockCommands } from './generated/stock-commands.ts';
import { eventBodyTypes as stockEvents } from './generated/stock-events.ts';
import { orderPath, orderSteps } from './order-path.ts';
import { orderRules, orderStates, orderTransitions } from './order-transitions.ts';
import {
  earlierReplies,
  neverAskedReplies,
  outcomes,
  paymentColumns,
  paymentPath,
  paymentRules,
  paymentStates,
  paymentTransitions,
} from './payment-transitions.ts';
import {
  refundColumns,
  refundPath,
  refundRules,
  refundStates,
  refundTransitions,
} from './refund-transitions.ts';
import {
  holdPath,
  holdRules,
  holdStates,
  holdTransitions,
  skuPath,
  skuRules,
  skuStates,
  skuTransitions,
  stockSteps,
} from './stock-transitions.ts';
import type { Cell, PathTable } from './transition-cell.ts';

type AnyTable = Readonly<Record<string, Readonly<Record<string, Cell<string, string>>>>>;
type AnyPath = PathTable<string, string>;

const runtimeEvents = [
  'Barrier',
  'TimePassed',
  'CommandQuarantined',
  'CommandParked',
  'CommandRedriven',
  'RedriveAnswered',
];

const machines: readonly {
  readonly name: string;
  readonly table: AnyTable;
  /** Names of the states, which are the table's columns (orders, stock) or its rows (payments). */
  readonly states: readonly string[];
  readonly columns: readonly string[];
  readonly rules: readonly string[];
  readonly path: AnyPath;
}[] = [
  {
    name: 'order',
    table: orderTransitions,
    states: orderStates,
    columns: orderStates,
    rules: orderRules,
    path: orderPath,
  },
  {
    name: 'SKU',
    table: skuTransitions,
    states: skuStates,
    columns: skuStates,
    rules: skuRules,
    path: skuPath,
  },
  {
    name: 'hold',
    table: holdTransitions,
    states: holdStates,
    columns: holdStates,
    rules: holdRules,
    path: holdPath,
  },
  {
    name: 'payment',
    table: paymentTransitions,
    states: paymentStates,
    columns: paymentColumns,
    rules: paymentRules,
    path: paymentPath,
  },
  {
    name: 'refund',
    table: refundTransitions,
    states: refundStates,
    columns: refundColumns,
    rules: refundRules,
    path: refundPath,
  },
];

const cellsOf = (table: AnyTable) => Object.values(table).flatMap((row) => Object.values(row));

describe.each(machines)('the $name table', ({ table, states, columns, rules, path }) => {
  test('has no empty cell and no column of its own', () => {
    for (const row of Object.values(table)) {
      expect(Object.keys(row).sort()).toEqual([...columns].sort());
    }
  });

  test('names each of its rules, and only states it knows', () => {
    const used = cellsOf(table).filter((cell) => cell.is === 'rule');
    expect(new Set(used.map((cell) => cell.rule))).toEqual(new Set(rules));
    expect(used.flatMap((cell) => cell.to).filter((to) => !states.includes(to))).toEqual([]);
  });

  test('reaches every state from the first by its events', () => {
    const reached = new Set([states[0] ?? '']);
    for (let size = 0; size < reached.size; ) {
      size = reached.size;
      for (const row of Object.values(path)) {
        for (const from of reached) {
          const to = row[from];
          if (to) reached.add(to);
        }
      }
    }
    expect([...reached].sort()).toEqual([...states].sort());
  });
});

test('a reply that no state waits for has a cell too', () => {
  for (const row of [earlierReplies, neverAskedReplies]) {
    expect(Object.keys(row).sort()).toEqual([...outcomes].sort());
  }
});

test("every command of the inboxes has a row, but the one that is the runtime's", () => {
  const isOfDomain = (command: string): boolean => command !== 'Redrive';
  expect(Object.keys(orderTransitions)).toEqual(expect.arrayContaining(orderCommands.filter(isOfDomain)));
  const stockRows = Object.keys({ ...skuTransitions, ...holdTransitions });
  expect(stockRows.sort()).toEqual(stockCommands.filter(isOfDomain).sort());
});

test('every event of an aggregate has a row of the path', () => {
  const types = (steps: readonly string[]) => new Set(steps.map((step) => step.replace(/:.*/, '')));
  const without = (all: readonly string[]) => new Set(all.filter((type) => !runtimeEvents.includes(type)));
  expect(types(orderSteps)).toEqual(without(orderEvents));
  expect(Object.keys(orderPath)).toEqual([...orderSteps]);
  expect(types(stockSteps)).toEqual(without(stockEvents));
  expect(Object.keys(skuPath)).toEqual([...stockSteps]);
});

test('Closed is final, and Confirmed leads to nothing but the undo of a cancel', () => {
  for (const [step, row] of Object.entries(orderPath)) {
    expect([step, row.Closed ?? 'Closed']).toEqual([step, 'Closed']);
    const after = step === 'UnwindStarted' ? 'Unwinding' : 'Confirmed';
    expect([step, row.Confirmed ?? after]).toEqual([step, after]);
  }
});
