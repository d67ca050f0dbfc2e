import { expect, test } from 'vitest';
import { createFold, nextDue, packOld } from './fold.ts';
import type { Slice } from './process-slice.ts';
import {
  contextOf,
  decide,
  events,
  type Given,
  keyA,
  keyB,
  skuA,
  skuB,
  receive,
  tickKey,
} from './testing/slice-fixture.ts';
import { type Counter, counter } from './testing/tiny-processors.ts';
import { World } from './testing/world.ts';

const gone: Counter = { onHand: 0, holds: 0, commandIds: [] };

/** A counter that falls due at the time its `onHand` says, and leaves for good. Its first command id is its key. */
const leaving: typeof counter = {
  ...counter,
  archived: gone,
  dueAtMs: ({ onHand }) => onHand,
  due: ({ onHand, commandIds: [key = ''] }) => {
    if (onHand === 13) throw new Error('a bug');
    return [{ type: 'AnomalyRecorded', command: 'Tick', key, state: 'due', reason: String(onHand) }];
  },
  evolve: (state, event, atMs) =>
    event.type === 'AnomalyRecorded' ? gone : counter.evolve(state === gone ? undefined : state, event, atMs),
};
const tick = (timestampMs: number): Given => ({
  body: { type: 'Tick', writer: 'w' },
  store: '',
  key: tickKey,
  timestampMs,
});
const dueAt = (atMs: number, sku = skuA): Given => ({
  body: receive(sku, atMs),
  commandId: `s/${sku}`,
  timestampMs: 1,
});
const reasons = (slice: Slice): unknown[] => events(slice).map(({ body }) => body['reason'] ?? body.type);

/** Many aggregates, due one after the other from 100 on, put in from the latest to the earliest. */
function contextWith(count: number, processor = leaving) {
  const context = { ...contextOf(), processor, fold: createFold(processor) };
  for (let i = count - 1; i >= 0; i -= 1) {
    const key = `s/x${i}`;
    context.fold.aggregates.set(key, { onHand: 100 + i, holds: 0, commandIds: [key] });
    context.fold.deadlines.add(key, 100 + i);
    packOld(context.fold);
  }
  return context;
}

test('a Tick fires what is due, oldest first, and its own event last', () => {
  const context = contextWith(3);
  const slice = decide([tick(101)], {}, context);
  expect(reasons(slice)).toEqual(['100', '101', 'TimePassed']);
  expect(slice.dueLeft).toBe(false);
  expect(events(slice).map(({ atMs, cause }) => [atMs, cause.offset])).toEqual([
    [101, 0],
    [101, 0],
    [101, 0],
  ]);
  expect(reasons(decide([{ ...tick(101), offset: 1 }], {}, context))).toEqual(['TimePassed']);
  expect(reasons(decide([{ ...tick(102), offset: 2 }], {}, context))).toEqual(['102', 'TimePassed']);
});

test('500 at a Tick; the rest is for the next, which is wanted at once', () => {
  const context = contextWith(1_100);
  const limits = { latestMs: 10_000 };
  const first = decide([tick(5_000)], limits, context);
  expect([first.records.length, first.dueLeft]).toEqual([501, true]);
  const second = decide([{ ...tick(5_000), offset: 1 }], limits, context);
  expect([second.records.length, second.dueLeft]).toEqual([501, true]);
  const third = decide([{ ...tick(5_000), offset: 2 }], limits, context);
  expect([third.records.length, third.dueLeft]).toEqual([101, false]);
  const order = [first, second, third].flatMap(reasons).filter((reason) => reason !== 'TimePassed');
  expect(order).toEqual(Array.from({ length: 1_100 }, (_, i) => String(100 + i)));
});

test('100,000 that fall due while nobody decided are bounded at every Tick: in events, and in objects', () => {
  // they stay, and are due no more
  const lapsing = {
    ...leaving,
    evolve: (state: Counter | undefined) => ({ ...gone, ...state, onHand: never }),
  };
  const never = 2 ** 40;
  const context = contextWith(100_000, lapsing);
  const limits = { latestMs: 2 ** 39 };
  for (let offset = 0; offset < 12; offset += 1) {
    const slice = decide([{ ...tick(2 ** 38), offset }], limits, context);
    expect([slice.records.length, slice.dueLeft]).toEqual([501, true]);
    expect(context.fold.aggregates.looseSize).toBeLessThan(5_000);
  }
});

test('what is due stands in one batch with its Tick: a slice that holds others ends before it', () => {
  const context = contextWith(1);
  const slice = decide([dueAt(5_000), tick(200)], {}, context);
  expect([slice.taken, reasons(slice)]).toEqual([1, ['r']]);
});

test('one that throws is parked alone, and the others fall due', () => {
  const context = { ...contextOf(), processor: leaving };
  decide([dueAt(13), dueAt(14, skuB)], {}, context);
  const slice = decide([{ ...tick(50), offset: 2 }], {}, context);
  expect(reasons(slice)).toEqual(['Error: a bug', '14', 'TimePassed']);
  expect(events(slice)[0]).toMatchObject({ body: { type: 'CommandParked', command: 'Tick', key: keyA } });
  expect(slice.parked).toEqual([{ command: 'Tick', reason: 'Error: a bug' }]);
  expect(context.fold.archived.has(keyB)).toBe(true);
  expect(reasons(decide([{ ...tick(60), offset: 3 }], {}, context))).toEqual(['TimePassed']);
});

test('a deadline that passed while its aggregate was parked fires once that is redriven', () => {
  const context = { ...contextOf(), processor: leaving };
  const bug: Given = { ...dueAt(1), body: receive(skuA, 1, 'throw'), commandId: 'c' };
  decide([dueAt(20), { ...bug, offset: 1 }], {}, context);
  context.fold.spoiled.clear();
  expect(reasons(decide([{ ...tick(30), offset: 2 }], {}, context))).toEqual(['TimePassed']);
  const decideMended: typeof counter.decide = (state, command, atMs) =>
    'reason' in command.body ? [] : counter.decide(state, command, atMs);
  const mended = { ...context, processor: { ...leaving, decide: decideMended } };
  const body = { type: 'Redrive', key: keyA, dryRun: false, by: 'ops', reason: 'r' } as const;
  decide([{ body, key: keyA, offset: 3, timestampMs: 31 }], {}, mended);
  expect(reasons(decide([{ ...tick(40), offset: 4 }], {}, mended))).toEqual(['20', 'TimePassed']);
});

test('an aggregate that says another time by now is passed over', () => {
  const context = { ...contextOf(), processor: leaving };
  decide([dueAt(20), { ...dueAt(30), commandId: 'again' }], {}, context);
  expect(nextDue(context.fold, leaving, 49)).toBeNull();
  expect(nextDue(context.fold, leaving, 50)).toMatchObject({ key: keyA });
});

test('what has left is a hash: its state is the one of all that left', () => {
  const context = { ...contextOf(), processor: leaving };
  decide([dueAt(20)], {}, context);
  decide([{ ...tick(20), offset: 1 }], {}, context);
  expect([context.fold.aggregates.size, context.fold.archived.size]).toEqual([0, 1]);
  const seen: unknown[] = [];
  const processor: typeof counter = {
    ...leaving,
    check: (state) => {
      seen.push(state);
      return null;
    },
  };
  decide(
    [
      { ...dueAt(20), offset: 2 },
      { ...dueAt(20, skuB), offset: 3 },
    ],
    {},
    { ...context, processor },
  );
  expect(seen).toEqual([gone, undefined]);
  expect(seen[0]).toBe(gone);
});

test('where more is due than a Tick fires, the next Ticks come at once, not a second later', async () => {
  const world = new World(1);
  const startMs = world.clock.nowMs();
  const later: typeof counter = { ...leaving, dueAtMs: ({ onHand }) => startMs + onHand };
  const a = world.start('a', later);
  await world.clock.until('a owns', () => a.tasks.notReady() === null);
  for (let i = 0; i < 1_200; i += 1) {
    world.command('stock', `s/x${i}`, { commandId: `s/x${i}`, body: receive(`x${i}`, 20_000) });
  }
  await world.clock.advance(15_000);
  const fired = () => world.valid('stock', 0).filter(({ body }) => body.type === 'AnomalyRecorded');
  expect(fired()).toHaveLength(0);
  await world.clock.until('all have left', () => fired().length === 1_200);
  const times = fired().map(({ atMs }) => atMs);
  expect(new Set(times).size, 'three Ticks').toBe(3);
  // it was idle, and the clock ticked fast all the same: the first came within a second
  expect((times[0] ?? 0) - startMs - 20_000).toBeLessThan(1_100);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(100);
});
