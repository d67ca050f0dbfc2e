import { expect, test } from 'vitest';
import { holdIdOf, parseSku } from '../../schemas/ids.ts';
import { commandOf as orderCommandOf, orders, placeOrderOf } from '../orders/testing/orders-fixture.ts';
import { reactOrder } from '../orders/react-order.ts';
import type { Stock } from './stock.ts';
import {
  commandOf,
  commitHold,
  halt,
  orderIdAt,
  placeHold,
  receive,
  releaseHold,
  restock,
  reverseCommit,
  run,
  shipAllocated,
  sku,
  startMs,
  stock,
} from './testing/stock-fixture.ts';

/** The traps of `docs/design/domain.md` §8 that a stock of units falls into, by their numbers there. */

const tick = commandOf({ type: 'Tick', writer: 'w' });
const levelsOf = ({ onHand = 0, held = 0, allocated = 0 }: Partial<Stock> = {}) => ({
  onHand,
  held,
  allocated,
});
const typesOf = (commands: Parameters<typeof run>[0]) => run(commands).events.map(({ type }) => type);

test('trap 1, check stock, then take: the owner checks and takes in one step, so the last piece is sold once', () => {
  const { state, events } = run([receive(1), placeHold(1), placeHold(2), placeHold(3)]);
  expect(events.map(({ type }) => type)).toEqual([
    'StockReceived',
    'HoldPlaced',
    'HoldRefused',
    'HoldRefused',
  ]);
  expect(levelsOf(state)).toEqual({ onHand: 1, held: 1, allocated: 0 });
});

test('trap 2, two lines of one stock item checked apart: they are one hold of their sum', () => {
  const order = placeOrderOf([{ quantity: 3 }, { quantity: 3 }]);
  const placed = orders.decide(undefined, orderCommandOf(order), startMs);
  const holds = placed
    .flatMap((event) => reactOrder(event))
    .flatMap(({ body }) => (body.type === 'PlaceHold' ? [commandOf(body)] : []));
  expect(holds.map(({ body }) => body)).toMatchObject([{ quantity: 6 }]);
  expect(run([receive(5), ...holds]).events.at(-1)).toMatchObject({ reason: 'insufficient', quantity: 6 });
});

test('trap 3, min(wanted, available): all that was asked for, or nothing', () => {
  const { state, events } = run([receive(5), placeHold(1, 6)]);
  expect(events.at(-1)).toMatchObject({ type: 'HoldRefused', quantity: 6, available: 5 });
  expect(levelsOf(state)).toEqual({ onHand: 5, held: 0, allocated: 0 });
});

test('trap 4, a hold nobody ends: it has an owner and a deadline, and ends once', () => {
  expect(run([receive(1), placeHold(1)]).events.at(-1)).toMatchObject({
    orderId: orderIdAt(1),
    untilMs: startMs + 900_000,
  });
  const ends = [
    [releaseHold(1)],
    [commitHold(1), shipAllocated(1)],
    [commitHold(1), reverseCommit(1)],
  ] as const;
  for (const end of ends) {
    const { state } = run([receive(1), placeHold(1), ...end]);
    for (const other of [commitHold(1), releaseHold(1), reverseCommit(1), shipAllocated(1)]) {
      const again = run([other], structuredClone(state), startMs + 9);
      expect(again.events).toHaveLength(1);
      expect(again.events[0]).toSatisfy((event) => event.type === 'AnomalyRecorded' || event.repeat === true);
      expect(again.state).toEqual(state);
    }
  }
});

test('trap 5, a hold lapses during payment: stock never ends one, however late', () => {
  const { state } = run([receive(1), placeHold(1)]);
  const late = run([tick, placeHold(2), commitHold(1)], state, startMs + 400 * 86_400_000);
  expect(late.events).toMatchObject([
    { type: 'TimePassed' },
    { type: 'HoldRefused', reason: 'insufficient' },
    { type: 'HoldCommitted', repeat: false },
  ]);
});

test('trap 6, a lapsed hold is extended: what ended is refused, a new order is checked anew', () => {
  const { events } = run([
    receive(1),
    placeHold(1),
    releaseHold(1),
    placeHold(2),
    placeHold(1),
    placeHold(3),
  ]);
  expect(events.slice(3)).toMatchObject([
    { type: 'HoldPlaced', holdId: holdIdOf(orderIdAt(2), sku) },
    { type: 'HoldRefused', reason: 'ended' },
    { type: 'HoldRefused', reason: 'insufficient' },
  ]);
});

test('trap 7, release by quantity, twice: a release names its hold, so a second one gives nothing back', () => {
  const { state, events } = run([
    receive(10),
    placeHold(1, 4),
    placeHold(2, 4),
    releaseHold(1),
    releaseHold(1),
  ]);
  expect(levelsOf(state)).toEqual({ onHand: 10, held: 4, allocated: 0 });
  expect(events.slice(-2)).toMatchObject([{ repeat: false }, { repeat: true }]);
});

test('trap 8, undo before do: the tombstone is there first, and the do finds it', () => {
  const { state, events } = run([receive(10), releaseHold(1), placeHold(1, 4)]);
  expect(events.slice(1)).toMatchObject([
    { type: 'HoldReleased', quantity: 0 },
    { type: 'HoldRefused', reason: 'ended' },
  ]);
  expect(levelsOf(state)).toEqual({ onHand: 10, held: 0, allocated: 0 });
});

test('trap 9, unknown SKU, no answer: every hold asked for gets one', () => {
  for (const before of [[], [receive(1), halt], [receive(1)]]) {
    const { events } = run([...before, placeHold(1, 2)]);
    expect(events.slice(-1).flatMap(stock.react)).toMatchObject([{ body: { type: 'HoldRefused' } }]);
  }
});

test('trap 10, 85123a and 85123A: one SKU, upper case before it comes here', () => {
  expect(parseSku('85123a')).toBe(parseSku('85123A'));
  expect(stock.check(undefined, commandOf({ type: 'Halt', sku: '85123a', reason: '' }))).toBe('semantic');
});

test('trap 12, a return restocked unseen: what is not sellable after inspection moves no stock', () => {
  const received = {
    type: 'ReturnReceived',
    store: 's-1',
    orderId: orderIdAt(1),
    returnId: 'return-1',
    receiptId: 'receipt-1',
    lines: [{ line: 1, sku, holdId: holdIdOf(orderIdAt(1), sku), quantity: 2 }],
    claimedAtMs: null,
    commandId: null,
    fingerprint: null,
    requestId: null,
  } as const;
  for (const condition of ['damaged', 'to-supplier'] as const) {
    expect(reactOrder({ ...received, sellable: false, condition })).toEqual([]);
  }
  expect(reactOrder({ ...received, sellable: true, condition: null })).toMatchObject([
    { to: 'stock', body: { type: 'Restock', quantity: 2 } },
  ]);
  const sold = [receive(2), placeHold(1, 2), commitHold(1), shipAllocated(1, 2)];
  const once = run([...sold, restock('return-1', 1), restock('return-1', 1)]);
  expect(once.state).toMatchObject({ onHand: 1, restocked: 1, shipped: 2 });
  expect(typesOf([restock('return-1', 1)])).toEqual(['CommandRefused']);
});

test('trap 32, a timer undoes a finished order: nothing takes back what was shipped', () => {
  const shipped = [receive(1), placeHold(1), commitHold(1), shipAllocated(1)];
  expect(typesOf([...shipped, releaseHold(1), reverseCommit(1)]).slice(-2)).toEqual([
    'AnomalyRecorded',
    'AnomalyRecorded',
  ]);
});
