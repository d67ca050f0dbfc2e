import { describe, expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import { rememberedMs } from '../../schemas/recent-ids.ts';
import type { StockCommand } from './stock.ts';
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
  store,
} from './testing/stock-fixture.ts';

const levels = (commands: Parameters<typeof run>[0]) => {
  const { state } = run(commands);
  const { onHand = 0, held = 0, allocated = 0 } = state ?? {};
  return { onHand, held, allocated };
};
const withBody = (command: Command<StockCommand>, body: object): Command<StockCommand> => ({
  ...command,
  body: { ...command.body, ...body },
});
const last = (commands: Parameters<typeof run>[0]) => run(commands).events.at(-1);

describe('holds', () => {
  test('takes what is available and refuses one piece more, all or nothing', () => {
    expect(last([receive(10), placeHold(1, 4), placeHold(2, 6)])).toMatchObject({
      type: 'HoldPlaced',
      quantity: 6,
    });
    expect(last([receive(10), placeHold(1, 4), placeHold(2, 7)])).toMatchObject({
      type: 'HoldRefused',
      reason: 'insufficient',
      available: 6,
      quantity: 7,
    });
    expect(levels([receive(10), placeHold(1, 4), placeHold(2, 7)])).toEqual({
      onHand: 10,
      held: 4,
      allocated: 0,
    });
  });

  test('refuses a hold of an unknown and of a halted SKU, each with a reply', () => {
    expect(last([placeHold(1)])).toMatchObject({ type: 'HoldRefused', reason: 'unknown-sku', available: 0 });
    expect(last([receive(1), halt, placeHold(1)])).toMatchObject({ type: 'HoldRefused', reason: 'halted' });
    expect(last([receive(1), halt, resume, placeHold(1)])).toMatchObject({ type: 'HoldPlaced' });
  });

  test('a commit makes a sale of the hold, a release gives it back', () => {
    const before = [receive(10), placeHold(1, 4), placeHold(2, 5)];
    expect(levels([...before, commitHold(1)])).toEqual({ onHand: 6, held: 5, allocated: 4 });
    expect(levels([...before, commitHold(1), releaseHold(2)])).toEqual({ onHand: 6, held: 0, allocated: 4 });
  });

  test('a repeated command gets the same reply and moves nothing', () => {
    const cases = [
      [placeHold(1, 4)],
      [placeHold(1, 4), commitHold(1)],
      [placeHold(1, 4), releaseHold(1)],
      [releaseHold(1)],
    ];
    for (const commands of cases) {
      const once = run([receive(10), ...commands]);
      const again = run([receive(10), ...commands, ...commands.slice(-1)]);
      const messages = [once, again].map(({ events }) => events.slice(-1).flatMap(stock.react));
      expect(again.events.at(-1)).toEqual({ ...once.events.at(-1), repeat: true });
      expect(messages[0]).toHaveLength(1);
      expect(messages[1]).toEqual(messages[0]);
      expect(again.state).toEqual(once.state);
    }
  });

  test('a repeated PlaceHold or CommitHold of a committed hold gets the reply of the first one', () => {
    const sold = [receive(10), placeHold(1, 4), commitHold(1)];
    for (const before of [sold, [...sold, reverseCommit(1, 1), shipAllocated(1, 1)]]) {
      expect(last([...before, placeHold(1, 4)])).toMatchObject({
        type: 'HoldPlaced',
        quantity: 4,
        repeat: true,
      });
      expect(last([...before, commitHold(1)])).toMatchObject({
        type: 'HoldCommitted',
        quantity: 4,
        repeat: true,
      });
    }
  });

  test('the undo may come before the do: its tombstone refuses the hold for 24 hours', () => {
    const undone = run([receive(10), releaseHold(1)]);
    expect(undone.events.at(-1)).toMatchObject({ type: 'HoldReleased', quantity: 0, repeat: false });
    const day = startMs + 1 + rememberedMs;
    expect(run([placeHold(1)], undone.state, day - 1).events).toMatchObject([
      { type: 'HoldRefused', reason: 'ended' },
    ]);
    expect(run([placeHold(1)], undone.state, day).events).toMatchObject([
      { type: 'HoldPlaced', repeat: false },
    ]);
  });

  test('a tombstone stands at a SKU nobody has received yet', () => {
    const undone = run([releaseHold(1)]);
    expect(undone.state).toMatchObject({ state: 'Unknown', onHand: 0 });
    expect(run([receive(5), placeHold(1)], undone.state).events.at(-1)).toMatchObject({ reason: 'ended' });
  });
});

describe('movements', () => {
  test('an adjustment never breaks a hold, and the refusal names the orders', () => {
    const before = [receive(10), placeHold(1, 4), placeHold(2, 3)];
    expect(last([...before, adjust(-3)])).toMatchObject({ type: 'StockAdjusted', quantity: -3 });
    expect(last([...before, adjust(-4)])).toMatchObject({
      type: 'CommandRefused',
      reason: 'would-break-holds',
      detail: `held by ${orderIdAt(1)}, ${orderIdAt(2)}`,
    });
    const many = [receive(10), ...[1, 2, 3, 4, 5, 6, 7].map((n) => placeHold(n)), adjust(-4)];
    expect(last(many)).toMatchObject({ detail: expect.stringMatching(/ and 2 more$/) });
  });

  test('a level beyond 2^53 − 1 is refused', () => {
    const { state } = run([receive(1)]);
    const full = { ...state!, onHand: Number.MAX_SAFE_INTEGER - 5, received: Number.MAX_SAFE_INTEGER - 5 };
    expect(run([receive(6)], full).events).toMatchObject([
      { type: 'CommandRefused', reason: 'out-of-range' },
    ]);
    expect(run([adjust(6)], full).events).toMatchObject([{ type: 'CommandRefused', reason: 'out-of-range' }]);
    expect(run([receive(5)], full).events).toMatchObject([{ type: 'StockReceived' }]);
  });

  test('the same command id moves stock once; with another body it is refused', () => {
    const first = { ...receive(50), commandId: 'cmd', fingerprint: 'k1.aa' };
    const once = run([first]);
    expect(run([first], once.state, startMs + 5).events).toEqual([]);
    const other = { ...receive(51), commandId: 'cmd', fingerprint: 'k1.bb' };
    const reused = run([other], once.state, startMs + 5);
    expect(reused.events).toMatchObject([{ type: 'CommandRefused', reason: 'key-reused', commandId: 'cmd' }]);
    expect(run([first], reused.state, startMs + 6).events).toEqual([]);
    expect(run([first], once.state, startMs + rememberedMs).events).toMatchObject([
      { type: 'StockReceived' },
    ]);
  });

  test('a late copy of a refused or ignored command has no effect either', () => {
    const refused = { ...adjust(5), commandId: 'r', fingerprint: 'k1.aa' };
    expect(run([refused, receive(1), refused]).events.map(({ type }) => type)).toEqual([
      'CommandRefused',
      'StockReceived',
    ]);
    const ignored = { ...halt, commandId: 'h', fingerprint: 'k1.aa' };
    expect(run([receive(1), halt, ignored, resume, ignored]).state?.state).toBe('Open');
  });
});

describe('check', () => {
  test.each([
    ['no pieces', receive(0)],
    ['more than 1,000,000,000 pieces', receive(1_000_000_001)],
    ['an adjustment by nothing', adjust(0)],
    ['an adjustment below −1,000,000,000', adjust(-1_000_000_001)],
    ['a hold of nothing', placeHold(1, 0)],
    ['a hold of more than an order may ask for', placeHold(1, 1_000_001)],
    ['a hold id of another SKU', placeHold(1, 1, { holdId: `${orderIdAt(1)}:B` })],
    ['an order id of another form', placeHold(1, 1, { orderId: 'order-1', holdId: 'order-1:A' })],
    ['a SKU in lower case', commandOf({ type: 'Halt', sku: 'a', reason: '' })],
    ['a reason of 201 characters', commandOf({ type: 'Halt', sku, reason: 'x'.repeat(201) })],
    ['a reason that is none', withBody(adjust(1), { reason: 'gift' })],
    ['no store', commandOf({ type: 'Halt', sku, reason: '' }, { store: '' })],
    ['a limit of nothing', limit(0)],
    ['a limit of parts of a piece', limit(1.5)],
    ['a reversal of nothing', reverseCommit(1, 0)],
    ['a shipment of nothing', shipAllocated(1, 0)],
    ['a restock of nothing', restock('r', 0)],
    ['a restock of no return', restock('', 1)],
    ['a loss that names a movement', withBody(adjust(-1), { reason: 'lost', corrects: 'A' })],
    ['a correction of an id of 65 characters', withBody(adjust(-1), { corrects: 'A'.repeat(65) })],
  ])('quarantines %s', (_, command) => {
    expect(stock.check(undefined, command)).toBe('semantic');
  });

  test('accepts what is within the bounds, and nothing of another store', () => {
    for (const command of [receive(1_000_000_000), adjust(-1_000_000_000), placeHold(1, 1_000_000), halt]) {
      expect(stock.check(undefined, command)).toBeNull();
    }
    const { state } = run([receive(1)]);
    expect(stock.check(state, { ...receive(1), store: 's-2' })).toBe('store-mismatch');
  });
});

test('keys every command and event by store and SKU', () => {
  const key = `${store}/${sku}`;
  expect(stock.keyOfCommand(receive(1))).toBe(key);
  expect(run([adjust(1), receive(1), placeHold(1), commitHold(2)]).events.map(stock.keyOfEvent)).toEqual(
    Array(4).fill(key),
  );
});

test('the fold stops where a level would fall below what is held', () => {
  const { state } = run([receive(5), placeHold(1, 4)]);
  const place = { store, sku, reason: 'lost', commandId: null, fingerprint: null, requestId: null };
  expect(() =>
    stock.evolve(state, { type: 'StockAdjusted', ...place, quantity: -2, corrects: null }, startMs),
  ).toThrow(/leaves 3 on hand, 4 held/);
});

test('the fold changes its state in place: no map of a hot SKU is ever copied', () => {
  const { state } = run([receive(10), placeHold(1), placeHold(2)]);
  const parts = [state, state?.open, state?.sold, state?.ended, state?.commands];
  const { state: after } = run([placeHold(3), commitHold(1), releaseHold(2), halt], state);
  [after, after?.open, after?.sold, after?.ended, after?.commands].forEach((part, i) => {
    expect(part).toBe(parts[i]);
  });
});

describe('purchase limits', () => {
  const by = (n: number, quantity: number, customerId = 'c-1') => placeHold(n, quantity, { customerId });

  test('counts what a customer holds, bought and got shipped from the limit on, and nothing before it', () => {
    const { events } = run([
      receive(100),
      by(1, 9),
      limit(3),
      by(2, 3),
      by(3, 1),
      by(4, 3, 'c-2'),
      commitHold(2),
      shipAllocated(2, 3),
      by(5, 1),
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'StockReceived',
      'HoldPlaced',
      'PurchasesLimited',
      'HoldPlaced',
      'HoldRefused',
      'HoldPlaced',
      'HoldCommitted',
      'AllocationShipped',
      'HoldRefused',
    ]);
    expect(events.at(-1)).toMatchObject({ reason: 'customer-limit', available: 85 });
  });

  test('gives back what is released or reversed, by pieces', () => {
    const bought = [receive(100), limit(4), by(1, 4), commitHold(1), reverseCommit(1, 3)];
    expect(last([...bought, by(2, 3)])).toMatchObject({ type: 'HoldPlaced' });
    expect(last([...bought, by(2, 4)])).toMatchObject({ reason: 'customer-limit' });
    expect(last([receive(9), limit(4), by(1, 4), releaseHold(1), by(2, 4)])).toMatchObject({
      type: 'HoldPlaced',
    });
  });

  test('a limit that is moved keeps its counts, one that is lifted forgets them', () => {
    expect(last([receive(9), limit(2), by(1, 2), limit(3), by(2, 2)])).toMatchObject({
      reason: 'customer-limit',
    });
    expect(last([receive(9), limit(2), by(1, 2), limit(null), limit(2), by(2, 2)])).toMatchObject({
      type: 'HoldPlaced',
    });
  });

  test('says sold out where both are true, for that is the same for everybody', () => {
    expect(last([receive(2), limit(2), by(1, 2), by(2, 1)])).toMatchObject({ reason: 'insufficient' });
  });

  test('the same limit again is ignored, and a SKU nobody knows has none', () => {
    expect(last([receive(1), limit(2), limit(2)])).toMatchObject({
      type: 'CommandIgnored',
      reason: 'same-limit',
    });
    expect(last([receive(1), limit(null)])).toMatchObject({ type: 'CommandIgnored', reason: 'same-limit' });
    expect(last([limit(2)])).toMatchObject({ type: 'CommandRefused', reason: 'unknown-sku' });
  });

  test('an SKU without a limit counts nobody', () => {
    expect(run([receive(9), by(1, 2), limit(2), limit(null), by(2, 2)]).state?.limit).toBeNull();
  });
});

describe('sales and returns', () => {
  const sold = [receive(10), placeHold(1, 4), commitHold(1)];

  test('pieces of one sale are reversed and shipped apart, and the last one ends it', () => {
    const { state, events } = run([...sold, reverseCommit(1, 1), shipAllocated(1, 2), reverseCommit(1, 1)]);
    expect(state).toMatchObject({ onHand: 8, allocated: 0, committed: 4, reversed: 2, shipped: 2 });
    expect(state?.sold.size).toBe(0);
    expect(events.slice(-3).flatMap(stock.react)).toMatchObject([
      { body: { type: 'CommitReversed', quantity: 1 } },
      { body: { type: 'CommitReversed', quantity: 1 } },
    ]);
  });

  test('more than is left of a sale is an anomaly that moves nothing', () => {
    for (const command of [reverseCommit(1, 4), shipAllocated(1, 4)]) {
      const { state, events } = run([...sold, shipAllocated(1, 1), command]);
      expect(events.at(-1)).toMatchObject({
        type: 'AnomalyRecorded',
        state: 'Open/Committed',
        reason: 'more-than-committed',
      });
      expect(state).toMatchObject({ onHand: 6, allocated: 3, shipped: 1, reversed: 0 });
    }
  });

  test('two receipts of one return are two movements, the same receipt again is none', () => {
    const { state, events } = run([
      receive(1),
      restock('r', 2, 'first'),
      restock('r', 3, 'second'),
      restock('r', 2, 'first'),
    ]);
    expect(events.slice(1)).toMatchObject([{ repeat: false }, { repeat: false }, { repeat: true }]);
    expect(state).toMatchObject({ onHand: 6, received: 1, restocked: 5 });
  });

  test('all that is sold fits back on hand: nothing is received beyond 2^53 − 1 in the building', () => {
    const full = run([receive(10), placeHold(1, 10), commitHold(1)]).state;
    if (full) full.onHand = Number.MAX_SAFE_INTEGER - 10;
    for (const more of [receive(1), restock('r', 1), adjust(1)]) {
      expect(run([more], structuredClone(full), startMs + 9).events).toMatchObject([
        { type: 'CommandRefused', reason: 'out-of-range' },
      ]);
    }
  });
});
