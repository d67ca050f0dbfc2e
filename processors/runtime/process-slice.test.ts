import { expect, test } from 'vitest';
import type { CommandBody } from '../../schemas/generated/stock-commands.ts';
import { partitionOf, tickKeyOf } from '../../schemas/murmur2.ts';
import { processSlice, type Slice } from './process-slice.ts';
import {
  cause,
  contextOf,
  decide,
  events,
  type Given,
  hold,
  inbox,
  keyA,
  keyB,
  keysOn,
  limits,
  list,
  orders,
  partition,
  partitions,
  receive,
  skuA,
  skuB,
  tickKey,
} from './testing/slice-fixture.ts';

test('stamps each event with a dense seq, the writer, its cause, the time and what was routed', () => {
  const slice = decide([{ body: receive(skuA, 3) }, { body: receive(skuB, 4) }], { routedThrough: 11 });
  expect(events(slice)).toMatchObject([
    { seq: 1, writer: 'w1', cause: cause(0), atMs: 1_000, routedThrough: 11, version: 1 },
    { seq: 2, writer: 'w1', cause: cause(1), atMs: 1_001, routedThrough: 11, version: 1 },
  ]);
  expect(slice.records.map(({ key }) => key)).toEqual([keyA, keyB]);
  expect([slice.firstSeq, slice.lastSeq, slice.taken, slice.traffic]).toEqual([1, 2, 2, 2]);
});

test('gives all events of a command one cause, and folds them before the next command is decided', () => {
  const context = contextOf();
  const slice = decide(
    [{ body: hold('h1', 'o1', 'o2') }, { commandId: 'c1' }, { commandId: 'c1' }],
    {},
    context,
  );
  expect(events(slice).map(({ seq, cause }) => [seq, cause.offset])).toEqual([
    [1, 0],
    [2, 0],
    [3, 1],
  ]);
  expect(slice.repeats).toBe(1);
  expect(context.fold.aggregates.get(keyA)).toEqual({ onHand: 1, holds: 2, commandIds: ['c1'] });
  expect(context.fold.highestCause).toBe(1);
});

test('never lets time fall when the append time steps back', () => {
  const slice = decide([{ timestampMs: 5_000 }, { timestampMs: 400 }, { timestampMs: 6_000 }]);
  expect(events(slice).map(({ atMs }) => atMs)).toEqual([5_000, 5_000, 6_000]);
});

test('answers a Tick with TimePassed at the partition time, and does not count it as traffic', () => {
  const body: CommandBody = { type: 'Tick', writer: 'anyone' };
  const slice = decide([{ timestampMs: 5_000 }, { body, store: '', key: tickKey, timestampMs: 400 }]);
  expect(events(slice)[1]).toMatchObject({ body: { type: 'TimePassed', atMs: 5_000 }, cause: cause(1) });
  expect(slice.records[1]?.key).toBeNull();
  expect(slice.traffic).toBe(1);
});

test('numbers messages within their event and chains them for each target partition', () => {
  const target = (order: string): number => partitionOf(order, partitions);
  const near = 'o1';
  const far =
    ['o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8'].find((order) => target(order) !== target(near)) ?? '';
  const slice = decide([{ body: hold('h1', near, `${far},${near}`) }, { body: hold('h2', far) }]);
  const sent = slice.messages.map(({ to, record, seq }) => [to.partition, record.headers?.['source'], seq]);
  expect(sent).toEqual([
    [target(near), 'stock/1 1.0 -', 1],
    [target(far), 'stock/1 1.1 -', 1],
    [target(near), 'stock/1 1.2 1.0', 1],
    [target(near), 'stock/1 2.0 1.2', 2],
    [target(far), 'stock/1 2.1 1.1', 2],
    [target(near), 'stock/1 2.2 2.0', 2],
    [target(far), 'stock/1 3.0 2.1', 3],
  ]);
  const [first] = slice.messages;
  expect(first?.to.topic).toBe('orders.commands.v1');
  expect(orders.decode(first?.record.value ?? null)).toMatchObject({
    value: { store: 's', commandId: null, body: { type: 'HoldPlaced', holdId: 'h1', orderId: near } },
  });
});

test.each([
  ['the first message of a source', ['stock/3 41.0 -'], 1, 0],
  ['the same pair again', ['stock/3 41.0 -', 'stock/3 41.0 -'], 1, 1],
  ['two messages of one event', ['stock/3 41.0 -', 'stock/3 41.1 41.0'], 2, 0],
  ['an older pair', ['stock/3 41.1 -', 'stock/3 41.0 -'], 1, 1],
  ['the same pair of another source', ['stock/3 41.0 -', 'stock/2 41.0 -'], 2, 0],
  ['a chain with holes in its numbers', ['stock/3 41.0 -', 'stock/3 55.2 41.0'], 2, 0],
])('takes %s', (_, sources, count, repeats) => {
  const slice = decide(sources.map((source) => ({ source })));
  expect([slice.records.length, slice.repeats, slice.stop]).toEqual([count, repeats, null]);
});

test('writes the pair into the cause, so that the mark outlives the task', () => {
  const context = contextOf();
  const slice = decide([{ source: 'stock/3 41.2 -' }], {}, context);
  expect(events(slice)[0]?.cause).toEqual({ offset: 0, source: 'stock/3', seq: 41, index: 2 });
  expect(context.fold.marks).toEqual(new Map([['stock/3', { seq: 41, index: 2 }]]));
});

test.each([
  ['a message whose predecessor never came', ['stock/3 41.0 -', 'stock/3 55.0 50.0'], 'source-gap'],
  ['a first message that names a predecessor', ['stock/3 41.0 40.0'], 'source-gap'],
])('stops at %s and keeps what was decided before', (_, sources, kind) => {
  const slice = decide([{}, ...sources.map((source) => ({ source })), {}]);
  expect(slice.stop).toMatchObject({ is: 'fatal', fault: { kind } });
  expect(slice.taken).toBe(sources.length);
  expect(slice.records.length).toBe(sources.length);
});

const good = inbox.encode({
  store: 's',
  commandId: null,
  fingerprint: null,
  requestId: null,
  body: receive(),
});
const withSchema = (id: number): Buffer => {
  const bytes = Buffer.from(good);
  bytes.writeInt32BE(id, 1);
  return bytes;
};

const unreadable: readonly (readonly [string, Given])[] = [
  ['unexpected-tombstone', { value: null }],
  ['too-short', { value: Buffer.alloc(0) }],
  ['bad-magic', { value: Buffer.from('{"type":"ReceiveStock"}') }],
  ['decode', { value: good.subarray(0, -1) }],
  ['trailing-bytes', { value: Buffer.concat([good, Buffer.from([0])]) }],
  ['unknown-schema', { value: withSchema(66) }],
  ['bad-key', { key: null }],
  ['bad-key', { key: '' }],
  ['bad-key', { key: 'k'.repeat(129) }],
  ['bad-key', { key: Buffer.from([0xff, 0xfe]) }],
  ['key-mismatch', { key: keyB }],
  ['key-mismatch', { body: { type: 'Tick', writer: 'x' }, store: '', key: keyA }],
  ['wrong-partition', { body: receive(keysOn(2, 's/')[0].slice(2)) }],
  ['wrong-partition', { body: { type: 'Tick', writer: 'x' }, store: '', key: tickKeyOf(2, partitions) }],
  ['semantic', { body: receive(skuA, -1) }],
  ['store-mismatch', { store: 'other', body: receive(keysOn(partition, 'other/')[0].slice(6)) }],
  ['bad-headers', { source: 'stock/3' }],
  ['bad-headers', { source: ['stock/3 41.0 -', 'stock/3 41.0 -'] }],
  ['bad-headers', { source: `stock/3 41.0 -${' '.repeat(200)}` }],
  ['unknown-source', { source: 'stock/99 41.0 -' }],
  ['unknown-source', { source: 'billing/1 41.0 -' }],
];

test.each(unreadable)('quarantines %s (%#), bytes apart from the event, and goes on', (reason, given) => {
  const [bad] = list(given);
  const slice = decide([given, {}]);
  const [event, next] = events(slice);
  expect(event).toMatchObject({ cause: cause(0), body: { type: 'CommandQuarantined', offset: 0, reason } });
  expect(event?.body['sha256']).toMatch(/^[0-9a-f]{64}$/);
  expect(slice.records[0]?.key).toBeNull();
  expect(slice.quarantine).toEqual([
    { key: `stock.commands.v1/1:0`, value: bad?.value ?? Buffer.alloc(0), headers: { reason } },
  ]);
  expect(slice.quarantined).toEqual([reason]);
  expect(next?.body.type).toBe('StockReceived');
});

test('moves the mark with a record that is readable in its header only', () => {
  const slice = decide([
    { source: 'stock/3 41.0 -', value: null },
    { source: 'stock/3 41.0 -' },
    { source: 'stock/3 42.0 41.0' },
  ]);
  expect(events(slice)[0]?.cause).toEqual({ offset: 0, source: 'stock/3', seq: 41, index: 0 });
  expect([slice.records.length, slice.repeats, slice.stop]).toEqual([2, 1, null]);
});

test('cuts the bytes of a large record so that each part fits a send', () => {
  const slice = decide([{ value: Buffer.alloc(1_000_000, 1) }]);
  expect(slice.quarantine.map(({ value, headers }) => [value.length, headers])).toEqual([
    [800_000, { reason: 'bad-magic', part: '1/2' }],
    [200_000, { reason: 'bad-magic', part: '2/2' }],
  ]);
});

test('quarantines 99 unreadable records in a row and stops at the next', () => {
  const bad = Array.from({ length: 100 }, (): Given => ({ value: null }));
  const slice = decide(bad);
  expect(slice.quarantined.length).toBe(99);
  expect(slice.stop).toMatchObject({ fault: { kind: 'poison-flood' } });
  const broken = decide([...bad.slice(0, 99), {}, ...bad.slice(0, 99)]);
  expect([broken.quarantined.length, broken.stop]).toEqual([198, null]);
});

test('counts a flood through Ticks and from slice to slice', () => {
  const tick: Given = { body: { type: 'Tick', writer: 'w' }, store: '', key: tickKey };
  const context = contextOf();
  const bad = Array.from({ length: 60 }, (): Given => ({ value: null }));
  expect(decide([...bad, tick], {}, context).stop).toBeNull();
  const second = decide([tick, ...bad], {}, context);
  expect([second.quarantined.length, second.stop?.is]).toEqual([39, 'fatal']);
});

test('waits for a writer schema it does not know, and touches nothing', () => {
  const context = contextOf();
  const slice = decide([{}, { value: withSchema(12), source: 'stock/3 41.0 -' }, {}], {}, context);
  expect([slice.taken, slice.records.length, slice.stop]).toEqual([
    1,
    1,
    { is: 'unknown-schema', schemaId: 12 },
  ]);
  expect(context.fold.marks.size).toBe(0);
});

test('stops before a record stamped beyond the own clock', () => {
  const slice = decide([{ timestampMs: 10_000 }, { timestampMs: 10_001, value: null }]);
  expect([slice.taken, slice.stop]).toEqual([1, { is: 'clock-jump', appendTimeMs: 10_001 }]);
});

test('cuts by records, by events and by output bytes, only between commands, and decides all in the end', () => {
  const given = Array.from({ length: 30 }, (_, i): Given => ({ body: hold(`h${i}`, `o${i}`, 'o-more') }));
  const whole = decide(given);
  for (const change of [{ recordsMax: 7 }, { eventsMax: 5 }, { bytesMax: 700 }]) {
    const context = contextOf();
    const queue = list(...given);
    const slices: Slice[] = [];
    for (let from = 0; from < queue.length; from += slices.at(-1)?.taken ?? queue.length) {
      slices.push(processSlice(context, queue, from, { ...limits, ...change }));
    }
    expect(slices.length).toBeGreaterThan(3);
    for (const slice of slices) {
      expect(slice.taken).toBeLessThanOrEqual(change.recordsMax ?? 30);
      expect(slice.records.length).toBeLessThanOrEqual(change.eventsMax ?? 60);
      expect(slice.bytes).toBeLessThanOrEqual(change.bytesMax ?? Infinity);
      expect(slice.records.length).toBe(slice.taken * 2);
    }
    expect(slices.flatMap(({ records }) => records)).toEqual(whole.records);
    expect(slices.flatMap(({ messages }) => messages)).toEqual(whole.messages);
  }
});

test('stops at a command that is too large even to be parked', () => {
  const alone = decide([{ body: receive(skuA, 1, 'x'.repeat(500)) }], { bytesMax: 400 });
  expect(alone.stop).toMatchObject({ fault: { kind: 'too-large' } });
  const slice = decide([{}, { body: receive(skuA, 1, 'x'.repeat(500)) }], { bytesMax: 400 });
  expect([slice.taken, slice.stop]).toEqual([1, null]);
});

test('decides the same slice from the same input', () => {
  const given: Given[] = [{ body: hold('h1', 'o1', 'o2,o3') }, { value: null }, { source: 'orders/2 7.0 -' }];
  expect(decide(given)).toEqual(decide(given));
});
