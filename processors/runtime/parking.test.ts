import { expect, test } from 'vitest';
import type { Fold } from './fold.ts';
import { JournalFold } from './journal-fold.ts';
import { parkingReason } from './parked.ts';
import type { Slice } from './process-slice.ts';
import { journalBeginning } from './starting-point.ts';
import {
  cause,
  contextOf,
  decide,
  events,
  type Given,
  hold,
  keyA,
  keyB,
  keysOn,
  partition,
  partitions,
  receive,
  skuA,
  skuB,
  tickKey,
} from './testing/slice-fixture.ts';
import { type Counter, counter } from './testing/tiny-processors.ts';

const bug: Given = { body: receive(skuA, 5, 'throw') };
const redrive = (key = keyA, dryRun = false): Given => ({
  body: { type: 'Redrive', key, dryRun, by: 'ops', reason: 'mended' },
  key,
});
const types = (slice: Slice): string[] => events(slice).map(({ body }) => body.type);
const tick: Given = { body: { type: 'Tick', writer: 'w' }, store: '', key: tickKey };

/** The counter once the bug of `throw` is mended. */
const mended = {
  ...counter,
  decide: (state: Counter | undefined, command: Parameters<typeof counter.decide>[1], atMs: number) =>
    command.body.type === 'ReceiveStock'
      ? counter.decide(state, { ...command, body: { ...command.body, reason: 'r' } }, atMs)
      : counter.decide(state, command, atMs),
};

/** Decides under a fold that has `before` behind it, folded anew as after a take-over. */
function decideAfter(before: readonly Given[], given: readonly Given[], processor: typeof counter = mended) {
  const first = contextOf();
  const slice = decide(before, {}, first);
  const fold = replayed(slice);
  const context = { ...contextOf(), processor, fold };
  const offset = (one: Given, i: number): Given => ({ ...one, offset: before.length + i });
  return { context, slice: decide(given.map(offset), {}, context) };
}

function replayed(...slices: readonly Slice[]): Fold<Counter> {
  const journal = new JournalFold(counter, partitions, journalBeginning<Counter>(counter));
  const barrier = { type: 'Barrier', writer: 'w1', follows: null };
  const all = slices.flatMap((slice) =>
    events(slice).map((event, i) => ({ event, key: slice.records[i]?.key })),
  );
  const start = { seq: 0, writer: 'w1', cause: cause(-1), atMs: 0, routedThrough: 0, version: 1 };
  const recordOf = (i: number, key: string | null) => ({
    offset: BigInt(i),
    timestampMs: 0,
    key: key === null ? null : Buffer.from(key),
    value: null,
    headers: [],
  });
  journal.add(recordOf(0, null), { ...start, body: barrier });
  all.forEach(({ event, key }, i) => journal.add(recordOf(i + 1, key ?? null), event));
  return journal.fold;
}

test('parks a command whose decision throws, with its bytes and a reason, and decides other aggregates on', () => {
  const context = contextOf();
  const slice = decide([{}, bug, { body: receive(skuB, 2) }], {}, context);
  expect(types(slice)).toEqual(['StockReceived', 'CommandParked', 'StockReceived']);
  const [, parked] = events(slice);
  expect(parked).toMatchObject({
    cause: cause(1),
    body: { key: keyA, command: 'ReceiveStock', reason: 'Error: a bug in the domain' },
  });
  expect(slice.records[1]?.key).toBe(keyA);
  expect(slice.parked).toEqual([{ command: 'ReceiveStock', reason: 'Error: a bug in the domain' }]);
  expect(slice.stop).toBeNull();
});

test('parks the successors of a parked command behind it, in order, whatever they are', () => {
  const slice = decide([bug, {}, { body: receive(skuB) }, { body: hold('h', 'o1') }, { commandId: 'c' }]);
  expect(events(slice).map(({ body, cause: { offset } }) => [body.type, body['reason'], offset])).toEqual([
    ['CommandParked', 'Error: a bug in the domain', 0],
    ['CommandParked', 'behind', 1],
    ['StockReceived', 'r', 2],
    ['CommandParked', 'behind', 3],
    ['CommandParked', 'behind', 4],
  ]);
  expect(slice.messages).toEqual([]);
});

test('moves the mark with a parked message, so that its repeat is dropped and its successor no gap', () => {
  const context = contextOf();
  const slice = decide(
    [
      { ...bug, source: 'orders/3 41.0 -' },
      { ...bug, source: 'orders/3 41.0 -' },
      { source: 'orders/3 42.0 41.0' },
    ],
    {},
    context,
  );
  expect([types(slice), slice.repeats, slice.stop]).toEqual([['CommandParked', 'CommandParked'], 1, null]);
  expect(context.fold.marks.get('orders/3')).toEqual({ seq: 42, index: 0 });
  expect(replayed(slice).marks.get('orders/3')).toEqual({ seq: 42, index: 0 });
});

test.each<[string, Partial<typeof counter>]>([
  [
    'evolve, half-way through its events',
    {
      evolve(state, event, atMs) {
        const next = counter.evolve(state, event, atMs);
        if (event.type === 'HoldPlaced' && event.holdId === 'h-again') throw new Error('a bug');
        return next;
      },
    },
  ],
  [
    'react, after a first event was numbered',
    {
      react(event) {
        if (event.type === 'HoldPlaced' && event.holdId === 'h-again') throw new Error('a bug');
        return counter.react(event);
      },
    },
  ],
  [
    'decide, after it moved the state it was given',
    {
      decide(state, command, atMs) {
        if (command.body.type !== 'PlaceHold') return counter.decide(state, command, atMs);
        if (state) state.onHand = 999;
        throw new Error('a bug');
      },
    },
  ],
  [
    'a message that fits no schema',
    {
      react: (event) => counter.react(event).map((message) => ({ ...message, body: { type: 'HoldPlaced' } })),
    },
  ],
])('leaves nothing of a decision whose fault is in %s', (_, fault) => {
  const context = { ...contextOf(), processor: { ...counter, ...fault } };
  const slice = decide([{}, { body: hold('h', 'o1', 'o2') }, {}, { body: receive(skuB) }], {}, context);
  expect(types(slice)).toEqual(['StockReceived', 'CommandParked', 'CommandParked', 'StockReceived']);
  expect([slice.messages, context.fold.lastSent.size]).toEqual([[], 0]);
  expect([...context.fold.spoiled.keys()]).toEqual([keyA]);
  const fold = replayed(slice);
  expect(fold.aggregates.get(keyA)).toEqual({ onHand: 1, holds: 0, commandIds: [] });
  expect(fold.spoiled.size).toBe(0);
  expect({ ...fold, aggregates: 0, deadlines: 0, spoiled: 0 }).toEqual({
    ...context.fold,
    aggregates: 0,
    deadlines: 0,
    spoiled: 0,
    poisonInRow: 0,
  });
  expect(fold.deadlines.size).toBe(context.fold.deadlines.size);
});

test('parks without a decision where the slice that saw it throw had no room for the event', () => {
  let decisions = 0;
  const context = contextOf();
  const processor: typeof counter = {
    ...counter,
    decide(state, command, atMs) {
      if (command.body.type === 'PlaceHold') decisions += 1;
      return counter.decide(state, command, atMs);
    },
    evolve(state, event, atMs) {
      if (event.type === 'HoldPlaced') throw new Error('a bug');
      return counter.evolve(state, event, atMs);
    },
  };
  const given = [{}, { body: hold('h', 'o1') }];
  const bytesMax = decide(given).bytes;
  const first = decide(given, { bytesMax }, { ...context, processor });
  expect([types(first), first.stop]).toEqual([['StockReceived'], null]);
  const second = decide([{ ...given[1], offset: 1 }], {}, { ...context, processor });
  expect([types(second), decisions]).toEqual([['CommandParked'], 1]);
});

test.each<[string, Given, Partial<typeof counter>, RegExp]>([
  ['an event of another aggregate', {}, { keyOfEvent: () => 'another' }, /^OtherAggregate: /],
  [
    'an event that fits no schema',
    {},
    { decide: () => [{ type: 'StockReceived', store: 's', sku: skuA } as never] },
    /^TypeError: /,
  ],
])('parks a command that gives %s', (_, given, fault, reason) => {
  const slice = decide([given], {}, { ...contextOf(), processor: { ...counter, ...fault } });
  expect(types(slice)).toEqual(['CommandParked']);
  expect(events(slice)[0]?.body['reason']).toMatch(reason);
});

test('notes a message from a journal that the aggregate knows, so that its mark is kept', () => {
  const context = contextOf();
  const given = [{ body: hold('silent', 'o1'), source: 'orders/2 7.0 -' }, { source: 'orders/2 8.0 7.0' }];
  const slice = decide(given, {}, context);
  expect(events(slice).map(({ body }) => [body.type, body['reason']])).toEqual([
    ['CommandIgnored', 'known-repeat'],
    ['StockReceived', 'r'],
  ]);
  expect(context.fold.marks.get('orders/2')).toEqual({ seq: 8, index: 0 });
});

test('takes silence on a command from outside for a known repeat', () => {
  expect(decide([{ body: hold('silent', 'o1') }])).toMatchObject({ repeats: 1, stop: null, records: [] });
});

test('parks a command whose events would not fit even alone', () => {
  const slice = decide([{ body: hold('h', 'o', 'p') }, {}], { eventsMax: 1 });
  expect(types(slice)).toEqual(['CommandParked']);
  expect(events(slice)[0]?.body['reason']).toMatch(/^TooLarge: /);
});

test('sets aside 99 in a row that cannot be read or decided, and stops at the next; those behind do not count', () => {
  const skus = keysOn(partition, 's/', 300).map((key) => key.slice(2));
  const poison = (n: number, from = 0): Given[] =>
    Array.from({ length: n }, (_, i) =>
      i % 2 === 0 ? { value: null } : { body: receive(skus[from + i], 1, 'throw') },
    );
  const slice = decide(poison(100));
  expect(slice.quarantined.length + slice.parked.length).toBe(99);
  expect(slice.stop).toMatchObject({ is: 'fatal', fault: { kind: 'poison-flood' } });
  const cut = decide([...poison(99), {}, ...poison(99, 200)]);
  expect([cut.quarantined.length + cut.parked.length, cut.stop]).toEqual([198, null]);
  const behind = decide([bug, ...Array.from({ length: 300 }, (): Given => ({}))], { recordsMax: 999 });
  expect([behind.parked.length, behind.stop]).toEqual([301, null]);
});

test('redrives in order, each as CommandRedriven and its events, and frees the aggregate', () => {
  const given = [{}, bug, { body: hold('h', 'o1') }, { body: receive(skuA, 7), commandId: 'c' }];
  const { slice, context } = decideAfter(given, [redrive(), { body: receive(skuA, 100) }]);
  expect(
    events(slice).map(({ body, cause: { offset } }) => [body.type, body['offset'] ?? null, offset]),
  ).toEqual([
    ['CommandRedriven', 1, 4],
    ['StockReceived', null, 4],
    ['CommandRedriven', 2, 4],
    ['HoldPlaced', null, 4],
    ['CommandRedriven', 3, 4],
    ['StockReceived', null, 4],
    ['RedriveAnswered', null, 4],
    ['StockReceived', null, 5],
  ]);
  expect(events(slice)[6]?.body).toMatchObject({
    key: keyA,
    dryRun: false,
    by: 'ops',
    decided: 3,
    left: 0,
    events: ['StockReceived', 'HoldPlaced', 'StockReceived'],
    failure: null,
  });
  expect(slice.messages.length).toBe(1);
  expect(context.fold.parked.size).toBe(0);
  expect(context.fold.aggregates.get(keyA)).toEqual({ onHand: 113, holds: 1, commandIds: ['c'] });
});

test('a dry run says what would happen and changes nothing', () => {
  const { slice, context } = decideAfter([{}, bug, {}], [redrive(keyA, true), {}]);
  expect(types(slice)).toEqual(['RedriveAnswered', 'CommandParked']);
  expect(events(slice)[0]?.body).toMatchObject({
    dryRun: true,
    decided: 2,
    left: 0,
    events: ['StockReceived', 'StockReceived'],
  });
  expect(context.fold.aggregates.get(keyA)).toEqual({ onHand: 1, holds: 0, commandIds: [] });
  expect(context.fold.parked.get(keyA)?.map(({ offset }) => offset)).toEqual([1, 2, 4]);
});

test('stops at the first that still throws: it and what is behind it stay, in order', () => {
  const given = [bug, { body: hold('h', 'o1') }, { body: receive(skuA, 2, 'worse') }, {}];
  const processor: typeof counter = {
    ...mended,
    decide(state, command, atMs) {
      if ('reason' in command.body && command.body.reason === 'worse') throw new Error('another bug');
      return mended.decide(state, command, atMs);
    },
  };
  const { slice, context } = decideAfter(given, [redrive(), redrive()], processor);
  expect(types(slice)).toEqual([
    'CommandRedriven',
    'StockReceived',
    'CommandRedriven',
    'HoldPlaced',
    'RedriveAnswered',
    'RedriveAnswered',
  ]);
  expect(events(slice)[4]?.body).toMatchObject({ decided: 2, left: 2, failure: 'Error: another bug' });
  expect(context.fold.parked.get(keyA)?.map(({ offset }) => offset)).toEqual([2, 3]);
  expect(context.fold.spoiled.size).toBe(0);
  expect(replayed(slice).aggregates).toBeDefined();
});

test('a known repeat is redriven without an event of its own', () => {
  const { slice } = decideAfter([bug, { commandId: 'c' }, { commandId: 'c' }], [redrive()]);
  expect(types(slice)).toEqual([
    'CommandRedriven',
    'StockReceived',
    'CommandRedriven',
    'StockReceived',
    'CommandRedriven',
    'RedriveAnswered',
  ]);
});

test('a command that makes no sense is refused when its turn comes', () => {
  const { slice } = decideAfter([bug, { body: receive(skuA, -1) }], [redrive()]);
  expect(events(slice).map(({ body }) => [body.type, body['reason']])).toEqual([
    ['CommandRedriven', undefined],
    ['StockReceived', 'r'],
    ['CommandRedriven', undefined],
    ['CommandRefused', 'semantic'],
    ['RedriveAnswered', 'mended'],
  ]);
});

test('redrives at most a batch, and says how many are left', () => {
  const many = Array.from({ length: 250 }, (): Given => ({}));
  const { slice } = decideAfter([bug, ...many], [redrive(), redrive(), redrive(), redrive()]);
  const answers = events(slice).filter(({ body }) => body.type === 'RedriveAnswered');
  expect(answers.map(({ body }) => [body['decided'], body['left']])).toEqual([
    [100, 151],
    [100, 51],
    [51, 0],
    [0, 0],
  ]);
});

test('asks for a new fold before it redrives an aggregate that a throw may have moved', () => {
  const context = contextOf();
  const slice = decide([{}, bug, redrive()], {}, context);
  expect([types(slice), slice.taken, slice.stop]).toEqual([
    ['StockReceived', 'CommandParked'],
    2,
    { is: 'spoiled' },
  ]);
});

test('a Redrive is keyed by its aggregate, and a Tick passes what is parked', () => {
  const { slice } = decideAfter([bug], [{ ...redrive(keyB), key: keyA }, tick, redrive(keyB)]);
  expect(events(slice).map(({ body }) => [body.type, body['reason'] ?? body['decided']])).toEqual([
    ['CommandQuarantined', 'key-mismatch'],
    ['TimePassed', undefined],
    ['RedriveAnswered', 'mended'],
  ]);
});

test('the reason of a parked command holds no values', () => {
  const error = new TypeError('quantity "12 Main St" of o-0123 for jo@x.org is not a `Sku`\nat all');
  expect(parkingReason(error)).toBe('TypeError: quantity … of … for … is not a … at all');
  expect(parkingReason('x'.repeat(500))).toHaveLength(200);
});
